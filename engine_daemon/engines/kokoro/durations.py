"""How long each phone lasts: whole units that sum to what was asked, taken where it is heard least.

Stretching every phone alike is understood worse than an ordinary time-stretcher: short phones and tones, being a
step or two long, lose first. So each phone resists change with its own stiffness (TABLE), and the units are given
out one by one to whoever minds least. The cost of a phone that wants d units and gets n is

    stiffness * (n - d)^2 / d

which is convex, so the greedy choice is the best one: the sum of costs is the least possible for that total.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .phone import Phone


@dataclass(frozen=True, slots=True)
class Stiffness:
    """How a class of phones resists: ``shorten`` and ``lengthen`` multiply the cost, ``floor`` is a share of d."""

    shorten: float
    lengthen: float
    floor: float


TABLE: dict[str, Stiffness] = {
    "pause": Stiffness(shorten=0.25, lengthen=0.35, floor=0.25),
    "weak vowel": Stiffness(shorten=0.8, lengthen=1.6, floor=0.5),
    "vowel": Stiffness(shorten=1.0, lengthen=1.0, floor=0.5),
    "stressed vowel": Stiffness(shorten=1.3, lengthen=0.8, floor=0.6),
    "consonant": Stiffness(shorten=3.0, lengthen=3.0, floor=0.6),
}
"""The one place to tune. Marks (length, tone, stress) count as the vowel whose syllable they colour."""

_VOWELS = ("weak vowel", "vowel", "stressed vowel")


def stiffness(phone: Phone) -> Stiffness:
    """The row of TABLE that a phone falls under."""
    if phone.kind in ("pause", "consonant"):
        return TABLE[phone.kind]
    return TABLE[_VOWELS[phone.stress]]


def floors(durations: npt.NDArray[np.floating], phones: Sequence[Phone]) -> npt.NDArray[np.int64]:
    """The fewest units each phone may get: at least one, and no more than it wants."""
    wanted = [max(1, int(d * stiffness(phone).floor + 0.5)) for d, phone in zip(durations, phones, strict=True)]
    return np.array(wanted, dtype=np.int64)


def allocate(durations: npt.NDArray[np.floating], phones: Sequence[Phone], total: int) -> npt.NDArray[np.int64]:
    """Whole units per phone, int64 [n], that sum to ``total`` and cost least.

    ``durations`` [n] are what the model would choose, in units, unrounded. Raises ValueError when ``total`` is
    less than the sum of the floors.
    """
    units = floors(durations, phones)
    spare = total - int(units.sum())
    if spare < 0:
        raise ValueError(f"{total} units are fewer than the {int(units.sum())} that {len(phones)} phones need")
    wants = [max(float(d), 0.5) for d in durations]
    rows = [stiffness(phone) for phone in phones]

    def price(index: int) -> float:
        """What one more unit costs phone ``index``: negative while it is short of what it wants."""
        d, n, row = wants[index], int(units[index]), rows[index]
        return _cost(n + 1, d, row) - _cost(n, d, row)

    heap = [(price(index), index) for index in range(len(phones))]
    heapq.heapify(heap)
    for _ in range(spare):
        _, index = heap[0]
        units[index] += 1
        heapq.heapreplace(heap, (price(index), index))
    return units


def _cost(n: int, d: float, row: Stiffness) -> float:
    return (row.lengthen if n > d else row.shorten) * (n - d) ** 2 / d
