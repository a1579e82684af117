"""The lengths of phones between points: each piece gets a length of its own, and its pauses give way first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from . import durations
from .durations import Lengths
from .model import SAMPLE_RATE, UNIT
from .onsets import after_pause
from .phone import Phone

LONGEST_REST = 1.0
"""Seconds to which a pause at a mark may be drawn out, so that a word comes on its frame; one that is longer by itself
keeps its length."""


def resting(phones: Sequence[Phone]) -> npt.NDArray[np.bool_]:
    """Which phones belong to a pause at a mark between two words, which is silence: a space alone is not, [n]."""
    found = np.array([_is_rest(phones, index) for index in range(len(phones))], dtype=bool)
    sounding = np.flatnonzero([phone.kind != "pause" for phone in phones])
    found[int(sounding[-1]) + 1 if len(sounding) else 0 :] = False
    return found


def _is_rest(phones: Sequence[Phone], index: int) -> bool:
    phone = phones[index]
    return phone.kind == "pause" and (phone.symbol != " " or (index > 0 and after_pause(phones, index)))


def rests(phones: Sequence[Phone]) -> list[tuple[int, int]]:
    """The pauses at marks between two words: first phone and the one after the last."""
    silent = np.concatenate([[False], resting(phones), [False]])
    edges = np.flatnonzero(silent[1:] != silent[:-1])
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def drawn_out(wants: npt.NDArray[np.floating], phones: Sequence[Phone]) -> Lengths:
    """``wants`` [n] with every pause at a mark as long as it may become.

    The mark itself takes all of it: the next word begins within the space behind, and would begin earlier in a longer
    one.
    """
    most: Lengths = np.asarray(wants, dtype=np.float64).copy()
    for first, last in rests(phones):
        own = [index for index in range(first, last) if phones[index].symbol != " "] or [first]
        more = max(0.0, LONGEST_REST * SAMPLE_RATE / UNIT - float(most[first:last].sum()))
        most[own] += more * most[own] / most[own].sum()
    return most


def reach(wants: npt.NDArray[np.floating], phones: Sequence[Phone]) -> tuple[Lengths, Lengths]:
    """The least and the most units of each phone, [n]."""
    ceilings = np.array([durations.elasticity(phone).ceiling for phone in phones])
    most = drawn_out(wants, phones)
    silent = resting(phones)
    most[~silent] *= ceilings[~silent]
    return durations.floors(wants, phones), most


def allocate(
    wants: npt.NDArray[np.floating], phones: Sequence[Phone], cuts: Sequence[int], totals: Sequence[float]
) -> Lengths:
    """The length of each phone, [n], so that each piece sums to its total, or as near to that as its phones reach.

    ``cuts`` are the first phones of all pieces but the first; ``totals`` has one entry more.
    """
    wants = np.asarray(wants, dtype=np.float64)
    least, most = reach(wants, phones)
    silent = resting(phones)
    shared: Lengths = wants.copy()
    for first, last, total in zip([0, *cuts], [*cuts, len(phones)], totals, strict=True):
        mine = slice(first, last)
        change = min(max(total, least[mine].sum()), most[mine].sum()) - wants[mine].sum()
        # Pauses take all of the change that they can; the rest is the phones'.
        bound = np.where(silent, most if change > 0 else least, wants)[mine]
        room = bound.sum() - wants[mine].sum()
        shared[mine] += min(1.0, change / room) * (bound - wants[mine]) if room else 0.0
        sounding = [index for index in range(first, last) if not silent[index]]
        if sounding:
            left = wants[mine].sum() + change - shared[mine][silent[mine]].sum()
            left = min(max(left, least[sounding].sum()), most[sounding].sum())
            shared[sounding] = durations.allocate(wants[sounding], [phones[index] for index in sounding], float(left))
    return shared
