"""Dynamic time warping: which frame of one sequence goes with which of another, both in order (Sakoe and Chiba, 1978).

The sums of the cheapest ways are computed diagonal by diagonal, for cells of one diagonal do not depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]

_MOST_CELLS = 4_000_000
"""Sequences with more pairs of frames are first compared in fewer, longer frames, and then near the way found there."""
_NEAR = 40
"""How far from that way, in frames to either side."""
_DETOUR = 0.7
"""What a step costs by which only one of the two moves on, against the pair of frames it comes to: added."""


@dataclass(frozen=True, slots=True)
class Way:
    """Pairs of frames, int64 [pairs] each, rising from the first of both sequences to the last, and how far apart the
    frames of a pair are on average."""

    first: Whole
    second: Whole
    cost: float

    def mapped(self, frames: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Returns where frames of the first sequence lie in the second: the middle of those that go with them."""
        size = int(self.first[-1]) + 1
        middle = np.bincount(self.first, self.second, size) / np.bincount(self.first, minlength=size)
        places: npt.NDArray[np.float64] = np.interp(frames, np.arange(size), middle)
        return places


def warp(first: Floats, second: Floats) -> Way:
    """Returns the cheapest way through two sequences of frames, [n, features] and [m, features]."""
    if len(first) * len(second) <= _MOST_CELLS:
        low, high = np.zeros(len(first), np.int64), np.full(len(first), len(second) - 1)
        return _cheapest(first, second, low, high)
    coarse = warp(_halved(first), _halved(second))
    middle = coarse.mapped((np.arange(len(first)) - 0.5) / 2) * 2 + 0.5
    # A way that stands still moves on at once afterwards: what it skips lies near it too.
    before, after = np.concatenate([[0], middle[:-1]]), np.concatenate([middle[1:], [len(second) - 1]])
    low = np.clip(np.floor(before) - _NEAR, 0, len(second) - 1).astype(np.int64)
    high = np.clip(np.ceil(after) + _NEAR, 0, len(second) - 1).astype(np.int64)
    low[0], high[-1] = 0, len(second) - 1
    return _cheapest(first, second, np.maximum.accumulate(low), np.maximum.accumulate(high))


def _halved(frames: Floats) -> Floats:
    """Two frames made one, [ceil(n / 2), features]."""
    even = frames if len(frames) % 2 == 0 else np.concatenate([frames, frames[-1:]])
    return ((even[::2] + even[1::2]) / 2).astype(np.float32)


def _cheapest(first: Floats, second: Floats, low: Whole, high: Whole) -> Way:
    """The cheapest way on which frame ``i`` of ``first`` goes with frames ``low[i]`` to ``high[i]`` of ``second``."""
    n, rows = len(first), np.arange(len(first))
    begins, ends = rows + low, rows + high  # rising, so the cells of a diagonal are neighbours
    sums = [np.full(n + 1, np.inf, np.float32) for _ in range(3)]  # by row + 1, for this diagonal and the two before it
    chosen: list[tuple[int, npt.NDArray[np.int8]]] = []
    for diagonal in range(n + len(second) - 1):
        top = int(np.searchsorted(ends, diagonal))
        bottom = int(np.searchsorted(begins, diagonal, side="right"))
        gaps = first[top:bottom] - second[diagonal - bottom + 1 : diagonal - top + 1][::-1]
        costs = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
        two, one, now = sums[(diagonal - 2) % 3], sums[(diagonal - 1) % 3], sums[diagonal % 3]
        ways = np.stack([two[top:bottom], one[top:bottom] + _DETOUR, one[top + 1 : bottom + 1] + _DETOUR])
        choice = ways.argmin(0).astype(np.int8)
        now[:] = np.inf
        best = ways[choice, np.arange(bottom - top)] if diagonal else np.zeros(1, np.float32)
        now[top + 1 : bottom + 1] = best + costs
        chosen.append((top, choice))
    i, j, pairs = n - 1, len(second) - 1, []
    total = float(sums[(n + len(second) - 2) % 3][n])
    while True:
        pairs.append((i, j))
        if i == 0 and j == 0:
            break
        top, choice = chosen[i + j]
        step = choice[i - top]
        i, j = i - (step < 2), j - (step != 1)
    way = np.array(pairs[::-1])
    return Way(way[:, 0], way[:, 1], total / len(pairs))
