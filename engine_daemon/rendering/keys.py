"""What the store keeps between runs: lengths the engine planned and speech it made, each by what shaped it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from framevox.engine_daemon.engines.base import Direction, Engine, Place, Plan, Speech, Timing, Voice
from framevox.engine_daemon.rendering.store import Store

FRAMEVOX_VERSION = version("framevox")

Points = tuple[tuple[float, int], ...]
"""Offsets of a line's places, and the samples from its span's start at which they are to be heard."""


def content_key(**values: Any) -> str:
    """The SHA-256 of the values as canonical JSON. Fractions and rates are given as their text."""
    canonical = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Lengths:
    """What a plan said of a line, in samples at the engine's rate: enough to decide its fit without the engine."""

    natural: int
    shortest: int
    longest: int
    warnings: tuple[str, ...]
    neutral: int | None = None
    places: tuple[Place, ...] = ()

    @classmethod
    def of(cls, plan: Plan) -> Lengths:
        return cls(plan.natural, plan.shortest, plan.longest, plan.line.warnings, plan.neutral, plan.places)


def line_key(
    engine: Engine, voice: Voice, text: str, language: str, direction: Direction, readings: Sequence[Any] = ()
) -> str:
    """Names a line as one voice delivers it. The version of Framevox stands for its text front end, ``readings`` for
    what rules of pronunciation make of it; they are empty where that is nothing."""
    ruled = {"readings": readings} if readings else {}
    return content_key(
        framevox=FRAMEVOX_VERSION,
        engine=engine.name,
        version=engine.version,
        voice=voice.key,
        text=text,
        language=language,
        direction=direction.key,
        **ruled,
    )


def speech_key(line: str, span: int | None, points: Points = ()) -> str:
    """Names the speech of a line at a span and at points asked for [samples at the engine's rate], None for its own
    pace."""
    return content_key(line=line, span=span, **({"points": points} if points else {}))


def find_lengths(store: Store, line: str) -> Lengths | None:
    found = store.get("plan", line)
    if found is None:
        return None
    about, _ = found
    warnings, neutral = tuple(about["warnings"]), about.get("neutral")
    places = tuple(Place(*numbers) for numbers in about["places"])
    return Lengths(about["natural"], about["shortest"], about["longest"], warnings, neutral, places)


def keep_lengths(store: Store, line: str, lengths: Lengths) -> None:
    about = {
        "natural": lengths.natural,
        "shortest": lengths.shortest,
        "longest": lengths.longest,
        "warnings": list(lengths.warnings),
        "neutral": lengths.neutral,
        "places": [[p.offset, p.natural, p.shortest, p.longest, p.rest] for p in lengths.places],
    }
    store.put("plan", line, about, b"")


def find_speech(store: Store, key: str) -> Speech | None:
    found = store.get("speech", key)
    if found is None:
        return None
    about, data = found
    samples = np.frombuffer(data, dtype="<f4").astype(np.float32)
    words, phones = _timings(about["words"]), _timings(about["phones"])
    points = tuple(about["points"])
    return Speech(samples, about["sample_rate"], about["start"], about["end"], words, phones, points)


def keep_speech(store: Store, key: str, speech: Speech) -> None:
    about = {
        "sample_rate": speech.sample_rate,
        "start": speech.start,
        "end": speech.end,
        "words": [[t.text, t.start, t.end] for t in speech.words],
        "phones": [[t.text, t.start, t.end] for t in speech.phones],
        "points": list(speech.points),
    }
    store.put("speech", key, about, speech.samples.astype("<f4").tobytes())


def _timings(values: Sequence[tuple[str, int, int]]) -> tuple[Timing, ...]:
    return tuple(Timing(text, start, end) for text, start, end in values)
