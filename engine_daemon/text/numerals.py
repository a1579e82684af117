"""Finds what is written in figures: amounts, money, times, dates, measures, ranges, codes.

The scanner knows no language: it says what an expression is (``Numeral``), and ``say_zh``, ``say_en``, ``say_ko`` and
``ja`` each turn that into words of their own.
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
    "code",
]

UNITS = (
    "km/h", "kph", "mph", "m/s", "km", "cm", "mm", "nm", "kg", "mg", "ml", "mL", "kWh", "kW", "kHz", "MHz", "GHz",
    "Hz", "dB", "Gbps", "Mbps", "GB", "MB", "KB", "TB", "fps", "rpm", "ms", "min", "hrs", "hr", "sec",
    "lbs", "lb", "oz", "ft", "mi", "m2", "m3", "km2", "cm2", "g", "m", "L", "W", "V", "h", "s",
)  # fmt: skip
"""Units written after a figure, longest first where one begins another."""

CURRENCIES = "$€£¥₩"
AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d|,\d)|\d+(?:\.\d+)?"
UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
SCALE = r"thousand|million|billion|trillion|mln|bn|mn|tn|[mMbBkK]"
"""Short scales; without a sign of money only some of them are none of a unit's (``_SCALE_ALONE``)."""
PER = (
    r"(?:month|mo|year|yr|week|wk|day|night|hour|hr|minute|min|second|sec|person|head|piece|unit|mile|gallon|gal"
    r"|litre|liter|pound|lb|kg|kilo|ounce|oz|ton|tonne|episode|ticket|game|match|page|word|seat|room|user|share)"
    r"(?![A-Za-z])"
)
"""What an amount is for, behind a slash."""

_COUNTED_IN_MILLIONS = (
    r"euros?|dollars?|pounds?|bucks|yen|yuan|won|rupees|francs|pesos|people|users|views|viewers|followers|subscribers"
    r"|likes|downloads|streams|copies|jobs|homes|votes|voters|barrels|tons|tonnes|shares|fans|listeners|members"
    r"|customers|visitors|residents|deaths|cases|years|acres|households|workers|children|women|men"
)
_SCALE_ALONE = (
    r"thousand|million|billion|trillion|bn|mn|M"
    # "10k people" is a number, "10k" alone and "a 10k run" are said as written, "2.5m" alone are meters.
    r"|[kK](?=\s+(?:people|men|women|children|(?!runs|races|this|plus|less|across|always|perhaps|screens|videos"
    r"|monitors|displays)[a-z]{3,}s)\b|\s?[人元块美欧粉])"
    rf"|[mB](?=\s+(?:{_COUNTED_IN_MILLIONS})\b|\s?€)"
)
_HALF = r"\s?(?:[ap]m\b|[ap]\.m\b\.?|[AP]M\b|[AP]\.M\b\.?)"
_HOUR = r"(?:1[0-2]|0?[1-9])(?!\d)"
_CLOCK = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![:\d])"
_TO = r"\s?[-–—~]\s?"
_YEAR = r"(?:19|20)\d\d"
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:3[01]|[12]\d|0?[1-9])"
_NO_MORE = r"(?!\d|[-/.]\d)"

NUMERAL = re.compile(
    rf"""
    (?P<date>(?<!\d)\d{{4}}(?P<sep>[-/.]){_MONTH}(?P=sep){_DAY}(?!\d)
        | (?<![\d/.-])(?:{_MONTH}(?P<mdy>[-/.]){_DAY}|(?:1[3-9]|2\d|3[01])(?P<dmy>[-/.]){_MONTH})
          (?:(?P=mdy)|(?P=dmy)){_YEAR}{_NO_MORE}
        | (?<![\d/.-])(?:{_MONTH}/{_DAY}|(?:1[3-9]|2\d|3[01])/{_MONTH})/\d\d{_NO_MORE}
        | (?<![\d/.-]){_YEAR}(?:/{_MONTH}|-0[1-9]){_NO_MORE}
        | (?<![\d/.-])20(?:1[3-9]|[2-9]\d)-1[0-2]{_NO_MORE}(?!年)) # 2010-12 may be two years
    | (?P<code>(?<![\d.,])\d+(?:\.\d+){{2,}}(?!\d))
    | (?P<phone>\+\d{{1,3}}(?:[- ]?\d{{2,4}}){{2,4}}(?!\d)
        | (?<!\d)\d{{3}}-\d{{2}}(?!00)\d{{2}}(?!-?\d) # 500-1000 is a range
        | \d{{2,4}}-\d{{3,4}}-\d{{3,4}}(?![-\d]) | 0\d{{2,3}}-\d{{7,8}}(?!\d) | \(\d{{3}}\)\s?\d{{3}}-\d{{4}}(?!\d)
        | (?<![\d.,{CURRENCIES}])(?:(?:0\d{{2,3}}|1[3-9]\d|1[38]00)[ ]\d{{3,4}}[ ]\d{{3,4}}|\d{{3}}[ ]\d{{3}}[ ]\d{{4}})
          (?![ ]?\d|[.,]\d))
    | (?P<time>(?<![\d:]){_CLOCK}(?:{_HALF})?(?:{_TO}(?:{_CLOCK}(?:{_HALF})?|{_HOUR}{_HALF}))?
        | (?<![\d.,:]){_HOUR}(?:{_HALF}(?:{_TO}(?:{_CLOCK}|{_HOUR})(?:{_HALF})?)?|{_TO}(?:{_CLOCK}|{_HOUR}){_HALF}))
    | (?P<ratio>(?<![\d:])\d{{1,3}}:\d{{1,3}}(?![:\d]))
    | (?P<decade>(?<!\d)(?:1\d|20)?\d0)'?s(?![A-Za-z])
    | (?P<ordinal>(?<![\d.])\d+(?:,\d{{3}})*)(?:st|nd|rd|th|ST|ND|RD|TH)(?![A-Za-z])
    | (?P<fraction>(?<![\d/.])(?:\d+[ ])?\d{{1,4}}/\d{{1,4}}(?![\d/]))
    | (?:(?P<currency>[{CURRENCIES}])\s?)?(?P<sign>(?<![A-Za-z0-9_\])])[-+])?(?P<first>{AMOUNT}|(?<![\w.])\.\d+)
      (?:(?:(?:%|°[CF]?)?\s?[-–~]\s?|—(?=(?:{AMOUNT})\s?[%㐀-鿿]))[{CURRENCIES}]?(?P<second>{AMOUNT})(?![-–~\d]))?
      (?P<scale>\s?(?(currency)(?:{SCALE}|[万萬亿億]{{1,2}})|(?:{_SCALE_ALONE}))(?![A-Za-z0-9]))?
      (?: (?P<percent>\s?[%‰]) | (?P<degree>\s?°(?:\s?[CF](?![A-Za-z]))?)
        | (?P<unit>\s?(?:{UNIT})(?![A-Za-z0-9']|/(?!{PER})))(?:\.(?=\s[a-z]))?
        | (?P<after>\s?[€£₩](?!\d)) )?
    """,
    re.VERBOSE,
)
_CLOCK_TIME = re.compile(rf"({_CLOCK}|{_HOUR})({_HALF})?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """What a figure means. ``values`` holds plain decimal figures: one, or two for a range.

    time: hour:minute[:second] or the hour alone, and for a range the same again, ``halves`` "am", "pm" or "" for each;
    date: (year, month, day) or (year, month); fraction: (whole, numerator, denominator); ratio: (one side, the other);
    code: the parts between its full stops; ``unit`` is the currency sign, the unit, "%" or "‰", "C", "F" or "".
    ``scale`` is thousand, million, billion, trillion, 万, 亿, 万亿 or "". ``grouped``: written with commas between the
    thousands, so it is an amount however long.
    """

    kind: Kind
    values: tuple[str, ...]
    unit: str = ""
    scale: str = ""
    negative: bool = False
    plus: bool = False
    grouped: bool = False
    halves: tuple[str, ...] = ()


_SCALE_NAMES = {
    "k": "thousand", "m": "million", "mn": "million", "mln": "million", "b": "billion", "bn": "billion",
    "tn": "trillion", "萬": "万", "億": "亿", "万億": "万亿", "萬億": "万亿",
}  # fmt: skip
_POWERS = {"": 0, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "万": 4, "亿": 8, "万亿": 12}


def in_full(value: str, scale: str) -> str:
    """``("1.5", "million")`` -> "1500000"."""
    power = _POWERS[scale]
    if not power:
        return value
    whole, _, decimals = value.partition(".")
    figures = whole + decimals.ljust(power, "0")
    point = len(whole) + power
    rest = figures[point:].rstrip("0")
    return (figures[:point].lstrip("0") or "0") + ("." + rest if rest else "")


def numeral(match: re.Match[str]) -> Numeral:
    """The meaning of a match of ``NUMERAL``."""
    group = match.groupdict()
    if group["date"]:
        return Numeral("date", _date(group["date"]))
    if group["code"]:
        return Numeral("code", tuple(group["code"].split(".")))
    if group["phone"]:
        plus = group["phone"].startswith("+")
        return Numeral("digits", tuple(re.findall(r"\d+", group["phone"])), plus=plus)
    if group["time"]:
        times = _CLOCK_TIME.findall(group["time"])
        return Numeral("time", tuple(time for time, _ in times), halves=tuple(_half(half) for _, half in times))
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
        "scale": scale if scale in _POWERS else _SCALE_NAMES[scale.lower()],
        "negative": group["sign"] == "-",
        "plus": group["sign"] == "+",
    }
    return _amount(group, values, shared)


def _date(written: str) -> tuple[str, ...]:
    """Year, month and day; the month comes first (10/01/2024) unless it cannot, or dots stand between (1.10.2024)."""
    parts = re.split(r"[-/.]", written)
    if len(parts[0]) == 4:
        return tuple(parts)
    first, second, year = parts
    if int(first) > 12 or ("." in written and int(second) <= 12):
        first, second = second, first
    if len(year) == 2:
        year = ("20" if int(year) < 70 else "19") + year
    return year, first, second


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


def _half(text: str) -> str:
    return text.strip().replace(".", "").lower()
