"""Where a spoken line is broken: into captions of at most two lines, and into lines that a viewer can read.

The limits are those of published style guides: Netflix's Timed Text Style Guide (42 characters a line, 16 in Chinese
and Korean, 13 in Japanese; two lines; at least 5/6 s on screen) and the BBC's Subtitle Guidelines (37 characters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MOST_LINES = 2


@dataclass(frozen=True)
class Style:
    """What captions may look like. ``narrow`` and ``wide`` are characters a line: of letters, and of Chinese, Japanese
    and Korean. ``shortest`` is the least time on screen in seconds, ``gap`` the frames between two captions."""

    narrow: int
    wide: int
    kana: int
    shortest: Fraction = Fraction(0)
    gap: int = 0


STYLES = {
    "netflix": Style(42, 16, 13, Fraction(5, 6), 2),
    "bbc": Style(37, 16, 13, Fraction(1), 0),
    "plain": Style(42, 21, 21),
}
"""By the names that ``--subtitle-style`` knows."""

_KANA = re.compile(r"[\u3040-\u30ff]")
_STRONG = ".!?…。！？"
_WEAK = ",;:，、；：—–"
_CLOSING = "\"'”’»）)」』】》"
_NEVER_FIRST = frozenset(_STRONG + _WEAK + _CLOSING + "ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ·・%％")
_NEVER_LAST = frozenset("“‘«（(「『【《$£¥€#")


def line_limit(text: str, style: Style) -> int:
    """How many characters a line of ``text`` may have: what most of its letters are decides."""
    letters = [letter for letter in text if letter.isalpha()]
    wide = sum(_is_wide(letter) for letter in letters)
    if 2 * wide <= len(letters):
        return style.narrow
    return style.kana if _KANA.search(text) else style.wide


def breaks(text: str) -> list[int]:
    """Every index of ``text`` before which a line may begin: after spaces, and between wide characters."""
    found = []
    for index in range(1, len(text)):
        before, after = text[index - 1], text[index]
        if after.isspace() or after in _NEVER_FIRST or before in _NEVER_LAST:
            continue
        if before.isspace() or _is_wide(before) or _is_wide(after):
            found.append(index)
    return found


def split(text: str, limit: int, most: int = MOST_LINES, wanted: Sequence[int] = ()) -> list[tuple[int, int]]:
    """``text`` as captions ``[start, end)`` of at most ``most`` lines of ``limit`` characters each.

    A caption ends where a sentence does, else at a comma, else between words; captions are as few as the limit allows,
    and as even. ``wanted`` are the only indices where a caption may end, empty for anywhere a line may. A word longer
    than a line stays whole.
    """
    if not text.strip():
        return []
    text_length = len(text)
    edges = [0, *(index for index in (wanted or breaks(text)) if 0 < index < text_length), text_length]
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * (len(edges) - 1)
    count = max(1, -(-len(text.strip()) // (limit * most)))
    even = text_length / count
    for right in range(1, len(edges)):
        for left in range(right - 1, -1, -1):
            piece = text[edges[left] : edges[right]]
            if left < right - 1 and not _fits(piece, limit, most):
                break
            size = len(piece.strip())
            cost = best[left][0] + 4.0 + ((size - even) / even) ** 2 + _break_cost(text, edges[right])
            if cost < best[right][0]:
                best[right] = (cost, left)
    captions = []
    right = len(edges) - 1
    while right > 0:
        left = best[right][1]
        captions.append((edges[left], edges[right]))
        right = left
    return captions[::-1]


def wrap(text: str, limit: int) -> str:
    """A caption's text with its line break, where it needs one: the lower line is the longer one where both fit."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    places = breaks(text)
    if not places:
        return text

    def cost(index: int) -> tuple[bool, float]:
        upper, lower = text[:index].rstrip(), text[index:]
        too_long = len(upper) > limit or len(lower) > limit
        return too_long, abs(len(lower) - len(upper)) - (len(lower) >= len(upper)) - 6 * (1 - _break_cost(text, index))

    index = min(places, key=cost)
    upper, lower = text[:index].rstrip(), text[index:].lstrip()
    return f"{upper}\n{lower}"


def _fits(text: str, limit: int, most: int) -> bool:
    if len(text.strip()) <= limit:
        return True
    lines = wrap(text, limit).split("\n")
    return most >= 2 and len(lines) <= most and all(len(line) <= limit for line in lines)


def _break_cost(text: str, index: int) -> float:
    """0 behind a sentence, 1 in the middle of a phrase."""
    if index >= len(text):
        return 0.0
    before = text[:index].rstrip().rstrip(_CLOSING)[-1:]
    if before and before in _STRONG:
        return 0.0
    return 0.3 if before and before in _WEAK else 1.0


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
