"""Japanese: words and readings by OpenJTalk's front end (pyopenjtalk-plus), figures included."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

from .numerals import NUMERAL
from .reading import Reading
from .symbols import SYMBOLS_JA

_LOCK = threading.Lock()  # OpenJTalk's analyser keeps its state in one object
_SKIPPED_TEXT = 3  # characters a rewritten figure may take with it: 5日 -> 五日
_KANA = re.compile(r"[^ァ-ヶー]")
_MONEY = {"$": "ドル", "€": "ユーロ", "£": "ポンド", "¥": "円", "₩": "ウォン"}


@cache
def _openjtalk() -> Any:
    import pyopenjtalk

    return pyopenjtalk


def warm() -> None:
    """Loads the dictionary."""
    _analyse("あ")


def _analyse(text: str) -> list[dict[str, Any]]:
    with _LOCK:
        nodes: list[dict[str, Any]] = _openjtalk().run_frontend(text, use_sudachi_kanji_yomi=False)
    return nodes


def read(run: str, left: str = "") -> Iterator[Reading]:
    """The words of ``run``; ``reading`` holds their kana, one string for each word of OpenJTalk's."""
    prepared, origin = _prepare(run)
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
    if previous["pos"] in ("動詞", "形容詞", "助動詞"):
        return node["pos"] == "助動詞" or node["pos_group1"] in ("接続助詞", "接尾")
    figures = previous["pos_group1"] == "数" and (node["pos_group1"] == "数" or node["pos_group2"] == "助数詞")
    return bool((figures or node["pos_group1"] == "接尾") and node["chain_flag"] == 1)


def _prepare(run: str) -> tuple[str, list[tuple[int, int]]]:
    """``run`` as OpenJTalk reads it right (2:30 -> 2時30分, $5 -> 5ドル), and where each character came from."""
    out: list[str] = []
    origin: list[tuple[int, int]] = []

    def add(text: str, start: int, end: int) -> None:
        out.append(text)
        origin.extend([(start, end)] * len(text))

    index = 0
    while index < len(run):
        match = NUMERAL.match(run, index)
        if match:
            add(_figure(match), match.start(), match.end())
            index = match.end()
        else:
            char = run[index]
            add(SYMBOLS_JA.get(char, char), index, index + 1)
            index += 1
    return "".join(out), origin


def _figure(match: re.Match[str]) -> str:
    if match["time"]:
        times = re.findall(r"[\d:]+", match["time"])
        half = {"a": "午前", "p": "午後", "": ""}[(match["half"] or "").strip().lower()[:1]]
        return half + "から".join(_clock(time) for time in times)
    if match["ratio"]:
        return match["ratio"].replace(":", "対")
    if match["hour"]:
        return {"a": "午前", "p": "午後"}[match["hour_half"].strip().lower()[0]] + f"{int(match['hour'])}時"
    if match["date"]:
        return f"{match['year']}年{int(match['month'])}月{int(match['day'])}日"
    if match["fraction"]:
        whole, _, rest = match["fraction"].rpartition(" ")
        above, _, below = rest.partition("/")
        return (f"{whole}と" if whole else "") + f"{below}分の{above}"
    if match["phone"]:
        return match.group().replace(" ", "-")
    text = match.group()
    currency = match["currency"] or (match["after"] or "").strip()
    if currency:
        text = text.replace(currency, "") + _MONEY[currency]
    text = re.sub(r"(?<=\d)\s?[-–~]\s?(?=\d)", "から", text)
    text = re.sub(r"^-", "マイナス", text)
    return text.replace(",", "").replace("°C", "度").replace("°F", "度").replace("°", "度")


def _clock(time: str) -> str:
    hour, minute, *second = time.split(":")
    said = f"{int(hour)}時" + (f"{int(minute)}分" if int(minute) else "")
    return said + (f"{int(second[0])}秒" if second and int(second[0]) else "")


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
    while start < len(prepared) and skipped <= (_SKIPPED_TEXT if searching else 0):
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
