"""Engines for the daemons of benchmarks: one that hums, and the built-in one with a meter on its model."""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
    from tests.fakes.tone_engine import ToneEngine

TONE = "benchmarks.engines:tone"
METERED = "benchmarks.engines:metered"
METER_VARIABLE = "FRAMEVOX_BENCHMARK_METER"

GRAPHS = {"tokens": "read", "prosody": "intone", "text": "speak"}
"""The model's graphs by the name of an input that only one of them has."""
_RECORD = struct.Struct("=qdd")


def tone(_voices: Path, _cache: Path, threads: int) -> ToneEngine:
    """An engine that hums: for breadth, where the sound itself does not matter."""
    from tests.fakes.tone_engine import ToneEngine

    return ToneEngine(parallel=threads)


def metered(voices: Path, cache: Path, threads: int) -> KokoroEngine:
    """The built-in engine; what its model costs is added up in the file that METER_VARIABLE names."""
    from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine

    install(Meter(Path(os.environ[METER_VARIABLE])))
    return KokoroEngine(voices, cache, threads)


class Meter:
    """Runs, CPU seconds and wall seconds of each graph, in a file that other processes can read at any time."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_RECORD.size * len(GRAPHS)))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._lock = threading.Lock()

    def add(self, graph: str, cpu: float, wall: float) -> None:
        at = list(GRAPHS.values()).index(graph) * _RECORD.size
        with self._lock:
            runs, cpu_before, wall_before = _RECORD.unpack_from(self._memory, at)
            _RECORD.pack_into(self._memory, at, runs + 1, cpu_before + cpu, wall_before + wall)

    def read(self) -> dict[str, tuple[int, float, float]]:
        """``{graph: (runs, CPU seconds, wall seconds)}``."""
        names = GRAPHS.values()
        return {name: _RECORD.unpack_from(self._memory, i * _RECORD.size) for i, name in enumerate(names)}


def install(meter: Meter) -> None:
    """Has every run of an onnxruntime session counted. Sessions of one thread only: the caller's clock is theirs."""
    import onnxruntime

    run = onnxruntime.InferenceSession.run

    def counted(self: Any, names: Any, feed: dict[str, Any], options: Any = None) -> Any:
        if "speed" in feed:  # the shipped graph as a whole, which is measured from outside
            return run(self, names, feed, options)
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            return run(self, names, feed, options)
        finally:
            graph = next(GRAPHS[name] for name in feed if name in GRAPHS)
            meter.add(graph, time.thread_time() - cpu, time.perf_counter() - wall)

    onnxruntime.InferenceSession.run = counted
