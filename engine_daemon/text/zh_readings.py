"""The reading of each Chinese character before tones change in context, and where it comes from."""

from __future__ import annotations

import re
from functools import lru_cache

from .line import Why
from .reading import Given
from .zh_context import COUNTS, PEOPLE, alone, surname
from .zh_pinyin import is_phrase, of_word, only
from .zh_units import Unit
from .zh_words import ENDINGS, NOUNS_IN_TOU, READINGS, WEAK

_NUMBER_CHARS = "零一二三四五六七八九十百千万亿点两幺"
_NUMBERS = re.compile(f"[{_NUMBER_CHARS}]+|[^{_NUMBER_CHARS}]+")


def give_readings(units: list[Unit], given: Given) -> None:
    """Fills in ``base``, ``why`` and ``doubt`` of ``units``.

    ``given`` are the user's readings by the places of their characters; they go before everything else.
    """
    for unit in units:
        _as_a_word(unit)
    _context(units)
    for unit in units:
        _as_given(unit, given)


def _as_a_word(unit: Unit) -> None:
    if unit.figures:
        # Figures have no phrases: 二千一百 must not be looked up as words.
        for part in _NUMBERS.findall(unit.text):
            single = part[0] in _NUMBER_CHARS
            unit.base += [syllable for word in (part if single else [part]) for syllable in _syllables(word)[0]]
        unit.why = ["default"] * len(unit.base)
        return
    said, why = _syllables(unit.text)
    unit.base, unit.why = list(said), [why] * len(said)
    for index, char in enumerate(unit.spoken):
        # A traditional character with one reading keeps it: 髮 fà is not 發 fā.
        if char != unit.text[index] and not said[index].endswith("5") and (alone_said := only(char)):
            unit.base[index], unit.why[index] = alone_said, "default"


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> tuple[tuple[str, ...], Why]:
    if known := READINGS.get(word):
        return tuple(known.split()), "default" if len(word) == 1 else "phrase"
    for size in range(min(4, len(word) - 1), 1, -1):
        # A word jieba joined to another: 找不着了.
        if word[:size] in READINGS:
            return (*READINGS[word[:size]].split(), *_syllables(word[size:])[0]), "phrase"
        if word[-size:] in READINGS:
            return (*_syllables(word[:-size])[0], *READINGS[word[-size:]].split()), "phrase"
    return tuple(_neutralised(word, list(of_word(word)))), "phrase" if is_phrase(word) else "default"


# Said twice, the second weak: mother, and "have a look".
_KIN = "爸妈哥弟姐妹爷奶公婆叔伯舅姑姥婶姨"
_TRIED = "太星宝谢看试想说等听猜走"


def _neutralised(word: str, said: list[str]) -> list[str]:
    for index, char in enumerate(word):
        if char in "一不":
            said[index] = "yi1" if char == "一" else "bu4"
        if index and char in ENDINGS and word not in ENDINGS[char] and not word.endswith(("不了", "得了")):
            said[index] = said[index][:-1] + "5"
        if index and char == "头" and word[index - 1] in NOUNS_IN_TOU:
            said[index] = "tou5"
        if index and char == word[index - 1] and char in (_KIN if len(word) != 2 else _KIN + _TRIED):
            said[index] = said[index][:-1] + "5"
    if word in WEAK:
        said[1] = said[1][:-1] + "5"
    if len(word) > 1 and word[-1] == "行" and word[-2] in "一二三四五六七八九十几每":
        said[-1] = "hang2"
    if len(word) == 3 and word[1] == "得" and word[0] not in "不获所取赢心求":
        said[1] = "de5"
    return said


def _context(units: list[Unit]) -> None:
    """Surnames, and single characters whose reading hangs on their neighbours."""
    for index, unit in enumerate(units):
        before = units[index - 1].text if index else ""
        after = units[index + 1].text if index + 1 < len(units) else ""
        if name := surname(unit.text, before, after):
            _say(unit, name)
        elif unit.text == "个人" and before and before[-1] in COUNTS:
            _say(unit, ["ge5", "ren2"])
        elif unit.text == "背着":
            # on the back, or behind somebody's
            _say(unit, ["bei4" if after.startswith(PEOPLE) else "bei1", "zhe5"])
        elif (
            len(unit.text) == 1
            and (reading := alone(unit.text, before, after))
            and not (unit.spoken != unit.text and only(unit.spoken))
        ):
            _say(unit, [reading])


def _say(unit: Unit, syllables: list[str]) -> None:
    unit.base[: len(syllables)] = syllables
    unit.why[: len(syllables)] = ["phrase"] * len(syllables)


def _as_given(unit: Unit, given: Given) -> None:
    for (start, _end), syllables in given.items():
        for place, syllable in enumerate(syllables, start):
            if place in unit.places:
                unit.base[unit.places.index(place)] = syllable
                unit.why[unit.places.index(place)] = "rule"
