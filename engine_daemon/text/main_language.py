"""The language that most of a line is in, told from its characters alone: no dictionary is loaded."""

from __future__ import annotations

import re
from collections import Counter
from typing import cast

from .fixed import take_out
from .fold import fold, plain_latin
from .line import LANGUAGES, Language
from .runs import assign, pieces

_NUCLEUS = re.compile(r"[aeiouy]+", re.IGNORECASE)


def main_language(text: str, language: str = "auto") -> Language:
    """Returns the language of most syllables of ``text``; ``language`` is as in ``read_line``.

    As many in English as in another count as the other: English words are dropped into lines of any language. Figures
    count only where nothing else is spoken.
    """
    folded = fold(take_out(text).text).text
    syllables: Counter[Language] = Counter()
    figures: Counter[Language] = Counter()
    for piece in assign(folded, pieces(folded), language):
        if piece.language is None:
            continue
        said = folded[piece.start : piece.end]
        if piece.kind in ("figure", "symbol"):
            figures[piece.language] += 1
        elif piece.kind == "latin":
            syllables[piece.language] += max(1, len(_NUCLEUS.findall(plain_latin(said))))
        else:
            syllables[piece.language] += len(said)
    counted = syllables or figures
    if not counted:
        return cast(Language, language) if language in LANGUAGES else "en"
    return max(counted, key=lambda known: (counted[known], known != "en"))
