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
    # a door that opens, against one that is opened; money, not gold; horns, not corners; empty, not the sky
    (re.compile(r"(?<=が)開(?=[いかきくけ])"), "あ"),
    (
        re.compile(
            r"(?<![一-龯々お])金(?=を[払出借返稼貸盗渡くもらよ]|が(?:ない|要|い|あ|足|欲|ほ|かか)|なら|に困|目当|持ち|で買|で解)"
        ),
        "かね",
    ),
    (re.compile(r"(?<=[牛鹿鬼羊山]の)角|(?<=悪魔の)角|角(?=が生え)"), "つの"),
    (re.compile(r"(?<=[箱袋布身瓶缶腹席器倉庫樽スク][がは])空(?=[だっでにの]|じゃ)|空(?=っぽ)"), "から"),
    # worn, unless it is harm or good that is received
    (re.compile(r"(?<![害失損恵難]を)(?<![一-龯])被(?=[らりるれろっ])"), "かぶ"),
    # hot to the tongue, where food is spoken of; else hard to bear
    (re.compile(rf"辛(?=[いくかさすそ].*(?:{_HOT}))|(?<=激)辛"), "から"),
)
_HOT_BEFORE = re.compile(rf"(?:{_HOT}).*辛[いくかさすそ]")
_HOT_BEHIND = re.compile(rf"辛[いくかさすそ].*(?:{_HOT})")
_END = re.compile("[。．！？!?]")
_HARD = re.compile(r"辛(?:い|かった)(?:過去|思い|人生|日々|別れ|経験|気持ち|時|こと|立場|現実|目)")


def respell(run: str, left: str = "", right: str = "") -> dict[int, str]:
    """Index of a character of ``run`` -> the kana it is read as, between ``left`` and ``right`` in its line."""
    found: dict[int, str] = {}
    for pattern, kana in _RESPELT:
        for match in pattern.finditer(run):
            found[match.start()] = kana
    sentence = _END.split(left)[-1] + run + _END.split(right)[0]
    if _HOT_BEFORE.search(sentence) or _HOT_BEHIND.search(sentence):
        found |= {match.start(): "から" for match in re.finditer("辛(?=[いくかさすそ])", run)}
    for match in _HARD.finditer(run):
        found.pop(match.start(), None)
    return found
