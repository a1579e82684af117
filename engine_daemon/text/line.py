"""A line as the text front end hands it to an engine: words in reading order, and the pauses between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["zh", "en", "ja", "ko", "es", "fr-fr", "it", "pt-br", "hi"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line: what the user wrote, and how it is read aloud.

    ``text`` is the exact slice ``line.text[start:end]``. ``spoken`` is what is said for it, normalised to words of
    ``language`` ("$2,300" -> "two thousand three hundred dollars"). ``reading`` fixes the sound where spelling does
    not: for Chinese one tone-numbered pinyin syllable per spoken character ("yin2", "hang2", neutral tone 5), for
    Japanese kana, else empty. ``fixed`` are the indices into ``reading`` that the user gave.
    """

    text: str
    start: int
    end: int
    language: Language
    spoken: str
    reading: tuple[str, ...] = ()
    fixed: tuple[int, ...] = ()


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
