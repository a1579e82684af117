"""Ways through two sequences: the cheapest, whole, and found near a coarser one where the sequences are long."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from framevox.engine_daemon.alignment import warping
from framevox.engine_daemon.alignment.warping import warp


def sequence(seed: int, frames: int) -> npt.NDArray[np.float32]:
    walk = np.cumsum(np.random.default_rng(seed).standard_normal((frames, 6)), axis=0)
    return walk.astype(np.float32)


def cost_of_all_ways(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> float:
    """The cheapest sum, cell by cell as the definition has it."""
    costs = np.linalg.norm(first[:, None] - second[None], axis=2)
    sums = np.full(costs.shape, np.inf)
    for i, j in itertools.product(range(len(first)), range(len(second))):
        ways = [0.0] if i == j == 0 else []
        if i and j:
            ways.append(sums[i - 1, j - 1])
        if i:
            ways.append(sums[i - 1, j] + warping._DETOUR)
        if j:
            ways.append(sums[i, j - 1] + warping._DETOUR)
        sums[i, j] = min(ways) + costs[i, j]
    return float(sums[-1, -1])


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 7), (9, 1), (12, 12), (30, 17), (17, 41)])
def test_a_way_is_the_cheapest_and_leads_from_the_first_frames_to_the_last(n: int, m: int) -> None:
    first, second = sequence(n, n), sequence(100 + m, m)
    way = warp(first, second)
    assert (way.first[0], way.second[0], way.first[-1], way.second[-1]) == (0, 0, n - 1, m - 1)
    steps = np.stack([np.diff(way.first), np.diff(way.second)])
    assert ((steps >= 0) & (steps <= 1)).all() and (steps.sum(0) >= 1).all()
    assert way.cost * len(way.first) == pytest.approx(cost_of_all_ways(first, second), rel=1e-5)


def test_long_sequences_are_warped_near_the_way_of_their_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    first = np.repeat(sequence(1, 150), 4, axis=0)
    # The first half quickly and the second slowly: the way leads far from the diagonal.
    second = first[np.concatenate([np.arange(0, 300, 3), np.arange(300, 600, 0.5).astype(int)])]
    whole = warp(first, second)
    monkeypatch.setattr(warping, "_MOST_CELLS", 6_000)
    banded = warp(first, second)
    places = np.arange(0, len(first), 10.0)
    assert np.abs(whole.mapped(places) - banded.mapped(places)).max() <= 4
    assert banded.cost == pytest.approx(whole.cost, abs=0.02)


def test_places_are_mapped_in_order() -> None:
    way = warp(sequence(3, 50), sequence(4, 90))
    mapped = way.mapped(np.arange(-3.0, 55.0, 0.25))
    assert (np.diff(mapped) >= 0).all() and mapped[0] >= 0 and mapped[-1] <= 89
