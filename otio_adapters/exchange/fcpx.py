"""Final Cut Pro's XML: every frame rate, and captions, titles and gaps with a note as lines.

The adapter counts frames at whole rates only, and rounds down. So times are scaled before it reads and after it writes,
until a frame is one of its frames; what it returns is then said to be at the true rate. It knows no captions or titles:
they are shown to it as clips without media.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

import defusedxml.ElementTree
import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.formats import timelines_in
from framevox.otio_adapters.metadata import KEY
from framevox.otio_adapters.rates import mark_drop_frame, origin, timeline_rate
from framevox.otio_adapters.times import to_time

from .fcpx_markers import give_markers, take_markers, with_comments, write_comments
from .left_out import OFF

_TIMES = ("offset", "start", "duration", "tcStart", "audioStart", "audioDuration")
_LINE = "\ue000"
"""Heads the names of clips that stand for a caption, title or note, on their way through the adapter."""
_ASSET = "framevox_line"
_COUNTED = Rate(Fraction(24))
"""The rate that the adapter is shown: whole, in its table, and the one at which ``n / rate * rate`` in doubles is never
rounded down to the frame before (for 25, 30, 50 and 60 it is, for one frame in 20 to 60)."""
_NUDGE = Fraction(1, 1000)
"""What is added to a frame number, so that the adapter's division of doubles never rounds it down to the one before."""


def read_fcpx(path: Path, **arguments: Any) -> Any:
    """What the adapter reads of the file, at the true rate. Raises InputError for XML that declares entities."""
    try:
        root = defusedxml.ElementTree.fromstring(path.read_bytes())
    except defusedxml.DefusedXmlException:
        raise InputError(f"{path} declares entities, which no editing program writes: export it again") from None
    except ET.ParseError as error:
        line, column = error.position
        raise InputError(f"{path} is broken at line {line}, column {column}: export it again") from None
    sequence = root.find(".//project/sequence")
    if sequence is None:
        sequence = root.find(".//sequence")
    if sequence is None:
        raise InputError(f"{path} holds no project with a sequence: export the project itself")
    rate = _rate(root, sequence, path)
    start = _frames(sequence.get("tcStart"), rate)
    _move_spine(sequence, -_seconds(sequence.get("tcStart")))
    _show_lines(root, sequence.get("format", ""))
    for element in sequence.iter():
        if element.get("enabled") == "0":
            element.set("name", OFF + element.get("name", ""))
    markers = take_markers(sequence)
    for element in root.iter():
        for name in _TIMES:
            if (written := element.get(name)) is not None:
                element.set(name, _time((round(_frames(written, rate)) + _NUDGE) / _COUNTED.fps))
    for form in root.iter("format"):
        form.set("frameDuration", _time(1 / _COUNTED.fps))
    read = otio.adapters.read_from_string(ET.tostring(root, "unicode"), "fcpx_xml", **arguments)
    for timeline in timelines_in(read):
        _count_at(timeline, rate)
        timeline.global_start_time = to_time(round(start), rate)
        if rate.drop_frame:
            mark_drop_frame(timeline)
        for clip in timeline.find_clips():
            give_markers(clip, markers, lambda written: _frames(written, rate), rate)
        _take_lines(timeline)
        _order_lanes(timeline.tracks)
    return read


def write_fcpx(timeline: otio.schema.Timeline, aside: Path) -> None:
    """Writes a timeline in whole frames at any rate; its start timecode stands in the sequence."""
    rate = timeline_rate(timeline)
    counted = timeline.deepcopy()
    _count_at(counted, _COUNTED)
    start = origin(timeline, rate)
    with_comments(counted)
    _pad_storyline(counted)
    root = ET.fromstring(otio.adapters.write_to_string(counted, "fcpx_xml"))
    for element in root.iter():
        for name in _TIMES:
            if (written := element.get(name)) is not None:
                frames = round(_seconds(written) * _COUNTED.fps)
                element.set(name, _time(frames / rate.fps))
    _switch_off(root)
    write_comments(root)
    for form in root.iter("format"):
        form.set("frameDuration", _time(1 / rate.fps))
    for sequence in root.iter("sequence"):
        sequence.set("tcStart", _time(start / rate.fps))
        sequence.set("tcFormat", "DF" if rate.drop_frame else "NDF")
        _move_spine(sequence, Fraction(start) / rate.fps)
    body = ET.tostring(root, "unicode")
    aside.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n', "utf-8")


def _switch_off(root: ET.Element) -> None:
    """Disables the clips whose names say so; the adapter also names assets and events after them."""
    for sequence in root.iter("sequence"):
        for element in sequence.iter():
            if element.get("name", "").startswith(OFF):
                element.set("enabled", "0")
    for element in root.iter():
        for name, written in element.items():
            if OFF in written or quote(OFF) in written:
                element.set(name, written.replace(OFF, "").replace(quote(OFF), ""))


def _pad_storyline(timeline: otio.schema.Timeline) -> None:
    """Gives a timeline a primary storyline as long as itself: all else hangs on it."""
    storyline = next((track for track in timeline.tracks if track.kind == otio.schema.TrackKind.Video), None)
    if storyline is None:
        storyline = otio.schema.Track(kind=otio.schema.TrackKind.Video)
        timeline.tracks.insert(0, storyline)
    missing = timeline.duration() - storyline.duration()
    if missing.value > 0:
        zero = otio.opentime.RationalTime(0, missing.rate)
        storyline.append(otio.schema.Gap(source_range=otio.opentime.TimeRange(zero, missing)))


def _move_spine(sequence: ET.Element, seconds: Fraction) -> None:
    """Final Cut counts the primary storyline from the start timecode, the adapter from zero."""
    for spine in sequence.findall("spine"):
        for element in spine:
            if (written := element.get("offset")) is not None:
                element.set("offset", _time(max(Fraction(0), _seconds(written) + seconds)))


def _rate(root: ET.Element, sequence: ET.Element, path: Path) -> Rate:
    form = root.find(f".//format[@id='{sequence.get('format', '')}']")
    written = form.get("frameDuration") if form is not None else None
    if not written or not _seconds(written):
        raise InputError(f"{path}: its sequence names no format with a frame duration: export it again")
    return Rate(1 / _seconds(written), sequence.get("tcFormat") == "DF")


def _seconds(written: str | None) -> Fraction:
    """``1001/24000s``, ``5s`` or nothing, in seconds."""
    try:
        return Fraction((written or "0").strip().rstrip("s"))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{written!r} is not a time of FCPX XML") from None


def _frames(written: str | None, rate: Rate) -> Fraction:
    return _seconds(written) * rate.fps


def _time(seconds: Fraction) -> str:
    return f"{seconds.numerator}s" if seconds.denominator == 1 else f"{seconds.numerator}/{seconds.denominator}s"


def _show_lines(root: ET.Element, form: str) -> None:
    """Gives captions, titles, and gaps with a note the shape of clips without media."""
    found = [element for element in root.iter() if _line_of(element)]
    if not found:
        return
    resources = root.find("resources")
    if resources is None:
        resources = ET.SubElement(root, "resources")
    ET.SubElement(resources, "asset", {"id": _ASSET, "name": _ASSET, "hasAudio": "1", "format": form, "start": "0s"})
    for element in found:
        line = _line_of(element)
        element.tag = "asset-clip"
        element.set("name", _LINE + line)
        element.set("ref", _ASSET)
        for child in element.findall("text") + element.findall("note") + element.findall("text-style-def"):
            element.remove(child)


def _line_of(element: ET.Element) -> str:
    """What is to be said of an element, empty where it is no line."""
    if element.tag in ("caption", "title"):
        texts = ["".join(text.itertext()) for text in element.findall("text")]
        return " ".join(" ".join(texts).split())
    if element.tag == "gap" or (element.tag == "clip" and element.find("gap") is not None):
        return " ".join((element.findtext("note") or "").split())
    return ""


def _take_lines(timeline: otio.schema.Timeline) -> None:
    """The clips that stood for lines get their names back; those that the adapter gave a file to have none."""
    for clip in timeline.find_clips():
        if clip.name.startswith(OFF):
            clip.name = clip.name.removeprefix(OFF)
            clip.enabled = False
        if clip.name.startswith(_LINE):
            clip.name = clip.name.removeprefix(_LINE)
            clip.media_reference = otio.schema.MissingReference()
            clip.metadata[KEY] = {"text": clip.name}
            continue
        # Its own stand-in for a clip without media, written by it.
        url = getattr(clip.media_reference, "target_url", None)
        if url in (f"file:///tmp/{clip.name}", f"file:///tmp/{quote(clip.name)}"):
            clip.media_reference = otio.schema.MissingReference()


def _order_lanes(stack: Any) -> None:
    """Tracks that are called by their lanes, and sorted as text, in the order of lanes, with names of their kind."""
    tracks = sorted(stack, key=_lane)
    del stack[:]
    numbers: dict[str, int] = {}
    for track in tracks:
        kind = track.kind[:1]
        numbers[kind] = numbers.get(kind, 0) + 1
        track.name = f"{kind}{numbers[kind]}"
        stack.append(track)


def _lane(track: Any) -> tuple[bool, int]:
    number = int(track.name) if track.name.lstrip("-").isdigit() else 0
    return number < 0, abs(number)


def _count_at(timeline: otio.schema.Timeline, rate: Rate) -> None:
    """Says of every time below that it counts frames at ``rate``; the numbers stay."""
    for item in (timeline.tracks, *timeline.find_children()):
        if isinstance(item, otio.schema.Transition):
            item.in_offset, item.out_offset = (_counted(item.in_offset, rate), _counted(item.out_offset, rate))
            continue
        if item.source_range is not None:
            item.source_range = _range(item.source_range, rate)
        for marker in item.markers:
            marker.marked_range = _range(marker.marked_range, rate)
        reference = getattr(item, "media_reference", None)
        if reference is not None and reference.available_range is not None:
            reference.available_range = _range(reference.available_range, rate)


def _range(span: Any, rate: Rate) -> Any:
    return otio.opentime.TimeRange(_counted(span.start_time, rate), _counted(span.duration, rate))


def _counted(time: Any, rate: Rate) -> Any:
    return otio.opentime.RationalTime(time.value, float(rate.fps))
