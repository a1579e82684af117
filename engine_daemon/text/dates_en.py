"""English days beside their month: June 6, 23 Jan 2020, and times as soldiers write them."""

from __future__ import annotations

import re

from .numerals import Numeral
from .say_en import cardinal, digits, ordinal

_FULL = "January|February|March|April|May|June|July|August|September|October|November|December"
_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
_ALL = f"{_FULL}|{_SHORT}"
# In small letters march and may are verbs.
_SMALL = "january|february|april|june|july|august|september|october|november|december"
MONTH = rf"(?:{_ALL}|{_ALL.upper()}|{_SMALL})\.?"
_MONTH_BEFORE = re.compile(rf"(?<![A-Za-z])(?:{MONTH}),?\s+(?:the\s+)?$")
_MONTH_AFTER = re.compile(
    rf"\s+(?:(?!May|March|Mar\b|MAY|MARCH){MONTH}(?![A-Za-z])"
    r"|(?:May|March|Mar|MAY|MARCH)\b\.?(?=\s*(?:$|[,.;:!?)]|\d{4}|(?:at|in|is|was|and|or|to|we|he|she|they|for)\b)))"
)
_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
         "sun": "Sunday"}  # fmt: skip
_MONTHS = {name[:3].lower(): name for name in _FULL.split("|")}
_DAY = r"(?:Mon|Tues?|Wed|Thurs?|Thu|Fri|Sat|Sun)(?:day|nesday|sday|rsday|urday)?\.?"
RANGE = re.compile(rf"(?<![A-Za-z])(?:{_DAY}\s?[-–—~]\s?{_DAY}|(?:{_ALL})\.?\s?[-–—~]\s?(?:{_ALL})\.?)(?![A-Za-z-])")
"""Mon-Fri, Jan.–Mar."""
_NEAR = 24  # characters before a figure that can hold a month
_MILITARY = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
_AT = frozenset(("at", "by", "until", "till", "from", "since", "around", "to", "before", "after", "approximately"))


def day_range(written: str) -> str:
    """``"Mon-Fri"`` -> "Monday to Friday"."""
    first, second = re.split(r"\s?[-–—~]\s?", written)
    return f"{_whole(first)} to {_whole(second)}"


def _whole(name: str) -> str:
    key = name[:3].lower()
    return _MONTHS.get(key) or _DAYS[key]


def day_of_month(what: Numeral, left: str, right: str) -> str:
    """What a day says beside its month, between the text on its left and right; "" where it is none."""
    if what.kind not in ("number", "ordinal") or what.scale or what.negative or what.plus:
        return ""
    if not all(value.isdigit() and 1 <= int(value) <= 31 for value in what.values):
        return ""
    said = " to ".join(ordinal(int(value)) for value in what.values)
    left = left[-_NEAR:]
    if _MONTH_BEFORE.search(left):
        return said
    if _MONTH_AFTER.match(right):
        return f"{said} of" if re.search(r"\bthe\s+$", left, re.IGNORECASE) else f"the {said} of"
    return ""


def military(figure: str, before: str, right: str) -> str:
    """``"0600"`` before hours or after at -> "oh six hundred"; "" for what is no such time."""
    match = _MILITARY.fullmatch(figure)
    if not match or not (re.match(r"\s*(?:hours|hrs)\b", right) or (figure[0] == "0" and before in _AT)):
        return ""
    hour, minute = match.groups()
    said = digits(hour) if hour[0] == "0" else cardinal(int(hour))
    return f"{said} {'hundred' if minute == '00' else digits(minute) if minute[0] == '0' else cardinal(int(minute))}"
