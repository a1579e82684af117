"""Splits what is too long for one pass of the model, where a listener expects a pause."""

from __future__ import annotations

from collections.abc import Sequence

from .marks import MARKS, strongest
from .phone import Phone

MOST_PHONES = 150
"""The model takes 510, but a pass needs 25 MB for each second, and it reads best what is not much longer."""

_STRENGTHS = (".!?…", ";:—", ",“”")
"""The marks to split at, best first: ends of sentences, then clauses, then commas; where there are none, words."""
_WORD_GAP = 0.04
"""Seconds of silence between two segments that were split between words; after a mark it is the mark's."""
_LEAST_SHARE = 0.4
"""A segment is filled at least this far before a weaker mark is not looked for."""


def split_phones(phones: Sequence[Phone], most: int = MOST_PHONES) -> tuple[list[tuple[Phone, ...]], list[float]]:
    """Segments of at most ``most`` phones, and the silence after each but the last [seconds]."""
    segments: list[tuple[Phone, ...]] = []
    gaps: list[float] = []
    rest = tuple(phones)
    while len(rest) > most:
        cut, gap = _best_cut(rest, most)
        segments.append(rest[:cut])
        gaps.append(gap)
        rest = rest[cut:]
    segments.append(rest)
    return segments, gaps


def _best_cut(phones: Sequence[Phone], most: int) -> tuple[int, float]:
    """How many phones the first segment takes, its mark included, and the silence after it."""
    for strength in (*_STRENGTHS, ""):
        for cut in range(most, int(most * _LEAST_SHARE), -1):
            last = phones[cut - 1]
            name = strongest(last.marks) if last.marks else ""
            here = name[0] in strength if name and strength else not strength and last.symbol == " "
            if here and any(phone.kind == "vowel" for phone in phones[:cut]):
                return cut, MARKS[name].least if name else _WORD_GAP
    return most, _WORD_GAP
