"""Chinese tones as they are spoken together: 一, 不 and third tones. Readings from every source change alike."""

from __future__ import annotations

from collections.abc import Iterator

from .zh_units import Unit
from .zh_words import READINGS

_FIGURES = frozenset("零一二三四五六七八九幺〇")
_PLACES = ("百", "千", "万", "亿", "零")  # 一百一十: no change inside
_ORDINAL_AFTER_ONE = frozenset("月号日楼班")
_IDIOMS = {"一五一十": "yi4 wu3 yi4 shi2", "一不做": "yi1 bu2 zuo4"}


def sound(units: list[Unit]) -> None:
    """Fills in ``sounded`` of ``units``."""
    for unit in units:
        unit.sounded = _IDIOMS.get(unit.text, " ".join(unit.base)).split()
    flat = [(unit, position) for unit in units for position in range(len(unit.sounded))]
    _one_and_not(flat)
    _third_tones(flat)


def _tone(place: tuple[Unit, int]) -> str:
    return place[0].sounded[place[1]][-1:]


def _char(place: tuple[Unit, int] | None) -> str:
    return place[0].text[place[1]] if place else ""


def _one_and_not(flat: list[tuple[Unit, int]]) -> None:
    """一 and 不 before other tones."""
    for index, (unit, position) in enumerate(flat):
        char = unit.text[position]
        if char not in "一不" or unit.text in _IDIOMS or unit.sounded[position] not in ("yi1", "bu4"):
            continue
        following = flat[index + 1] if index + 1 < len(flat) else None
        tone = _tone(following) if following else ""
        after = _char(following)
        before = _char(flat[index - 1]) if index else ""
        row = index > 1 and _char(flat[index - 2]) == char  # 一种一种
        if before and before == after and before not in _FIGURES and not row:
            unit.sounded[position] = "yi5" if char == "一" else "bu5"
        elif char == "不":
            inside = 0 < position < len(unit.text) - 1
            weak = inside and (len(unit.text) == 3 or unit.text[position - 1 : position + 2] in READINGS)
            unit.sounded[position] = "bu5" if weak else "bu2" if tone == "4" else "bu4"
        else:
            unit.sounded[position] = _one(unit, position, before, after, tone)


def _one(unit: Unit, position: int, before: str, after: str, tone: str) -> str:
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


def _third_tones(flat: list[tuple[Unit, int]]) -> None:
    """Of third tones in a row all but the last of each small group rise: nǐ hǎo -> ní hǎo.

    A row is cut at word boundaries into groups of at most three, so that a long one keeps its rhythm.
    """
    index = 0
    while index < len(flat):
        end = index
        while end < len(flat) and _tone(flat[end]) == "3":
            end += 1
        for start, stop in _groups(flat[index:end]):
            for unit, position in flat[index + start : index + stop - 1]:
                unit.sounded[position] = unit.sounded[position][:-1] + "2"
        index = max(end, index + 1)


def _groups(row: list[tuple[Unit, int]]) -> Iterator[tuple[int, int]]:
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
