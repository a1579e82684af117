"""What was said against what was heard: one fair way of writing both, and the error between them.

Both sides pass through the same rules: script, case, punctuation, and every number, time and sum of money written as
words, so that "2:30" and "两点半" are the same. Nothing here knows which system spoke.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

import cn2an
import num2words
import pypinyin
from anyascii import anyascii
from rapidfuzz.distance import Levenshtein

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"


def errors(language: str, said: str, heard: str, *, by_sound: bool = False) -> tuple[int, int]:
    """Wrong units and all units: characters (zh, ja, ko), these and Latin words (mixed), consonants (hi), else words.

    ``by_sound`` compares pinyin without tones (zh, mixed) and kana (ja) instead, which forgives homophones.
    """
    want, got = (units(language, text, by_sound=by_sound) for text in (said, heard))
    return Levenshtein.distance(want, got), len(want)


@cache
def units(language: str, text: str, *, by_sound: bool = False) -> tuple[str, ...]:
    """The text as the units that are compared, after every rule of fairness."""
    text = unicodedata.normalize("NFKC", text).lower()
    if language == "en":
        return tuple(_only_words(_english_numbers(text)).split())
    if language == "ko":
        return tuple(_only_words(text).replace(" ", ""))  # Korean is written with and without spaces
    if language == "hi":
        return tuple(_consonants(text))
    if language not in ("zh", "ja", "mixed"):
        return tuple(_only_words(text).split())
    if language == "ja":
        text = _japanese_numbers(text)
        return tuple(_only_words(_kana(text) if by_sound else text).replace(" ", ""))
    text = _chinese_numbers(_simplified().convert(text))
    pieces = re.findall(r"[a-z][a-z']*|[^\W_a-z]", text)
    if not by_sound:
        return tuple(pieces)
    joined = "".join(f" {piece} " if piece.isascii() else piece for piece in pieces)
    return tuple(sound.strip() for sound in pypinyin.lazy_pinyin(joined) if sound.strip())


def _only_words(text: str) -> str:
    # Signs of vowels in Devanagari are marks, and no \w.
    return re.sub(r"[^\w\s\u0900-\u0963]|_", " ", text.replace("'", "").replace("’", ""))


def _consonants(text: str) -> str:
    """Hindi without its vowels, dental and retroflex, plain and aspirated alike.

    The recogniser writes Hindi as Urdu or in Latin letters, and Urdu leaves most vowels out.
    """
    latin = anyascii(text.translate(_SAME_SOUND)).lower()
    for digraph, letter in (("j'", "z"), ("ph", "f"), ("sh", "ś"), ("ch", "c"), ("q", "k"), ("x", "ks")):
        latin = latin.replace(digraph, letter)
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[^bcdfgjklmnprsśtz]", "", latin))


_SAME_SOUND = str.maketrans("ذظضثंँ", "زززسनन")
"""Letters of Urdu that sound the same, and Devanagari's signs for a nasal."""


def _chinese_numbers(text: str) -> str:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"\$\s*(\d+(?:\.\d+)?)(?:美元|美金)?", r"\1美元", text)
    text = re.sub(r"¥\s*(\d+(?:\.\d+)?)元?", r"\1元", text)
    text = re.sub(r"(\d{1,2}):(\d{2})", r"\1点\2分", text)
    text = re.sub(r"(\d{4})\s*年", lambda m: "".join("零一二三四五六七八九"[int(d)] for d in m[1]) + "年", text)
    text = re.sub(r"\d+(?:\.\d+)?", lambda m: cn2an.an2cn(m[0], "low"), text)
    text = text.replace("两", "二").replace("〇", "零").replace("美金", "美元")
    text = re.sub(r"(?<=[一二三四五六七八九十百千万])(?:块钱?|元人民币|人民币)", "元", text)
    text = re.sub(r"点([零一二三四五六七八九十]+)分", r"点\1", text)
    return re.sub(r"点三刻", "点四十五", re.sub(r"点三十(?![一二三四五六七八九])", "点半", text))


def _japanese_numbers(text: str) -> str:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"\$\s*(\d+)(?:ドル)?", r"\1ドル", text)
    text = re.sub(r"¥\s*(\d+)円?", r"\1円", text)
    text = re.sub(r"(\d{1,2}):(\d{2})", r"\1時\2分", text)
    text = re.sub(r"\d+", lambda m: cn2an.an2cn(m[0], "low"), text)
    return re.sub(r"一(?=[百千])", "", text).replace("時三十分", "時半")


def _english_numbers(text: str) -> str:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(rf"\b({_MONTHS}) (\d{{1,2}})\b", lambda m: f"{m[1]} {_ordinal(m[2])}", text)
    text = re.sub(r"(\d+)(?:st|nd|rd|th)\b", lambda m: _ordinal(m[1]), text)
    text = re.sub(r"\$\s*(\d+)(?: dollars)?", r"\1 dollars", text)
    text = re.sub(r"\b(\d{1,2}):(\d{2})\b", lambda m: f"{_cardinal(m[1])} {_cardinal(m[2])}", text)
    text = re.sub(r"\b(?:19|20)\d\d\b(?! dollars)", lambda m: str(num2words.num2words(int(m[0]), to="year")), text)
    text = re.sub(r"\d+", lambda m: _cardinal(m[0]), text)
    return re.sub(r"\b(?:okay|ok)\b", "ok", text.replace("-", " ")).replace(" and dollars", " dollars")


def _cardinal(digits: str) -> str:
    return str(num2words.num2words(int(digits))).replace(",", "").replace(" and ", " ")


def _ordinal(digits: str) -> str:
    return str(num2words.num2words(int(digits), to="ordinal"))


@cache
def _simplified() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _kana(text: str) -> str:
    import pyopenjtalk

    return str(pyopenjtalk.g2p(text, kana=True))
