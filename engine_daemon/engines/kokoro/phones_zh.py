"""Chinese: pinyin to the model's phones. Initials and finals as Standard Chinese phonology has them, tones as arrows.

Sources: Duanmu, The Phonology of Standard Chinese (2007); Lin, The Sounds of Chinese (2007).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from framevox.engine_daemon.text.line import Mark, Word

_INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s", "": "",
}  # fmt: skip
# Finals by their spelling with an initial; "|" marks where the tone is written, right after the nucleus.
_FINALS = {
    "a": "a|", "ai": "ai|", "an": "a|n", "ang": "a|ŋ", "ao": "au|", "e": "ɤ|", "ei": "ei|", "en": "ə|n", "eng": "ə|ŋ",
    "i": "i|", "ia": "ja|", "ian": "jɛ|n", "iang": "ja|ŋ", "iao": "jau|", "ie": "je|", "in": "i|n", "ing": "i|ŋ",
    "iong": "jʊ|ŋ", "iu": "jou|", "ong": "ʊ|ŋ", "ou": "ou|", "u": "u|", "ua": "wa|", "uai": "wai|", "uan": "wa|n",
    "uang": "wa|ŋ", "ui": "wei|", "un": "wə|n", "uo": "wo|", "o": "wo|", "v": "y|", "ve": "ɥe|", "van": "ɥɛ|n",
    "vn": "y|n", "ueng": "wə|ŋ",
}  # fmt: skip
# Syllables without an initial, by the final they are spelled for.
_BARE = {
    "yi": "i", "ya": "ia", "ye": "ie", "yao": "iao", "you": "iu", "yan": "ian", "yin": "in", "yang": "iang",
    "ying": "ing", "yong": "iong", "wu": "u", "wa": "ua", "wo": "uo", "wai": "uai", "wei": "ui", "wan": "uan",
    "wen": "un", "wang": "uang", "weng": "ueng", "yu": "v", "yue": "ve", "yuan": "van", "yun": "vn", "yai": "iai",
}  # fmt: skip
_WHOLE = {
    "er": "ɚ|", "o": "ɔ|", "yo": "jɔ|", "io": "jɔ|", "ê": "ɛ|", "eh": "ɛ|", "m": "m|", "n": "n|", "ng": "ŋ|",
    "wong": "wʊ|ŋ", "hm": "hm|", "hng": "hŋ|", "yai": "jai|", "lo": "lwo|",
}  # fmt: skip
_TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_SPLIT = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs]?)(.+)")


@lru_cache(maxsize=2048)
def syllable(pinyin: str) -> str:
    """The phones of a tone-numbered syllable: ``"zhao3"`` -> "ꭧau↓". Raises ValueError for what is not pinyin."""
    plain, tone = pinyin[:-1].replace("ü", "v"), pinyin[-1:]
    if tone not in _TONES:
        raise ValueError(f"{pinyin!r} has no tone number")
    return _toneless(plain, pinyin).replace("|", _TONES[tone])


def _toneless(plain: str, pinyin: str) -> str:
    if plain in _WHOLE:
        return _WHOLE[plain]
    if plain in _BARE:
        return _FINALS[_BARE[plain]]
    match = _SPLIT.fullmatch(plain)
    initial, final = match.groups() if match else ("", "")
    if final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
        return _INITIALS[initial] + "ɨ|"
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    if final == "ue":
        final = "ve"
    if final not in _FINALS or initial not in _INITIALS:
        raise ValueError(f"{pinyin!r} is not a syllable of Chinese")
    return _INITIALS[initial] + _FINALS[final]


def sounds(phrase: Sequence[Word | Mark]) -> list[list[tuple[str, int]]]:
    """The phones of each token, with stress: 0 neutral tone, 1 full tone, 2 the last full tone before a mark."""
    result: list[list[tuple[str, int]]] = []
    for place, token in enumerate(phrase):
        if isinstance(token, Mark):
            result.append([])
            continue
        last = _last_full_tone(phrase, place)
        sound: list[tuple[str, int]] = []
        for index, pinyin in enumerate(token.reading):
            stress = 0 if pinyin.endswith("5") else 2 if index == last else 1
            # 儿 stays a syllable of its own, as the model learned it: finals curled by it (tja↓ɚ) are understood worse.
            sound += [(symbol, stress) for symbol in syllable(pinyin)]
            if index + 1 < len(token.reading) and _breathes(token, index):
                sound.append((" ", 0))
        result.append(sound)
    return result


def _breathes(token: Word, index: int) -> bool:
    """Whether a spoken figure has a word boundary after its character ``index``: 两千 三百, 两点 三十分."""
    figure = token.text != token.spoken and len(token.spoken) == len(token.reading) > 3
    return figure and token.spoken[index] in "百千万亿点年月到之"


def _last_full_tone(phrase: Sequence[Word | Mark], place: int) -> int | None:
    """The index in ``phrase[place]`` of its stretch's last full-toned syllable, if it is in this word."""
    for token in phrase[place + 1 :]:
        if isinstance(token, Mark):
            break
        if any(not pinyin.endswith("5") for pinyin in token.reading):
            return None
    token = phrase[place]
    assert isinstance(token, Word)
    full = [index for index, pinyin in enumerate(token.reading) if not pinyin.endswith("5")]
    return full[-1] if full else None
