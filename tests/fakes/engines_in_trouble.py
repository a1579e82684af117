"""Engines as a daemon loads them that are slow, heavy, or lost (``--engine tests.fakes.engines_in_trouble:NAME``).

They hum as ``daemon_engine.Tones`` does, and note each load in ``loads.txt`` in the cache folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from framevox.engine_daemon.engines.base import Plan, Speech
from framevox.engine_daemon.protocol.errors import EngineLostError
from tests.fakes.daemon_engine import Tones
from tests.processes import kill

BALLAST_BYTES = 300 * 10**6
GATE_SECONDS = 60


def _note(cache_dir: Path) -> None:
    with (cache_dir / "loads.txt").open("a") as file:
        file.write("load\n")


def gated(voices_dir: Path, cache_dir: Path, threads: int) -> Tones:
    """A model that is loaded as soon as there is a file ``go`` in the cache folder."""
    _note(cache_dir)
    deadline = time.monotonic() + GATE_SECONDS
    while not (cache_dir / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return Tones(voices_dir, cache_dir, threads)


class _Noted(Tones):
    """Notes each time that it is loaded."""

    def __init__(self, voices_dir: Path, cache_dir: Path, threads: int) -> None:
        super().__init__(voices_dir, cache_dir, threads)
        _note(cache_dir)


class Heavy(_Noted):
    """Takes BALLAST_BYTES, and computes on a card whose free share stands in the file ``card`` in the cache folder."""

    def __init__(self, voices_dir: Path, cache_dir: Path, threads: int) -> None:
        super().__init__(voices_dir, cache_dir, threads)
        self._card = cache_dir / "card"
        self._ballast = np.ones(BALLAST_BYTES // 8)

    def free_memory(self) -> float | None:
        return float(self._card.read_text()) if self._card.exists() else None


class Lost(_Noted):
    """A card that is there, and fails at every line but those with ``WELL``."""

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        if not all("WELL" in plan.line.text for plan, _ in plans):
            raise EngineLostError("CUDA error: unspecified launch failure")
        yield from super().speak(plans)


class Deadly(_Noted):
    """A card at whose every line the process dies without a word, as in a driver's fault, but those with ``WELL``."""

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        if not all("WELL" in plan.line.text for plan, _ in plans):
            kill(os.getpid())
        yield from super().speak(plans)


class _AsAGPU(_Noted):
    """Speaks as many lines at once as a GPU does."""

    def __init__(self, voices_dir: Path, cache_dir: Path, threads: int) -> None:
        super().__init__(voices_dir, cache_dir, threads)
        self.parallel, self.batch_size = 1, 32


class Wide(Lost, _AsAGPU):
    """As ``Lost``, with as many lines at once as a GPU speaks."""


class WideDeadly(Deadly, _AsAGPU):
    """As ``Deadly``, with as many lines at once as a GPU speaks."""


class Slowly(Tones):
    """Takes a second for each line."""

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        time.sleep(1)
        yield from super().speak(plans)


def lost_at_load(voices_dir: Path, cache_dir: Path, threads: int) -> Tones:
    """A card that fails before the model is on it."""
    _note(cache_dir)
    raise EngineLostError("CUDA error: no CUDA-capable device is detected")
