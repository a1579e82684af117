"""The loudness of a stem, measured and set while it streams, so that a feature takes as much memory as a trailer.

The gate of a dialogue meter guesses where speech is. Here it is known to the sample: the mean is taken over the spans
of the takes and nothing else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile
import soxr

from .delivery import Delivery, Gate
from .level import METER_RATE, OVERSAMPLING, Sound, gated, held_under, k_weighted, lufs, oversampled
from .stem import FULL, WINDOW_SECONDS, Window

_CONTEXT_SECONDS = 1
"""What is heard of a window's neighbours while it is filtered: K-weighting's tail is at -280 dB by then."""
_HOP = METER_RATE // 10
_BLOCK_HOPS = 4
_UNDER = 0.1
"""The limiter aims this much under the ceiling [dB], for it cannot look back at what it did."""


@dataclass(frozen=True, slots=True)
class Level:
    """A stem's loudness over its spans of speech and by the gates of BS.1770-4 [LUFS], and its true peak [dBTP]."""

    speech: float
    programme: float
    peak: float

    def by(self, gate: Gate) -> float:
        return self.speech if gate == "speech" else self.programme


def measure(mix: Iterable[Window], sample_rate: int, spans: Sequence[tuple[int, int]]) -> Level:
    """Measures a stem out of its windows; ``spans`` are the samples, first and end, in which somebody speaks."""
    speaking = deque(_joined(spans))
    squares = heard = peak = 0.0
    hops: list[Sound] = []
    begin = 0
    for sound, first, last in _in_context(mix, sample_rate):
        length = last - first
        scaled = [round(edge * METER_RATE / sample_rate) for edge in (first, last)]
        if sound.any():
            fine = oversampled(sound, sample_rate)[OVERSAMPLING * first : OVERSAMPLING * last]
            peak = max(peak, float(np.abs(fine).max(initial=0.0)), float(np.abs(sound[first:last]).max(initial=0.0)))
            at_meter = sound if sample_rate == METER_RATE else soxr.resample(sound, sample_rate, METER_RATE, "VHQ")
            powers = k_weighted(at_meter)[scaled[0] : scaled[1]] ** 2
        else:
            powers = np.zeros(scaled[1] - scaled[0])
        hops.append(powers[: len(powers) // _HOP * _HOP].reshape(-1, _HOP).sum(axis=1))
        while speaking and speaking[0][0] < begin + length:
            start, end = speaking[0]
            low, high = (
                round((min(max(edge, begin), begin + length) - begin) * METER_RATE / sample_rate)
                for edge in (start, end)
            )
            squares += float(powers[low:high].sum())
            heard += high - low
            if end > begin + length:
                break
            speaking.popleft()
        begin += length
    totals = np.concatenate([[0.0], np.cumsum(np.concatenate(hops))]) if hops else np.zeros(1)
    blocks = (totals[_BLOCK_HOPS:] - totals[:-_BLOCK_HOPS]) / (_BLOCK_HOPS * _HOP)
    return Level(lufs(squares / heard) if heard else -np.inf, gated(blocks), _decibels(peak))


def delivered(mix: Iterable[Window], sample_rate: int, level: Level, delivery: Delivery) -> Iterator[Window]:
    """The windows of a stem that has ``level``, as they are delivered: one gain for the whole of it, and a limiter only
    where a crest would pass the ceiling. A stem in which nobody speaks stays as it is."""
    change = delivery.loudness - level.by(delivery.gate)
    if not np.isfinite(change):
        yield from mix
        return
    gain = 10 ** (change / 20)
    limited = level.peak + change > delivery.ceiling
    for sound, first, last in _in_context(mix, sample_rate):
        louder = gain * sound
        if limited and louder.any():
            louder = held_under(louder, sample_rate, delivery.ceiling - _UNDER)
        yield np.rint(louder[first:last] * (FULL + 1)).astype(np.int64)


def windows_of(path: Path) -> Iterator[Window]:
    """The windows of a stem on disk."""
    with soundfile.SoundFile(path) as file:
        for block in file.blocks(WINDOW_SECONDS * file.samplerate, dtype="int32"):
            yield np.right_shift(block.astype(np.int64), 8)


def _in_context(mix: Iterable[Window], sample_rate: int) -> Iterator[tuple[Sound, int, int]]:
    """Each window between what comes before and after it, full scale at 1.0, and where it begins and ends in that."""
    context = _CONTEXT_SECONDS * sample_rate
    before, window = np.zeros(0), None
    for following in chain((samples / (FULL + 1) for samples in mix), [np.zeros(0)]):
        if window is not None:
            yield np.concatenate([before, window, following[:context]]), len(before), len(before) + len(window)
            before = np.concatenate([before, window])[-context:]
        window = following


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that touch or overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _decibels(factor: float) -> float:
    return float(20 * np.log10(factor)) if factor > 0 else float("-inf")
