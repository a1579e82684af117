"""The tone engine as a daemon loads it (``--engine tests.fakes.daemon_engine:Tones``), with ways to steer it by words.

``SLOW`` takes 150 ms to speak, and each piece of it as long, ``DEATH`` ends the process like a crash, ``ASSERT`` is
a GPU fault the first time that it is spoken, ``CRAMPED`` is something to tell the user. What is spoken is written
to ``spoken.txt`` in the cache folder, one line each, so that tests see what several daemons did one after the other.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from framevox.engine_daemon.engines.base import Direction, Plan, Samples, Speech, Voice
from framevox.engine_daemon.protocol.errors import EngineLostError, FramevoxError, InputError
from framevox.engine_daemon.text.line import Line
from tests.fakes.tone_engine import ToneEngine
from tests.processes import kill


class Tones(ToneEngine):
    def __init__(self, voices_dir: Path, cache_dir: Path, threads: int) -> None:
        super().__init__(parallel=2, batch_size=2)
        self._voices_dir = voices_dir
        self._spoken = cache_dir / "spoken.txt"

    def voice(self, spec: str) -> Voice:
        """``anna.<hash>`` for a voice that a client sent: it hums like the alto, and is another voice all the same."""
        if (self._voices_dir / f"{spec}.bin").exists():
            if (self._voices_dir / f"{spec}.bin").read_bytes() == b"no":
                raise InputError(f"voice file {spec}.bin: not a voice: use another", code="unknown-voice")
            return replace(super().voice("alto"), name=spec, key=spec)
        return super().voice(spec)

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, span) in enumerate(plans):
            text = plan.line.text
            if "DEATH" in text:
                kill(os.getpid())
            if "ASSERT" in text and not self._spoken.with_name("asserted").exists():
                self._spoken.with_name("asserted").touch()
                raise EngineLostError("CUDA error: device-side assert triggered")
            if "CRAMPED" in text:
                self.told.append("there was too little memory")
            time.sleep(0.15 if "SLOW" in text else 0)
            for _, speech in super().speak([(plan, span)]):
                if not isinstance(speech, Exception):
                    with suppress(OSError), self._spoken.open("a") as file:
                        file.write(text + "\n")
                yield index, speech

    def stream(
        self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None
    ) -> Iterator[Samples | Plan | Speech]:
        for made in super().stream(wanted, span):
            yield made
            if isinstance(made, np.ndarray) and isinstance(wanted, Plan) and "SLOW" in wanted.line.text:
                time.sleep(0.15)


def broken(voices_dir: Path, cache_dir: Path, threads: int) -> ToneEngine:
    """An engine whose model is not there."""
    raise FramevoxError("the model file is missing: run `framevox doctor`", code="engine")


def deadly(voices_dir: Path, cache_dir: Path, threads: int) -> ToneEngine:
    """An engine whose loading ends the process."""
    kill(os.getpid())
    raise AssertionError("unreachable")


def deadly_without_mark(voices_dir: Path, cache_dir: Path, threads: int) -> ToneEngine:
    """As ``deadly``, where the mark of a daemon at work cannot be kept."""
    mark = cache_dir.parent / "run" / "at-work"
    while not mark.exists():
        time.sleep(0.01)
    mark.unlink()
    return deadly(voices_dir, cache_dir, threads)
