"""Spanish, French, Italian, Portuguese, Hindi and Arabic (experimental): words as written, figures in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeGuard

from .figures_european import figure, say
from .line import Language
from .reading import Reading

European = Literal["es", "fr-fr", "it", "pt-br", "hi", "ar"]
LATIN: tuple[Language, ...] = ("es", "fr-fr", "it", "pt-br")
"""Those in Latin letters: a line is in one of them only where its cue says so."""

_WORD = re.compile(r"[^\W\d_](?:[\w\u0900-\u0963\u064b-\u0670\u200c\u200d]|['’-](?=[^\W\d_]))*")
_SYMBOLS: dict[Language, dict[str, str]] = {
    "es": {"%": "por ciento", "&": "y", "+": "más", "@": "arroba", "=": "igual a", "×": "por", "°": "grados"},
    "fr-fr": {"%": "pour cent", "&": "et", "+": "plus", "@": "arobase", "=": "égale", "×": "fois", "°": "degrés"},
    "it": {"%": "per cento", "&": "e", "+": "più", "@": "chiocciola", "=": "uguale a", "×": "per", "°": "gradi"},
    "pt-br": {"%": "por cento", "&": "e", "+": "mais", "@": "arroba", "=": "igual a", "×": "vezes", "°": "graus"},
    "hi": {"%": "प्रतिशत", "&": "और", "+": "प्लस", "@": "एट", "=": "बराबर", "×": "गुणा", "°": "डिग्री"},
    "ar": {"%": "بالمئة", "&": "و", "+": "زائد", "@": "آت", "=": "يساوي", "×": "ضرب", "°": "درجة"},
}
_ABBREVIATIONS: dict[Language, dict[str, str]] = {
    "es": {"sr.": "señor", "sra.": "señora", "srta.": "señorita", "dr.": "doctor", "dra.": "doctora", "ud.": "usted"},
    "fr-fr": {"m.": "monsieur", "mme": "madame", "mlle": "mademoiselle", "dr": "docteur"},
    "it": {"sig.": "signor", "sig.ra": "signora", "dott.": "dottor", "dott.ssa": "dottoressa", "prof.": "professor"},
    "pt-br": {"sr.": "senhor", "sra.": "senhora", "srta.": "senhorita", "dr.": "doutor", "dra.": "doutora"},
    "hi": {"डॉ.": "डॉक्टर"},
    "ar": {},
}  # fmt: skip


def style(text: str, language: str) -> Language | None:
    """The language whose figures and abbreviations ``text`` is written with; None where it is none of these."""
    if language in LATIN:
        return language
    if any("\u0900" <= char <= "\u097f" for char in text):
        return "hi"
    return "ar" if any("\u0620" <= char <= "\u06ef" for char in text) else None


def is_latin(language: str) -> TypeGuard[Language]:
    """Whether Latin letters are words of ``language``, one of these."""
    return language in LATIN


def abbreviation(text: str, index: int, language: Language) -> re.Match[str] | None:
    """An abbreviation with a full stop in it that begins at ``index``."""
    dotted = [short for short in _ABBREVIATIONS[language] if "." in short]
    if not dotted:
        return None
    longest_first = sorted(map(re.escape, dotted), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(longest_first)})(?=\s)", re.IGNORECASE).match(text, index)


def read(run: str, left: str, right: str, language: Language) -> Iterator[Reading]:
    """The words of ``run``; a figure with its unit is one word."""
    index = 0
    while index < len(run):
        if match := figure(language).match(run, index):
            yield Reading(index, match.end(), say(match, language, run[match.end() :] + right))
        elif match := abbreviation(run, index, language) or _WORD.match(run, index):
            word = match.group()
            yield Reading(index, match.end(), _ABBREVIATIONS[language].get(word.lower(), word))
        elif said := _SYMBOLS[language].get(run[index]):
            yield Reading(index, index + 1, said)
        index = match.end() if match else index + 1
