"""Japanese characters that OpenJTalk's dictionary takes for another word, written in kana before it reads them."""

from __future__ import annotations

import re

_HOT = (
    "カレー|ラーメン|料理|キムチ|スープ|麻婆|マーボー|鍋|ソース|唐辛子|わさび|ワサビ|からし|スパイス|味|食べ|飲み|口|舌|お菓子"
    "|煎餅|せんべい|甘|うま|旨|美味|おいし|スナック|タイ|韓国|インド|四川|メキシコ"
)
_RESPELT = (
    # 左は and 目と are surnames and the like there.
    (re.compile(r"左(?=は)"), "ひだり"),
    (re.compile(r"目(?=と目)|(?<=目と)目"), "め"),
    (re.compile(r"陽(?=キャ)"), "ヨー"),
    (re.compile(r"陰(?=キャ)"), "イン"),
    # hot to the tongue, where food is spoken of; else hard to bear
    (re.compile(rf"辛(?=[いくかさすそ].*(?:{_HOT}))|(?<=激)辛"), "から"),
)
_HOT_BEFORE = re.compile(rf"(?:{_HOT}).*辛[いくかさすそ]")
_HARD = re.compile(r"辛(?:い|かった)(?:過去|思い|人生|日々|別れ|経験|気持ち|時|こと|立場|現実|目)")


def respell(run: str) -> dict[int, str]:
    """Index of a character of ``run`` -> the kana it is read as."""
    found: dict[int, str] = {}
    for pattern, kana in _RESPELT:
        for match in pattern.finditer(run):
            found[match.start()] = kana
    if _HOT_BEFORE.search(run):
        found |= {match.start(): "から" for match in re.finditer("辛(?=[いくかさすそ])", run)}
    for match in _HARD.finditer(run):
        found.pop(match.start(), None)
    return found
