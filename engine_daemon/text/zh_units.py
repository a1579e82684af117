"""Chinese: a run cut into jieba's words, figures and symbols already said as characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from .joints import joint
from .line import Why
from .numerals import NUMERAL, numeral
from .say_zh import say
from .symbols import SYMBOLS_ZH
from .zh_pinyin import usual
from .zh_words import READINGS

_HAN = re.compile(r"[㐀-鿿豈-﫿𠀀-𲎯〇]")
_REPEAT = re.compile(r"(.)々")
_JOINTS = {"to": "到", "per": "每", "": ""}
# 著 as the particle or result that mainland text writes 着: not in 著名 or 名著.
_PARTICLE = re.compile(r"(?<![名显顯原巨专專编編论論译譯合土卓昭拙遗遺所较較新大共])著(?![名作称稱书書者述录錄有])")
_NEAR = 12  # characters before a figure that tell what it is


@dataclass
class Unit:
    """``run[start:end]`` is a word: ``spoken`` as written, ``text`` the same in simplified characters.

    ``places`` are the indices in the run of its characters, empty for a figure or a symbol. ``base`` and ``why`` are
    filled in by zh_readings, ``sounded`` by zh_sandhi: one entry for each character of ``text``.
    """

    start: int
    end: int
    spoken: str
    text: str
    places: tuple[int, ...] = ()
    figures: bool = False
    base: list[str] = field(default_factory=list)
    why: list[Why] = field(default_factory=list)
    doubt: float = 0.0
    sounded: list[str] = field(default_factory=list)


def units(run: str, left: str, right: str) -> list[Unit]:
    """The words of ``run`` that are spoken; ``left`` and ``right`` are what stands around it."""
    return [unit for unit in _units(run, left, right) if unit.text]


@lru_cache(maxsize=2_000)
def simplified(text: str) -> str:
    """``text`` in simplified characters, one for one; 著 as 着 where it is the particle or the result."""
    simple = _PARTICLE.sub("着", str(_simplifier().convert(_REPEAT.sub(r"\1\1", text))))
    return simple if len(simple) == len(text) else text


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


def _units(run: str, left: str, right: str) -> Iterator[Unit]:
    index = 0
    plain_from = 0
    while index < len(run):
        said = _JOINTS[joint(run, index, left, right)] or SYMBOLS_ZH.get(run[index], "")
        match = None if _JOINTS[joint(run, index, left, right)] else NUMERAL.match(run, index)
        if match:
            yield from _words(run, plain_from, index)
            spoken = say(numeral(match), (left + run[:index])[-_NEAR:], run[match.end() :].lstrip())
            yield Unit(index, match.end(), spoken, spoken, figures=True)
            index = plain_from = match.end()
        elif said:
            yield from _words(run, plain_from, index)
            yield Unit(index, index + 1, said, said)
            index = plain_from = index + 1
        else:
            index += 1
    yield from _words(run, plain_from, len(run))


def _words(run: str, start: int, end: int) -> Iterator[Unit]:
    if not run[start:end].strip():
        return
    place = start
    for word in _segmenter().cut(simplified(run[start:end]), hmm=False):
        kept = [index for index, char in enumerate(word) if _HAN.match(char) and usual(char)]
        if kept:
            text = "".join(word[index] for index in kept)
            spoken = "".join(run[place + index] for index in kept)
            # Where a character is silent it is not known which syllable is whose.
            places = tuple(place + index for index in kept) if len(kept) == len(word) else ()
            yield Unit(place, place + len(word), spoken, text, places)
        place += len(word)
