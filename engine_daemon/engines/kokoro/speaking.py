"""A line from its segments: one after the other, each as soon as it is spoken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples, Speech, Timing
from framevox.engine_daemon.text.line import Line

from .likeness import Model
from .model import LEAD_UNITS, SAMPLE_RATE, UNIT
from .segment import Segment, speak_segment
from .synced import add_timings

_HELD = 2 * LEAD_UNITS * UNIT
"""How much of a segment [samples, from the end of its speech back] is kept until the next one is spoken: the silence in
front of that may reach over it."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """The state of a plan: segments, and the samples of silence between them at the voice's own pace."""

    segments: tuple[Segment, ...]
    gaps: tuple[int, ...]

    @property
    def natural(self) -> int:
        return round(sum(segment.natural.span for segment in self.segments)) + sum(self.gaps)

    @property
    def neutral(self) -> int | None:
        if not any(segment.manner or segment.added for segment in self.segments):
            return None
        return round(sum(segment.plain for segment in self.segments)) + sum(self.gaps)

    @property
    def shortest(self) -> int:
        return self.natural - sum(segment.spare for segment in self.segments)

    @property
    def longest(self) -> int:
        return 3 * self.natural


def speak_line(model: Model, line: Line, state: PlannedLine, span: int | None) -> Iterator[Samples | Speech]:
    """Yields a line of several segments in pieces, and then the whole of it. Raises ValueError for silence.

    Each silence between two segments makes up what the one before it missed of its share, and the last segment is asked
    for what is left, so none of them waits for those that follow.
    """
    ratio = 1.0 if span is None else span / state.natural
    samples = np.zeros(0, dtype=np.float32)
    words: list[Timing] = []
    phones: list[Timing] = []
    begin, due, yielded = 0, 0, 0
    for index, segment in enumerate(state.segments):
        final = index == len(state.segments) - 1
        own = None if span is None else span - due if final else round(segment.natural.span * ratio)
        part = speak_segment(model, segment, own)
        if index == 0:
            begin = part.start
        at = begin + due - part.start
        # What was yielded stays: the silence in front of a segment is cut where it would reach over that.
        cut = max(0, yielded - at)
        samples = np.concatenate([samples, np.zeros(max(0, at + len(part.samples) - len(samples)), np.float32)])
        samples[at + cut : at + len(part.samples)] += part.samples[cut:]
        add_timings(line, segment, part.bounds + at, words, phones)
        if final:
            break
        end = at + part.end - begin
        due = max(end, (end if own is None else due + own) + round(state.gaps[index] * ratio))
        ready = max(yielded, begin + end - _HELD)
        if ready > yielded:
            yield samples[yielded:ready].copy()
        yielded = ready
    start, end = speech_span(samples)
    yield Speech(samples, SAMPLE_RATE, start, end, tuple(words), tuple(phones))
