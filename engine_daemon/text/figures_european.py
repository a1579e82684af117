"""Figures as Spanish, French, Italian, Portuguese, Hindi and Arabic write them, and the words for them.

Number words, names of months and units are Unicode CLDR's, by unicode-rbnf and Babel.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from .line import Language
from .spell import LONGEST

_GROUPED = r"\d{1,3}(?:[.\u00a0\u202f ]\d{3})+(?!\d)"
_UNITS = {
    "km/h": "speed-kilometer-per-hour", "km": "length-kilometer", "cm": "length-centimeter", "mm": "length-millimeter",
    "kg": "mass-kilogram", "GB": "digital-gigabyte", "MB": "digital-megabyte", "min": "duration-minute",
    "°C": "temperature-celsius", "%": "concentr-percent", "m": "length-meter", "g": "mass-gram", "s": "duration-second",
    "h": "duration-hour",
}  # fmt: skip
_SIGNS = r"R\$|[$€£¥₹]"


@dataclass(frozen=True, slots=True)
class _Habits:
    """What a language does its own way. ``money`` are names of one and of several, by sign; ``time`` takes hour and
    minutes, ``hour`` the hour alone; ``plain`` and ``counting`` are CLDR's rule sets for a figure alone and before a
    noun, ``hours`` the one for hours."""

    locale: str
    plain: str
    counting: str
    hours: str
    point: str
    minus: str
    time: str
    hour: str
    to: str
    money: dict[str, tuple[str, str]]
    grouped: str = _GROUPED
    decimal: str = ","


_CARDINAL = "spellout-cardinal"
_NUMBERING, _MASCULINE, _FEMININE = "spellout-numbering", "spellout-cardinal-masculine", "spellout-cardinal-feminine"
_HABITS: dict[Language, _Habits] = {
    "es": _Habits(
        "es", _NUMBERING, _MASCULINE, _FEMININE, "coma", "menos", "{h} y {m}", "{h}", "a",
        {"$": ("dólar", "dólares"), "€": ("euro", "euros"), "£": ("libra", "libras"), "¥": ("yen", "yenes"),
         "R$": ("real", "reales"), "₹": ("rupia", "rupias")},
    ),
    "fr-fr": _Habits(
        "fr", _NUMBERING, _MASCULINE, _FEMININE, "virgule", "moins", "{h} heures {m}", "{h} heures", "à",
        {"$": ("dollar", "dollars"), "€": ("euro", "euros"), "£": ("livre", "livres"), "¥": ("yen", "yens"),
         "R$": ("réal", "réaux"), "₹": ("roupie", "roupies")},
    ),
    "it": _Habits(
        "it", _NUMBERING, _MASCULINE, _FEMININE, "virgola", "meno", "{h} e {m}", "{h}", "a",
        {"$": ("dollaro", "dollari"), "€": ("euro", "euro"), "£": ("sterlina", "sterline"), "¥": ("yen", "yen"),
         "R$": ("real", "real"), "₹": ("rupia", "rupie")},
    ),
    "pt-br": _Habits(
        "pt_BR", _NUMBERING, _MASCULINE, _FEMININE, "vírgula", "menos", "{h} e {m}", "{h} horas", "a",
        {"$": ("dólar", "dólares"), "€": ("euro", "euros"), "£": ("libra", "libras"), "¥": ("iene", "ienes"),
         "R$": ("real", "reais"), "₹": ("rúpia", "rúpias")},
    ),
    "hi": _Habits(
        "hi", _CARDINAL, _CARDINAL, _CARDINAL, "दशमलव", "ऋण", "{h} बजकर {m} मिनट", "{h} बजे", "से",
        {"$": ("डॉलर", "डॉलर"), "€": ("यूरो", "यूरो"), "£": ("पाउंड", "पाउंड"), "¥": ("येन", "येन"), "R$": ("रियाल", "रियाल"),
         "₹": ("रुपया", "रुपये")},
        grouped=r"\d{1,3}(?:,\d{2,3})+(?!\d)", decimal=".",
    ),
    "ar": _Habits(
        "ar", _NUMBERING, _MASCULINE, _FEMININE, "فاصلة", "ناقص", "{h} و {m} دقيقة", "{h}", "إلى",
        {"$": ("دولار", "دولارات"), "€": ("يورو", "يورو"), "£": ("جنيه", "جنيهات"), "¥": ("ين", "ين"),
         "R$": ("ريال", "ريالات"), "₹": ("روبية", "روبيات")},
        grouped=r"\d{1,3}(?:,\d{3})+(?!\d)", decimal=".",
    ),
}  # fmt: skip


@cache
def figure(language: Language) -> re.Pattern[str]:
    """What is written in figures in ``language``: amounts, money, measures, times and dates."""
    habits = _HABITS[language]
    amount = rf"(?:{habits.grouped}|\d+)(?:{re.escape(habits.decimal)}\d+)?"
    if habits.decimal == ",":
        amount = rf"(?:\d+\.(?:\d{{1,2}}|\d{{4,}})(?![\d.,])|{amount})"  # 3.14 can only be a decimal point
    units = "|".join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))
    return re.compile(
        rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?!\d)"
        rf"|(?P<date>\d{{1,2}}(?P<sep>[/.-])\d{{1,2}}(?P=sep)\d{{4}})(?!\d)"
        rf"|(?P<hour>[01]?\d|2[0-3])(?:(?::|\s?h\s?)(?P<minutes>[0-5]\d)|\s?h)(?![\w:])"
        rf"|(?P<ordinal>\d{{1,3}})(?P<ending>(?<=\b\d)°(?=\s\w)|a|ers?|[èe]res?|e|[èe]mes?)(?!\w)"
        rf"|(?P<before>{_SIGNS})\s?(?P<price>{amount})"
        rf"|(?P<minus>(?<![\w)])[-−])?(?P<first>{amount})(?:\s?[-–]\s?(?P<second>{amount}))?"
        rf"(?:\s?(?P<after>{_SIGNS})|\s?(?P<unit>{units})(?!\w))?"
    )


def say(match: re.Match[str], language: Language, follows: str = "") -> str:
    """The words for a match of ``figure``; ``follows`` is the text behind it."""
    habits, group = _HABITS[language], match.groupdict()
    if group["iso"] or group["date"]:
        return _date(group["iso"] or group["date"], habits) or " ".join(
            _whole(int(part), habits.plain, habits) for part in re.findall(r"\d+", match.group())
        )
    if group["hour"]:
        hour = _whole(int(group["hour"]), habits.hours, habits)
        minutes = int(group["minutes"] or 0)
        form = habits.time if minutes else habits.hour
        if follows.lstrip().startswith("बज"):  # the sentence says "o'clock" itself
            form = "{h} {m}" if minutes else "{h}"
        said = form.format(h=hour, m=_whole(minutes, habits.plain, habits))
        return said.replace("une heures", "une heure") if int(group["hour"]) == 1 else said
    if group["ordinal"]:
        ending = group["ending"]
        gender = "feminine" if ending in ("a", "re", "ère", "ere", "res", "ères") else "masculine"  # ª was folded to a
        return _spell(int(group["ordinal"]), f"spellout-ordinal-{gender}", habits.locale)
    if group["before"]:
        return _money(group["price"], group["before"], habits)
    return _amounts(group, habits, follows)


def _amounts(group: dict[str, Any], habits: _Habits, follows: str) -> str:
    sign = f"{habits.minus} " if group["minus"] else ""
    noun = group["after"] or group["unit"] or re.match(r"\s\w", follows)
    first = _number(group["first"], habits, habits.counting if noun else habits.plain)
    said = f"{sign}{first} {habits.to} " if group["second"] else sign
    last = group["second"] or group["first"]
    if group["after"]:
        return said + _money(last, group["after"], habits)
    said += _number(last, habits, habits.counting if noun else habits.plain)
    return f"{said} {_unit(last, group['unit'], habits)}" if group["unit"] else said


def _number(written: str, habits: _Habits, rules: str) -> str:
    if "." in written and not re.fullmatch(habits.grouped + r"(?:,\d+)?", written):
        written = written.replace(".", habits.decimal)
    whole, _, decimals = written.partition(habits.decimal)
    figures = re.sub(r"\D", "", whole)
    if len(figures) > LONGEST or (len(figures) > 1 and int(figures[0]) == 0):
        said = " ".join(_whole(int(digit), habits.plain, habits) for digit in figures)
    else:
        said = _whole(int(figures), habits.plain if decimals else rules, habits)
    if not decimals:
        return said
    zeros = len(decimals) - len(decimals.lstrip("0"))
    parts = [_whole(0, habits.plain, habits)] * zeros
    rest = decimals[zeros:]
    if rest and len(rest) <= 2:
        parts.append(_whole(int(rest), habits.plain, habits))
    else:
        parts += [_whole(int(digit), habits.plain, habits) for digit in rest]
    return " ".join([said, habits.point, *parts])


def _money(written: str, sign: str, habits: _Habits) -> str:
    one, several = habits.money[sign]
    whole, _, cents = written.partition(habits.decimal)
    value = int(re.sub(r"\D", "", whole))
    said = f"{_number(whole, habits, habits.counting)} {one if value == 1 else several}"
    return f"{said} {_whole(int(cents), habits.plain, habits)}" if cents and int(cents) else said


def _unit(written: str, unit: str, habits: _Habits) -> str:
    from babel.units import format_unit

    value = float(re.sub(r"[^\d,.]", "", written).replace(",", ".")) if habits.decimal in written else 2
    one = written.strip() == "1"
    said = format_unit(1 if one else max(2, int(value)), _UNITS[unit], "long", locale=habits.locale)
    return re.sub(r"^[\d.,\s\u00a0\u202f]+", "", said)


def _date(written: str, habits: _Habits) -> str:
    from babel.dates import format_date

    first, month, last = (int(part) for part in re.split(r"[-/.]", written))
    year, day = (first, last) if first > 31 else (last, first)
    try:
        said = format_date(datetime.date(year, month, day), "long", locale=habits.locale)
    except ValueError:  # there is no such day
        return ""
    if day == 1 and habits.locale == "fr":
        said = said.replace("1", "premier", 1)
    return re.sub(r"\d+", lambda found: _whole(int(found[0]), habits.plain, habits), said)


def _whole(number: int, rules: str, habits: _Habits) -> str:
    return _spell(number, rules, habits.locale)


@cache
def _engine(language: str) -> Any:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(language)


def _spell(number: int, rules: str, locale: str) -> str:
    said: str = _engine(locale[:2]).format_number(number, ruleset_names=[rules]).text
    return said.replace("\u00ad", "")
