"""What a user may write for a reading: pinyin, kana, phones, or a respelling; and which of them is meant."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from framevox.engine_daemon.protocol.errors import InputError

from .kana import is_kana, read_kana
from .phones import is_cmu, is_ipa, read_cmu, read_ipa
from .pinyin import is_han, read_pinyin, simple_pinyin, syllables

Kind = Literal["pinyin", "phones", "kana", "respelling"]

_QUOTED = re.compile(r"\s*[\"“”「『](.+)[\"“”」』]\s*", re.DOTALL)
_PINYIN_WORDS = re.compile(r"[A-Za-züÜêÊ:]+[0-9](?:[\s'’·\-]*[A-Za-züÜêÊ:]+[0-9])*")


@dataclass(frozen=True, slots=True)
class Said:
    """A reading that has been understood.

    ``parts`` are tone-numbered syllables, one for each Chinese character (``pinyin``); IPA, one for each word
    (``phones``); katakana as it sounds (``kana``); or the words that are read instead (``respelling``). ``language`` is
    the one that such a reading is of, empty where it may be any.
    """

    kind: Kind
    parts: tuple[str, ...]
    language: str = ""


@lru_cache(maxsize=8192)
def read_value(text: str, written: str) -> Said:
    """Understands ``written`` as the reading of ``text``.

    Quotation marks say that it is a respelling, slashes that it is IPA; else its script and that of ``text`` decide.
    Raises InputError that says what is wrong, and at which character.
    """
    if (said := simple_pinyin(written)) and len(said) == len(text) and all(map(is_han, text)):
        return Said("pinyin", said, "zh")  # most rules of a large dictionary
    value = unicodedata.normalize("NFC", written).strip()
    if not value:
        raise InputError("the reading is empty: write how it is said")
    if "[" in value or "]" in value or any(unicodedata.category(char) == "Cc" for char in value):
        at = next(i for i, char in enumerate(value) if char in "[]" or unicodedata.category(char) == "Cc")
        raise InputError(f"character {at + 1}, {value[at]!r}, cannot stand in a reading: leave it out")
    if quoted := _QUOTED.fullmatch(value):
        return _respelling(quoted[1].strip())
    if is_kana(value):
        return Said("kana", (read_kana(value, text),), "ja")
    scripts = {script for char in value if (script := _script(char))}
    if any(map(is_han, text)):
        return _of_chinese_characters(text, value, scripts)
    if scripts & {"han", "hangul", "kana", "devanagari"}:
        return _respelling(value)
    own = {script for char in text if (script := _script(char))}
    if own & {"hangul", "kana"}:
        what = "hangul" if "hangul" in own else "kana"
        raise InputError(f"{value!r} is in Latin letters: {text!r} is read in {what}")
    return _of_latin_letters(text, value)


def _of_chinese_characters(text: str, value: str, scripts: set[str]) -> Said:
    if scripts & {"han", "hangul", "kana", "devanagari"}:
        return _respelling(value)
    if is_ipa(value):
        raise InputError(f"{value!r} is IPA, which is for words in Latin letters: write pinyin or kana")
    if any(_script(char) == "kana" for char in text):
        raise InputError(f"{value!r} is in Latin letters: {text!r} is Japanese, write how it is said in kana")
    if any(_script(char) == "latin" for char in text):
        raise InputError(
            f"{text!r} has Latin letters in it, which have no pinyin: respell it in characters, or give the rule for "
            "its Chinese characters alone"
        )
    return Said("pinyin", read_pinyin(unicodedata.normalize("NFKC", value), text), "zh")


def _of_latin_letters(text: str, value: str) -> Said:
    if is_cmu(value):
        return Said("phones", (read_cmu(value),), "en")
    if is_ipa(value):
        return Said("phones", read_ipa(value))
    if _PINYIN_WORDS.fullmatch(value) and _looks_like_pinyin(value):
        raise InputError(
            f"{value!r} is pinyin, which is for Chinese characters: respell {text!r} in characters, or give phones"
        )
    return _respelling(value)


def _looks_like_pinyin(value: str) -> bool:
    words = re.findall(r"[A-Za-züÜêÊ:]+", value)
    return value == value.lower() and any(len(word) > 1 for word in words) and syllables().issuperset(words)


def _respelling(value: str) -> Said:
    scripts = {script for char in value if (script := _script(char))}
    families = {"cjk" if script in ("han", "kana") else script for script in scripts if script != "figure"}
    if not scripts:
        raise InputError(f"{value!r} has no word in it: write what is said instead")
    if len(families) > 1:
        raise InputError(f"{value!r} mixes scripts ({', '.join(sorted(scripts))}): write it in one of them")
    language = {"hangul": "ko", "devanagari": "hi"}.get(next(iter(families), ""), "")
    return Said("respelling", (value,), language)


def _script(char: str) -> str:
    code = ord(char)
    if is_han(char):
        return "han"
    if 0x3041 <= code <= 0x30FF or 0x31F0 <= code <= 0x31FF or 0xFF66 <= code <= 0xFF9F:
        return "kana"
    if 0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F:
        return "hangul"
    if 0x0900 <= code <= 0x097F:
        return "devanagari"
    if char.isdigit():
        return "figure"
    return "latin" if char.isalpha() else ""
