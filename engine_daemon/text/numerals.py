"""Finds what is written in figures: amounts, money, times, dates, measures, ranges.

The scanner knows no language: it says what an expression is (``Numeral``), and ``say_zh``, ``say_en`` and ``say_ko``
each turn that into words of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "number",
    "money",
    "percent",
    "degree",
    "measure",
    "time",
    "date",
    "fraction",
    "ratio",
    "ordinal",
    "decade",
    "digits",
]

UNITS = (
    "km/h", "kph", "mph", "m/s", "km", "cm", "mm", "nm", "kg", "mg", "ml", "mL", "kWh", "kW", "kHz", "MHz", "GHz",
    "Hz", "dB", "Gbps", "Mbps", "GB", "MB", "KB", "TB", "fps", "rpm", "ms", "min", "hrs", "hr", "sec",
    "lbs", "lb", "oz", "ft", "mi", "m2", "m3", "km2", "cm2", "g", "m", "L", "W", "V", "h", "s",
)  # fmt: skip
"""Units written after a figure, longest first where one begins another."""

CURRENCIES = "$€£¥₩"
_SCALES = "thousand|million|billion|trillion|bn|mn|M"
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d|,\d)|\d+(?:\.\d+)?"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))

NUMERAL = re.compile(
    rf"""
    (?P<date>(?<!\d)(?P<year>\d{{4}})(?P<sep>[-/.])
      (?P<month>0?[1-9]|1[0-2])(?P=sep)(?P<day>3[01]|[12]\d|0?[1-9])(?!\d))
    | (?P<phone>\+\d{{1,3}}(?:[- ]?\d{{2,4}}){{2,4}}(?!\d)
        | (?<!\d)\d{{3}}-\d{{2}}(?!00)\d{{2}}(?!-?\d) # 500-1000 is a range
        | \d{{2,4}}-\d{{3,4}}-\d{{3,4}}(?![-\d]) | 0\d{{2,3}}-\d{{7,8}}(?!\d) | \(\d{{3}}\)\s?\d{{3}}-\d{{4}}(?!\d))
    | (?P<time>(?<![\d:])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?:\s?[-–~]\s?(?:[01]?\d|2[0-4]):[0-5]\d)?(?![:\d]))
        (?P<half>\s?(?:[ap]m\b|[ap]\.m\b\.?|[AP]M\b|[AP]\.M\b\.?))?
    | (?P<ratio>(?<![\d:])\d{{1,3}}:\d{{1,3}}(?![:\d]))
    | (?P<hour>(?<!\d)(?:1[0-2]|0?[1-9]))(?P<hour_half>\s?(?:[ap]m\b|[ap]\.m\b\.?|[AP]M\b|[AP]\.M\b\.?))
    | (?P<decade>(?<!\d)(?:1\d|20)?\d0)'?s(?![A-Za-z])
    | (?P<ordinal>(?<![\d.])\d+(?:,\d{{3}})*)(?:st|nd|rd|th)(?![A-Za-z])
    | (?P<fraction>(?<![\d/.])(?:\d+[ ])?\d{{1,4}}/\d{{1,4}}(?![\d/]))
    | (?:(?P<currency>[{CURRENCIES}])\s?)?(?P<sign>(?<![A-Za-z0-9_\])])[-+])?(?P<first>{_AMOUNT}|(?<![\w.])\.\d+)
      (?:(?:%|°[CF]?)?\s?[-–~]\s?[{CURRENCIES}]?(?P<second>{_AMOUNT})(?![-–~\d]))?
      (?P<scale>\s?(?(currency)(?:{_SCALES}|B|k|K)|(?:{_SCALES}))(?![A-Za-z0-9]))?
      (?: (?P<percent>\s?[%‰]) | (?P<degree>\s?°(?:\s?[CF](?![A-Za-z]))?)
        | (?P<unit>\s?(?:{_UNIT})(?![A-Za-z0-9'/]))(?:\.(?=\s[a-z]))?
        | (?P<after>\s?[€£₩](?!\d)) )?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """What a figure means. ``values`` holds plain decimal figures: one, or two for a range.

    time: (hour, minute[, second]) and for a range the same again; date: (year, month, day); fraction: (whole,
    numerator, denominator); ratio: (one side, the other); ``unit`` is the currency sign, the unit, "%" or "‰", "C",
    "F" or "", "am" or "pm". ``scale`` is thousand, million, billion, trillion or "". ``grouped``: written with commas
    between the thousands, so it is an amount however long.
    """

    kind: Kind
    values: tuple[str, ...]
    unit: str = ""
    scale: str = ""
    negative: bool = False
    plus: bool = False
    grouped: bool = False


_SCALE_NAMES = {"k": "thousand", "K": "thousand", "M": "million", "mn": "million", "B": "billion", "bn": "billion"}


def numeral(match: re.Match[str]) -> Numeral:
    """The meaning of a match of ``NUMERAL``."""
    group = match.groupdict()
    if group["date"]:
        return Numeral("date", (group["year"], group["month"], group["day"]))
    if group["phone"]:
        plus = group["phone"].startswith("+")
        return Numeral("digits", tuple(re.findall(r"\d+", group["phone"])), plus=plus)
    if group["time"]:
        return Numeral("time", tuple(re.findall(r"[\d:]+", group["time"])), _half(group["half"]))
    if group["hour"]:
        return Numeral("time", (group["hour"],), _half(group["hour_half"]))
    if group["ratio"]:
        return Numeral("ratio", tuple(group["ratio"].split(":")))
    if group["decade"]:
        return Numeral("decade", (group["decade"],))
    if group["ordinal"]:
        return Numeral("ordinal", (group["ordinal"].replace(",", ""),))
    if group["fraction"]:
        whole, _, rest = group["fraction"].rpartition(" ")
        numerator, _, denominator = rest.partition("/")
        return Numeral("fraction", (whole or "0", numerator, denominator))
    values = tuple(_plain(group[key]) for key in ("first", "second") if group[key])
    scale = (group["scale"] or "").strip()
    shared: dict[str, Any] = {
        "grouped": "," in (group["first"] or ""),
        "scale": _SCALE_NAMES.get(scale, scale),
        "negative": group["sign"] == "-",
        "plus": group["sign"] == "+",
    }
    return _amount(group, values, shared)


def _plain(figure: str) -> str:
    """``"1,234"`` -> "1234", ``".5"`` -> "0.5"."""
    return ("0" if figure.startswith(".") else "") + figure.replace(",", "")


def _amount(group: dict[str, str | None], values: tuple[str, ...], shared: dict[str, Any]) -> Numeral:
    currency = group["currency"] or (group["after"] or "").strip()
    if currency:
        return Numeral("money", values, currency, **shared)
    if group["percent"]:
        return Numeral("percent", values, group["percent"].strip(), **shared)
    if group["degree"]:
        return Numeral("degree", values, group["degree"].replace("°", "").strip(), **shared)
    if group["unit"]:
        return Numeral("measure", values, group["unit"].strip(), **shared)
    return Numeral("number", values, **shared)


def _half(text: str | None) -> str:
    return (text or "").strip().replace(".", "").lower()
