"""Readings that the user fixed for one place, in brackets: ``银行[yin2 hang2]``, ``辛い[からい]``, ``Nguyen[wɪn]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from framevox.engine_daemon.captions.sounds import readings_in
from framevox.engine_daemon.pronunciation.pinyin import is_han
from framevox.engine_daemon.pronunciation.values import Said, read_value
from framevox.engine_daemon.protocol.errors import InputError

from .line import Mark, Word

_LIKE_PINYIN = re.compile(r"[^\W\d]{3,}|\s")


@dataclass(frozen=True, slots=True)
class Place:
    """``text[start:end]`` is read as ``said``; ``written`` is that as the user wrote it."""

    start: int
    end: int
    said: Said
    written: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A line without its brackets: ``text``, where each of its characters stands in the line, the readings by their
    places in ``text``, and what in brackets was no reading."""

    text: str
    places: tuple[int, ...]
    given: tuple[Place, ...]
    warnings: tuple[str, ...] = ()


def take_out(line: str) -> Fixed:
    """Takes the readings out of ``line``; the last syllable of pinyin is that of the character before its bracket."""
    kept: list[int] = []
    given: list[Place] = []
    warnings: list[str] = []
    begin = 0
    for found in readings_in(line):
        end = len(kept) + found.end - begin
        start = end - (found.end - found.start)
        try:
            if found.pinyin:
                said, size = _pinyin(line[found.start : found.end], found.value)
                start = end - size
            else:
                said = read_value(line[found.start : found.end], found.value)
        except InputError as error:
            written = line[found.end : found.stop]
            if not _LIKE_PINYIN.search(found.value):
                warnings.append(f"{written} was read out: {error}")
                continue
            # Nobody wants hnag2 spoken, but a label such as b2 may be part of the line.
            warnings.append(f"the reading {written} was not used: {error}")
            kept += range(begin, found.end)
            begin = found.stop
            continue
        kept += range(begin, found.end)
        begin = found.stop
        given.append(Place(max(0, start), end, said, found.value))
    kept += range(begin, len(line))
    return Fixed("".join(line[place] for place in kept), tuple(kept), tuple(given), tuple(warnings))


def put_in(line: str, tokens: Sequence[Word | Mark], fixed: Fixed) -> tuple[list[Word | Mark], tuple[str, ...]]:
    """``tokens`` of ``fixed.text`` as those of ``line``, and warnings of readings that no word took."""
    left = {
        index: syllable
        for place in fixed.given
        if place.said.kind == "pinyin"
        for index, syllable in zip(range(place.start, place.end), place.said.parts, strict=True)
    }
    placed: list[Word | Mark] = []
    for token in tokens:
        # A bracket behind the word belongs to it, one inside it too.
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


def _pinyin(word: str, value: str) -> tuple[Said, int]:
    """The reading of the last characters of ``word``, as many as ``value`` has syllables. Raises InputError."""
    wrong = InputError(f"{word!r} has no Chinese characters")
    for size in range(1, len(word) + 1):
        if not is_han(word[-size]):
            break
        try:
            return read_value(word[-size:], value), size
        except InputError as error:
            wrong = error
    raise wrong
