"""A line as the text front end hands it to an engine: words in reading order, and the pauses between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["zh", "en", "ja", "ko", "es", "fr-fr", "it", "pt-br", "hi", "ar"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Why = Literal["rule", "phrase", "model", "default"]
"""Where a reading comes from: the user; a phrase that holds it or the words around it; the contextual model; the most
frequent reading, or the only one. The first that knows goes before the others."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line: what the user wrote, and how it is read aloud.

    ``text`` is the exact slice ``line.text[start:end]``. ``spoken`` is what is said for it, normalised to words of
    ``language`` ("$2,300" -> "two thousand three hundred dollars"). ``reading`` fixes the sound where spelling does
    not: for Chinese one tone-numbered pinyin syllable per spoken character ("yin2", "hang2", neutral tone 5) with its
    tone as spoken in the line, for Japanese kana, for English the phones of a word that is written like another, else
    empty. ``base`` is the same before tones change in context, ``why`` says where each part of it comes from, and
    ``doubt`` is how unsure the least sure one is, from 0 to 1.
    """

    text: str
    start: int
    end: int
    language: Language
    spoken: str
    reading: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    why: tuple[Why, ...] = ()
    doubt: float = 0.0

    @property
    def fixed(self) -> tuple[int, ...]:
        """The indices into ``base`` that the user gave."""
        return tuple(index for index, source in enumerate(self.why) if source == "rule")

    @property
    def source(self) -> Why:
        """Where the word's reading comes from: the first of ``Why`` that any part of it has."""
        return min(self.why, key=get_args(Why).index, default="default")


@dataclass(frozen=True, slots=True)
class Mark:
    """Punctuation that speaks: one of ``, . ? ! ?! ; : — … “ ”``, to which every script's forms are folded.

    ``strength`` says how much of it there is: ``!!!`` is 3, ``……`` and ``——``, as Chinese and Japanese write them, 2.
    ``“`` and ``”`` come in pairs, around words that are set apart from the rest of the line.
    """

    text: str
    start: int
    end: int
    symbol: str
    strength: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One line to speak. ``tokens`` are in reading order and never overlap; ``warnings`` name what was left out."""

    text: str
    tokens: tuple[Word | Mark, ...]
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(token for token in self.tokens if isinstance(token, Word))
