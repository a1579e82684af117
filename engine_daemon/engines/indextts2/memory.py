"""How many rows and frames go through the networks at once, planned from what they take of a GPU's memory."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from framevox.engine_daemon.engines.indextts2.batches import BUCKET_FRAMES
from framevox.engine_daemon.engines.indextts2.loading.config import ModelConfig
from framevox.engine_daemon.protocol.errors import InputError

VARIABLE = "FRAMEVOX_GPU_MEMORY"
"""How many GB (10^9 bytes) the engine may take of the GPU's memory."""
SHARE = 0.8
"""Of the memory that is free when the model is loaded, where the user sets no limit."""
LENGTHS = (512, 896, 1408)
"""Places of the caches that are kept; longer lines take the longest there can be."""
KEPT = 16
"""How many shapes of captured stages are kept beside the decoding steps."""
_CACHES, _CAPTURED = 0.5, 0.1
"""What the caches of decoding, and captured stages, may take of the memory that the weights and graphs leave."""
_GRAPHS, _GRAPH = 320, 2_000_000
"""How many graphs there can be (what ``Decoder.prepare`` captures for every length, and ``KEPT``), and the bytes that
each takes beside its tensors: assumed, not measured."""
# Values that are alive at once for a frame, counted in the networks' own order of work.
_MEL_ROWS = 2  # with and without guidance
_MEL_WIDTHS = (
    24  # of the transformer: skips, queries, keys, values, both halves of the feed-forward, the WaveNet's gates
)
_SOUND_VALUES = 6144  # channels times samples of a mel frame, the same in every stage of the vocoder but the first
_SOUND_TENSORS = 10  # of that size: a block's input, its sum, and a snake at twice the rate


def memory_limit(free: int) -> int:
    """Returns the bytes that the user allows, else a share of what is ``free``. Raises InputError."""
    said = os.environ.get(VARIABLE)
    if not said:
        return int(SHARE * free)
    try:
        limit = float(said)
    except ValueError:
        limit = math.nan
    if not limit > 0:
        raise InputError(f"{VARIABLE} is {said!r}: set it to a number of GB above 0, or leave it out")
    return int(limit * 1e9)


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """What fits into ``limit`` bytes beside the weights, both in bytes. ``size`` is that of a value in the networks
    that may compute in half precision. No ``limit`` is no bound."""

    config: ModelConfig
    weights: int
    size: int
    limit: int | None = None

    def place(self) -> int:
        """The bytes that one place of one row takes in a cache."""
        return self.config.gpt.layers * 2 * self.config.gpt.width * self.size

    def lengths(self) -> tuple[int, ...]:
        """The lengths of the caches that are kept."""
        longest = -(-(self.config.gpt.mel_positions + self.config.gpt.text_positions + 34) // 128) * 128
        return (*(length for length in LENGTHS if length < longest), longest)

    def length(self, places: int) -> int:
        """The length of the cache for rows of so many places."""
        if self.limit is None:
            return -(-places // 256) * 256
        return next((length for length in self.lengths() if places <= length), -(-places // 128) * 128)

    def rows(self, wanted: int, length: int) -> int:
        """How many of ``wanted`` rows are decoded at once in a cache of so many places; at least one."""
        if self.limit is None:
            return wanted
        return max(1, min(wanted, int(_CACHES * self._left()) // (length * self.place())))

    def mel_frames(self) -> int:
        """How many frames, prompts included, are integrated at once."""
        return self._frames(self._mel_frame())

    def sound_frames(self) -> int:
        """How many frames are vocoded at once."""
        return self._frames(self._sound_frame())

    def captured_frames(self) -> int:
        """How many frames, rows times length, are integrated or vocoded at once by a stage that is captured.

        What such a stage works in is memory of its own that all of them share; what goes in and comes out is kept for
        each.
        """
        if self.limit is None:
            return BUCKET_FRAMES
        return min(BUCKET_FRAMES, int(_CAPTURED * self._left()) // self._captured_frame())

    def graphs(self) -> int:
        """The bytes that captured graphs take beside their tensors."""
        return _GRAPHS * _GRAPH

    def peak(self, rows: int, length: int, mel_frames: int, sound_frames: int, captured_frames: int) -> int:
        """The most bytes that are taken at once: the weights, graphs and what was captured, a cache, and whichever
        stage takes more beside them."""
        kept = self.weights + self.graphs() + captured_frames * self._captured_frame() + rows * length * self.place()
        return kept + max(mel_frames * self._mel_frame(), sound_frames * self._sound_frame())

    def _mel_frame(self) -> int:
        return _MEL_ROWS * _MEL_WIDTHS * self.config.s2mel.dit.width * self.size

    def _sound_frame(self) -> int:
        return _SOUND_VALUES * _SOUND_TENSORS * 4

    def _captured_frame(self) -> int:
        """The bytes of a frame of a captured stage: what the larger stage works in, and the tensors of ``KEPT`` shapes,
        each as large as the larger stage's."""
        dit, hop = self.config.s2mel.dit, self.config.s2mel.sound.spectrum.hop
        rotation = 2 * 4 * dit.width // dit.heads
        # The input layer's share and the mask with and without guidance, where to look at ends (int64), the mel itself
        # and whether it is given.
        mel = _MEL_ROWS * (dit.width * self.size + self.size + 8) + 4 * dit.bands + 1 + rotation
        sound = 4 * dit.bands + 4 * hop
        return max(self._mel_frame(), self._sound_frame()) + KEPT * max(mel, sound)

    def _left(self) -> int:
        assert self.limit is not None
        return max(0, self.limit - self.weights - self.graphs())

    def _frames(self, each: int) -> int:
        if self.limit is None:
            return BUCKET_FRAMES
        return max(1, min(BUCKET_FRAMES, int((1 - _CACHES - _CAPTURED) * self._left()) // each))
