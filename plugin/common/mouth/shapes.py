"""The nine mouth shapes, and which of them each phone can have.

The shapes and their sounds are those that Rhubarb Lip Sync documents (its README, "Mouth shapes"): A closed (p, b, m),
B slightly open, clenched (most consonants, ee), C open (eh, ae), D wide open (aa), E slightly rounded (ao, er), F
puckered (uw, ow, w), G teeth on the lip (f, v), H tongue raised (l), X at rest.
"""

from __future__ import annotations

from fractions import Fraction
from math import hypot

REST = "X"
ANY = "ABCDEFGH"
UNKNOWN = "C"
"""For a phone that is not known, and for a whole word where an engine tells no phones: the mouth opens."""
MARKS = frozenset("ˈˌːʰʲᵝ\u0303↓→↗↘")
"""What colours the phone before it and has its mouth."""

LONG = Fraction(20, 100)
"""Seconds from which a phone opens the mouth wider, or raises the tongue."""

_OPTIONS = {
    "A": "p b m β ɓ ʙ",
    "G": "f v ʋ ɱ",
    "F": "w ʍ ɥ u ʊ ʉ y ʏ ɸ",
    "E": "ɔ o ɒ ø œ ɜ ɝ ɚ",
    "D": "a ɑ ɐ ɶ",
    "C": "ɛ e æ ɤ",
    "B": "i ɪ ɨ ɯ ᵻ",
    "BC": "ə ᵊ ɘ ɵ",
    "BF": "t d s z ʃ ʒ ʧ ʤ ʂ ʐ ꭧ ʨ ʥ ɕ ʑ ʦ ʣ ç ð θ S ʈ ɖ c ɟ",
    "BCEFH": "k g ɡ ŋ x ɣ χ q ɢ ɰ",
    "BCFH": "n ɲ ɳ ɴ ɾ T ɽ",
    "BEFH": "l ɭ ʎ ɫ ɬ ɮ",
    "BEF": "ɹ r ɻ ʁ ʀ",
    "BCF": "j ʝ ʲ",
    ANY: "h ɦ ʔ ħ ʕ",
}
_OF = {symbol: options for options, symbols in _OPTIONS.items() for symbol in symbols.split()}
_DIPHTHONGS = {"A": ("C", "B"), "I": ("D", "B"), "O": ("E", "F"), "Q": ("E", "F"), "W": ("D", "E"), "Y": ("E", "B")}
"""Two vowels in one symbol of the built-in engine: ey, ay, ow, British ow, aw, oy."""
FIRST_PART = Fraction(3, 5)
"""How much of a diphthong its first vowel takes."""

_WHERE = {
    "A": (0.0, 0.0), "B": (0.3, 0.0), "C": (0.6, 0.0), "D": (1.0, 0.0), "E": (0.5, 0.5), "F": (0.25, 1.0),
    "G": (0.15, 0.0), "H": (0.65, 0.05), "X": (0.05, 0.05),
}  # fmt: skip
"""How open and how round each shape is."""
_RELAXED = {"A": "A", "B": "B", "C": "B", "D": "C", "E": "C", "F": "B", "G": "B", "H": "B", "X": "X"}
"""What a mouth falls back to when nothing holds it."""


def options_of(symbol: str, seconds: Fraction) -> tuple[str, ...]:
    """The shapes that a phone can have, one text for each of its parts; a diphthong has two parts."""
    if symbol in _DIPHTHONGS:
        first, second = _DIPHTHONGS[symbol]
        return ("C" if first == "D" and seconds < LONG else first, second)
    if symbol == "ʌ":
        return ("D" if seconds >= LONG else "C",)
    if symbol in ("l", "ɫ") and seconds >= LONG:
        return ("H",)
    return (_OF.get(symbol, UNKNOWN),)


def nearest(shape: str, options: str) -> str:
    """The one of ``options`` that a mouth of this shape reaches with least effort."""
    return min(options, key=lambda other: (_effort(shape, other), other))


def relaxed(shape: str) -> str:
    """The shape a step nearer to rest."""
    return _RELAXED[shape]


def _effort(one: str, other: str) -> float:
    a, b = _WHERE[one], _WHERE[other]
    return hypot(a[0] - b[0], a[1] - b[1])
