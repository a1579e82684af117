"""Chinese characters read by what stands right beside them, also across words: 教我 jiāo, 请教 jiào."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import NamedTuple

from .zh_context import COUNTS


class _Company(NamedTuple):
    left: str
    right: str
    reading: str


def by_company(text: str, place: int, start: int, end: int) -> str:
    """The reading of ``text[place]`` that the longest of its listed neighbours gives it, else "".

    ``text[start:end]`` is the word that it is in: what lies beyond a word of several characters does not count, but for
    a number with its measure word.
    """
    alone = end - start == 1 or (end - start == 2 and text[start] in f"{COUNTS}哪各某")
    for left, right, reading in _listed().get(text[place], ()):
        inside = place - len(left) >= start and place + 1 + len(right) <= end
        if (alone or inside) and text.endswith(left, 0, place) and text.startswith(right, place + 1):
            return reading
    return ""


@cache
def _listed() -> dict[str, list[_Company]]:
    """zh_company.txt: a character, its reading, and neighbours with _ in its place; the longest first."""
    found: dict[str, list[_Company]] = {}
    for line in (resources.files(__package__) / "zh_company.txt").read_text(encoding="utf-8").splitlines():
        char, reading, *places = line.split()
        for place in places:
            left, _, right = place.partition("_")
            found.setdefault(char, []).append(_Company(left, right, reading))
    for listed in found.values():
        listed.sort(key=lambda company: -len(company.left + company.right))
    return found
