"""A line's pieces as they come from the engine, made into pieces of its take: together the take's slot, to the sample.

A piece is handed on only as far as nothing that follows can change it. The resampler and the limiter look a little
ahead; and what lies after the last sound above -60 dBFS may be the end of the line, where the take fades out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from framevox.engine_daemon.audio.label import Pcm24
from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples
from framevox.engine_daemon.rendering.placement import FULL_SCALE, Rendering, brought_to_level, place
from framevox.engine_daemon.rendering.policy import Grid, Target

REACH_SECONDS = 0.25
"""How far the resampler and the limiter look to either side, at most: some 10 ms, and 30 ms a round of the limiter."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next samples of a line's slot, from ``start`` on: 24 bits, little-endian."""

    start: int
    samples: bytes

    @classmethod
    def of(cls, start: int, pcm: Pcm24) -> Piece:
        return cls(start, pcm.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes())


class PieceStream:
    """Turns the pieces of one line, which has no slot, into the samples of its take."""

    def __init__(self, engine_rate: int, target: Target, grid: Grid, gain: float) -> None:
        self._rates = engine_rate, grid.sample_rate
        self._target, self._grid, self._gain = target, grid, gain
        # At multiples of this many of the engine's samples both rates have one.
        self._stride = engine_rate // gcd(*self._rates)
        self._sound: Samples = np.zeros(0, np.float32)
        """The engine's sound from ``_from`` on."""
        self._from = 0
        self._pcm: Pcm24 = np.zeros(0, np.int32)
        """What can no longer change, from the first sample."""
        self.sent = 0
        """How many samples of the slot were handed on."""

    def add(self, piece: Samples) -> Pcm24:
        """Returns the next samples of the slot, often fewer than came in, or none. Raises FramevoxError."""
        self._sound = np.concatenate([self._sound, piece])
        self._settle()
        start, end = speech_span(self._pcm, FULL_SCALE)
        if start == end:
            return np.zeros(0, np.int32)
        return self._beyond_sent(Rendering(self._pcm, start, end, (), ()), self._target.start + end - start)

    def finish(self, slot: Pcm24) -> Pcm24:
        """Returns what is left of the slot once the line is whole."""
        rest = slot[self.sent :]
        self.sent = len(slot)
        return rest

    def _settle(self) -> None:
        """Converts what has come, as far as nothing that follows reaches."""
        engine_rate, rate = self._rates
        reach = round(REACH_SECONDS * engine_rate)
        stable = (self._from + len(self._sound) - reach) * rate // engine_rate
        if stable <= len(self._pcm):
            return
        window = brought_to_level(self._sound, engine_rate, rate, self._gain)
        first = self._from * rate // engine_rate
        self._pcm = np.concatenate([self._pcm, window[len(self._pcm) - first : stable - first]])
        keep = max(self._from, (stable * engine_rate // rate - reach) // self._stride * self._stride)
        self._sound = self._sound[keep - self._from :]
        self._from = keep

    def _beyond_sent(self, rendering: Rendering, upto: int) -> Pcm24:
        # Only what comes after the last sound differs from the finished take.
        placed = place(rendering, self._target, self._grid, upto)
        piece = placed.pcm[self.sent :]
        self.sent = max(self.sent, upto)
        return piece
