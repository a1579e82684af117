"""Whole numbers in words, by the spell-out rules of Unicode CLDR."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal

Rules = Literal[
    "spellout-cardinal",
    "spellout-ordinal",
    "spellout-numbering-year",
    "spellout-cardinal-sinokorean",
    "spellout-cardinal-native-attributive",
]
"""Names of rule sets as CLDR has them."""

LONGEST = 15
"""How many figures a number may have: the library counts in doubles, which hold every whole number up to there."""


@cache
def _engine(language: str) -> object:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(language)


@lru_cache(maxsize=2048)
def spell(number: int, language: Literal["en", "ko"], rules: Rules) -> str:
    """``number`` (0 or more, at most ``LONGEST`` figures) in words: 21 -> "twenty-one", "이십일"."""
    from unicode_rbnf import RbnfEngine

    engine = _engine(language)
    assert isinstance(engine, RbnfEngine)
    return engine.format_number(number, ruleset_names=[rules]).text
