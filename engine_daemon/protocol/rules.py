"""A rule of pronunciation, as it stands in a cue."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .declared import Declared

MAX_RULES = 1_000
"""Rules of one cue."""
MAX_RULE_TEXT = 100
MAX_READING = 400


class Rule(Declared, frozen=True):
    """How ``text`` is read wherever a line has it, in place of what the engine would read.

    ``reading`` is pinyin for Chinese characters, kana for Japanese, CMU's phones or IPA for words in Latin letters, or
    a respelling. With ``language`` it holds where the word is in that language, with ``character`` in that character's
    lines alone.
    """

    text: Annotated[str, Meta(min_length=1, max_length=MAX_RULE_TEXT)]
    reading: Annotated[str, Meta(min_length=1, max_length=MAX_READING)]
    language: Annotated[str, Meta(max_length=40)] = ""
    character: Annotated[str, Meta(max_length=200)] = ""
