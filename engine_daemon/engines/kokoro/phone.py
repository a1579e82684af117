"""Phones of the Kokoro model: one token each, with what the length planner needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["vowel", "consonant", "mark", "pause"]
"""``vowel`` and ``consonant`` sound; ``mark`` colours its neighbours (length ː, tone ↗, stress ˈ); ``pause`` is a
space or punctuation."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One symbol of the model's vocabulary.

    ``stress``: 0 weak, 1 secondary or plain (a full-toned Chinese syllable), 2 primary. It holds for every phone of
    the syllable. ``word`` indexes ``Line.words``; None for pauses between words. ``marks`` are the names of the marks
    that a pause stands for (see marks.py), ``quoted`` holds for a word that quotation marks set apart, ``foreign`` for
    one of another language than most of the line.
    """

    symbol: str
    kind: Kind
    stress: int = 0
    word: int | None = None
    marks: tuple[str, ...] = ()
    quoted: bool = False
    foreign: bool = False
