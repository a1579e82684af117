"""The mouth of one take."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from framevox.engine_daemon.protocol.cues import Take

from .animation import HUNDREDTHS, Sound, animate


def sounds_of(take: Take, begin: int) -> Iterator[Sound]:
    """Yields the phones of a take, or its words where it has none, in seconds; ``begin`` is the sample of its slot's
    start."""
    for timing in take.phones or take.words:
        start, end = (Fraction(begin + sample, take.sample_rate) for sample in (timing.start_sample, timing.end_sample))
        yield Sound(timing.text, start, end)


def mouth_of(take: Take) -> list[list[int | str]]:
    """Returns the shapes over a take's slot, each with the sample at which it begins, counted from the slot's start."""
    length = Fraction(take.slot_end_sample - take.slot_start_sample, take.sample_rate)
    cues = animate(list(sounds_of(take, 0)), length)
    return [[cue.start * take.sample_rate // HUNDREDTHS, cue.shape] for cue in cues]
