"""What a name looks like, in the scripts of the languages that are spoken here."""

from __future__ import annotations

import re
from functools import lru_cache

from .name_words import GIVEN_NAMES, HEADINGS, NOT_HAN_NAMES, ORDINALS, ROLES, SENTENCE_WORDS

_HAN_NAME = re.compile(
    r"[\u3400-\u9fff々]{1,4}(?:[·・•][\u3400-\u9fff]{1,8}){0,2}(?:\s?[0-9A-Z一二三四五六七八九十]{1,2})?"
)
_KANA_NAME = re.compile(
    r"(?=.*[\u30a1-\u30fa])[\u30a0-\u30ff\u3400-\u9fff々・＝]{1,12}(?:さん|ちゃん|くん|さま|先生)?"
    r"|[\u3400-\u9fff々]{1,6}(?:さん|ちゃん|くん|さま)|[\u3041-\u3096]{2,4}(?:さん|ちゃん|くん|さま)?"
)
_HANGUL_NAME = re.compile(r"[\uac00-\ud7a3]{2,5}(?: [\uac00-\ud7a3]{1,5})?")
_HAN_SENTENCE_START = re.compile(r"[我你您他她它咱这那哪谁什怎为是不没有还就都要请别只会能可快但因所如]")
_HAN_SENTENCE_END = re.compile(r"[说道问答喊叫想写讲是了的着过吗呢吧啊条句点事]$")
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’.\-][^\W_]+)*\.?", re.UNICODE)
_NUMBER = re.compile(r"#?\d+")
_LABEL = re.compile(r"[A-Za-z]{2,12}[ _-]?\d{1,3}")
_JOINT = re.compile(r"\s*[&＆/／+＋、]\s*|\s+AND\s+")
"""What stands between the names of those who speak at once."""
_MAX_WORDS, _MAX_CAPITAL_WORDS = 3, 5


@lru_cache(4096)
def are_names(names: str) -> bool:
    """Whether this is a name, or several that speak at once. Whoever speaks speaks again, so it is remembered."""
    return all(_is_name(name.strip()) for name in _JOINT.split(names))


def is_label(name: str) -> bool:
    """Whether a transcript calls a speaker so: ``SPEAKER_01``, ``speaker 2``."""
    return _LABEL.fullmatch(name) is not None and re.split(r"[\W\d_]", name)[0].lower() in ROLES


def is_cjk_name(name: str) -> bool:
    """Whether this may be a name in Chinese, Japanese or Korean."""
    if _HAN_NAME.fullmatch(name):
        sentence = _HAN_SENTENCE_START.match(name) or (len(name) > 1 and _HAN_SENTENCE_END.search(name))
        return name not in NOT_HAN_NAMES and not sentence
    return bool(_KANA_NAME.fullmatch(name) or _HANGUL_NAME.fullmatch(name)) and name not in NOT_HAN_NAMES


def _is_name(name: str) -> bool:
    if is_cjk_name(name):
        return True
    words = name.replace("_", " ").split()
    if not words or not _WORD.fullmatch(words[0]):
        return False
    if name == "A":
        return True  # and B, in a dialogue
    if words[0][0].islower():
        return _is_small_name(words)
    return _is_capital_name(name, words)


def _is_small_name(words: list[str]) -> bool:
    """alice, guard 2, jean-luc; any other word in small letters may begin a line: "pizza: yum"."""
    if len(words) > 2 or not all(_NUMBER.fullmatch(word) for word in words[1:]):
        return False
    first = words[0].rstrip(".")
    return first in ROLES or all(part in GIVEN_NAMES for part in re.split(r"['’-]", first))


def _is_capital_name(name: str, words: list[str]) -> bool:
    shouted = name == name.upper()
    if len(words) > (_MAX_CAPITAL_WORDS if shouted else _MAX_WORDS) or not words[0][0].isupper():
        return False
    if not all(word[0].isupper() or _NUMBER.fullmatch(word) for word in words):
        return False
    plain = [word.lower().rstrip(".") for word in words]
    if plain[0] in ORDINALS and len(plain) > 1:
        plain = plain[1:]  # SECOND GUARD
    if any(word in SENTENCE_WORDS for word in plain):
        return False
    # "Problem: he knows." A script's PHONE or TRAIN may well speak.
    return shouted or plain[0] not in HEADINGS
