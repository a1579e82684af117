"""What is written on a clip or a marker: the line that is spoken, and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.captions import is_default_marker_name, is_file_name, read_caption
from framevox.engine_daemon.protocol.timebase import Rate

from .metadata import KEY, TimelineWarning
from .times import is_point
from .walk import Found

_STAND_IN = re.compile(
    r"|(?:slug|placeholder|dialog(?:ue)?|dlg|adr|vo|voice.?over|temp|tmp|scratch|占位|对白|台词)?[\s_#.\-]*\d*"
    r"|(?:line|clip|audio|sound|track|take|gap|missing|black|untitled|generator)[\s_#.\-]*\d+",
    re.IGNORECASE,
)
"""Names that programs and editors give to a clip that stands for a line, and that are no line themselves."""
_DIALOGUE_MARKER = re.compile(r"(?:dlg|dialog(?:ue)?|line|adr|vo|对白|台词)[\s_#.\-]*\d*", re.IGNORECASE)
_NOTE = re.compile(
    r"(?:grade|grading|colou?r|vfx|fx|sfx|cgi|music|sound|audio|mix|edit|cut|trim|fix|check|cue|sync|retake|pick.?up|"
    r"replace|stock|credits?|caption|title)\b[^:：]{0,20}[:：]",
    re.IGNORECASE,
)
"""How notes from editor to editor begin, which have the form of a line with a character."""
_SENTENCE_END = re.compile(r"\w.*[.?!…。？！]['\"”’」』)）]*", re.DOTALL)
_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_MIN_WORDS, _MIN_HAN = 3, 4
_QUOTED = 3


def comment_of(marker: Any) -> str:
    """A marker's comment, also where adapters for FCP 7 XML and Resolve leave it; empty where there is none."""
    comments = [marker.comment]
    for host, key in (("fcp_xml", "comment"), ("Resolve_OTIO", "Note")):
        data = marker.metadata.get(host)
        comments.append(data.get(key) if isinstance(data, Mapping) else None)
    return next((c for c in comments if isinstance(c, str) and c.strip()), "")


def marker_line(marker: Any) -> str:
    """A marker's comment, else its name, unless only a program gave it that."""
    return comment_of(marker) or ("" if is_default_marker_name(marker.name) else marker.name)


def clip_line(clip: Any, rate: Rate) -> str:
    """A clip's name, or the comment of a point marker on it where the name only numbers the clip.

    The comment is taken from a marker that is called ``DLG`` or the like whatever the clip is called, and from any
    other where the clip's name is a file's or one such as ``slug 07``.
    """
    points = [m for m in clip.markers if KEY not in m.metadata and comment_of(m) and is_point(m.marked_range, rate)]
    for marker in points:
        if _DIALOGUE_MARKER.fullmatch(marker.name.strip()):
            return comment_of(marker)
    return comment_of(points[0]) if points and is_stand_in(clip.name) else clip.name


def is_stand_in(name: str) -> bool:
    """Whether a clip's name says nothing but that a line belongs there."""
    return is_file_name(name) or _STAND_IN.fullmatch(name.strip()) is not None


def reads_as_line(text: str) -> bool:
    """Whether a name, which may be anything, is most likely a line: it has a character in front, or ends a sentence."""
    text = text.strip()
    if is_file_name(text) or _NOTE.match(text):
        return False
    return _has_character(text) or _SENTENCE_END.fullmatch(text) is not None


def _has_character(text: str) -> bool:
    """Whether it says in front who speaks, and then something."""
    caption = read_caption(text)
    return bool(caption.character and caption.text)


def _comment_reads_as_line(text: str) -> bool:
    if is_file_name(text) or _NOTE.match(text):
        return False
    return reads_as_line(text) or len(text.split()) >= _MIN_WORDS or len(_HAN_OR_KANA.findall(text)) >= _MIN_HAN


class PassedOver:
    """What looks like a line and is not spoken, collected on the walk and said in one warning a kind."""

    def __init__(self) -> None:
        self._hidden: list[str] = []
        self._points: list[str] = []
        self._pictures: list[str] = []

    def hidden(self, found: Found) -> None:
        """Adds a placeholder that lies outside of the range that what it lies in shows."""
        self._hidden.append(marker_line(found.item) if found.marker is not None else found.item.name)

    def point(self, marker: Any) -> None:
        """Adds a marker that is at most a frame long, if what is written on it reads as a line."""
        comment = comment_of(marker)
        if _comment_reads_as_line(comment) or (not comment and reads_as_line(marker.name)):
            self._points.append(comment or marker.name)

    def picture(self, clip: Any, kind: str) -> None:
        """Adds a clip without media that lies on no audio track, if its name reads as a line."""
        if _has_character(clip.name) if kind == "video" else not is_stand_in(clip.name):
            self._pictures.append(clip.name)

    def warnings(self) -> list[TimelineWarning]:
        found = (
            (
                self._hidden,
                ("line lies", "lines lie"),
                "outside of the range that the track or stack shows",
                "widen that range, or export the timeline again",
            ),
            (
                self._points,
                ("marker of one frame reads", "markers of one frame read"),
                "like a line",
                "if it is one, give the marker the line's length",
            ),
            (
                self._pictures,
                ("clip without media reads", "clips without media read"),
                "like a line, on no audio track,",
                f'move it to one, or add metadata["{KEY}"]',
            ),
        )
        return [TimelineWarning(_said(*kind)) for kind in found if kind[0]]


def _said(texts: Sequence[str], kinds: tuple[str, str], how: str, advice: str) -> str:
    quoted = ", ".join(f"“{short(text)}”" for text in texts[:_QUOTED]) + (", …" if len(texts) > _QUOTED else "")
    kind, verb = (kinds[0], "is") if len(texts) == 1 else (kinds[1], "are")
    return f"{len(texts)} {kind} {how} and {verb} not spoken ({quoted}): {advice}"


def short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"


def has_no_media(clip: Any) -> bool:
    """Whether a clip's media is missing or generated, not merely offline."""
    reference = clip.media_reference
    return reference is None or isinstance(reference, (otio.schema.MissingReference, otio.schema.GeneratorReference))
