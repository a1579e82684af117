"""A deterministic engine that hums: real Engine behaviour in a few milliseconds, with failures on request.

Every character of a line hums for 80 ms, and a word that a rule of pronunciation reads 100 ms longer. Spans
come out in steps of 25 ms, as the built-in engine's do, with silence
around them. A word in capitals steers it: ``FAIL`` and ``NAN`` spoil the speech, ``UNSAYABLE`` the plan, ``LOUD`` peaks
at +2 dBFS, ``LATE`` comes out 60 ms longer than asked, ``BRIEF`` as much shorter. Streamed, a line comes in a piece for
every ``PART`` and one more.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import (
    Direction,
    Place,
    Plan,
    Samples,
    Speech,
    Timing,
    Voice,
    VoiceInfo,
    unwrap,
)
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.text.line import Language, Line

STEP = 600
BEFORE, AFTER = 7200, 12000
PITCHES = {"alto": 220.0, "tenor": 130.0}
GENDERS = {"alto": "female", "tenor": "male"}


class ToneEngine:
    name = "tone"
    emotions = False
    streams_unplanned = False
    estimates_times = False
    version = "1"
    sample_rate = 24000
    step = STEP
    languages: tuple[Language, ...] = ("en", "zh", "ja", "ko")

    def __init__(self, *, parallel: int = 2, batch_size: int = 4, delay: float = 0.0) -> None:
        self.parallel = parallel
        self.batch_size = batch_size
        self.delay = delay
        """Seconds a line takes to speak."""
        self.told: list[str] = []
        """What ``notices`` will say next."""
        self.planned: list[str] = []
        self.spoken: list[tuple[str, int | None]] = []
        self._lock = threading.Lock()

    def notices(self) -> list[str]:
        told, self.told = self.told, []
        return told

    def free_memory(self) -> float | None:
        return None

    def close(self) -> None:
        vars(self).clear()

    def voices(self) -> Sequence[VoiceInfo]:
        return [VoiceInfo(name, self.languages, GENDERS[name], default_for=self.languages[:2]) for name in PITCHES]

    def default_voice(self, language: Language, gender: str = "") -> str:
        return next(name for name in PITCHES if not gender or GENDERS[name] == gender)

    def voice(self, spec: str) -> Voice:
        if spec not in PITCHES:
            raise InputError(f"unknown voice {spec!r}: the voices are {', '.join(PITCHES)}", code="unknown-voice")
        return Voice(spec, hashlib.sha256(spec.encode()).hexdigest(), self.languages, PITCHES[spec])

    def emotion_voice(self, spec: str) -> Voice:
        return self.voice(spec)

    def sounds(self, line: Line) -> list[Any]:
        return [[word.spoken, list(word.reading)] for word in line.words]

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        plans: list[Plan | Exception] = []
        for line, voice, direction in lines:
            if not line.words or "UNSAYABLE" in line.text:
                plans.append(InputError("the line has nothing to say: write words", code="empty-text"))
                continue
            natural = len(line.text) * 1920 + (direction.take_number - 1) * 240
            natural += 2400 * sum(word.source == "rule" for word in line.words)
            with self._lock:
                self.planned.append(line.text)
            places = tuple(
                Place(offset, at, at // 2, at * 2, 0)
                for index, offset in enumerate([*(word.start for word in line.words), len(line.text)])
                for at in (natural * index // len(line.words),)
            )
            plans.append(Plan(line, voice, natural, natural // 2, natural * 2, places=places))
        return plans

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, span) in enumerate(plans):
            time.sleep(self.delay)
            with self._lock:
                self.spoken.append((plan.line.text, span))
            if "FAIL" in plan.line.text:
                yield index, FramevoxError(f"the tone engine cannot hum {plan.line.text!r}", code="engine")
            else:
                yield index, _hum(plan, plan.natural if span is None else span)

    def stream(
        self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None
    ) -> Iterator[Samples | Plan | Speech]:
        if not isinstance(wanted, Plan):
            [planned] = self.plan([wanted])
            wanted = unwrap(planned)
            yield wanted
        [(_, made)] = self.speak([(wanted, span)])
        speech = unwrap(made)
        *pieces, _ = np.array_split(speech.samples, wanted.line.text.count("PART") + 1)
        for piece in pieces:
            yield piece
            time.sleep(self.delay)
        yield speech


def _hum(plan: Plan, span: int) -> Speech:
    text = plan.line.text
    span += 1440 * (("LATE" in text) - ("BRIEF" in text))
    length = max(1, round(span / STEP)) * STEP
    peak = 1.26 if "LOUD" in text else 0.3
    sound = np.zeros(BEFORE + length + AFTER, dtype=np.float32)
    time_axis = np.arange(length) / ToneEngine.sample_rate
    # Two milliseconds of attack, as voices have: a hard start would ring for longer than that in any resampler. It
    # begins just above -60 dBFS, so that the span is the whole of the tone.
    attack = np.minimum(np.arange(length), np.arange(length)[::-1]) / 48
    tone = np.cos(2 * np.pi * plan.voice.state * time_axis)
    sound[BEFORE : BEFORE + length] = peak * np.clip(attack, 0.02, 1) * tone
    if "NAN" in text:
        sound[BEFORE + 100] = np.nan
    start, end = speech_span(np.nan_to_num(sound))
    words = plan.line.words
    edges = [BEFORE + length * i // len(words) for i in range(len(words) + 1)]
    points = {offset: BEFORE + at for offset, at in plan.points}
    edges = [points.get(word.start, edges[i]) for i, word in enumerate(words)] + edges[-1:]
    timings = tuple(Timing(word.text, edges[i], edges[i + 1]) for i, word in enumerate(words))
    return Speech(sound, ToneEngine.sample_rate, start, end, timings, timings, tuple(points.values()))
