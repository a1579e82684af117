"""English: splits a run into words and says figures, symbols, abbreviations and initials as words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .abbreviations import TRAILING, WITH_STOP, month
from .capitals import INITIALS_JOINED, cased, is_shouting
from .dates_en import RANGE, day_of_month, day_range, military
from .heteronyms import sound
from .joints import joint
from .line import Why
from .numerals import NUMERAL, numeral
from .reading import Reading
from .roman import roman
from .say_en import aircraft, cardinal, say, year
from .symbols import SYMBOLS_EN

_ABBREVIATIONS = {
    **{f"{written.lower()}.": spoken for written, spoken in WITH_STOP.items()},
    "e.g.": "for example", "i.e.": "that is", "ph.d.": "P H D", "ph.d": "P H D", "w/": "with", "w/o": "without",
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "vs": "versus", "etc": "et cetera", "ok": "okay",
    "tv": "T V", "id": "I D",
}  # fmt: skip
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|[A-Za-z][\w-]*\.[a-z]{2,3}(?![\w.])", re.ASCII)
_TOKEN = re.compile(
    r"(?:th|o|an|ol|wi|lil|mo)'(?![A-Za-z])|(?:[A-Za-z]\.){2,}|Ph\.D\.?|w/o?(?=\s)|N[oO]\.(?=\d)|(?:[A-Za-z]\.)+[A-Za-z](?![A-Za-z])|'[A-Za-z]+|[^\W\d_]+(?:['-][^\W\d_]+)*(?:\.(?=\s|$)|(?<=in)')?|\S",
)
_WARS = {"WWI": "one", "WWII": "two", "WWIII": "three"}
_WORLD_WAR = re.compile(r"I{1,3}(?![A-Za-z'])")
_CALIBRES = {
    ".22": "twenty two", ".38": "thirty eight", ".44": "forty four", ".45": "forty five", ".50": "fifty",
    ".357": "three fifty seven", "9mm": "nine millimeter",
}  # fmt: skip
_DOUBT = {True: 0.1, False: 0.4}  # of a heteronym, whether or not its neighbours told its sound
_KEPT_HYPHENS = frozenset(["uh-huh", "mm-hmm", "uh-oh", "nuh-uh", "mm-mm", "uh-uh"])
# After "per": $5/hr.
_PER = {
    "mo": "month", "yr": "year", "wk": "week", "hr": "hour", "min": "minute", "sec": "second", "gal": "gallon",
    "lb": "pound", "kg": "kilogram", "oz": "ounce",
}  # fmt: skip
_BOEING, _ARTICLES = re.compile("7[0-8]7"), ("a", "the", "this", "that", "our", "my", "his", "her", "their")
_AIRCRAFT = re.compile(r"[1-9]\d\d")


def read(run: str, left: str = "", right: str = "") -> Iterator[Reading]:
    """The words of ``run``, each with what is said for it, between ``left`` and ``right`` that stand around it.

    ``reading`` are the phones of a word that is written like another.
    """
    found = list(_words(run, left, right))
    words = [word for said in found for word in said.spoken.split()]
    index = 0
    for said in found:
        count = len(said.spoken.split())
        phones, told = sound(words, index, f"{left} {right}") if count == 1 else ("", False)
        if phones:
            why: Why = "phrase" if told else "default"
            said = replace(said, reading=(phones,), base=(phones,), why=(why,), doubt=_DOUBT[told])
        yield said
        index += count


def _words(run: str, left: str, right: str) -> Iterator[Reading]:
    shouting = is_shouting(run)
    index = 0
    before = ""  # the word before, as written
    while index < len(run):
        if run[index].isspace():
            index += 1
            continue
        end, spoken = _next(run, index, before, left, right, shouting=shouting)
        if spoken:
            yield Reading(index, end, spoken)
        before = run[index:end] if run[index:end].isalpha() or not spoken else _last_word(run[index:end])
        index = end


def _next(run: str, index: int, before: str, left: str, right: str, *, shouting: bool) -> tuple[int, str]:
    """Where the word from ``index`` ends, and what is said for it."""
    address = _ADDRESS.match(run, index) if run[index].isascii() and run[index].isalnum() else None
    if address:
        return address.end(), _address(address.group())
    said = joint(run, index, left, right)
    if said:
        return index + 1, said
    if days := RANGE.match(run, index):
        return days.end(), day_range(days.group())
    if match := NUMERAL.match(run, index):
        return match.end(), _figure(match, run[: match.start()], before.lower().rstrip("."), run[match.end() :])
    if match := INITIALS_JOINED.match(run, index):
        return match.end(), " and ".join(
            " ".join(part) for part in match.group().removesuffix("'s").split("&")
        ) + "'s" * match.group().endswith("'s")
    if (match := _WORLD_WAR.match(run, index)) and re.search(r"\bWorld War\s+$", run[:index], re.IGNORECASE):
        return match.end(), _WARS[f"WW{match.group()}"]
    match = _TOKEN.match(run, index)
    assert match is not None  # \S takes whatever is not a space
    return match.end(), _say(match.group(), run[match.end() :], shouting=shouting, before=before)


def _last_word(written: str) -> str:
    """What of a token the next one listens to: the unit of a figure, a figure's last digit, a name."""
    return written if written[-1:] == "." or not written[-1:].isdigit() else written[-1]


def _figure(match: re.Match[str], left: str, before: str, right: str) -> str:
    what = numeral(match)
    if said := day_of_month(what, left, right) or military(match.group(), before, right):
        return said
    if _AIRCRAFT.fullmatch(match.group()) and (
        before in ("boeing", "airbus")
        or re.search(r"(?<![A-Za-z0-9])[A-Z]$", left)
        or (
            _BOEING.fullmatch(match.group()) and before in _ARTICLES and not re.match(r"\s+(?:[a-z]+s|people)\b", right)
        )
    ):
        return aircraft(match.group())
    if what.values == ("0", "1", "2") and re.match(r"\s+an?\b", right):
        return "half"  # 1/2 a tank
    if re.fullmatch(r"1[1-9]\d\d", match.group()) and not left.strip() and not right.strip():
        return year(match.group())  # by itself, as after "July 4th,"
    if match.group() in _CALIBRES and before in ("a", "the", "my", "his", "her", "your", "that", "this"):
        return _CALIBRES[match.group()]
    return say(what, before)


def _address(text: str) -> str:
    """``"www.framevox.org"`` -> "W W W dot framevox dot org"."""
    text = re.sub(r"^https?://", "", text)
    parts = re.findall(r"[A-Za-z]+|\d|[.@/&+=_-]", text)
    names = {
        ".": "dot",
        "@": "at",
        "/": "slash",
        "&": "and",
        "+": "plus",
        "=": "equals",
        "_": "underscore",
        "-": "dash",
    }
    return " ".join(
        names.get(part) or (cardinal(int(part)) if part.isdigit() else "W W W" if part == "www" else part)
        for part in parts
    )


def _say(token: str, rest: str, *, shouting: bool, before: str) -> str:
    lower = token.lower()
    if before == "/" and lower in _PER:
        return _PER[lower]
    if token in _WARS or (token == "WW" and rest[:1] in ("1", "2")):
        return f"World War {_WARS.get(token, '')}".strip()
    if token in SYMBOLS_EN:
        if token == "#" and rest.lstrip()[:1].isdigit():
            return "number"
        return SYMBOLS_EN[token]
    if not any(char.isalpha() for char in token):
        return ""
    if lower in ("st.", "st"):
        # "St. John" against "Main St."
        return "saint" if re.match(r"\s*[A-Z]", rest) else "street"
    if number := roman(token, rest, before):
        return number
    if lower in TRAILING:
        return TRAILING[lower]
    if token == "x" and before.isdigit() and re.match(r"\s*\d", rest):
        return "by"
    if (full := month(token)) and (
        before.isdigit() or re.match(r"\s*\d", rest) or (token[-1] == "." and re.match(r"\s*[a-z]", rest))
    ):
        return full
    if lower == "no.":
        return "number" if re.match(r"\s*\d", rest) else "no"
    if lower in _ABBREVIATIONS and (lower not in ("id", "ok", "ms") or token.isupper() or lower == "ok"):
        return _ABBREVIATIONS[lower]
    if token[0].isupper() and f"{lower}." in _ABBREVIATIONS and not rest.strip():
        return _ABBREVIATIONS[f"{lower}."]  # its full stop became the line's
    if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]?\.?", token) and len(token) > 2:
        return " ".join(token.replace(".", "").upper())
    if lower in _KEPT_HYPHENS:
        return lower
    if "-" in token:
        return _hyphenated(token, shouting=shouting)
    return cased(token.rstrip("."), shouting=shouting)


def _hyphenated(token: str, *, shouting: bool) -> str:
    parts = [part for part in token.split("-") if part]
    said: list[str] = []
    for index, part in enumerate(parts):
        follows = parts[index + 1].lower() if index + 1 < len(parts) else ""
        if (
            len(part) <= 2
            and follows != part.lower()
            and follows.startswith(part.lower())
            and part.lower() not in "aio"
        ):
            said.append(part.lower() + "uh ")  # a stammer: "b-but"
        else:
            said.append(cased(part, shouting=shouting))
    return "-".join(said).replace(" -", " ")
