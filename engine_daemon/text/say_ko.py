"""Figures in Korean words: Chinese-derived numbers, and native ones before the counters that take them.

The number words are CLDR's."""

from __future__ import annotations

from .numerals import Numeral, in_full
from .spell import LONGEST, spell

_NATIVE_COUNTERS = (
    "개", "명", "살", "시간", "시", "마리", "번", "잔", "병", "장", "권", "대", "달", "사람", "가지", "군데", "송이",
)  # fmt: skip
_HALVES = {"am": "오전 ", "pm": "오후 ", "": ""}
_MONEY = {"$": "달러", "€": "유로", "£": "파운드", "¥": "엔", "₩": "원"}
_UNITS = {
    "km/h": "킬로미터", "kph": "킬로미터", "mph": "마일", "m/s": "미터", "km": "킬로미터", "cm": "센티미터",
    "mm": "밀리미터",
    "nm": "나노미터", "m": "미터", "kg": "킬로그램", "mg": "밀리그램", "g": "그램", "ml": "밀리리터", "mL": "밀리리터",
    "L": "리터", "kWh": "킬로와트시", "kW": "킬로와트", "W": "와트", "V": "볼트", "kHz": "킬로헤르츠",
    "MHz": "메가헤르츠",
    "GHz": "기가헤르츠", "Hz": "헤르츠", "dB": "데시벨", "Gbps": "기가비피에스", "Mbps": "메가비피에스",
    "GB": "기가바이트", "MB": "메가바이트", "KB": "킬로바이트",
    "TB": "테라바이트", "fps": "프레임", "rpm": "알피엠", "ms": "밀리초", "min": "분", "hrs": "시간", "hr": "시간",
    "h": "시간",
    "sec": "초", "s": "초", "lbs": "파운드", "lb": "파운드", "oz": "온스", "ft": "피트", "mi": "마일", "m2": "제곱미터",
    "m3": "세제곱미터", "km2": "제곱킬로미터", "cm2": "제곱센티미터",
}  # fmt: skip


def cardinal(number: int) -> str:
    """``2300`` -> "이천삼백"."""
    return spell(number, "ko", "spellout-cardinal-sinokorean").replace(" ", "")


def native(number: int) -> str:
    """``23`` -> "스물세", the form before a counter."""
    return spell(number, "ko", "spellout-cardinal-native-attributive")


def digits(figures: str) -> str:
    """``"010"`` -> "공일공"."""
    return "".join("공" if figure == "0" else cardinal(int(figure)) for figure in figures)


def amount(value: str, after: str = "") -> str:
    """A plain figure; native numbers before what is counted with them."""
    whole, _, decimals = value.partition(".")
    if len(whole) > LONGEST or (len(whole) > 1 and whole.startswith("0")):
        said = digits(whole)
    elif not decimals and 0 < int(whole) < 100 and after.startswith(_NATIVE_COUNTERS):
        said = native(int(whole))
    else:
        said = cardinal(int(whole))
    return said + ("점" + "".join(cardinal(int(d)) for d in decimals) if decimals else "")


def month(number: int) -> str:
    """유월 and 시월 lost a consonant."""
    return {6: "유", 10: "시"}.get(number) or cardinal(number)


def _time(value: str) -> str:
    hour, *rest = (int(part) for part in value.split(":"))
    said = (native(hour) if 0 < hour <= 12 else cardinal(hour)) + "시"
    for number, unit in zip(rest, ("분", "초"), strict=False):
        said += cardinal(number) + unit if number else ""
    return said


def say(what: Numeral, after: str = "") -> str:
    """The words for ``what``; ``after`` is the text that follows (3 before 개 is 세)."""
    values = what.values
    match what.kind:
        case "date":
            day = f" {cardinal(int(values[2]))}일" if len(values) > 2 else ""
            return f"{cardinal(int(values[0]))}년 {month(int(values[1]))}월{day}"
        case "code":
            return "점".join(amount(value) for value in values)
        case "digits":
            return " ".join(digits(group) for group in values)
        case "time":
            return "에서 ".join(_HALVES[half] + _time(time) for time, half in zip(values, what.halves, strict=True))
        case "ordinal":
            return amount(values[0]) + "번째"
        case "decade":
            return cardinal(int(values[0])) + "년대"
        case "ratio":
            return " 대 ".join(amount(value) for value in values)
        case "fraction":
            if values[1] == values[2] and int(values[1]) >= 10:
                return f"{amount(values[1])} 대 {amount(values[2])}"
            said = f"{amount(values[2])}분의 {amount(values[1])}"
            return said if values[0] == "0" else f"{amount(values[0])}과 {said}"
    sign = "마이너스 " if what.negative else ""
    counted = after if what.kind == "number" and not what.scale else ""
    if counted.startswith("월") and not counted.startswith("월드") and all(value.isdigit() for value in values):
        return sign + "에서 ".join(month(int(value)) for value in values)
    said = "에서 ".join(amount(in_full(value, what.scale), counted) for value in values)
    match what.kind:
        case "money":
            said += " " + _MONEY[what.unit]
        case "percent":
            said += " 퍼센트" if what.unit == "%" else " 퍼밀"
        case "degree":
            said += " 도"
        case "measure":
            said += " " + _UNITS[what.unit]
    return sign + said
