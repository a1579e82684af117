"""Japanese: words and readings by OpenJTalk's front end (pyopenjtalk-plus), figures included."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

from .ja_readings import respell
from .joints import joint
from .numerals import NUMERAL, in_full, numeral
from .reading import Reading
from .symbols import SYMBOLS_JA

_LOCK = threading.Lock()  # OpenJTalk's analyser keeps its state in one object
_SKIPPED_TEXT = 3  # characters a rewritten figure may take with it: 5日 -> 五日
_HA = re.compile(r"\s*(は+[ぁっー]*)\s*")
_REACH = 300  # characters in which a word is looked for behind figures that were rewritten
_KANA = re.compile(r"[^ァ-ヶー]")
_HALVES = {"am": "午前", "pm": "午後", "": ""}
_JOINTS = {"to": "から", "per": "毎", "": ""}
_SCORE = re.compile(r"(?:スコア|得点)[はが]?\s*$")
_PRESSURE = re.compile(r"血圧[はがも]?\s*$")
_SCORE_AFTER = re.compile(r"\s?で?(?:勝|負|敗|リード|逆転|引き分け)")
_MONEY = {"$": "ドル", "€": "ユーロ", "£": "ポンド", "¥": "円", "₩": "ウォン"}


@cache
def _openjtalk() -> Any:
    import pyopenjtalk

    return pyopenjtalk


def warm() -> None:
    """Loads the dictionary."""
    _analyse("風が吹く")  # a character with several readings, for which Sudachi is asked


def _analyse(text: str) -> list[dict[str, Any]]:
    with _LOCK:
        nodes: list[dict[str, Any]] = _openjtalk().run_frontend(text, use_sudachi_kanji_yomi=True)
    return nodes


def read(run: str, left: str = "", right: str = "") -> Iterator[Reading]:
    """The words of ``run``; ``reading`` holds their kana, one string for each word of OpenJTalk's."""
    if match := _HA.fullmatch(run):
        # は？ and ははは by themselves are no particles.
        kana = "".join(chr(ord(char) + 0x60) if char != "ー" else char for char in match[1])
        yield Reading(match.start(1), match.end(1), kana, (kana,))
        return
    prepared, origin = _prepare(run, left, right)
    yield from _align(prepared, origin, _joined(_analyse(prepared)))


def _joined(nodes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(as written, kana) of each word: endings join their verb (行っ|た), figures their like (三|十) and suffixes."""
    words: list[tuple[str, str]] = []
    previous: dict[str, Any] | None = None
    for node in nodes:
        written = node["string"]
        if not written.strip("　 "):
            previous = None
            continue
        kana = _KANA.sub("", node["pron"])
        lengthens = kana and not kana.strip("ー")
        if lengthens and (previous is None or not words[-1][1]):
            kana = ""  # nothing to lengthen
        if words and previous is not None and kana and (lengthens or _joins(previous, node)):
            words[-1] = words[-1][0] + written, words[-1][1] + kana
        else:
            words.append((written, kana))
        previous = node
    return words


def _joins(previous: dict[str, Any], node: dict[str, Any]) -> bool:
    if previous["pron"].endswith("ッ") and previous["pos"] != "感動詞":
        return True
    if previous["pos"] == "名詞" and node["pos"] == "助動詞" and node["string"].startswith("らし"):
        return True
    if previous["pos"] in ("動詞", "形容詞", "助動詞"):
        return node["pos"] == "助動詞" or node["pos_group1"] in ("接続助詞", "接尾")
    figures = previous["pos_group1"] == "数" and (node["pos_group1"] == "数" or node["pos_group2"] == "助数詞")
    return bool((figures or node["pos_group1"] == "接尾") and node["chain_flag"] == 1)


def _prepare(run: str, left: str = "", right: str = "") -> tuple[str, list[tuple[int, int]]]:
    """``run`` as OpenJTalk reads it right (2:30 -> 2時30分, $5 -> 5ドル), and where each character came from."""
    out: list[str] = []
    origin: list[tuple[int, int]] = []

    def add(text: str, start: int, end: int) -> None:
        out.append(text)
        origin.extend([(start, end)] * len(text))

    respelt = respell(run, left, right)
    index = 0
    while index < len(run):
        said = _JOINTS[joint(run, index, left, right)]
        match = None if said else NUMERAL.match(run, index)
        if said:
            add(said, index, index + 1)
            index += 1
        elif match:
            add(_figure(match, run[:index], run[match.end() :]), match.start(), match.end())
            index = match.end()
        elif index in respelt:
            add(respelt[index], index, index + 1)
            index += 1
        else:
            char = run[index]
            add(SYMBOLS_JA.get(char, char), index, index + 1)
            index += 1
    return "".join(out), origin


def _figure(match: re.Match[str], before: str, after: str) -> str:
    what = numeral(match)
    values = what.values
    match what.kind:
        case "time":
            if _SCORE.search(before) and all(":" in value for value in values):
                return "から".join(value.replace(":", "タイ") for value in values)
            return "から".join(_HALVES[half] + _clock(value) for value, half in zip(values, what.halves, strict=True))
        case "ratio":
            return "タイ".join(values)
        case "date":
            day = f"{int(values[2])}日" if len(values) > 2 else ""
            return f"{values[0]}年{int(values[1])}月{day}"
        case "code":
            return "テン".join(values)
        case "fraction":
            whole, above, below = values
            if (above, below) == ("9", "11"):
                return "9月11日"
            if _PRESSURE.search(before):
                return f"{above}の{below}"
            if above == below:
                return f"{above}タイ{below}"
            return (f"{whole}と" if whole != "0" else "") + f"{below}分の{above}"
        case "digits":
            return match.group().replace(" ", "-")
        case "ordinal":
            return f"{values[0]}番目"
        case "decade":
            return f"{values[0]}年代"
    said = "から".join(in_full(value, what.scale) for value in values)
    if what.kind == "number" and len(values) == 2 and _SCORE_AFTER.match(after):
        said = "タイ".join(values)
    unit = {"money": _MONEY.get(what.unit, ""), "degree": "度", "percent": what.unit, "measure": what.unit}
    return ("マイナス" if what.negative else "") + said + unit.get(what.kind, "")


def _clock(time: str) -> str:
    parts = [int(part) for part in time.split(":")]
    return f"{parts[0]}時" + "".join(f"{part}{unit}" for part, unit in zip(parts[1:], "分秒", strict=False) if part)


def _align(prepared: str, origin: list[tuple[int, int]], words: list[tuple[str, str]]) -> Iterator[Reading]:
    """Finds each word in ``prepared``. Where OpenJTalk rewrote figures (3 -> 三), the words up to the next one that
    is found again become one."""
    position = 0
    lost: list[str] = []

    def reading(start: int, end: int, kana: list[str]) -> Iterator[Reading]:
        while start < end and prepared[start].isspace():
            start += 1
        while end > start and prepared[end - 1].isspace():
            end -= 1
        kana = [part for part in kana if part]
        if start < end and kana:
            yield Reading(origin[start][0], origin[end - 1][1], "".join(kana), tuple(kana))

    for written, kana in words:
        found = _find(prepared, written, position, bool(lost))
        if found is None:
            lost.append(kana)
            continue
        start, end = found
        yield from reading(position, start, lost)
        lost = []
        yield from reading(start, end, [kana])
        position = end
    yield from reading(position, len(prepared), lost)


def _find(prepared: str, surface: str, position: int, searching: bool) -> tuple[int, int] | None:
    start = position
    skipped = 0
    while start < min(len(prepared), position + _REACH) and skipped <= (_SKIPPED_TEXT if searching else 0):
        if _same(prepared[start : start + len(surface)], surface):
            return start, start + len(surface)
        if not (prepared[start].isspace() or (searching and not _is_text(prepared[start]))):
            skipped += 1
        start += 1
    return None


def _is_text(char: str) -> bool:
    return not (char.isdigit() or char in ",.-:/%+")


def _same(written: str, surface: str) -> bool:
    return len(written) == len(surface) and all(
        a == b or (0x21 <= ord(a) <= 0x7E and ord(b) == ord(a) + 0xFEE0) for a, b in zip(written, surface, strict=True)
    )
