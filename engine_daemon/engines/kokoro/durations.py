"""How long each phone lasts: fractions of the model's unit that sum to the length asked for, changed where it is least
audible.

Every phone is scaled, each by its own part of the change. With lambda the same for all,

    n = d * clip(1 + lambda * elasticity, floor, ceiling)

where d is what the model would choose. Pauses give most. When lengthened, vowels follow, stressed ones before weak
ones, and consonants least (TABLE). When shortened, no phone falls below CLEAR before all have come down to it: then the
long ones have made room, and a short consonant or weak vowel is still heard. Words of another language than the line's
keep more of their length (FOREIGN, FOREIGN_CLEAR). The lengths stay fractions of a unit:
rounded to whole units of 25 ms, a tone or a short vowel would lose half of itself where a tenth was meant, and a line
would be understood worse for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .phone import Phone

Lengths = npt.NDArray[np.float64]
"""Units per phone, fractions of them included."""


@dataclass(frozen=True, slots=True)
class Elasticity:
    """How a class of phones follows a change: ``shorten`` and ``lengthen`` scale its part in it.

    ``floor`` and ``ceiling`` are the least and the most it may become, as shares of its own length.
    """

    shorten: float
    lengthen: float
    floor: float
    ceiling: float


TABLE: dict[str, Elasticity] = {
    "pause": Elasticity(shorten=2.0, lengthen=1.3, floor=0.3, ceiling=4.0),
    "punctuation": Elasticity(shorten=1.1, lengthen=1.3, floor=0.3, ceiling=4.0),
    "weak vowel": Elasticity(shorten=1.0, lengthen=0.8, floor=0.4, ceiling=4.0),
    "vowel": Elasticity(shorten=1.0, lengthen=1.0, floor=0.4, ceiling=4.0),
    "stressed vowel": Elasticity(shorten=1.0, lengthen=1.2, floor=0.4, ceiling=4.0),
    "consonant": Elasticity(shorten=1.0, lengthen=0.7, floor=0.4, ceiling=4.0),
}
"""The one place to tune. Marks (length, tone, stress) count as the vowel whose syllable they colour.

``shorten`` and CLEAR were chosen on 60 tuning lines at 0.75, together with melody.py: against pauses 1.25, other phones
0.95 to 1.02 and no CLEAR, the recogniser's confidence in the true words rose by 0.059 (standard error 0.030); see
docs/benchmarks.md for what held-out lines said. Punctuation gives way no sooner than speech does, for its pauses say
something, until speech itself would have to hurry: see HURRIED.
"""

HURRIED, YIELDING = 0.22, 4.0
"""From this lambda on, pauses at punctuation give way so many times faster."""

CLEAR = 1.6
"""Units (40 ms) that a phone, unless it is a pause, keeps as long as others have more to give."""

FOREIGN, FOREIGN_CLEAR = 0.5, 2.4
"""A word of another language than the line's gives half as much as the others when shortened, and keeps phones of
60 ms: English inside a Chinese line was the first to be misheard."""

_VOWELS = ("weak vowel", "vowel", "stressed vowel")
_RELEASES = "ʰʲ"
"""Marks that belong to the consonant before them."""
_HALVINGS = 60


def elasticity(phone: Phone) -> Elasticity:
    """The row of TABLE that a phone falls under."""
    if phone.marks:
        return TABLE["punctuation"]
    if phone.kind in ("pause", "consonant"):
        return TABLE[phone.kind]
    return TABLE["consonant" if phone.symbol in _RELEASES else _VOWELS[phone.stress]]


def floors(wants: npt.NDArray[np.floating], phones: Sequence[Phone]) -> Lengths:
    """The least length of each phone."""
    least: Lengths = wants * np.array([elasticity(phone).floor for phone in phones])
    return least


def allocate(wants: npt.NDArray[np.floating], phones: Sequence[Phone], total: float) -> Lengths:
    """The length of each phone, [n], so that they sum to ``total``.

    ``wants`` [n] is what the model would choose, all more than 0. Raises ValueError for a total below the sum of the
    floors or above that of the ceilings.
    """
    rows = [elasticity(phone) for phone in phones]
    wants, least = np.asarray(wants, dtype=np.float64), floors(wants, phones)
    most = wants * np.array([row.ceiling for row in rows])
    if not least.sum() - 1e-6 <= total <= most.sum() + 1e-6:
        raise ValueError(f"{len(phones)} phones take {least.sum():.1f} to {most.sum():.1f} units, not {total:.1f}")
    shorter = total < wants.sum()
    keeps = [0.0 if phone.kind == "pause" else FOREIGN_CLEAR if phone.foreign else CLEAR for phone in phones]
    clear = np.maximum(least, np.minimum(wants, keeps))
    if total < clear.sum():
        wants = clear
    elif shorter:
        least = clear
    pull = wants * np.array([row.shorten if shorter else row.lengthen for row in rows])
    yielding = wants * np.array([YIELDING if phone.marks else 0.0 for phone in phones])
    if shorter:
        pull *= np.array([FOREIGN if phone.foreign else 1.0 for phone in phones])
    # The sum grows with lambda, so halving the interval finds it.
    low, high = (-_widest(wants - least, pull), 0.0) if shorter else (0.0, _widest(most - wants, pull))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at(middle, wants, pull, yielding).clip(least, most).sum() < total:
            low = middle
        else:
            high = middle
    shared: Lengths = _at(high, wants, pull, yielding).clip(least, most)
    return shared


def _at(share: float, wants: npt.NDArray[np.floating], pull: Lengths, yielding: Lengths) -> Lengths:
    """The lengths at a lambda of ``share``, whatever the bounds."""
    lengths: Lengths = wants + share * pull + min(0.0, share + HURRIED) * yielding
    return lengths


def _widest(room: Lengths, pull: Lengths) -> float:
    """The lambda at which every phone has reached its bound."""
    return float(np.max(room / pull)) if len(room) else 0.0
