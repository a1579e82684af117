"""One form for every character that has several, without losing where in the user's text it came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# A base with what combines onto it: marks, half-width kana's voicing, the vowels and finals of conjoining hangul.
_CLUSTER = re.compile(r"(?s).[̀-ͯ᷀-᷿⃐-⃿︀-️゙゚ﾞﾟᅠ-ᇿ]*")

# Forms that compatibility folding would merge with something that is read differently, or would pull apart.
_OWN_FORM = {
    "，": "，",
    "…": "…",
    "⋯": "…",
    "‥": "…",
    "。": "。",
    "．": ".",
    "‘": "'",
    "’": "'",
    "ʼ": "'",
    "＇": "'",
    "`": "'",
    "´": "'",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "﹣": "-",
    "–": "–",
    "―": "—",
    "─": "—",
    "〜": "~",
    "∼": "~",
    "⁄": "/",
    "∕": "/",
    "º": "°",
    "˚": "°",
    "￥": "¥",
    "№": "#",
    "™": "™",
    "℡": "℡",
    "゛": "゛",
    "゜": "゜",
    "¨": "¨",
    "　": " ",
}


# Letters that are no ASCII letter with a sign on it.
_LETTERS = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "ð": "th", "þ": "th", "ı": "i", "ħ": "h"}


def plain_latin(text: str) -> str:
    """``text`` in ASCII letters (é -> e, ß -> ss); "" when a letter is not of the Latin script."""
    plain = ""
    for char in text:
        for base in unicodedata.normalize("NFKD", _LETTERS.get(char, _LETTERS.get(char.lower(), char))):
            if base.isascii():
                plain += base
            elif not unicodedata.combining(base):
                return ""
    return plain


@dataclass(frozen=True, slots=True)
class Folded:
    """``text`` in one form; its character ``i`` stands for ``source[starts[i]:ends[i]]``."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The slice of the source that ``text[start:end]`` (not empty) stands for."""
        return self.starts[start], self.ends[end - 1]


def fold(source: str) -> Folded:
    """Full-width letters to ASCII, half-width kana to full, decomposed letters to composed, look-alikes to one."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(source):
        cluster = match.group()
        form = _OWN_FORM.get(cluster)
        if form is None:
            form = unicodedata.normalize("NFKC", cluster).replace("⁄", "/")
            if "Ⅰ" <= cluster[0] <= "ⅿ":
                form = str(int(unicodedata.numeric(cluster[0])))
            # "3½" is not 31/2, nor ①② twelve.
            if unicodedata.category(cluster[0]) in ("No", "Nl") and out and out[-1].isdigit():
                form = " " + form
        for char in form:
            # Figures of any script are figures; those of Hindi are read as written.
            if not char.isascii() and char.isdecimal() and not "०" <= char <= "९":
                char = str(unicodedata.decimal(char))
            out.append(char)
            starts.append(match.start())
            ends.append(match.end())
    return Folded("".join(out), tuple(starts), tuple(ends))
