"""Splits a folded line into runs of one language, and the marks and unspeakable characters between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from .abbreviations import ABBREVIATION
from .capitals import INITIALS_JOINED
from .dates_en import RANGE as DAY_RANGE
from .european import abbreviation, is_latin, style
from .figures_european import figure
from .fold import plain_latin
from .joints import joint
from .line import LANGUAGES, Language
from .numerals import NUMERAL
from .symbols import MARKS, SILENT, SPOKEN

Class = Literal[
    "han", "kana", "hangul", "devanagari", "arabic", "latin", "figure", "symbol", "mark", "space", "silent", "unknown"
]

_ADDRESS = re.compile(
    r"(?:https?://|www\.)[\w./?=&%#~+-]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|[A-Za-z][\w-]*\.(?:com|org|net|io|cn|edu|gov|tv)(?![A-Za-z0-9])",
    re.ASCII,
)
_ELISION = re.compile(r"'(?:em|cause|til|tis|twas|bout|round|n)(?![A-Za-z])", re.IGNORECASE)
# The apostrophe behind goin', th' and the like.
_TRAILING = re.compile(r"(?:[A-Za-z]in|(?<![A-Za-z'])(?:th|o|an|ol|wi|lil|mo))$", re.IGNORECASE)
_NUMBER_SIGN = re.compile(r"(?<![A-Za-z])N[oO]\.\s?$")
_INITIALS = re.compile(r"[A-Z]{1,4}")
_MARK_RUN = re.compile("[" + re.escape("".join(MARKS)) + "]+|-{2,}|(?<=\\s)-(?=\\s|$)|(?<=[A-Za-z])-(?=\\s|$)")
_SCRIPT_LANGUAGE: dict[Class, Language] = {
    "kana": "ja",
    "hangul": "ko",
    "devanagari": "hi",
    "arabic": "ar",
    "latin": "en",
}
_SCRIPT_OF: dict[Language, Class] = {"hi": "devanagari", "ar": "arabic"}

# Words a Chinese line can hardly do without, and a Japanese one hardly has.
_CHINESE_WORDS = frozenset("的了吗呢吧我你她它们这那就都没说是什么怎还很给让把啊哦呀您咱哪谁別這個說們嗎還沒麼誰")


@dataclass(frozen=True, slots=True)
class Piece:
    """``text[start:end]`` of the folded line: one class of character; ``language`` is set where it is spoken."""

    kind: Class
    start: int
    end: int
    language: Language | None = None


@cache
def _class_of(char: str) -> Class:
    code = ord(char)
    if char.isspace():
        return "space"
    if char in SILENT:
        return "silent"
    if char in SPOKEN:
        return "symbol"
    if char.isascii() and char.isdigit():
        return "figure"
    if 0x3041 <= code <= 0x3096 or 0x30A1 <= code <= 0x30FF or 0x31F0 <= code <= 0x31FF:
        return "kana"
    if 0xAC00 <= code <= 0xD7A3:
        return "hangul"
    if 0x0900 <= code <= 0x0963 or 0x0971 <= code <= 0x097F:
        return "devanagari"
    if _is_arabic(code):
        return "arabic"
    if char in "\u200c\u200d":  # they join letters of Devanagari, or keep them apart
        return "silent"
    if char in "々〇〆" or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x323AF:
        return "han"
    if char.isalpha() and plain_latin(char):
        return "latin"
    return "unknown"


def _is_arabic(code: int) -> bool:
    """Whether a character is a letter of the Arabic script, or a sign on one; its figures are not."""
    return 0x0620 <= code <= 0x065F or 0x066E <= code <= 0x06D3 or 0x06D5 <= code <= 0x06ED or 0xFB50 <= code <= 0xFEFC


def _letter(text: str, index: int) -> bool:
    return 0 <= index < len(text) and _class_of(text[index]) == "latin"


def pieces(text: str, language: str = "auto") -> list[Piece]:
    """``text`` cut wherever the class of character changes; figures and abbreviations stay whole. No language yet.

    ``language`` says how figures are written.
    """
    european = style(text, language)
    found: list[Piece] = []
    index = 0
    while index < len(text):
        kind, end = (_european_piece(text, index, european) if european else None) or _next_piece(text, index)
        if found and found[-1].kind == kind and kind not in ("figure", "mark", "symbol"):
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(Piece(kind, index, end))
        index = end
    return found


def _ends_line(text: str, index: int) -> bool:
    """Whether a full stop before ``index`` ends the line, and not only an abbreviation."""
    return not text[index:].strip(" \"'”’」』)")


def _european_piece(text: str, index: int, language: Language) -> tuple[Class, int] | None:
    if match := figure(language).match(text, index):
        return "figure", match.end()
    if (index == 0 or not text[index - 1].isalpha()) and (match := abbreviation(text, index, language)):
        return _SCRIPT_OF.get(language, "latin"), match.end()
    return None


def _next_piece(text: str, index: int) -> tuple[Class, int]:
    char = text[index]
    if not _letter(text, index - 1) and (match := _ADDRESS.match(text, index)):
        return "latin", match.end()
    if joint(text, index):
        return "symbol", index + 1
    if not _letter(text, index - 1) and (match := DAY_RANGE.match(text, index) or INITIALS_JOINED.match(text, index)):
        return "latin", match.end() - (match.group().endswith(".") and _ends_line(text, match.end()))
    match = NUMERAL.match(text, index)
    if match:
        return "figure", match.end() - (match.group().endswith(".") and _ends_line(text, match.end()))
    if (
        not _letter(text, index - 1)
        and (match := ABBREVIATION.match(text, index) or _ELISION.match(text, index))
        and not (text[index] == "'" and index and not text[index - 1].isspace())
    ):
        return "latin", match.end() - (match.group().endswith(".") and _ends_line(text, match.end()))
    inside = _letter(text, index - 1) and _letter(text, index + 1)
    if char in "'-" and inside:
        return "latin", index + 1
    if char == "'" and _TRAILING.search(text, 0, index):
        return "latin", index + 1
    if char == "/" and 0 < index < len(text) - 1 and text[index - 1].isalpha() and text[index + 1].isalpha():
        return "silent", index + 1  # A/C, and/or
    if match := _MARK_RUN.match(text, index):
        return "mark", match.end()
    return _class_of(char), index + 1


def assign(text: str, found: list[Piece], language: str) -> list[Piece]:
    """Gives each spoken piece its language.

    Kana, hangul and Latin letters say it themselves. Han characters follow ``language`` when it is zh or ja; else
    they are Japanese where kana stand in the same clause, and Chinese where none do. Figures and symbols take the
    language of what they stand in.
    """
    han = _han_languages(text, found, language)
    spoken: list[Piece] = []
    for index, piece in enumerate(found):
        known = han.get(index) if piece.kind == "han" else _SCRIPT_LANGUAGE.get(piece.kind)
        if piece.kind == "latin" and is_latin(language):
            known = language
        spoken.append(replace(piece, language=known))
    english = _english_clauses(text, spoken)
    for index, piece in enumerate(spoken):
        if piece.kind in ("figure", "symbol"):
            spoken[index] = replace(piece, language=_neighbour(text, spoken, index, language, english))
    return spoken


def _han_languages(text: str, found: list[Piece], language: str) -> dict[int, Language]:
    clauses: list[list[int]] = [[]]
    for index, piece in enumerate(found):
        if piece.kind == "mark" or (piece.kind == "silent" and text[piece.start] != "・"):
            clauses.append([])
        elif piece.kind in ("han", "kana"):
            clauses[-1].append(index)
    any_kana = any(piece.kind == "kana" for piece in found)
    bare = [index for clause in clauses for index in clause if not any(found[i].kind == "kana" for i in clause)]
    bare_text = "".join(text[found[index].start : found[index].end] for index in bare)
    result: dict[int, Language] = {}
    for clause in clauses:
        has_kana = any(found[index].kind == "kana" for index in clause)
        for index in clause:
            if found[index].kind != "han":
                continue
            if language == "zh" or language == "ja":
                result[index] = "ja" if language == "ja" else "zh"
            elif (
                has_kana
                or "々" in bare_text
                or (any_kana and not _looks_chinese(bare_text))
                or _only_japanese(bare_text)
            ):
                result[index] = "ja"
            else:
                result[index] = "zh"
    return result


def _looks_chinese(text: str) -> bool:
    return any(char in _CHINESE_WORDS or not _encodes(char, "shift_jis") for char in text)


def _only_japanese(text: str) -> bool:
    """Whether a character was simplified in Japan alone (駅, 気): no Chinese standard has it."""
    return any(
        char != "〇" and _encodes(char, "shift_jis") and not _encodes(char, "gb2312") and not _encodes(char, "big5")
        for char in text
    ) and all(_encodes(char, "shift_jis") for char in text)


@cache
def _encodes(char: str, charset: str) -> bool:
    try:
        char.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _neighbour(text: str, found: list[Piece], index: int, language: str, english: set[int]) -> Language:
    start, end = found[index].start, found[index].end
    if text[end - 2 : end].lower() in ("st", "nd", "rd", "th") or _NUMBER_SIGN.search(text, max(0, start - 4), start):
        return "en"
    if any(char in "万亿萬億" for char in text[start:end]):
        return _other_than_english(found) or ("ja" if language == "ja" else "zh")
    if found[index].kind == "symbol" and index and found[index - 1].language == "en":
        return "en"  # C++
    if index in english and _beside(found, index) <= {"en", None}:
        return "en"
    left = _look(found, range(index - 1, -1, -1), clause=True)
    right = _look(found, range(index + 1, len(found)), clause=True)
    if left or right:
        if left == right or not (left and right):
            known = left or right or "en"
            # 加我，QQ 12345678: initials alone make no English clause of a line in another language.
            return (_other_than_english(found) or known) if _only_initials(text, found, index) else known
        # Between two languages the line's own wins over the English word that was dropped into it.
        return right if left == "en" else left if right == "en" else right
    far = _look(found, range(index - 1, -1, -1)) or _look(found, range(index + 1, len(found)))
    if far:
        return far
    if language in LANGUAGES:
        return language
    return "zh" if any(char in "，。！？、：；￥％" for char in text) else "en"


def _only_initials(text: str, found: list[Piece], index: int) -> bool:
    """Whether what stands in the clause around a figure is capitals of Latin letters and nothing else."""
    first, last = index, index
    while first and found[first - 1].kind != "mark":
        first -= 1
    while last + 1 < len(found) and found[last + 1].kind != "mark":
        last += 1
    spoken = [piece for piece in found[first : last + 1] if piece.kind in ("han", "kana", "hangul", "latin")]
    return all(piece.kind == "latin" and _INITIALS.fullmatch(text, piece.start, piece.end) for piece in spoken)


def _other_than_english(found: list[Piece]) -> Language | None:
    return next((piece.language for piece in found if piece.language not in (None, "en")), None)


def _english_clauses(text: str, found: list[Piece]) -> set[int]:
    """The pieces of clauses that are English, with at most a word of another script in them."""
    result: set[int] = set()
    clause: list[int] = []
    for index, piece in enumerate([*found, Piece("mark", len(text), len(text))]):
        if piece.kind != "mark":
            clause.append(index)
            continue
        known = [found[place] for place in clause]
        english = sum(len(re.findall(r"[\w']+", text[p.start : p.end])) for p in known if p.language == "en")
        other = sum(p.end - p.start for p in known if p.kind in ("han", "kana", "hangul"))
        if english > max(2, other):
            result.update(clause)
        clause = []
    return result


def _beside(found: list[Piece], index: int) -> set[Language | None]:
    """The languages of what stands next to a figure, spaces left out."""
    around = (*found[max(0, index - 2) : index], *found[index + 1 : index + 3])
    return {piece.language for piece in around if piece.kind != "space"}


def _look(found: list[Piece], order: range, *, clause: bool = False) -> Language | None:
    latin: Language | None = None
    for index in order:
        piece = found[index]
        if clause and piece.kind == "mark":
            break
        known = piece.language if piece.kind in ("han", "kana", "hangul", "devanagari", "arabic", "latin") else None
        if known == "en":
            latin = latin or "en"
            if index + 1 not in order and index - 1 not in order:
                break
            # A word of letters right beside a figure (5G, iPhone 15) says less than the clause around it.
            continue
        if known:
            return latin if latin and piece.kind == "hangul" else known
    return latin
