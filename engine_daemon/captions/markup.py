"""Markup of subtitle formats: tags of SubRip, WebVTT and TTML, override blocks of ASS, entities of XML."""

from __future__ import annotations

import re
from html.entities import html5

_TAG_NAMES = "i|b|u|s|em|strong|tt|font|span|c|v|lang|ruby|rb|rt|rp|br|p|div"
# A name, classes (<c.yellow.bg_blue>) and attributes. "<i" and "a <b and c> d" are what was said.
_TAG = re.compile(
    rf"</?(?:[a-z]+:)?(?:{_TAG_NAMES})(?:\.[\w.-]+)*(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>/]+))*\s*/?>"
    r"|<lang\s+[\w-]+>|<(?:\d+:)?\d\d:\d\d\.\d{3}>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:[a-z]+:)?br\s*/?>", re.IGNORECASE)
_ASS_BREAK, _ASS_SPACE = re.compile(r"\\N|\\n(?![a-z])"), re.compile(r"\\h(?![a-z])")
_FOLDER = re.compile(r"[A-Za-z]:\\|\\\\")  # C:\Nina has no line break in it
_READING_ABOVE = re.compile(r"<(rt|rp)>[^<>]*</\1>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^{}]{1,500}\}|\{/?[ibuIBU]\}|\{[yYcCfFsSpP]:[^{}]{1,40}\}")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_VOICE = re.compile(r"<v(?:\.[\w.-]+)*\s+([^<>\n]{1,100}?)\s*>|</v>", re.IGNORECASE)
_ANY = re.compile(r"[<{\\&\xa0]")


def has_markup(text: str) -> bool:
    """Whether ``text`` may hold markup. Most captions hold none, and are read in a fraction of the time."""
    return _ANY.search(text) is not None


def voices(text: str) -> list[tuple[str, str]]:
    """``text`` in the order it is written, as (who WebVTT's ``<v …>`` says speaks it, or "", and what stands there)."""
    found = []
    name, begin = "", 0
    for match in _VOICE.finditer(text):
        found.append((name, text[begin : match.start()]))
        name, begin = plain(match[1] or "").strip(), match.end()
    found.append((name, text[begin:]))
    return [part for part in found if part[1].strip()]


def plain(text: str) -> str:
    """``text`` without markup: tags are gone, entities are what they stand for, line breaks are ``\\n``.

    Exporters escape what is escaped already (``&lt;i&gt;``), so this is repeated until nothing changes.
    """
    before = None
    while before != text and has_markup(text):
        before = text
        text = _READING_ABOVE.sub("", text)
        text = _OVERRIDE.sub("", _TAG.sub("", _BREAK.sub("\n", text)))
        if not _FOLDER.search(text):
            text = _ASS_SPACE.sub(" ", _ASS_BREAK.sub("\n", text))
        text = _ENTITY.sub(_character, text).replace("\xa0", " ")
    return text


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return html5.get(f"{match[3]};", match[0])
    code = int(match[1]) if match[1] else int(match[2], 16)
    allowed = 0x20 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return chr(code) if allowed else match[0]
