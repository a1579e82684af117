"""Figures in Chinese words. cn2an writes the numbers; what stands around them is ours."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .numerals import Numeral

_DIGITS = "零一二三四五六七八九"
_SCALES = {"": 1, "thousand": 1_000, "million": 1_000_000, "billion": 10**9, "trillion": 10**12}
_MONEY = {"$": "美元", "€": "欧元", "£": "英镑", "¥": "元", "₩": "韩元"}
_UNITS = {
    "km/h": "公里每小时", "kph": "公里每小时", "mph": "英里每小时", "m/s": "米每秒", "km": "公里", "cm": "厘米",
    "mm": "毫米", "nm": "纳米", "m": "米", "kg": "公斤", "mg": "毫克", "g": "克", "ml": "毫升", "mL": "毫升", "L": "升",
    "kWh": "千瓦时", "kW": "千瓦", "W": "瓦", "V": "伏", "kHz": "千赫", "MHz": "兆赫", "GHz": "吉赫", "Hz": "赫兹",
    "dB": "分贝", "Gbps": "吉比特每秒", "Mbps": "兆比特每秒",
    "GB": "吉字节", "KB": "千字节", "TB": "太字节", "MB": "兆", "fps": "帧每秒", "rpm": "转每分",
    "ms": "毫秒",
    "min": "分钟", "hrs": "小时", "hr": "小时", "h": "小时", "sec": "秒", "s": "秒", "lbs": "磅", "lb": "磅",
    "oz": "盎司", "ft": "英尺", "mi": "英里", "m2": "平方米", "m3": "立方米", "km2": "平方公里", "cm2": "平方厘米",
}  # fmt: skip


# What follows a figure that names instead of counting: 2月 is èr yuè, and the second floor èr lóu.
_NAMING = frozenset("月号日楼层班路线级号栋座室年")
_COUNTED_YEARS_UP_TO = 50
_COUNTED = frozenset(
    "个位只条张把块本件次天年周回遍下口句杯瓶碗辆台家间名双对套座棵朵片颗粒包盒箱袋份米里公斤吨升度秒分小点万亿千"
    "倍人门场部首篇封岁种类项步声枪层楼架艘匹头根支枝束串桶盘壶顿趟阵番代成折克"
)
# Figures that name something instead of counting are read one by one: 房间号1201, 密码是0312, G1234.
_CALLED = re.compile(
    r"(?:密码|号码|电话|手机|邮编|代码|编号|代号|验证码|[^\d\W零一二三四五六七八九十几]号)[是为叫打]?[:：]?\s*$|[楼层栋]\s*$|单元\s*$"
)
_LETTERED = re.compile(r"[A-Za-z]$")
_MOBILE = re.compile(r"1[3-9]\d{9}")


@cache
def _cn2an() -> Any:
    import cn2an

    return cn2an


def digits(figures: str, one: str = "一") -> str:
    """``"2024"`` -> 二零二四. Telephones say 幺 for 1."""
    return "".join(one if figure == "1" else _DIGITS[int(figure)] for figure in figures)


def amount(value: str, after: str = "") -> str:
    """``"3.05"`` -> 三点零五; 2 before what is counted (``after``) -> 两. Figures too long for a name one by one."""
    whole, _, decimals = value.partition(".")
    if len(whole) > 16 or (len(whole) > 1 and whole.startswith("0")):
        said = digits(whole)
    else:
        said = str(_cn2an().an2cn(whole, "low"))
        if said == "二" and not decimals and after[:1] in _COUNTED:
            said = "两"
        elif said.startswith(("二千", "二万", "二亿", "二百")):
            said = "两" + said[1:]
    return said + ("点" + digits(decimals) if decimals else "")


def _scaled(value: str, scale: str) -> str:
    whole, _, decimals = value.partition(".")
    power = len(str(_SCALES[scale])) - 1
    if not power:
        return value
    figures = whole + decimals.ljust(power, "0")
    point = len(whole) + power
    return figures[:point].lstrip("0") + ("." + figures[point:] if figures[point:].strip("0") else "") or "0"


def _time(value: str, half: str) -> str:
    hour, *rest = value.split(":")
    number = int(hour)
    prefix = {"am": "上午", "pm": "下午", "": ""}[half]
    said = prefix + ("两" if number == 2 else amount(str(number))) + "点"
    if rest and (int(rest[0]) or len(rest) > 1):
        minute = int(rest[0])
        said += ("零" if 0 < minute < 10 else "") + amount(str(minute)) + "分"
    elif rest:
        said += "整" if not half else ""
    if len(rest) > 1 and int(rest[1]):
        said += amount(str(int(rest[1]))) + "秒"
    return said


def _number(value: str, before: str, after: str, *, grouped: bool) -> str:
    if after.startswith("年") and value.isdigit():
        if len(value) == 4 or (len(value) == 2 and int(value) > _COUNTED_YEARS_UP_TO):
            return digits(value)
        return amount(value, "年")
    if value.isdigit():
        if after[:1] in ("后", "後") and len(value) == 2:
            return digits(value)
        long = len(value) >= 7 and not grouped and not value.endswith("000")
        called = len(value) >= 3 and (after[:1] in ("房", "室") or _CALLED.search(before))
        called = called or (len(value) >= 3 and _LETTERED.search(before) and not value.endswith("00"))
        emergency = value in ("110", "119", "120", "911") and after[:1] not in _COUNTED | frozenset(
            "多来余几元毫厘平立"
        )
        if emergency or long or called or _MOBILE.fullmatch(value):
            return digits(value, one="幺")
    return amount(value, "" if after[:1] in _NAMING else after)


def say(what: Numeral, before: str = "", after: str = "") -> str:
    """The words for ``what``; ``before`` and ``after`` are the text around it (2024 before 年, 2 before 个)."""
    values = what.values
    match what.kind:
        case "date":
            return f"{digits(values[0])}年{amount(str(int(values[1])))}月{amount(str(int(values[2])))}日"
        case "digits":
            return ("加" if what.plus else "") + "".join(digits(group, one="幺") for group in values)
        case "time":
            return "到".join(_time(value, what.unit if index == 0 else "") for index, value in enumerate(values))
        case "ordinal":
            return "第" + amount(values[0])
        case "decade":
            return digits(values[0][-2:-1]).replace("零", "") + "十年代"
        case "ratio":
            return "比".join(amount(value) for value in values)
        case "fraction":
            whole, over, under = values
            if (over, under) == ("24", "7"):
                return "二十四小时全天"
            if over == under:
                return f"{amount(over)}对{amount(under)}"  # a chance of fifty-fifty
            said = f"{amount(under)}分之{amount(over)}"
            return said if whole == "0" else f"{amount(whole)}又{said}"
    sign = "负" if what.negative else "正" if what.plus else ""
    figures = [_scaled(value, what.scale) for value in values]
    match what.kind:
        case "money":
            said = "到".join(amount(value, "块" if value == "2" else "") for value in figures) + _MONEY[what.unit]
        case "percent":
            under = "百" if what.unit == "%" else "千"
            said = "到".join(f"{under}分之{amount(value)}" for value in figures)
            return said if not what.negative else f"负{said}"
        case "degree":
            unit = {"C": "摄氏度", "F": "华氏度", "": "度"}[what.unit]
            said = ("零下" if what.negative else "") + "到".join(amount(value) for value in figures) + unit
            return said.replace("零下零", "零")
        case "measure":
            unit = _UNITS[what.unit]
            said = "到".join(amount(value, unit) for value in figures) + unit
        case _:
            last = len(figures) - 1
            ordinal_like = before.rstrip().endswith("第")
            said = "到".join(
                amount(value)
                if ordinal_like
                else _number(value, before, after if index == last or "年" in after[:1] else "", grouped=what.grouped)
                for index, value in enumerate(figures)
            )
    return sign + said
