"""Readings that the general dictionaries lack or give as on paper instead of as spoken."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

READINGS: Mapping[str, str] = MappingProxyType(
    dict(
        line.split(" ", 1)
        for line in (resources.files(__package__) / "zh_readings.txt").read_text(encoding="utf-8").splitlines()
    )
)
"""Word -> syllables as spoken by itself. Words of one character stand for the character alone."""

ENDINGS = {
    "子": frozenset(("男子", "女子", "电子", "分子", "原子", "天子", "君子", "才子", "王子", "弟子", "太子", "妻子",
    "父子",
                     "母子", "亲子", "孔子", "老子", "庄子", "孙子", "量子", "粒子", "质子", "游子", "赤子", "瓜子")),
    "们": frozenset[str](),
    "着": frozenset(("着着", "执着", "沉着", "衣着", "附着", "土着", "显着", "不着")),
    "了": frozenset(("不了", "得了", "未了", "了了", "明了", "罢了", "末了")),
    "头": frozenset(("点头", "摇头", "回头", "低头", "抬头", "老头", "街头", "镜头", "龙头", "额头", "寡头", "光头",
    "船头",
                     "工头", "心头", "带头", "巨头", "磕头", "人头", "山头", "源头", "箭头", "口头", "尽头", "分头",
                     "转头")),
    "吧": frozenset(("酒吧", "网吧", "贴吧")),
    "么": frozenset[str](),
    "吗": frozenset[str](),
    "呢": frozenset[str](),
    "的": frozenset(("目的", "标的", "众矢之的", "有的放矢")),
    "儿": frozenset(("女儿", "孤儿", "婴儿", "幼儿", "胎儿", "男儿", "健儿", "孩儿", "小儿", "少儿", "宠儿", "混血儿",
    "幸运儿")),
}  # fmt: skip
"""Word endings in the neutral tone, each with the words where it is none."""
