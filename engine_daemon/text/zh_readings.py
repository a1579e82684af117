"""The reading of each Chinese character before tones change in context, and where it comes from."""

from __future__ import annotations

import re
from functools import lru_cache

from .line import Why
from .reading import Given
from .zh_company import by_company
from .zh_context import COUNTS, PEOPLE, alone, names, surname
from .zh_model import length_class, polyphones, read_polyphones, words
from .zh_pinyin import is_phrase, of_word, only
from .zh_units import Unit, simplified, traditional
from .zh_words import ENDINGS, NOUNS_IN_TOU, READINGS, WEAK

_NUMBER_CHARS = "零一二三四五六七八九十百千万亿点两幺"
_LONG = 2  # length_class of a line that the model knows well
_LITTLE_DOUBT = 0.05
_SURE = 0.8  # probability from which the model is believed more than pypinyin's list of phrases
_NUMBERS = re.compile(f"[{_NUMBER_CHARS}]+|[^{_NUMBER_CHARS}]+")


def give_readings(units: list[Unit], given: Given, text: str, offset: int) -> None:
    """Fills in ``base``, ``why`` and ``doubt`` of ``units``.

    ``text`` is the line around them, the run's first character at ``offset``. The first that knows a reading goes
    before the others: ``given``, the user's readings; a phrase of ours, a long one of pypinyin's, or the words around;
    the model; the most frequent reading.
    """
    for unit in units:
        _as_a_word(unit)
    text = _for_model(text)
    found = words(text)
    _by_company(units, text, offset)
    _by_model(units, text, offset)
    _context(
        units,
        length_class(text) >= _LONG,
        {place - offset: said for place, said in names(found.texts, found.tags).items()},
    )
    for unit in units:
        _as_given(unit, given)


def _for_model(text: str) -> str:
    """``text`` simplified, but for what the model knows as written and that is another character simplified: 閤."""
    readings = polyphones().readings
    return "".join(
        char if char != simple and char in readings and traditional(simple) != char else simple
        for char, simple in zip(text, simplified(text), strict=True)
    )


def _by_company(units: list[Unit], text: str, offset: int) -> None:
    """Reads by what stands beside a character, but for long lines where the model is sure."""
    known = read_polyphones(text) if length_class(text) >= _LONG else {}
    for unit in units:
        for index, place in enumerate(unit.places):
            _, likely = known.get(place + offset, ("", 0.0))
            if unit.why[index] == "default" and likely <= 1 - _LITTLE_DOUBT and _as_written(unit, index):
                reading = by_company(text, place + offset, unit.start + offset, unit.end + offset)
                if reading:
                    unit.base[index], unit.why[index] = reading, "phrase"


def _as_written(unit: Unit, index: int) -> bool:
    """Whether a character may be read as its simplified form: not 髮 fà, which is 發 fā simplified."""
    written, simple = unit.spoken[index], unit.text[index]
    return written in (simple, traditional(simple)) or not only(written)


def _by_model(units: list[Unit], text: str, offset: int) -> None:
    known = read_polyphones(text)
    for unit in units:
        listed = is_phrase(unit.text)
        for index, place in enumerate(unit.places):
            at = place + offset
            same = text[at] in (unit.text[index], unit.spoken[index]) and _as_written(unit, index)
            if unit.why[index] != "default" or at not in known or not same:
                continue
            reading, likely = known[at]
            if listed and (reading == unit.base[index] or likely < _SURE):
                unit.why[index] = "phrase"
                likely = likely if reading == unit.base[index] else 1 - likely
            else:
                unit.base[index], unit.why[index] = reading, "model"
            unit.doubt = max(unit.doubt, 1 - likely)


def _as_a_word(unit: Unit) -> None:
    if unit.figures:
        # Figures have no phrases: 二千一百 must not be looked up as words.
        for part in _NUMBERS.findall(unit.text):
            one_by_one = part[0] in _NUMBER_CHARS
            unit.base += [syllable for word in (part if one_by_one else [part]) for syllable in _syllables(word)[0]]
        unit.why = ["default"] * len(unit.base)
        return
    said, why = _syllables(unit.text)
    unit.base, unit.why = list(said), list(why)
    for index, char in enumerate(unit.spoken):
        if not _as_written(unit, index) and not said[index].endswith("5"):
            unit.base[index], unit.why[index] = only(char), "default"


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> tuple[tuple[str, ...], tuple[Why, ...]]:
    why: Why = "phrase"
    if known := READINGS.get(word):
        return tuple(known.split()), ("default",) if len(word) == 1 else (why,) * len(word)
    for size in range(min(4, len(word) - 1), 1, -1):
        # A word jieba joined to another: 找不着了.
        for cut in (size, len(word) - size):
            parts = word[:cut], word[cut:]
            if parts[cut != size] in READINGS:
                (before, why_before), (after, why_after) = map(_syllables, parts)
                return before + after, why_before + why_after
    listed = of_word(word)
    said = _neutralised(word, list(listed))
    sources: list[Why] = [
        "phrase" if word in WEAK or (one != two and char not in _LEFT_TO_MODEL) else "default"
        for char, one, two in zip(word, listed, said, strict=True)
    ]
    return tuple(said), tuple(sources)


_LEFT_TO_MODEL = "子了着的一不"  # 教子, 了解, 着火: endings that it knows better

# Said twice, the second weak: mother, and "have a look".
_KIN = "爸妈哥弟姐妹爷奶公婆叔伯舅姑姥婶姨"
_TRIED = "太星宝谢看试想说等听猜走"


def _neutralised(word: str, said: list[str]) -> list[str]:
    for index, char in enumerate(word):
        if char in "一不":
            said[index] = "yi1" if char == "一" else "bu4"
        weak = char in ENDINGS and not (char == "儿" and word[index + 1 : index + 2] in tuple("女童媳孙歌子"))
        if index and weak and word not in ENDINGS[char] and not word.endswith(("不了", "得了")):
            said[index] = said[index][:-1] + "5"
        if index and char == "头" and word[index - 1] in NOUNS_IN_TOU:
            said[index] = "tou5"
        if index and char == word[index - 1] and char in (_KIN if len(word) != 2 else _KIN + _TRIED):
            said[index] = said[index][:-1] + "5"
    if word in WEAK:
        said[1] = said[1][:-1] + "5"
    if len(word) > 1 and word[-1] == "行" and word[-2] in "一二三四五六七八九十几每":
        said[-1] = "hang2"
    if len(word) > 2 and word[1] == "得" and word[0] not in "不获所取赢心求难自应博夺贪":
        said[1] = "de5"
    return said


def _context(units: list[Unit], long: bool, named: dict[int, str]) -> None:
    """Surnames, and single characters whose reading hangs on their neighbours.

    In a ``long`` line these do not go against a model that is sure.
    """
    for index, unit in enumerate(units):
        before = units[index - 1].text if index else ""
        after = units[index + 1].text if index + 1 < len(units) else ""
        if found := [(at, named[place]) for at, place in enumerate(unit.places) if place in named]:
            for at, syllable in found:
                unit.base[at], unit.why[at] = syllable, "phrase"
        elif name := surname(unit.text, before, after):
            _say(unit, name)
        elif unit.text == "个人" and before and before[-1] in COUNTS:
            _say(unit, ["ge5", "ren2"])
        elif unit.text == "当" and any(near.text[-1] in "把拿" for near in units[max(0, index - 4) : index]):
            _say(unit, ["dang4"])  # taken for: 把他当朋友
        elif unit.text == "背着":
            # on the back, or behind somebody's
            _say(unit, ["bei4" if after.startswith(PEOPLE) else "bei1", "zhe5"])
        elif (
            len(unit.text) == 1
            and unit.why[0] != "phrase"
            and not (long and unit.why[0] == "model" and unit.doubt < _LITTLE_DOUBT)
            and (reading := alone(unit.text, before, after))
            and _as_written(unit, 0)
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
