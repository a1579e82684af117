"""The language that most of a line is in, told from its characters alone: no dictionary is loaded."""

from __future__ import annotations

from fractions import Fraction

from .fixed import take_out
from .fold import fold
from .line import LANGUAGES, Language
from .runs import Class, assign, pieces

_CHARACTERS_A_WORD: dict[Class, Fraction] = {"han": Fraction(3, 2), "kana": Fraction(5, 2), "hangul": Fraction(3)}


def main_language(text: str, language: str = "auto") -> Language:
    """Returns the language of most words of ``text``; ``language`` is as in ``read_line``.

    Where English has as many as another language, the other counts: English words are dropped into lines of any
    language. Figures count only where nothing else is spoken.
    """
    folded = fold(take_out(text).text).text
    words: dict[Language, Fraction] = {}
    figures: dict[Language, Fraction] = {}
    for piece in assign(folded, pieces(folded, language), language):
        if piece.language is None:
            continue
        said = folded[piece.start : piece.end]
        counted = figures if piece.kind in ("figure", "symbol") else words
        count = len(said) / _CHARACTERS_A_WORD[piece.kind] if piece.kind in _CHARACTERS_A_WORD else len(said.split())
        counted[piece.language] = counted.get(piece.language, Fraction(0)) + count
    found = words or figures
    if not found:
        return language if language in LANGUAGES else "en"
    return max(found, key=lambda known: (found[known], known != "en"))
