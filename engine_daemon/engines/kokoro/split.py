"""Splits what is too long for one pass of the model, where a listener expects a pause."""

from __future__ import annotations

from collections.abc import Sequence

from .phone import Phone

MOST_PHONES = 150
"""The model takes 510, but a pass needs 25 MB for each second, and it reads best what is not much longer."""

_STRENGTHS = (".!?…", ";:—", ",", " ")
"""Where to split, best first: ends of sentences, then clauses, then commas, then words."""
_GAPS = (0.30, 0.22, 0.14, 0.04)
"""Seconds of silence between two segments, by the mark they were split at."""
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
    for strength, gap in zip(_STRENGTHS, _GAPS, strict=True):
        for cut in range(most, int(most * _LEAST_SHARE), -1):
            if phones[cut - 1].symbol in strength and any(phone.kind == "vowel" for phone in phones[:cut]):
                return cut, gap
    return most, _GAPS[-1]
