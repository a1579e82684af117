"""From an engine's speech to the samples of a take: exactly the slot, with the speech where it was aimed.

Everything is decided on the final samples: the span is measured after resampling, gain and limiter, as it will stand
in the 24-bit file. Arrays here are mono, [samples].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import soxr
from msgspec import structs

from framevox.engine_daemon.audio.label import Pcm24
from framevox.engine_daemon.audio.level import limit_true_peak
from framevox.engine_daemon.audio.release import move_end
from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples, Speech, Timing
from framevox.engine_daemon.protocol.cues import Note, WordTiming
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.rendering.policy import ONSET_SECONDS, Grid, Target

FULL_SCALE = 2**23


@dataclass(frozen=True, slots=True)
class Rendering:
    """An engine's speech at the take's rate and level, not yet placed. ``pcm[start:end]`` is its span."""

    pcm: Pcm24
    start: int
    end: int
    words: tuple[WordTiming, ...]
    phones: tuple[WordTiming, ...]
    points: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    """What the user should know of the times."""

    @property
    def span(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Placed:
    """The finished slot: ``pcm`` is exactly the slot, times count from its start, ``end`` is exclusive."""

    pcm: Pcm24
    start: int
    end: int
    words: tuple[WordTiming, ...]
    phones: tuple[WordTiming, ...]
    points: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()


def convert(speech: Speech, sample_rate: int, gain: float) -> Rendering:
    """Brings speech to the take's rate and level.

    ``gain`` is a factor. Raises FramevoxError (code ``engine``) for sound that is empty, silent or not finite.
    """
    pcm = brought_to_level(speech.samples, speech.sample_rate, sample_rate, gain)
    start, end = speech_span(pcm, FULL_SCALE)
    if start == end:
        raise FramevoxError("the engine made no sound for this line: write it differently", code="engine")
    scale = Fraction(sample_rate, speech.sample_rate)
    points = tuple(round(point * scale) for point in speech.points)
    return Rendering(pcm, start, end, _scale(speech.words, scale), _scale(speech.phones, scale), points)


def nudged(speech: Speech, gain: float, change: int) -> Speech | None:
    """``speech`` whose span is longer by ``change`` samples once it is at its level; None where that would be heard.

    Its last, faintest part dies away a little sooner or later: a model's own spans miss by a few milliseconds.
    """
    sound = (np.asarray(speech.samples, np.float64) * gain).astype(np.float32)
    moved = move_end(sound, *speech_span(sound), change)
    if moved is None:
        return None
    samples = (moved / np.float32(gain)).astype(np.float32)
    start, end = speech_span(samples)
    return replace(speech, samples=samples, start=start, end=end)


def brought_to_level(samples: Samples, engine_rate: int, sample_rate: int, gain: float) -> Pcm24:
    """An engine's samples at another rate and level, under the ceiling. Raises FramevoxError (code ``engine``)."""
    sound = np.asarray(samples, dtype=np.float64) * gain
    if sound.ndim != 1 or not np.isfinite(sound).all():
        raise FramevoxError("the engine made sound that is not a number: try again, or another voice", code="engine")
    if engine_rate != sample_rate:
        # soxr has no latency: sample k of the result lies at k / sample_rate, as tests/rendering shows with clicks.
        sound = soxr.resample(sound, engine_rate, sample_rate, quality="VHQ")
    return np.rint(limit_true_peak(sound, sample_rate) * FULL_SCALE).astype(np.int32)


def position(span: int, target: Target, grid: Grid) -> int:
    """Where a span of this length starts in its slot; what the engine missed is taken up by the silences.

    The caller has made sure that the span fits (:func:`overshoot`).
    """
    if grid.slot is None:
        return target.start
    latest = grid.slot - grid.guard - span
    if target.end is None:
        return max(0, min(target.start, latest))
    return max(0, min(target.end - span, grid.max_edge, latest))


def start_of(rendering: Rendering, target: Target, grid: Grid) -> int:
    """Where speech starts in its slot: with points, so that the farthest of them is missed by least."""
    if not target.points:
        return position(rendering.span, target, grid)
    off = [wanted - point for wanted, point in zip(target.points, rendering.points, strict=True)]
    return rendering.start + (min(off) + max(off)) // 2


def overshoot(span: int, target: Target, grid: Grid) -> int:
    """By how many samples a span misses the slot: positive when too long, negative when ``fill`` is left too open.

    Zero means that :func:`position` can place it by the policy's rule.
    """
    if grid.slot is None:
        return 0
    too_long = span - (grid.slot - grid.guard)
    if too_long > 0:
        return too_long
    if target.end is not None:
        return min(0, span - (grid.slot - 2 * grid.max_edge))
    return 0


def span_error(span: int, target: Target, allowed: Fraction) -> int:
    """By how many samples a span differs from a length that was asked for as such (``ratio:X``), zero if ``allowed``.

    Where the slot decides the length, the silences take up the difference, and this is zero.
    """
    if target.span is None or target.end is not None:
        return 0
    off = span - target.span
    return off if abs(off) > allowed else 0


def misfit(rendering: Rendering, target: Target, grid: Grid) -> tuple[int, int]:
    """By how many samples speech with points lies before its slot, and behind it; 0 and 0 where it fits.

    With a point on the first word, what is faint before its onset does not count: it fades in at the slot's start.
    """
    at = start_of(rendering, target, grid)
    first = rendering.words[0].start_sample if rendering.words else rendering.start
    heard = first - rendering.start if rendering.points[0] <= first else 0
    behind = 0 if grid.slot is None else at + rendering.span - (grid.slot - grid.guard)
    return max(0, -at - heard), max(0, behind)


def lateness(rendering: Rendering, target: Target, grid: Grid) -> list[int]:
    """By how many samples each point is heard too late in its slot."""
    offset = start_of(rendering, target, grid) - rendering.start
    return [heard + offset - wanted for wanted, heard in zip(target.points, rendering.points, strict=True)]


def place(rendering: Rendering, target: Target, grid: Grid, slot: int) -> Placed:
    """Cuts the speech out of its silence and lays it into a slot of exactly ``slot`` samples."""
    at = start_of(rendering, target, grid)
    offset = at - rendering.start
    pcm = np.zeros(slot, dtype=np.int32)
    source_start = max(0, -offset)
    source_end = min(len(rendering.pcm), slot - offset)
    sound = rendering.pcm[source_start:source_end].astype(np.float64)
    lead = rendering.start - source_start
    if at < 0:
        lead = max(grid.guard, rendering.points[0] + offset)
    _fade(sound, lead, source_end - rendering.end, grid.sample_rate)
    pcm[source_start + offset : source_end + offset] = np.rint(sound)
    start, end = speech_span(pcm, FULL_SCALE)
    if end != at + rendering.span or (start != at and at >= 0):
        raise AssertionError(f"speech was placed at {start}:{end} instead of {at}:{at + rendering.span}")
    words, phones = (_shift(timings, offset, start, end) for timings in (rendering.words, rendering.phones))
    points = tuple(point + offset for point in rendering.points)
    return Placed(pcm, start, end, words, phones, points, rendering.notes)


def slot_for(rendering: Rendering, target: Target, grid: Grid) -> int:
    """How many samples a line without a slot needs, before rounding up to whole frames."""
    start = start_of(rendering, target, grid)
    return start + rendering.span + max(grid.guard, grid.onset if target.points else start)


def _fade(sound: npt.NDArray[np.float64], before: int, after: int, sample_rate: int) -> None:
    """Raised-cosine fades in place, no longer than the ``before`` and ``after`` samples outside of the speech."""
    longest = round(ONSET_SECONDS * sample_rate)
    for length, edge in ((min(before, longest), sound), (min(after, longest), sound[::-1])):
        if length > 0:
            edge[:length] *= 0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)


def _scale(timings: Sequence[Timing], scale: Fraction) -> tuple[WordTiming, ...]:
    return tuple(WordTiming(t.text, round(t.start * scale), round(t.end * scale)) for t in timings)


def _shift(timings: Sequence[WordTiming], offset: int, start: int, end: int) -> tuple[WordTiming, ...]:
    """Moves timings to count from the slot's start, inside of the speech, none before the one it follows.

    Engines count in steps of up to 20 ms, so their first and last bounds lie a little outside of what is heard.
    """
    shifted = []
    last = start
    for timing in timings:
        begins = min(max(timing.start_sample + offset, last), end)
        ends = min(max(timing.end_sample + offset, begins), end)
        shifted.append(structs.replace(timing, start_sample=begins, end_sample=ends))
        last = begins
    return tuple(shifted)
