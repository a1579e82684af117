"""pypinyin's readings, written as "hang2", "nü3", "de5"."""

from __future__ import annotations

import re
import threading
from functools import cache, lru_cache
from typing import Any

from .zh_words import READINGS

_LOCK = threading.Lock()
_SYLLABLE = re.compile(r"[a-zêü]+[1-5]")


@cache
def _pypinyin() -> Any:
    import pypinyin

    return pypinyin


@lru_cache(maxsize=20_000)
def readings(char: str) -> tuple[str, ...]:
    """Every reading of a character, the usual one first; empty for one that has none."""
    module = _pypinyin()
    if ord(char) not in module.pinyin_dict.pinyin_dict:
        return (READINGS[char],) if char in READINGS else ()
    with _LOCK:
        found = module.pinyin(char, style=module.Style.TONE3, heteronym=True, neutral_tone_with_five=True, v_to_u=True)[
            0
        ]
    known = [said for said in found if _SYLLABLE.fullmatch(said)]
    return tuple(dict.fromkeys([READINGS[char], *known] if char in READINGS else known))


def usual(char: str) -> str:
    """The most frequent reading of a character, "" where it has none."""
    return next(iter(readings(char)), "")


def only(char: str) -> str:
    """The reading of a character that has one, else ""."""
    known = readings(char)
    return known[0] if len(known) == 1 else ""


@lru_cache(maxsize=20_000)
def of_word(word: str) -> tuple[str, ...]:
    """One syllable for each character of ``word``, as pypinyin's phrases have them."""
    module = _pypinyin()
    with _LOCK:
        said = module.lazy_pinyin(
            word,
            style=module.Style.TONE3,
            neutral_tone_with_five=True,
            v_to_u=True,
            errors=lambda text: ["" for _ in text],
        )
    if len(said) != len(word):
        said = [""] * len(word)
    found = zip(word, said, strict=True)
    return tuple(str(syllable) if _SYLLABLE.fullmatch(syllable) else usual(char) for char, syllable in found)


def is_phrase(word: str) -> bool:
    """Whether pypinyin's phrase list holds ``word``."""
    return word in _pypinyin().phrases_dict.phrases_dict
