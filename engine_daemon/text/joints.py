"""Dashes and slashes between figures that are said: 5月1日-5月3日 is "to", $60/month is "per"."""

from __future__ import annotations

import re
from typing import Literal

from .numerals import CURRENCIES, PER, SCALE, UNIT

_NEAR = 24  # characters on either side that tell what a dash is

_HAN_FIGURE = "0-9一二三四五六七八九十"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
)
_BEFORE_TO = re.compile(
    rf"(?:[{_HAN_FIGURE}][年月日号號点點时時分周週级級楼层層岁歲元块塊章集天页頁人米克吨噸升斤次度시분월일년]半?"
    rf"|[{_HAN_FIGURE}](?:公斤|公里|千米|厘米|毫米|英里|英尺|平方米|小时|小時|分钟|分鐘|个月|個月|毫升|美元|欧元|百万|千万)"
    rf"|(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]|曜日?|요일"
    rf"|(?<![A-Za-z\d.])\d[\d.,]*\s?(?:{UNIT}|{SCALE}|%|°[CF]?)|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?)\s?$"
)
_AFTER_TO = re.compile(
    rf"\s?(?:[早晚上下中午夜凌晨傍午前後]{{1,2}}[{_HAN_FIGURE}]|[{CURRENCIES}]?\d|[一二三四五六七八九十]+[年月日号號点點时時]"
    rf"|(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]|[月火水木金土日]曜|[월화수목금토일]요일|{_MONTH}\s\d)"
)
_BEFORE_PER = re.compile(
    rf"(?:[{CURRENCIES}]?\d[\d.,]*\s?(?:{UNIT}|{SCALE}|%|[A-Za-z]{{3,12}})?"
    r"|[\d一二两三四五六七八九十百千万亿半]\s?[\u3400-\u9fff]{1,3}|\d\s?원|/[\u3400-\u9fff]{1,3})$"
)
_AFTER_PER = re.compile(
    rf"{PER}|(?:月|年|天|日|周|週|小时|小時|时|時|分钟|分鐘|分|秒|人|斤|公斤|千克|吨|噸|个|個|件|平方米|平米|亩|次|晚|位|瓶|盒|张|張"
    r"|套|米|升|课时|節|节|只|隻|辆|輛|台|股|桶|度|泊|箱|本|월|년|일|시간|분|초|명)"
)

Joint = Literal["to", "per", ""]


def joint(text: str, index: int, left: str = "", right: str = "") -> Joint:
    """What ``text[index]`` says between its neighbours; "" where it is punctuation, a hyphen or a sign.

    ``left`` and ``right`` are what stands around ``text``.
    """
    char = text[index]
    if char not in "-–—~/":
        return ""
    before = (left[-_NEAR:] + text[:index])[-_NEAR:]
    after = (text[index + 1 : index + 1 + _NEAR] + right[:_NEAR])[:_NEAR]
    if char == "/":
        return "per" if _BEFORE_PER.search(before) and _AFTER_PER.match(after) else ""
    return "to" if _BEFORE_TO.search(before) and _AFTER_TO.match(after) else ""
