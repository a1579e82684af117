"""The built-in engine as one that does not know when its words are heard, as a test of what finds that out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import soxr

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Direction, Engine, Plan, Samples, Speech, Timing, Voice, unwrap
from framevox.engine_daemon.text.line import Line

RATE = 22_050


class EstimatingEngine:
    """Speaks at ``ratio`` of the voice's pace and shares the span out evenly among the words, without phones.

    ``known`` holds, by line, when words really begin and end, in samples from the speech's start. ``instead`` is spoken
    instead of any line; ``beginning`` are samples put in front.
    """

    name, version, step = "estimating", "1", 256
    sample_rate = RATE
    emotions = False
    streams_unplanned = False
    estimates_times = True

    def __init__(self, engine: Engine, ratio: float = 1.0) -> None:
        self._engine, self.ratio = engine, ratio
        self.known: dict[str, tuple[Timing, ...]] = {}
        self.instead: Line | None = None
        self.spoken = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        return self._engine.plan(lines)

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, _) in enumerate(plans):
            self.spoken += 1
            yield index, self._spoken(plan)

    def stream(
        self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None
    ) -> Iterator[Samples | Plan | Speech]:
        if not isinstance(wanted, Plan):
            wanted = unwrap(self.plan([wanted])[0])
            yield wanted
        yield self._spoken(wanted)

    def _spoken(self, plan: Plan) -> Speech:
        told = plan
        if self.instead is not None:
            told = unwrap(self._engine.plan([(self.instead, plan.voice, Direction())])[0])
        span = None if self.ratio == 1 else round(told.natural * self.ratio)
        [(_, made)] = self._engine.speak([(told, span)])
        speech = unwrap(made)
        sound = soxr.resample(speech.samples, speech.sample_rate, RATE).astype(np.float32)
        start, end = speech_span(sound)
        scale = RATE / speech.sample_rate
        self.known[plan.line.text] = tuple(
            replace(word, start=round(word.start * scale) - start, end=round(word.end * scale) - start)
            for word in speech.words
        )
        words = plan.line.words
        edges = np.linspace(start, end, len(words) + 1).astype(int)
        timings = tuple(Timing(word.text, int(a), int(b)) for word, a, b in zip(words, edges, edges[1:], strict=False))
        starts = [*(word.start for word in words), len(plan.line.text)]
        points = tuple(int(np.interp(at, starts, edges)) for at, _ in plan.points)
        return Speech(sound, RATE, start, end, timings, (), points)
