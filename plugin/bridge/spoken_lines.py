"""From a placeholder to its line: whether it is one, who speaks, what is said, and the name of its take's file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from framevox.engine_daemon.captions import Caption, is_default_marker_name, is_file_name, read_caption
from framevox.engine_daemon.client.disk import TAKE_DIGITS, slug
from framevox.engine_daemon.protocol.cues import Cue, Fit, Take
from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import SyncPoint, bears_words, parse_word
from framevox.plugin.bridge.host_timeline import HostTimeline
from framevox.plugin.bridge.own_words import Beside, OwnWords

_SENTENCE = re.compile(r"\w[,.;!?…][\"'”’»)]*(?:\s|$)|[，。；！？、…]")
_DEFAULT_TRACK = re.compile(
    r"(?:audio|subtitle|video|track|音频|字幕|オーディオ|オーディオトラック|字幕トラック)\s*\d*", re.IGNORECASE
)

_UNTOLD = re.compile(r"(?:subtitle|caption|字幕|サブタイトル)s?\s*\d*", re.IGNORECASE)
"""What a caption is called of which the host tells no text."""


@dataclass(frozen=True)
class SpokenLine:
    """A cue as the daemon gets it, and the slot after which its file is named, in absolute timeline frames.

    That is the slot of its placeholder, even if the editor has its take elsewhere. ``voice`` is the one that the
    placeholder itself names, and ``take`` the first that is made of it.
    """

    cue: Cue
    start: int
    duration: int
    voice: str = ""
    take: int = 1


@dataclass(frozen=True)
class WholeTimeline:
    """What holds for every line that says nothing else of itself; Resolve's items cannot."""

    language: str = "auto"
    fit: Fit = field(default_factory=Fit)
    emotion: Emotion | None = None
    beside: Beside = field(default_factory=Beside)


def line_of(item: Mapping[str, Any], timeline: HostTimeline, whole: WholeTimeline) -> SpokenLine | None:
    """Returns the line of a placeholder; None for a clip whose name is not a line, or may not be (``is_unclear``).

    Raises InputError for a placeholder that cannot be spoken.
    """
    own = OwnWords(item, whole.beside)
    if item["kind"] == "clip" and not item.get("said"):
        if is_file_name(item["text"]) or not item["text"].strip():
            return None
        if is_unclear(item):
            return None
    start, duration = Fraction(*item["start"]), Fraction(*item["duration"])
    if start.denominator != 1 or duration.denominator != 1:
        raise InputError("it begins or ends inside a frame: trim it to whole frames")
    if item["kind"] == "caption" and (not item["text"].strip() or _UNTOLD.fullmatch(item["text"].strip())):
        raise InputError("its text is not told: write the line in a marker with a length")
    caption = _spoken(own.text(item["text"]))
    character = own.character or caption.character or _character(item)
    points = own.points()
    at, length = timeline.slot(int(start), int(duration))
    cue = Cue(
        id="fv-" + hashlib.blake2b(str(item["key"]).encode(), digest_size=8).hexdigest(),
        text=caption.text,
        rate=timeline.clip_rate,
        start=at,
        duration=length,
        origin=timeline.origin,
        character=character[:200],
        language=own.language(whole.language),
        fit=own.fit(whole.fit),
        emotion=own.emotion(whole.emotion),
        sync=_points(item, caption.text, timeline) if points is None else points,
    )
    cue.check()
    return SpokenLine(cue, int(start), int(duration), own.voice, own.take_number())


def _points(item: Mapping[str, Any], text: str, timeline: HostTimeline) -> tuple[SyncPoint, ...]:
    """Words of the line on the frames of the point markers over it that bear them, in their note or their name."""
    start = Fraction(*item["start"])
    points = []
    for marker in item.get("points", ()):
        name = "" if is_default_marker_name(marker["name"]) else marker["name"]
        said = next((said for said in (marker["note"], name) if bears_words(text, said)), "")
        if said:
            word, nth = parse_word(said)
            points.append(SyncPoint(word, timeline.frames(Fraction(*marker["frame"]) - start), nth))
    return tuple(points)


def _spoken(text: str) -> Caption:
    """What is said in a placeholder. Raises InputError where one voice cannot speak it."""
    caption = read_caption(text)
    if caption.different_speakers:
        raise InputError(f"{caption.different_speakers} speak in it: split it so that each has their own")
    if caption.is_sound_only:
        raise InputError("it describes a sound and has nothing to say: write a line, or leave it as it is")
    if not caption.text:
        raise InputError("it has nothing to say: write a line, or leave it as it is")
    return caption


def _character(item: Mapping[str, Any]) -> str:
    """Who speaks, where no name stands in front of the line: a marker's name, or the track's."""
    if item["kind"] == "marker" and not is_default_marker_name(item["name"]):
        return " ".join(item["name"].split())
    return "" if is_default_track(item["track"]) else " ".join(item["track"].split())


def is_unclear(item: Mapping[str, Any]) -> bool:
    """Returns whether a clip may be the editor's own (``sounding``): its media was deleted, or it was renamed.

    It is a placeholder where a name stands in front, or where a sentence's punctuation says that it is a line.
    """
    name = item["text"]
    if not item.get("sounding") or is_file_name(name) or not name.strip():
        return False
    return not read_caption(name).character and _SENTENCE.search(name) is None


def is_default_track(name: str) -> bool:
    """Returns whether a track has the name that Resolve gives every track, and so no person's."""
    return _DEFAULT_TRACK.fullmatch(name.strip()) is not None


def file_name(take: Take, line: SpokenLine) -> str:
    """Who speaks, where it belongs, its cue, which take, and its content: ``Alice_f86472-60_fv-…_t1_3f9a2b7c01d4.wav``.

    The host finds takes again by this name, and sees by its frames whether the editor moved them.
    """
    who = slug(line.cue.character) or "line"
    content = slug(take.id)[:TAKE_DIGITS]
    return f"{who}_f{line.start}-{line.duration}_{take.cue}_t{line.cue.take_number}_{content}.{take.format}"
