"""Figures in Chinese words. cn2an writes the numbers; what stands around them is ours."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .numerals import Numeral, in_full

_DIGITS = "零一二三四五六七八九"
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
    r"(?:密码|号码|电话|手机|邮编|代码|编号|代号|验证码|QQ|微信|VX|[^\d\W零一二三四五六七八九十几]号)[是为叫打]?[:：]?\s*$|[楼层栋座]\s*$|单元\s*$"
)
# Numbers of services, universities, planes and working hours are names too.
_DIALLED = re.compile(r"(?:拨打?|撥打?|致电|致電|热线|熱線|客服|来电|來電|打)[:：]?\s*$")
_SERVICE = re.compile(r"100(?:10|86)|12306|12315|12320|12580|95\d{3}")
_SCHOOLS = re.compile(
    r"(?:985|211)(?=高校|大学|大學|工程|院校|名校|学校|學校|毕业|畢業)|(?:996|955|007)(?=工作|制|打工|上班|的生活|加班|$)"
)
_PLANE = re.compile(r"(?:波音|空客|空中客车|图|米格|安|伊尔)-?\s*$")
_LETTERED = re.compile(r"[A-Za-z][·•・]?$")
_SCORE_BEFORE = re.compile(r"(?:比分|大比分|总比分|比數|以)[是为為]?[:：]?\s*$")
_SCORE_AFTER = re.compile(
    r"\s*的?(?:比分|取胜|取勝|获胜|獲勝|战胜|戰勝|击败|擊敗|领先|領先|落后|落後|胜|勝|负|負|逆转|逆轉|险胜|大胜|完胜|小胜|力克"
    r"|赢|贏|输|輸|战平|打平|平局|淘汰|告负|反超)"
)
_PRESSURE = re.compile(r"(?:血压|血壓)[是为為]?[:：]?\s*$")
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
        called = called or (len(value) >= 3 and _PLANE.search(before)) or _is_named(value, before, after)
        called = called or (len(value) >= 3 and _LETTERED.search(before) and not value.endswith("00"))
        emergency = value in ("110", "119", "120", "911") and after[:1] not in _COUNTED | frozenset(
            "多来余几元毫厘平立"
        )
        if emergency or long or called or _MOBILE.fullmatch(value):
            return digits(value, one="幺")
    return amount(value, "" if after[:1] in _NAMING else after)


def _is_score(before: str, after: str) -> bool:
    """Whether two figures are how a game stands: 比分21:19, 3-2取胜."""
    return bool(_SCORE_BEFORE.search(before) or _SCORE_AFTER.match(after))


def _is_named(value: str, before: str, after: str) -> bool:
    """Whether a figure is a name that everybody knows: 10086, 985高校."""
    if _SCHOOLS.match(value + after):
        return True
    counted = after[:1] in _COUNTED | frozenset("多来余几元毫厘平立")
    return len(value) == 5 and not counted and bool(_SERVICE.fullmatch(value) or _DIALLED.search(before))


def say(what: Numeral, before: str = "", after: str = "") -> str:
    """The words for ``what``; ``before`` and ``after`` are the text around it (2024 before 年, 2 before 个)."""
    values = what.values
    match what.kind:
        case "date":
            day = f"{amount(str(int(values[2])))}日" if len(values) > 2 else ""
            return f"{digits(values[0])}年{amount(str(int(values[1])))}月{day}"
        case "code":
            address = len(values) == 4
            return "点".join(digits(value, one="幺") if address else amount(value) for value in values)
        case "digits":
            return ("加" if what.plus else "") + "".join(digits(group, one="幺") for group in values)
        case "time":
            if not any(what.halves) and all(":" in value for value in values) and _is_score(before, after):
                return "到".join("比".join(amount(part) for part in value.split(":")) for value in values)
            return "到".join(_time(value, half) for value, half in zip(values, what.halves, strict=True))
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
            if (over, under) == ("9", "11"):
                return "九一一"
            if _PRESSURE.search(before) or (int(over) > int(under) >= 20):
                return f"{amount(over)}比{amount(under)}"
            if over == under:
                return f"{amount(over)}对{amount(under)}"  # a chance of fifty-fifty
            said = f"{amount(under)}分之{amount(over)}"
            return said if whole == "0" else f"{amount(whole)}又{said}"
    sign = "负" if what.negative else "正" if what.plus else ""
    han = what.scale if what.scale in ("万", "亿", "万亿") else ""
    figures = [value if han else in_full(value, what.scale) for value in values]
    match what.kind:
        case "money":
            said = "到".join(amount(value, "块" if value == "2" else "") for value in figures) + han + _MONEY[what.unit]
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
        case _ if (
            len(values) == 2 and not what.scale and all(len(value) < 4 for value in values) and _is_score(before, after)
        ):
            said = "比".join(amount(value) for value in values)
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
