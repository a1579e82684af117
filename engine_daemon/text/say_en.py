"""Figures in English words. The number words are CLDR's; what a figure stands for is ours."""

from __future__ import annotations

from .numerals import Numeral
from .spell import LONGEST, spell

_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
_MONEY = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₩": ("won", "won", "", ""),
}
_UNITS = {
    "km/h": "kilometer per hour", "kph": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second",
    "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer", "m": "meter", "kg": "kilogram",
    "mg": "milligram", "g": "gram", "ml": "milliliter", "mL": "milliliter", "L": "liter", "kWh": "kilowatt hour",
    "kW": "kilowatt", "W": "watt", "V": "volt", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
    "Hz": "hertz", "dB": "decibel", "Gbps": "gigabit per second", "Mbps": "megabit per second",
    "GB": "gigabyte", "MB": "megabyte", "KB": "kilobyte", "TB": "terabyte",
    "fps": "frame per second", "rpm": "revolution per minute", "ms": "millisecond", "min": "minute", "hrs": "hour",
    "hr": "hour", "h": "hour", "sec": "second", "s": "second", "lbs": "pound", "lb": "pound", "oz": "ounce",
    "ft": "foot", "mi": "mile", "m2": "square meter", "m3": "cubic meter", "km2": "square kilometer",
    "cm2": "square centimeter",
}  # fmt: skip
_HAN_SCALES = {"万": "ten thousand", "亿": "hundred million", "万亿": "trillion"}
_YEAR_CUES = frozenset((
    "in", "since", "from", "by", "until", "till", "year", "circa", "before", "after", "of", "and", "to", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    "spring", "summer", "fall", "autumn", "winter",
))  # fmt: skip
_CALLED_BY_DIGITS = frozenset((
    "room", "flight", "route", "highway", "apartment", "apt", "suite", "bus", "train", "gate", "channel", "agent",
    "unit", "cell", "interstate", "extension", "line", "code", "area",
))  # fmt: skip


def cardinal(number: int) -> str:
    """``2300`` -> "two thousand three hundred"."""
    return spell(number, "en", "spellout-cardinal").replace("-", " ")


def ordinal(number: int) -> str:
    """``22`` -> "twenty second"."""
    return spell(number, "en", "spellout-ordinal").replace("-", " ")


def digits(figures: str) -> str:
    """``"101"`` -> "one oh one"."""
    return " ".join("oh" if figure == "0" else cardinal(int(figure)) for figure in figures)


def _each_figure(figures: str) -> str:
    return " ".join(cardinal(int(figure)) for figure in figures)


def aircraft(figures: str) -> str:
    """``"747"`` -> "seven forty seven"."""
    rest = figures[1:]
    tail = "hundred" if rest == "00" else digits(rest) if rest[0] == "0" else cardinal(int(rest))
    return f"{cardinal(int(figures[0]))} {tail}"


def amount(value: str) -> str:
    """``"3.05"`` -> "three point zero five"; figures too long for a name, or with leading zeros, one by one."""
    whole, _, decimals = value.partition(".")
    long = len(whole) > LONGEST or (len(whole) > 1 and whole.startswith("0"))
    said = digits(whole) if long else cardinal(int(whole))
    return said + (" point " + _each_figure(decimals) if decimals else "")


def year(value: str) -> str:
    """``"1998"`` -> "nineteen ninety eight"."""
    return spell(int(value), "en", "spellout-numbering-year").replace("-", " ")


def _plural(noun: str, one: bool) -> str:
    if one or noun.endswith("hertz"):
        return noun
    head, per, tail = noun.partition(" per ")
    head = head[:-4] + "feet" if head.endswith("foot") else head + "s"
    return head + per + tail


def _money(value: str, sign: str) -> str:
    one, many, cent, cents = _MONEY[sign]
    whole, _, decimals = value.partition(".")
    if len(decimals) != 2 or not cent:
        return f"{amount(value)} {one if value == '1' else many}"
    small = int(decimals)
    parts = [f"{amount(whole)} {one if int(whole) == 1 else many}"] if int(whole) or not small else []
    if small:
        parts.append(f"{cardinal(small)} {cent if small == 1 else cents}")
    return " and ".join(parts)


def _time(value: str, *, alone: bool) -> str:
    hour, *rest = value.split(":")
    said = [cardinal(int(hour))]
    if rest:
        minute = int(rest[0])
        if minute == 0:
            said.append("o'clock" if alone and 0 < int(hour) <= 12 and len(rest) == 1 else "hundred" if alone else "")
        else:
            said.append(f"oh {cardinal(minute)}" if minute < 10 else cardinal(minute))
    if len(rest) > 1 and int(rest[1]):
        said.append(f"and {cardinal(int(rest[1]))} {_plural('second', int(rest[1]) == 1)}")
    return " ".join(word for word in said if word)


def _fraction(whole: str, over: str, under: str) -> str:
    if (over, under) in (("24", "7"), ("9", "11")) or (over == under and int(over) >= 10):
        return (
            f"{cardinal(int(over))} {cardinal(int(under))}"  # around the clock, the attack, fifty fifty, perfect sight
        )
    above, below = int(over), int(under)
    if whole == "0" and 1900 <= above <= 2099 and below % 100 == (above + 1) % 100 and len(under) in (2, 4):
        return f"{year(over)} {year(under) if len(under) == 4 else amount(under)}"  # a season
    if below == 0 or below > 100 or above >= below:
        said = f"{cardinal(above)} over {cardinal(below)}"
    elif below == 2:
        said = "one half" if whole == "0" else "a half"
    else:
        part = "quarter" if below == 4 else ordinal(below)
        said = f"{cardinal(above)} {_plural(part, above == 1)}"
    return said if whole == "0" else f"{amount(whole)} and {said}"


def _is_year(value: str, before: str) -> bool:
    if len(value) != 4 or not value.isdigit():
        return False
    return 1900 <= int(value) <= 2099 or (1000 < int(value) < 1900 and before in _YEAR_CUES)


def _number(values: tuple[str, ...], before: str) -> list[str]:
    if all(_is_year(value, before) for value in values):
        return [year(value) for value in values]
    first = values[0]
    if values == ("10", "4"):
        return ["ten four"]  # understood, over the radio
    if len(values) == 1 and first.isdigit():
        if first == "007":
            return ["double oh seven"]
        if first == "911" or (len(first) >= 3 and before in _CALLED_BY_DIGITS):
            return [digits(first)]
    return [amount(value) for value in values]


def say(what: Numeral, before: str = "") -> str:
    """The words for ``what``; ``before`` is the word before it in lower case ("in" 1850, "room" 101)."""
    values = what.values
    match what.kind:
        case "date":
            month = _MONTHS[int(values[1]) - 1]
            day = f" {ordinal(int(values[2]))}" if len(values) > 2 else ""
            return f"{month}{day} {year(values[0])}"
        case "code":
            if len(values) == 4:
                return " dot ".join(_each_figure(value) for value in values)  # 192.168.0.1
            return " point ".join(amount(value) for value in values)
        case "digits":
            return ("plus " if what.plus else "") + " ".join(digits(group) for group in values)
        case "time":
            alone = not any(what.halves)
            return " to ".join(
                f"{_time(value, alone=alone)} {' '.join(half.upper())}".strip()
                for value, half in zip(values, what.halves, strict=True)
            )
        case "ordinal":
            return ordinal(int(values[0])) if len(values[0]) <= LONGEST else digits(values[0])
        case "decade":
            century, tens = values[0][:-2], int(values[0][-2:])
            name = cardinal(tens) if tens else "hundred"
            name = name[:-1] + "ies" if name.endswith("y") else name + "s"
            if not tens and century.endswith("0"):
                return f"{cardinal(int(values[0]))}s"  # the two thousands
            return f"{cardinal(int(century))} {name}" if century else name
        case "ratio":
            return " to ".join(amount(value) for value in values)
        case "fraction":
            return _fraction(*values)
    sign = "minus " if what.negative else "plus " if what.plus else ""
    if what.kind == "money" and not what.scale:
        return sign + " to ".join(
            _money(value, what.unit) if index == len(values) - 1 else amount(value)
            for index, value in enumerate(values)
        )
    bare = what.kind == "number" and not what.scale
    said = " to ".join(_number(values, before) if bare else [amount(value) for value in values])
    said = f"{said} {_HAN_SCALES.get(what.scale, what.scale)}".strip()
    one = values == ("1",) and not what.scale
    match what.kind:
        case "money":
            said += f" {_MONEY[what.unit][1]}"
        case "percent":
            said += " percent" if what.unit == "%" else " per mille"
        case "degree":
            said += f" {_plural('degree', one)}" + {"C": " Celsius", "F": " Fahrenheit", "": ""}[what.unit]
        case "measure":
            said += f" {_plural(_UNITS[what.unit], one)}"
    return sign + said
