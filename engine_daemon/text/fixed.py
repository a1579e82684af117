"""Readings that the user fixed: pinyin with tone numbers behind Chinese characters, as in ``银行[yin2 hang2]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from .line import Mark, Word

_GIVEN = re.compile(r"(?<=[㐀-鿿豈-﫿𠀀-𲎯〇])\[\s*((?:[a-zA-ZüÜêÊ:]{1,7}[1-5]\s*)+)\]")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A line without its brackets: ``text``, where each of its characters stands in the line, the syllables by the
    character (an index into ``text``) that they belong to, and what in brackets was no reading."""

    text: str
    places: tuple[int, ...]
    syllables: dict[int, str]
    warnings: tuple[str, ...] = ()


def take_out(line: str) -> Fixed:
    """Takes the readings out of ``line``; the last syllable in brackets is that of the character before them."""
    kept: list[int] = []
    syllables: dict[int, str] = {}
    warnings: list[str] = []
    begin = 0
    for match in _GIVEN.finditer(line):
        given = re.findall(r"\D+[1-5]", re.sub(r"\s", "", match[1]).lower().replace("u:", "ü").replace("v", "ü"))
        wrong = [syllable for syllable in given if syllable[:-1] not in _syllables()]
        if wrong:
            warnings.append(f"{match[0]} was read out, for {' '.join(wrong)} is not pinyin with a tone number")
            continue
        kept += range(begin, match.start())
        begin = match.end()
        for back, syllable in enumerate(reversed(given)):
            if back < len(kept):
                syllables[len(kept) - 1 - back] = syllable
    kept += range(begin, len(line))
    return Fixed("".join(line[place] for place in kept), tuple(kept), syllables, tuple(warnings))


def put_in(line: str, tokens: Sequence[Word | Mark], fixed: Fixed) -> tuple[list[Word | Mark], tuple[str, ...]]:
    """``tokens`` of ``fixed.text`` as those of ``line``, and warnings of readings that no word took."""
    left = dict(fixed.syllables)
    placed: list[Word | Mark] = []
    for token in tokens:
        start, end = fixed.places[token.start], fixed.places[token.end - 1] + 1
        if isinstance(token, Word):
            for index in token.fixed:
                left.pop(token.start + index, None)
        placed.append(replace(token, text=line[start:end], start=start, end=end))
    unused = tuple(
        f"the reading {syllable} was not used: {fixed.text[index]} is not read as Chinese, or not by itself"
        for index, syllable in left.items()
    )
    return placed, fixed.warnings + unused


@cache
def _syllables() -> frozenset[str]:
    """Every syllable of Chinese, without its tone."""
    from pypinyin import pinyin_dict
    from pypinyin.contrib.tone_convert import to_normal

    marked = {said for readings in pinyin_dict.pinyin_dict.values() for said in readings.split(",")}
    return frozenset(to_normal(said, v_to_u=True) for said in marked)
