"""Chinese: words, their readings, and the tones as they are spoken together."""

from __future__ import annotations

from collections.abc import Iterator

from .reading import Given, Reading
from .zh_readings import give_readings
from .zh_sandhi import sound
from .zh_units import units


def warm() -> None:
    """Loads the dictionaries."""
    list(read("你好"))


def read(run: str, left: str = "", right: str = "", given: Given | None = None) -> Iterator[Reading]:
    """The words of ``run``, each with one syllable for each spoken character.

    ``left`` and ``right`` are what stands around the run: letters make a figure a name (G1234). ``given`` are the
    user's readings.
    """
    found = units(run, left, right)
    give_readings(found, given or {})
    sound(found)
    for unit in found:
        yield Reading(
            unit.start, unit.end, unit.spoken, tuple(unit.sounded), tuple(unit.base), tuple(unit.why), unit.doubt
        )
