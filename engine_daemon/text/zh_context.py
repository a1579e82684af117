"""Chinese characters with several readings, by the words around them: 得, 地, 着, 还, 长, 只, 行; and surnames."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .zh_pinyin import is_phrase
from .zh_words import ONLY_AFTER_XING, SHORT_TITLES, SURNAMES, TITLES

COUNTS = "一二两三四五六七八九十几百千万这那每半"
"""What stands before a measure word."""

_SUBJECTS = ("我", "你", "您", "他", "她", "它", "咱", "们")
PEOPLE = ("我", "你", "您", "他", "她", "咱", "人家", "大家", "老婆", "老公", "爸", "妈", "别人")
_MUST = ("赶紧", "赶快", "马上", "立刻", "立马", "尽快", "先", "去", "找", "问", "花", "换", "重新", "小心", "抓紧")
_GROWN = (*"大得出高成在胖了毛草牙肉虫锈心脑", "这么", "那么", "本事", "胡子", "记性", "翅膀", "眼睛", "痘")
_WHERE = tuple("在去到往从是于上找回奔打指")
_PRONOUNS = (*_SUBJECTS, "谁", "都", "还", "也", "就", "可", "总", "真", "只", "必", "非", "又")


# 命名为, 时间为三点: "is, becomes"; before a person 为 is "for".
_BECOMES = tuple(
    re.findall(
        r"\w+",
        "命名 取名 更名 改名 描述 定义 解释 理解 翻译 确定 选举 任命 评选 认定 判定 设计 改造 改编 转变 转化 变更 升级"
        " 发展 简称 统称 俗称 誉 称 译 设 选 列 视 奉 封 拜 定 评 改 换 化 沦 分 升 降 算",
    )
)
_FOREIGN = "理尔克特斯德莱拉纳盛普罗什巴丽多顿"  # 查理
_OFTEN_OTHERWISE = frozenset("盖区应种折缪华")  # 盖茨, 缪斯: the model knows better
_MEASURED = tuple(
    re.findall(
        r"\w+",
        "时间 面积 价格 长度 高度 宽度 深度 重量 温度 速度 人数 总数 比分 总分 年龄 地址 号码 密码 编号 标题 主题 题目"
        " 距离 体积 容量 金额 单价 利率 概率",
    )
)
_LEADS = ("主", "止", "准", "例", "首", "期", "辅", "荣", "耻", "傲", "乐趣", "贵", "生", "伍", "难")
_FIGURES = tuple("零一二三四五六七八九十百千万亿两几半幺负")


def surname(word: str, before: str, after: str) -> list[str]:
    """The syllables of the surname that ``word`` is or begins with, if it is one: 单 in 姓单, 单先生."""
    for name, said in SURNAMES.items():
        if not word.startswith(name):
            continue
        rest = word[len(name) :] or after
        titled = rest.startswith(TITLES) or rest in SHORT_TITLES
        called = before in ("姓", "老", "小", "阿") and name not in ONLY_AFTER_XING
        if (word == name and (called or before.endswith("姓"))) or (titled and name not in ONLY_AFTER_XING):
            return said.split()
    return []


def names(words: Sequence[str], tags: Sequence[str]) -> dict[int, str]:
    """Place -> syllable of the surnames that begin what jieba takes for a person's name: 解 in 解晓东."""
    found: dict[int, str] = {}
    place = 0
    for word, tag in zip(words, tags, strict=True):
        name = next((name for name in SURNAMES if word.startswith(name) and name not in _OFTEN_OTHERWISE), "")
        long_enough = len(name) < len(word) <= len(name) + 3
        if name and tag.startswith("nr") and long_enough and word[len(name)] not in _FOREIGN and not is_phrase(word):
            found |= dict(enumerate(SURNAMES[name].split(), place))
        place += len(word)
    return found


def alone(char: str, before: str, after: str) -> str:
    """The reading of a word of one character between the words ``before`` and ``after`` it; "" where nothing tells."""
    match char:
        case "得":
            # "must" at the head of a clause, after its subject or before what no result is; else after a verb.
            must = not before or before.endswith(_PRONOUNS) or after.startswith(_MUST)
            return "dei3" if after and must else "de5"
        case "地":
            twice = len(before) > 1 and before[-1] == before[-2]
            return "de5" if twice or (len(before) > 1 and after and before[-1] not in "这那块片") else "di4"
        case "着" | "著":
            if before[-1:] in _GOT and after in _ENDS_CLAUSE - {"的"}:
                return "zhao2"
            return "zhe5" if before else "zhao2"
        case "了":
            return "le5"
        case "还":
            return "huan2" if _gives_back(before, after) else "hai2"
        case "个":
            return "ge5" if before else "ge4"
        case "长":
            grows = after.startswith(_GROWN) and not (after == "了" and before.endswith(("很", "太", "更", "不")))
            return "zhang3" if grows else ""
        case "脏":
            return "zang1"
        case "转":
            return "zhuan4" if after[:1] in ("圈", "悠", "晕", "个") else ""
        case "只":
            return "zhi1" if before and before[-1] in COUNTS else "zhi3"
        case "种":
            return (
                "zhong4"
                if after[:1] in tuple("下了树花菜地田上点一棵满")
                and (not before or before[-1] not in "这那一两三几各每")
                else ""
            )
        case "行":
            return "hang2" if before and before[-1] in "一二两三四五六七八九十几每这" else ""
        case "为":
            is_one = before.endswith(_BECOMES) or after[:1] in _FIGURES or after.startswith(_LEADS)
            return "wei2" if is_one or (before.endswith(_MEASURED) and not after.startswith(PEOPLE)) else ""
        case "数":
            return "shu3" if after and after[0] in "到数一二三了着" else ""
        case "倒":
            return "dao3" if after[:1] in ("下", "了", "在", "霉") or before[-1:] in ("摔", "晕", "推", "撞") else ""
        case "背":
            return "bei1" if after[:1] in ("着", "起", "上", "包") else ""
        case "干":
            return "gan1" if before[-1:] in ("晾", "擦", "烘", "吹", "晒", "风") else ""
        case "弹":
            return "dan4" if before[-1:] in tuple("中枪发投放扔炸颗枚") else ""
        case "调":
            return "tiao2" if after[:1] in tuple("成大小低高慢快好一亮暗准焦") else ""
        case "哪":
            return "na5" if not after and before and not before.endswith(_WHERE) else "na3"
        case "蒙":
            return "meng1" if after[:1] in tuple("我你他她谁人") else ""
        case "嗯":
            return "en4"
        case "都":
            return "dou1"
        case "那":
            return "na4"
        case "这":
            return "zhe4"
        case "谁":
            return "shei2"
        case "给":
            return "gei3"
        case "中":
            return (
                "zhong4"
                if after[:1] in ("了", "弹", "枪", "毒", "计", "奖") or before[-1:] in ("打", "击", "射", "猜")
                else ""
            )
        case "吗" | "吧" | "呢" | "嘛" | "啦" if before and not after:
            return {"吗": "ma5", "吧": "ba5", "呢": "ne5", "嘛": "ma5", "啦": "la5"}[char]
        case "啊":
            return "a5" if before else "a1"
    return ""


# The verb 还 "give back" closes its clause, or has these after or before it; the adverb "still" has none of them.
_GIVEN_BACK = (
    "我", "你", "您", "他", "她", "它", "咱", "人家", "大家", "给", "钱", "书", "债", "账", "清", "掉", "完", "回来",
    "回去", "贷款", "房贷", "人情", "过",
)  # fmt: skip
_RETURNS = (
    "没",
    "不",
    "得",
    "该",
    "必须",
    "要",
    "想",
    "能",
    "肯",
    "来",
    "去",
    "先",
    "快",
    "把",
    "可以",
    "早点",
    "替",
    "帮",
)
_STILL = tuple("是没不有在这那能会要可想很挺更算以为差早用像")
_GOT = frozenset("找睡够碰逮摸猜")
"""Verbs whose end is getting there: 找着."""
_ENDS_CLAUSE = frozenset(("", "了", "吗", "吧", "呢", "啊", "的", "嘛", "啦"))


def _gives_back(before: str, after: str) -> bool:
    if after in _ENDS_CLAUSE:
        return not (after == "" and before.endswith(_SUBJECTS))  # "可我还…" was cut off
    if after.startswith("他妈"):
        return False
    return after.startswith(_GIVEN_BACK) or (before.endswith(_RETURNS) and not after.startswith(_STILL))
