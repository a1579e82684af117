"""The Kokoro network: three ONNX sessions, shared by all threads that drive them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort  # type: ignore[import-untyped]

from .durations import Lengths
from .phonemes import vocabulary
from .prepare import prepared_graphs
from .silence import time_weights

SAMPLE_RATE = 24000
UNIT = 600
"""Samples in one unit of duration (25 ms)."""
FRAME = 300
"""Samples in one frame of pitch and energy: two to the unit."""
LEAD_UNITS, TAIL_UNITS = 5, 6
"""Silent units to compute before and after speech: attack and decay are complete well inside them.

Over 16 lines DistillMOS falls by 0.12 (standard error 0.08) against computing all silence, level stays within 0.5 dB;
9 and 12, with weights._WITNESS at 3, lose 0.04 (0.06) for a tenth more work.
"""

Floats = npt.NDArray[np.float32]
Units = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text encoder makes of n phones. Its arrays have n + 2 entries: the model pads both ends.

    ``durations`` [n + 2] in units, unrounded; ``prosody`` [640, n + 2] and ``text`` [512, n + 2] are features.
    """

    durations: Floats
    prosody: Floats
    text: Floats
    style: Floats


@dataclass(frozen=True, slots=True)
class Tune:
    """The melody of a reading at given durations: ``pitch`` (Hz) and ``energy``, each [2 * units]."""

    pitch: Floats
    energy: Floats


def alignment(durations: Lengths) -> Floats:
    """How much of each unit belongs to each phone, [phones, units]; every column sums to 1.

    Where the model was trained, durations are whole and a phone's features are repeated; so they are here. Where two
    phones meet inside a unit, each counts by its share of it, which is what lets a length be any fraction.
    """
    ends = np.cumsum(durations)
    units = np.arange(round(float(ends[-1])))
    shares = np.minimum(ends[:, None], units + 1) - np.maximum((ends - durations)[:, None], units)
    inside: Floats = np.clip(shares, 0, 1).astype(np.float32)
    return inside


class KokoroModel:
    """Runs the three graphs. Every method may be called from several threads at once.

    The packages are checked, and the graphs prepared, when it is made; a graph is loaded when it first runs.
    """

    def __init__(self, cache_dir: Path) -> None:
        graphs = prepared_graphs(cache_dir)
        self._read = _Graph(graphs["read"])
        self._intone = _Graph(graphs["intone"])
        self._speak = _Graph(graphs["speak"])
        # After a long line its memory is freed, instead of being kept for the next line of that length.
        self._run = ort.RunOptions()
        self._run.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def with_threads(self, threads: int) -> KokoroModel:
        """The same model, with so many threads for the decoder of one line: the same sound to the bit, sooner."""
        other = copy.copy(self)
        other._speak = self._speak.with_threads(threads)
        return other

    def read(self, symbols: Sequence[str], style: Floats) -> Reading:
        """Encodes up to MAX_PHONES symbols. ``style`` [256] is the voice's row for this many phones."""
        numbers = vocabulary()
        tokens = np.array([[0, *(numbers[symbol] for symbol in symbols), 0]], dtype=np.int64)
        durations, prosody, text = self._read.run({"tokens": tokens, "style": style[None]})
        return Reading(durations[0], np.ascontiguousarray(prosody[0].T), text[0], style)

    def intone(self, reading: Reading, durations: Lengths) -> Tune:
        """Draws pitch and energy for the reading at ``durations`` [n + 2], which sum to whole units."""
        prosody = reading.prosody @ alignment(durations)
        pitch, energy = self._intone.run({"prosody": prosody[None], "style": reading.style[None]})
        return Tune(pitch[0], energy[0])

    def speak(self, reading: Reading, durations: Lengths, tune: Tune, start: int, stop: int) -> Floats:
        """The sound of units [start, stop) of the reading, float32 [(stop - start) * UNIT].

        What lies outside must be silent, and LEAD_UNITS and TAIL_UNITS inside the ends that are cut as well.
        """
        shares = alignment(durations)
        feed = {
            "text": (reading.text @ shares[:, start:stop])[None],
            "pitch": tune.pitch[None, 2 * start : 2 * stop],
            "energy": tune.energy[None, 2 * start : 2 * stop],
            "style": reading.style[None],
            **time_weights(start, stop, shares.shape[1]),
        }
        audio: Floats = self._speak.run(feed, self._run)[0]
        return audio


class _Graph:
    """A graph's session, loaded once, at its first run: takes from the store need none of it."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._path, self._threads = path, threads
        self._loading = threading.Lock()
        self._session: ort.InferenceSession | None = None

    def with_threads(self, threads: int) -> _Graph:
        return self if threads == self._threads else _Graph(self._path, threads)

    def run(self, feed: Mapping[str, npt.NDArray[Any]], options: ort.RunOptions | None = None) -> list[Floats]:
        if self._session is None:
            # A second thread waits here and finds it loaded.
            with self._loading:
                if self._session is None:
                    self._session = _session(self._path, self._threads)
        outputs: list[Floats] = self._session.run(None, feed, options)
        return outputs


def _session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    # One thread a run and several runs at once is a third faster here than several threads in one run; those are for a
    # line that somebody waits for.
    options.intra_op_num_threads = threads
    # A thread that waits for work by spinning would take the core from other lines.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.inter_op_num_threads = 1
    # A memory pattern would be kept for every shape, and nearly every line has a shape of its own.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
