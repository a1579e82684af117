"""Readings that the general dictionaries lack or give as on paper instead of as spoken."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

_TRIED = {
    "数": "shu3", "背": "bei4", "弹": "tan2", "转": "zhuan4", "教": "jiao1", "倒": "dao4", "调": "tiao2",
    "量": "liang2", "称": "cheng1", "切": "qie1", "挑": "tiao1", "藏": "cang2", "磨": "mo2", "散": "san4",
    "缝": "feng2", "扎": "zha1", "晃": "huang4", "剥": "bao1", "削": "xiao1", "扫": "sao3", "冲": "chong1",
    "钻": "zuan1", "抹": "mo3", "撒": "sa3",
}  # fmt: skip
"""Characters that are this verb when done a little: 数一数, 数了数."""


def _data(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _readings() -> dict[str, str]:
    tried = {
        verb + little + verb: f"{said} {weak} {said}"
        for verb, said in _TRIED.items()
        for little, weak in (("一", "yi1"), ("了", "le5"))
    }
    return tried | dict(line.split(" ", 1) for line in _data("zh_readings.txt").splitlines())


READINGS: Mapping[str, str] = MappingProxyType(_readings())
"""Word -> syllables before their tones change in context. Words of one character stand for the character alone."""

WEAK = frozenset(_data("zh_weak.txt").split())
"""Words of two characters whose second is always weak (轻声)."""

SURNAMES = {
    "单": "shan4", "曾": "zeng1", "解": "xie4", "仇": "qiu2", "查": "zha1", "任": "ren2", "葛": "ge3", "纪": "ji3",
    "朴": "piao2", "缪": "miao4", "翟": "zhai2", "盖": "ge3", "区": "ou1", "华": "hua4", "乐": "yue4", "燕": "yan1",
    "应": "ying1", "种": "chong2", "折": "she2", "尉迟": "yu4 chi2", "万俟": "mo4 qi2", "长孙": "zhang3 sun1",
}  # fmt: skip
"""Characters read otherwise as a surname: 姓单, 单先生."""

ONLY_AFTER_XING = frozenset(("查", "任", "盖", "区", "乐", "燕", "应", "种", "折"))
"""Surnames that mean something else before a title, too: 任局长 took office, 查老师 looks the teacher up."""

TITLES = (
    "先生", "小姐", "女士", "太太", "夫人", "老师", "医生", "大夫", "护士", "警官", "律师", "经理", "老板", "教授",
    "队长", "局长", "处长", "科长", "厂长", "院长", "校长", "主任", "师傅", "同学", "法官", "将军", "司令", "书记",
    "博士", "阿姨", "叔叔", "大人",
)  # fmt: skip
SHORT_TITLES = frozenset("总哥姐叔队局处工导某氏嫂爷")
"""What follows a surname. A short one only stands alone: 单总, but 曾总结."""

ENDINGS = {
    "子": frozenset(("男子", "女子", "电子", "分子", "原子", "天子", "君子", "才子", "王子", "弟子", "太子", "妻子",
    "父子",
                     "母子", "亲子", "孔子", "老子", "庄子", "孙子", "量子", "粒子", "质子", "游子", "赤子", "瓜子")),
    "们": frozenset[str](),
    "着": frozenset(("着着", "执着", "沉着", "衣着", "附着", "土着", "显着", "不着")),
    "了": frozenset(("不了", "得了", "未了", "了了", "明了", "罢了", "末了")),
    "吧": frozenset(("酒吧", "网吧", "贴吧")),
    "么": frozenset[str](),
    "吗": frozenset[str](),
    "呢": frozenset[str](),
    "的": frozenset(("目的", "标的", "众矢之的", "有的放矢")),
    "儿": frozenset(("女儿", "孤儿", "婴儿", "幼儿", "胎儿", "男儿", "健儿", "孩儿", "小儿", "少儿", "宠儿", "混血儿",
    "幸运儿")),
}  # fmt: skip
"""Word endings in the neutral tone, each with the words where it is none."""

NOUNS_IN_TOU = "石木骨舌拳馒枕罐锄丫里外前后念甜苦盼指砖芋浪码"
"""What 头 makes a noun of, weak itself: 石头, 里头; elsewhere it is the head, 从头."""
