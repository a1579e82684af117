"""Roman numerals in English: Act I, Scene ii, World War II, Henry VIII."""

from __future__ import annotations

import re

from .say_en import cardinal, ordinal

_ROMAN = re.compile(r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})", re.IGNORECASE)
_VALUES = {"I": 1, "V": 5, "X": 10}
_PARTS = frozenset((
    "scene", "act", "chapter", "part", "book", "volume", "section", "stage", "phase", "appendix", "canto", "type",
    "class", "episode", "season", "level", "round", "grade", "article", "title", "mark", "war", "verse", "figure",
))  # fmt: skip
_RULERS = frozenset((
    "henry", "elizabeth", "george", "louis", "charles", "edward", "richard", "william", "james", "philip", "paul",
    "benedict", "pius", "leo", "gregory", "innocent", "clement", "urban", "boniface", "nicholas", "alexander", "peter",
    "catherine", "frederick", "napoleon", "ferdinand", "francis", "ivan", "otto", "robert", "mary", "margaret",
    "ramses", "ramesses", "ptolemy", "xerxes", "darius", "umberto", "gustav", "christian", "haakon", "albert",
))  # fmt: skip
# What may follow a numeral that could be the word I.
_AFTER_ONE = re.compile(
    r"\s*(?:$|[.,;:!?)\]—–]|'s\b|(?:of|in|and|ends|begins|at|to|scene|chapter|part|was the)\b)", re.IGNORECASE
)


def roman(token: str, rest: str, before: str) -> str:
    """What ``token`` says as a numeral between the word ``before`` (as written) and ``rest``; "" where it is none."""
    if not before[:1].isalpha() or not token.isalpha() or not _ROMAN.fullmatch(token):
        return ""
    upper, head = token.isupper(), before.lower().rstrip(".")
    if not upper and not token.islower():
        return ""
    part = head in _PARTS
    ruler = upper and head in _RULERS and before[0].isupper()
    if not part and not ruler and (len(token) == 1 or not upper):
        return ""  # I, V and X alone are more often the letters, "mix" and "vi" words
    if len(token) == 1 and not ((before[0].isupper() or token != "I") and _AFTER_ONE.match(rest)):
        return ""
    number = _value(token.upper())
    return f"the {ordinal(number)}" if ruler else cardinal(number)


def _value(token: str) -> int:
    values = [_VALUES[letter] for letter in token]
    return sum(-value if value < max(values[index:], default=0) else value for index, value in enumerate(values))
