"""A timeline as a DAPT script: an event for every line, with its take as the recording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import opentimelineio as otio
from lxml import etree

from framevox.engine_daemon.project.scripts import main_language, words_by_language
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, format_timecode

from ..lines_of import SpokenClip, spoken_clips
from ..rates import origin, timeline_rate
from .vocabulary import CONTENT_PROFILE, DAPTM, KEY, SCRIPT_TYPES, TT, TTM, TTP, XML, tag_of

if TYPE_CHECKING:
    from ..placeholders import Placeholder

_SPACES = {None: TT, "ttp": TTP, "ttm": TTM, "daptm": DAPTM}
_TYPES = {".wav": "audio/wave", ".flac": "audio/flac", ".mp3": "audio/mpeg"}
_DIALOGUE = "audio.dialogue"


def dapt_of(timeline: otio.schema.Timeline) -> bytes:
    """Writes the lines of a timeline as a DAPT script.

    It is a script as recorded where the timeline holds takes, else one for recording. Times are frames from the
    timeline's first frame, and its start is the origin's timecode. What a DAPT script said of itself when it was read
    (its ids, original texts, descriptions) is there again. Raises InputError for a timeline without lines, and for
    positions inside frames.
    """
    rate = timeline_rate(timeline)
    found = list(spoken_clips(timeline))
    if not found:
        raise InputError("the timeline has no lines: a DAPT script would be empty")
    about = _mapping(timeline.metadata.get(KEY))
    languages = [_language(line) for line in found]
    whole = about.get("lang") or tag_of(main_language(words_by_language(line.placeholder.text) for line in found))
    taken = any(line.media is not None for line in found)
    root = etree.Element(f"{{{TT}}}tt", nsmap=_SPACES)
    root.set(f"{{{XML}}}lang", whole)
    root.set(f"{{{TTP}}}contentProfiles", CONTENT_PROFILE)
    root.set(f"{{{TTP}}}frameRate", str(rate.nominal))
    if rate.fps.denominator == 1001:
        root.set(f"{{{TTP}}}frameRateMultiplier", "1000 1001")
    root.set(f"{{{DAPTM}}}scriptType", _script_type(about, taken))
    root.set(f"{{{DAPTM}}}scriptRepresents", about.get("scriptRepresents") or _DIALOGUE)
    if about.get("langSrc"):
        root.set(f"{{{DAPTM}}}langSrc", about["langSrc"])
    metadata = etree.SubElement(etree.SubElement(root, f"{{{TT}}}head"), f"{{{TT}}}metadata")
    agents = _write_agents(metadata, found)
    _write_origin(metadata, origin(timeline, rate), rate)
    body = etree.SubElement(root, f"{{{TT}}}body")
    names = _Ids(set(agents.values()))
    for line, language in zip(found, languages, strict=True):
        _write_event(body, line, language, agents, names, rate)
    etree.indent(root)
    return bytes(etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")) + b"\n"


def _script_type(about: Mapping[str, Any], taken: bool) -> str:
    """With recordings it is as recorded; without, what it was, or one that is to be recorded."""
    if taken:
        return "asRecorded"
    return about["scriptType"] if about.get("scriptType") in SCRIPT_TYPES else "preRecording"


def _write_agents(metadata: etree._Element, found: list[SpokenClip]) -> dict[str, str]:
    """The characters, as agents; who speaks together has an agent each. Returns their ids by name."""
    agents: dict[str, str] = {}
    for line in found:
        for name in _characters(line.placeholder):
            if name not in agents:
                agents[name] = f"character_{len(agents) + 1}"
                agent = etree.SubElement(metadata, f"{{{TTM}}}agent", type="character")
                agent.set(f"{{{XML}}}id", agents[name])
                etree.SubElement(agent, f"{{{TTM}}}name", type="alias").text = _xml_text(name)
    return agents


def _characters(placeholder: Placeholder) -> list[str]:
    return [name for part in re.split(r"\s+&\s+", placeholder.character) if (name := part.strip())]


def _write_origin(metadata: etree._Element, start: Any, rate: Rate) -> None:
    if start:
        code = etree.SubElement(metadata, f"{{{DAPTM}}}daptOriginTimecode")
        code.text = format_timecode(int(start), rate).replace(";", ":")


def _write_event(
    body: etree._Element, line: SpokenClip, language: str, agents: Mapping[str, str], names: _Ids, rate: Rate
) -> None:
    placeholder, kept = line.placeholder, _mapping(line.metadata.get(KEY))
    event = etree.SubElement(body, f"{{{TT}}}div")
    event.set(f"{{{XML}}}id", names.take(kept.get("id") or placeholder.cue_id))
    start = _whole(placeholder, Fraction(placeholder.start))
    event.set("begin", f"{start}f")
    event.set("end", f"{start + _whole(placeholder, Fraction(placeholder.duration))}f")
    if who := " ".join(agents[name] for name in _characters(placeholder)):
        event.set(f"{{{TTM}}}agent", who)
    event.set(f"{{{DAPTM}}}represents", kept.get("represents") or _DIALOGUE)
    if kept.get("onScreen"):
        event.set(f"{{{DAPTM}}}onScreen", kept["onScreen"])
    for description in kept.get("descriptions") or ():
        desc = etree.SubElement(event, f"{{{TTM}}}desc")
        desc.text = _xml_text(str(description.get("text", "")))
        if description.get("type"):
            desc.set(f"{{{DAPTM}}}descType", str(description["type"]))
    for other in kept.get("texts") or ():
        _write_text(event, str(other.get("text", "")), str(other.get("lang", "")), str(other.get("langSrc", "")))
    paragraph = _write_text(event, placeholder.text, kept.get("lang") or language, kept.get("langSrc") or "")
    if line.media is not None:
        # Schema order: what is embedded may stand anywhere among the text; first, it leaves the text whole.
        audio = etree.Element(f"{{{TT}}}audio", src=line.media, type=_media_type(line.media))
        audio.set("clipBegin", _seconds(line.begin))
        audio.set("clipEnd", _seconds(line.begin + Fraction(placeholder.duration) / rate.fps))
        paragraph.insert(0, audio)
        audio.tail, paragraph.text = paragraph.text, None


def _write_text(event: etree._Element, text: str, language: str, source: str) -> etree._Element:
    paragraph = etree.SubElement(event, f"{{{TT}}}p")
    if language:
        paragraph.set(f"{{{XML}}}lang", language)
    if source:
        paragraph.set(f"{{{DAPTM}}}langSrc", source)
    first, *others = text.split("\n")
    paragraph.text = _xml_text(first)
    for other in others:
        etree.SubElement(paragraph, f"{{{TT}}}br").tail = _xml_text(other)
    return paragraph


def _language(line: SpokenClip) -> str:
    own = line.placeholder.language
    return tag_of(own if own and own != "auto" else main_language([words_by_language(line.placeholder.text)]))


def _whole(placeholder: Placeholder, frames: Fraction) -> int:
    if frames.denominator != 1:
        raise InputError(f"the line “{placeholder.text[:40]}” begins or ends inside a frame: move it to whole frames")
    return int(frames)


def _seconds(value: Fraction) -> str:
    """A time in a file, to the nanosecond: a sample's number comes back out of it at every sample rate."""
    return f"{round(value * 10**9) / 10**9:.9f}".rstrip("0").rstrip(".") + "s"


def _media_type(url: str) -> str:
    suffix = re.search(r"\.\w+$", url)
    return _TYPES.get(suffix[0].lower() if suffix else "", "audio/wave")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _xml_text(text: str) -> str:
    """Text without the characters that XML does not have."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


class _Ids:
    """Ids that XML allows, each given once."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken

    def take(self, wanted: str) -> str:
        """The id that was wanted, changed where it is taken or no XML id."""
        base = re.sub(r"[^\w.\-]", "_", wanted)
        base = base if re.match(r"[^\W\d]", base) else f"event_{base}"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name
