"""Chinese: jieba's words, pypinyin's readings in phrase context, and the tones as they are spoken together."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .joints import joint
from .numerals import NUMERAL, numeral
from .reading import Reading
from .say_zh import say
from .symbols import SYMBOLS_ZH
from .zh_context import COUNTS, PEOPLE, alone, surname
from .zh_words import ENDINGS, NOUNS_IN_TOU, READINGS, WEAK

_LOCK = threading.Lock()
_HAN = re.compile(r"[㐀-鿿豈-﫿𠀀-𲎯〇]")
_PINYIN = re.compile(r"[a-zêü]+[1-5]")
_REPEAT = re.compile(r"(.)々")
_FIGURES = frozenset("零一二三四五六七八九幺〇")
_NUMBER_CHARS = frozenset("零一二三四五六七八九十百千万亿点两")
_JOINTS = {"to": "到", "per": "每", "": ""}
# 著 as the particle or result that mainland text writes 着: not in 著名 or 名著.
_PARTICLE = re.compile(r"(?<![名显顯原巨专專编編论論译譯合土卓昭拙遗遺所较較新大共])著(?![名作称稱书書者述录錄有])")
_NEAR = 12  # characters before a figure that tell what it is
_PLACES = ("百", "千", "万", "亿", "零")  # 一百一十: no change inside
_ORDINAL_AFTER_ONE = frozenset("月号日楼班")


@cache
def _segmenter() -> Any:
    import rjieba

    segmenter = rjieba.Jieba()
    for word in READINGS:
        if len(word) > 1:
            segmenter.add_word(word, None, None)
    return segmenter


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _pypinyin() -> Any:
    import pypinyin

    return pypinyin


def warm() -> None:
    """Loads the dictionaries."""
    list(read("你好"))


@dataclass
class _Unit:
    """A word on its way: ``spoken`` as written, ``text`` the same in simplified characters."""

    start: int
    end: int
    spoken: str
    text: str
    syllables: list[str]
    figures: bool = False


def read(run: str, left: str = "", right: str = "") -> Iterator[Reading]:
    """The words of ``run``, each with one syllable for each spoken character, its tone as spoken in this phrase.

    ``left`` is what stands before the run: letters make a figure a name (G1234).
    """
    units = [unit for unit in _units(run, left, right) if unit.syllables]
    _context(units)
    _one_and_not(units)
    _third_tones(units)
    for unit in units:
        yield Reading(unit.start, unit.end, unit.spoken, tuple(unit.syllables))


def _units(run: str, left: str, right: str) -> Iterator[_Unit]:
    index = 0
    plain_from = 0
    while index < len(run):
        said = _JOINTS[joint(run, index, left, right)]
        match = None if said else NUMERAL.match(run, index)
        if said:
            yield from _words(run, plain_from, index)
            yield _Unit(index, index + 1, said, said, _syllables(said))
            index = plain_from = index + 1
        elif match:
            yield from _words(run, plain_from, index)
            spoken = say(numeral(match), (left + run[:index])[-_NEAR:], run[match.end() :].lstrip())
            yield _Unit(index, match.end(), spoken, spoken, _syllables_of_figures(spoken), figures=True)
            index = plain_from = match.end()
        elif run[index] in SYMBOLS_ZH:
            yield from _words(run, plain_from, index)
            spoken = SYMBOLS_ZH[run[index]]
            yield _Unit(index, index + 1, spoken, spoken, _syllables(spoken))
            index = plain_from = index + 1
        else:
            index += 1
    yield from _words(run, plain_from, len(run))


def _words(run: str, start: int, end: int) -> Iterator[_Unit]:
    if not run[start:end].strip():
        return
    simple = _PARTICLE.sub("着", _simplifier().convert(_REPEAT.sub(r"\1\1", run[start:end])))
    if len(simple) != end - start:
        simple = run[start:end]
    place = start
    for word in _segmenter().cut(simple, hmm=False):
        written = run[place : place + len(word)]
        kept = [index for index, char in enumerate(word) if _HAN.match(char) and _has_reading(char)]
        if kept:
            text = "".join(word[index] for index in kept)
            spoken = "".join(written[index] for index in kept)
            yield _Unit(place, place + len(word), spoken, text, _syllables(text, spoken))
        place += len(word)


def _syllables(word: str, written: str = "") -> list[str]:
    """One syllable for each character. A traditional character with one reading keeps it: 髮 fà is not 發 fā."""
    said = list(_syllables_cached(word))
    for index, char in enumerate(written if len(written) == len(said) else ""):
        if char != word[index] and not said[index].endswith("5") and (only := _only_reading(char)):
            said[index] = only
    return said


def _has_reading(char: str) -> bool:
    return char in READINGS or ord(char) in _pypinyin().pinyin_dict.pinyin_dict


@lru_cache(maxsize=20_000)
def _only_reading(char: str) -> str:
    module = _pypinyin()
    with _LOCK:
        readings = module.pinyin(char, style=module.Style.TONE3, heteronym=True, neutral_tone_with_five=True)
    known = len(readings) == 1 and len(set(readings[0])) == 1 and _PINYIN.fullmatch(readings[0][0])
    return str(readings[0][0]) if known else ""


def _syllables_of_figures(spoken: str) -> list[str]:
    """Figures have no phrases: 二千一百 must not be looked up as words."""
    result: list[str] = []
    for part in re.findall(r"[零一二三四五六七八九十百千万亿点两幺]+|[^零一二三四五六七八九十百千万亿点两幺]+", spoken):
        if part[0] in _NUMBER_CHARS or part[0] == "幺":
            for char in part:
                result.extend(_syllables(char))
        else:
            result.extend(_syllables(part))
    return result


@lru_cache(maxsize=20_000)
def _syllables_cached(word: str) -> tuple[str, ...]:
    known = READINGS.get(word)
    if known:
        return tuple(known.split())
    for size in range(min(4, len(word) - 1), 1, -1):
        # A word jieba joined to another: 找不着了.
        if word[:size] in READINGS:
            return (*READINGS[word[:size]].split(), *_syllables_cached(word[size:]))
        if word[-size:] in READINGS:
            return (*_syllables_cached(word[:-size]), *READINGS[word[-size:]].split())
    module = _pypinyin()
    with _LOCK:
        said = module.lazy_pinyin(
            word, style=module.Style.TONE3, neutral_tone_with_five=True, errors=lambda text: ["" for _ in text]
        )
    return tuple(_neutralised(word, list(said)))


# Said twice, the second weak: mother, and "have a look".
_KIN = "爸妈哥弟姐妹爷奶公婆叔伯舅姑姥婶姨"
_TRIED = "太星宝谢看试想说等听猜走"


def _neutralised(word: str, said: list[str]) -> list[str]:
    said = [syllable if _PINYIN.fullmatch(syllable) else "" for syllable in said]
    if len(said) != len(word):
        return [syllable for syllable in said if syllable]
    for index, char in enumerate(word):
        if char in "一不" and said[index]:
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
    return [syllable for syllable in said if syllable]


def _context(units: list[_Unit]) -> None:
    """Surnames, and single characters whose reading hangs on their neighbours."""
    for index, unit in enumerate(units):
        before = units[index - 1].text if index else ""
        after = units[index + 1].text if index + 1 < len(units) else ""
        if name := surname(unit.text, before, after):
            unit.syllables[: len(name)] = name
        elif unit.text == "个人" and before and before[-1] in COUNTS:
            unit.syllables = ["ge5", "ren2"]
        elif unit.text == "背着":
            # on the back, or behind somebody's
            unit.syllables = ["bei4" if after.startswith(PEOPLE) else "bei1", "zhe5"]
        elif (
            len(unit.text) == 1
            and (reading := alone(unit.text, before, after))
            and not (unit.spoken != unit.text and _only_reading(unit.spoken))
        ):
            unit.syllables = [reading]


def _tone(syllable: str) -> str:
    return syllable[-1:]


def _one_and_not(units: list[_Unit]) -> None:
    """一 and 不 before other tones."""
    flat = [(unit, position) for unit in units for position in range(len(unit.syllables))]
    for index, (unit, position) in enumerate(flat):
        if len(unit.text) != len(unit.syllables):
            continue
        char = unit.text[position]
        if char not in "一不" or unit.text in READINGS or unit.syllables[position] not in ("yi1", "bu4"):
            continue
        following = flat[index + 1] if index + 1 < len(flat) else None
        preceding = flat[index - 1] if index else None
        tone = _tone(following[0].syllables[following[1]]) if following else ""
        after = _char(following)
        before = _char(preceding)
        row = index > 1 and _char(flat[index - 2]) == char  # 一种一种
        if before and before == after and before not in _FIGURES and not row:
            unit.syllables[position] = "yi5" if char == "一" else "bu5"
        elif char == "不":
            inside = 0 < position < len(unit.text) - 1
            unit.syllables[position] = "bu5" if inside and len(unit.text) == 3 else "bu2" if tone == "4" else "bu4"
        else:
            unit.syllables[position] = _one(unit, position, before, after, tone)


def _one(unit: _Unit, position: int, before: str, after: str, tone: str) -> str:
    counts = (
        after in _FIGURES
        or (after == "十" and before in _PLACES)
        or before in _FIGURES
        or before in ("第", "十", "点", "初")
    )
    names = after in _ORDINAL_AFTER_ONE and after != "日"
    ends_word = position == len(unit.text) - 1 and len(unit.text) > 1 and not unit.figures
    if counts or names or ends_word or not after:
        return "yi1"
    if tone in ("1", "2", "3"):
        return "yi4"
    # 个 is weak but was a fourth tone: yí ge.
    return "yi2" if tone == "4" or after in "个個" else "yi1"


def _char(place: tuple[_Unit, int] | None) -> str:
    if place is None or len(place[0].text) != len(place[0].syllables):
        return ""
    return place[0].text[place[1]]


def _third_tones(units: list[_Unit]) -> None:
    """Of third tones in a row all but the last of each small group rise: nǐ hǎo -> ní hǎo.

    A row is cut at word boundaries into groups of at most three, so that a long one keeps its rhythm.
    """
    flat = [(unit, position) for unit in units for position in range(len(unit.syllables))]
    index = 0
    while index < len(flat):
        end = index
        while end < len(flat) and _tone(flat[end][0].syllables[flat[end][1]]) == "3":
            end += 1
        for start, stop in _groups(flat[index:end]):
            for unit, position in flat[index + start : index + stop - 1]:
                unit.syllables[position] = unit.syllables[position][:-1] + "2"
        index = max(end, index + 1)


def _groups(row: list[tuple[_Unit, int]]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(row):
        stop = min(len(row), start + 3)
        if stop < len(row):
            inside = [cut for cut in range(start + 2, stop + 1) if row[cut][0] is not row[cut - 1][0]]
            stop = inside[-1] if inside else stop
            if len(row) - stop == 1:
                stop = len(row)
        yield start, stop
        start = stop
