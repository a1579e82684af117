"""What a clip of a project says: title clips, text filters, and comments."""

from __future__ import annotations

import html
import re
from pathlib import Path

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.written_lines import reads_as_line

from .project import Project, Track
from .tree import Element, parse

_TEXT_FILTERS = {
    "dynamictext": ("argument",),
    "qtext": ("html", "argument"),
    "pango": ("markup", "text"),
    "richText": ("html",),
}
_TEXT_PRODUCERS = {"qtext": ("text",), "pango": ("markup", "text")}
_KEYWORD = re.compile(r"#(?:timecode|smpte_\w+|frame|filedate|localfiledate|createdate|resource|meta\.[\w.]+)\b[^#]*#")
"""What dynamictext replaces by a timecode, a date or the like."""
_COLOUR = ("color", "colour")
GENERATORS = (*_COLOUR, "kdenlivetitle", "qtext", "pango", "noise", "count", "blipflash", "tone", "plasma")


def line_of(project: Project, service: Element, entry: Element, track: Track) -> str:
    """The line that a clip stands for, empty where it stands for none.

    It is a title's text, a text filter's, the comment of a colour clip, or what a clip without its file is called.
    """
    kind = service.get("mlt_service")
    if kind == "kdenlivetitle":
        return _title(service)
    if kind in _TEXT_PRODUCERS:
        return next((plain(service.get(key)) for key in _TEXT_PRODUCERS[kind] if service.get(key)), "")
    comment = service.get("shotcut:comment") or service.get("kdenlive:description")
    text = _filters(entry) or _filters(service)
    if kind in _COLOUR:
        return text or comment.strip()
    if text and reads_as_line(text):
        return text
    named = comment or service.get("kdenlive:clipname") or service.get("shotcut:caption")
    heard = track.audio or (not project.is_kdenlive and "audio" not in track.element.attributes.get("hide", ""))
    return named.strip() if heard and is_missing(project, service) and (comment or reads_as_line(named)) else ""


def is_missing(project: Project, service: Element) -> bool:
    """Whether a clip's file is not there."""
    written = project.media(service)
    if not written or re.match(r"[a-z][a-z0-9+.-]+:", written):
        return False
    try:
        return not (project.folder / written).exists()
    except (OSError, ValueError):
        return True


def plain(markup: str) -> str:
    """The words in HTML, Pango's or other markup, a line for each paragraph."""
    text = re.sub(r"(?is)<(style|head|script)\b.*?</\1\s*>", "", markup)
    text = re.sub(r"(?i)<br\s*/?>|</p\s*>|</div\s*>", "\n", text)
    text = html.unescape(re.sub(r"<[^<>]*>", "", text))
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def _title(service: Element) -> str:
    data = service.get("xmldata")
    try:
        root = parse(data.strip().encode(), Path("the title"))
    except InputError:
        return ""
    texts = [
        content.text.strip()
        for item in root.all("item")
        if item.attributes.get("type") == "QGraphicsTextItem"
        for content in item.all("content")
    ]
    template = service.get("templatetext").strip()
    return "\n".join(text.replace("%s", template) if template else text for text in texts if text)


def _filters(element: Element) -> str:
    for one in element.all("filter"):
        keys = _TEXT_FILTERS.get(one.get("mlt_service")) or _TEXT_FILTERS.get(one.get("shotcut:filter"))
        if keys is None or one.get("disable") == "1":
            continue
        text = next((one.get(key) for key in keys if one.get(key).strip()), "")
        if text and not _KEYWORD.search(text):
            return plain(text) if keys[0] in ("html", "markup") else text.strip()
    return ""
