"""What a language's front end says of one word of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .line import Why

Given = Mapping[tuple[int, int], tuple[str, ...]]
"""The user's readings: (start, end) in the run -> one syllable for each Chinese character there."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``run[start:end]`` is a word; the rest is as in :class:`framevox.engine_daemon.text.line.Word`."""

    start: int
    end: int
    spoken: str
    reading: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    why: tuple[Why, ...] = ()
    doubt: float = 0.0
