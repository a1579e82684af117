"""The tone engine as ``framevox serve --engine`` takes it; the second one takes its time over every line."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from framevox.engine_daemon.engines.base import Voice, VoiceInfo
from framevox.engine_daemon.engines.kokoro.voices import parse_voice
from tests.fakes.tone_engine import ToneEngine


def tone(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    return ToneEngine()


def slow_tone(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    return ToneEngine(parallel=1, batch_size=1, delay=0.25)


def with_voice_files(voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    """An engine that reads the files it is sent as the built-in one does."""

    class Engine(ToneEngine):
        def voice(self, spec: str) -> Voice:
            file = voices / f"{spec}.bin"
            if file.exists():
                parse_voice(file.read_bytes(), file.name)
            return super().voice(spec)

    return Engine()


def slow_to_load(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    """As a model is that has to be prepared first."""
    time.sleep(2.5)
    return ToneEngine()


def slow_to_list(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    """An engine that has to look for its voices."""

    class Engine(ToneEngine):
        def voices(self) -> Sequence[VoiceInfo]:
            time.sleep(1.5)
            return super().voices()

    return Engine()


def pitch_files(voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    """An engine whose voice files say how high it hums, in Hz, so that a take shows which file it was spoken with."""

    class Engine(ToneEngine):
        def voice(self, spec: str) -> Voice:
            file = voices / f"{spec}.bin"
            if not file.exists():
                return super().voice(spec)
            content = file.read_bytes()
            return Voice(spec, hashlib.sha256(content).hexdigest(), self.languages, float(content))

    return Engine()


def company(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    """An engine with enough voices for a cast: two women and two men in English and in Chinese, and somebody's clip."""
    stock = [
        VoiceInfo(f"{language}_{gender}_{number}", (language,), gender)
        for language in ("en", "zh")
        for gender in ("female", "male")
        for number in (1, 2)
    ]

    class Engine(ToneEngine):
        def voices(self) -> Sequence[VoiceInfo]:
            return [*stock, VoiceInfo("my_clip", self.languages)]

        def voice(self, spec: str) -> Voice:
            names = ["my_clip", *(voice.name for voice in stock)]
            if spec in names:
                # Each sounds different: a host may go by the sound.
                return replace(super().voice("alto"), name=spec, key=spec, state=100.0 + 20 * names.index(spec))
            return super().voice(spec)

    return Engine()


def clips_only(_voices: Path, _cache: Path, _threads: int) -> ToneEngine:
    """An engine that clones: its voices are clips, of which nobody knows who speaks."""

    class Engine(ToneEngine):
        def voices(self) -> Sequence[VoiceInfo]:
            return [VoiceInfo(name, self.languages) for name in ("alto", "tenor")]

    return Engine()


def guessing(voices_dir: Path, cache_dir: Path, threads: int) -> Any:
    """The built-in engine as one that does not know when its words are heard."""
    from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
    from tests.fakes.estimating_engine import EstimatingEngine

    return EstimatingEngine(KokoroEngine(voices_dir, cache_dir, threads), 0.9)
