"""Where the words of one recording lie in another that says the same, by another speaker at another pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.alignment.cepstra import HOP, Floats, cepstra, speaking
from framevox.engine_daemon.alignment.warping import Way, Whole, warp

MOST_MISFIT = 0.42
"""Past this the two do not say the same. Of right lines 2 % lie above it, of wrong ones 5 % below (tuning lines of
``benchmarks/alignment.py``)."""
_SAMPLED = 1500
"""Frames that are compared with each other, at most, to know how near is near."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a reference goes with a take. ``misfit`` is about 0 where they are the same sound, and 1 where they have no
    more in common than any two."""

    way: Way
    rates: tuple[int, int]
    misfit: float

    @property
    def fits(self) -> bool:
        return self.misfit <= MOST_MISFIT

    def at(self, places: Sequence[int]) -> list[int]:
        """Returns where samples of the reference lie in the take, in its samples; in order where they are."""
        frames = np.asarray(places, np.float64) / (self.rates[0] * HOP)
        return [round(place) for place in self.way.mapped(frames) * (HOP * self.rates[1])]


def align(reference: npt.NDArray[Any], reference_rate: int, take: npt.NDArray[Any], take_rate: int) -> Alignment:
    """Aligns a take with a reference, mono sounds [n] with full scale at 1.0. Raises ValueError for silence."""
    first, second = cepstra(reference, reference_rate), cepstra(take, take_rate)
    way = warp(first, second)
    # The same sounds backwards: what two voices have in common whatever they say.
    chance = warp(np.ascontiguousarray(first[::-1]), second)
    backwards = Way(len(first) - 1 - chance.first, chance.second, chance.cost)
    misfit = way.cost / chance.cost * _nearer(first, second, way) / _nearer(first, second, backwards)
    return Alignment(way, (reference_rate, take_rate), float(misfit))


def _nearer(first: Floats, second: Floats, way: Way) -> float:
    """Of pairs on the way where both speak: the share of all speech of ``first`` that lies nearer to the second's frame
    than the frame it goes with, on average; 0.5 by chance."""
    others = _thinned(np.flatnonzero(speaking(first)))
    pairs = _thinned(np.flatnonzero(speaking(first)[way.first] & speaking(second)[way.second]))
    if not len(pairs):
        return 0.5
    theirs, own = second[way.second[pairs]], first[way.first[pairs]]
    squares = (first[others] ** 2).sum(1)[:, None] - 2 * first[others] @ theirs.T
    nearer: float = (squares < (own**2).sum(1) - 2 * (own * theirs).sum(1)).mean()
    return max(nearer, 1e-3)


def _thinned(frames: Whole) -> Whole:
    return frames[:: -(-len(frames) // _SAMPLED) or 1]
