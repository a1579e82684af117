"""Korean (experimental): words as written, figures in Korean numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .joints import joint
from .numerals import NUMERAL, numeral
from .reading import Reading
from .say_ko import say
from .symbols import SYMBOLS_KO

_JOINTS = {"to": "에서 ", "per": " 매 ", "": ""}
_HANGUL = re.compile(r"[가-힣]+")


def read(run: str, left: str = "", right: str = "") -> Iterator[Reading]:
    """The words of ``run`` between spaces; a figure and what is written on to it are one word."""
    index = 0
    while index < len(run):
        if run[index].isspace():
            index += 1
            continue
        start, spoken = index, ""
        while index < len(run) and not run[index].isspace():
            if said := _JOINTS[joint(run, index, left, right)]:
                spoken += said
                index += 1
                continue
            match = NUMERAL.match(run, index)
            if match:
                spoken += say(numeral(match), run[match.end() :].lstrip())
                index = match.end()
            elif hangul := _HANGUL.match(run, index):
                spoken += hangul.group()
                index = hangul.end()
            else:
                spoken += SYMBOLS_KO.get(run[index], "")
                index += 1
        if spoken.strip():
            yield Reading(start, index, spoken.strip())
