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
_CACHES = 0.5
"""What the caches of decoding may take of the memory that the weights leave."""
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

    def length(self, places: int) -> int:
        """The length of the cache for rows of so many places."""
        longest = self.config.gpt.mel_positions + self.config.gpt.text_positions + 34
        if self.limit is None:
            return -(-places // 256) * 256
        return next((length for length in LENGTHS if places <= length), -(-max(places, longest) // 128) * 128)

    def rows(self, wanted: int, length: int) -> int:
        """How many of ``wanted`` rows are decoded at once in a cache of so many places; at least one."""
        if self.limit is None:
            return wanted
        return max(1, min(wanted, int(_CACHES * self._left()) // (length * self.place())))

    def mel_frames(self) -> int:
        """How many frames, prompts included, are integrated at once."""
        each = _MEL_ROWS * _MEL_WIDTHS * self.config.s2mel.dit.width * self.size
        return self._frames(each)

    def sound_frames(self) -> int:
        """How many frames are vocoded at once."""
        return self._frames(_SOUND_VALUES * _SOUND_TENSORS * 4)

    def peak(self, rows: int, length: int, mel_frames: int, sound_frames: int) -> int:
        """The most bytes that are taken at once: the weights, a cache, and whichever stage takes more beside it."""
        mels = mel_frames * _MEL_ROWS * _MEL_WIDTHS * self.config.s2mel.dit.width * self.size
        sound = sound_frames * _SOUND_VALUES * _SOUND_TENSORS * 4
        return self.weights + rows * length * self.place() + max(mels, sound)

    def _left(self) -> int:
        assert self.limit is not None
        return max(0, self.limit - self.weights)

    def _frames(self, each: int) -> int:
        if self.limit is None:
            return BUCKET_FRAMES
        return max(1, min(BUCKET_FRAMES, int((1 - _CACHES) * self._left()) // each))
