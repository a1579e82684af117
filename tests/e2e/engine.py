"""The tone engine as ``framevox serve --engine`` takes it; the second one takes its time over every line."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.tone_engine import ToneEngine


def tone(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    return ToneEngine()


def slow_tone(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    return ToneEngine(parallel=1, batch_size=1, delay=0.25)
