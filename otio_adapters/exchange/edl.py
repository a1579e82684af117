"""CMX 3600 EDLs: several audio tracks in one list, record timecodes that start where the timeline does, and lines.

The adapter reads audio events, but lays every track from its own first event on; it writes the first track alone, and
takes 29.97 for drop-frame. Here each track is written by it as pictures, and the lists become one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.captions import is_file_name
from framevox.engine_daemon.protocol.errors import InputError, OptionError
from framevox.engine_daemon.protocol.timebase import Frames, Rate, format_timecode, parse_timecode
from framevox.otio_adapters.encodings import text_of
from framevox.otio_adapters.metadata import KEY, TimelineWarning
from framevox.otio_adapters.rates import mark_drop_frame, origin, timeline_rate
from framevox.otio_adapters.times import in_frames, to_time
from framevox.otio_adapters.written_lines import has_no_media, is_stand_in, reads_as_line

_EVENT = re.compile(
    r"(?P<number>\d{3,6})\s+(?P<reel>\S+)\s+(?P<channel>\S+)\s+(?P<edit>.*?)\s+(?P<times>(?:\S+\s+){3}\S+)\s*$"
)
_SPEED = re.compile(r"M2\s.*\t\t(?P<speed>-?\d+\.\d+)\t\t\t(?P<entry>\S+)")
_LOCATOR = re.compile(r"\* LOC: (?P<at>\S+)")
_NO_FOOTAGE = ("AX", "BL")
"""Reels of what has no tape: auxiliary source, and black."""
_LINE = re.compile(r"(?:DIALOGU?E|LINE|CAPTION|ADR|VO|DLG)\s*:\s*(?P<line>\S.*)", re.IGNORECASE)
_COMMENT = re.compile(r"(?:COMMENTS?\s*:\s*)?(?P<line>\S.*)", re.IGNORECASE)


def read_edl(path: Path, rate: Rate, **arguments: Any) -> otio.schema.Timeline:
    """The timeline in an EDL, whose frames are counted at ``rate``: an EDL does not say.

    An audio event is a line where a comment says so (``* DIALOGUE: …``), or where it has no footage of its own (reel AX
    or BL) and its comment or clip name is one; all others are clips whose media are elsewhere.
    """
    try:
        text = text_of(path.read_bytes())
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate.fps), **arguments)
    timeline: otio.schema.Timeline = read
    timeline.name = timeline.name or path.stem
    if rate.drop_frame or _is_drop_frame(text, rate):
        mark_drop_frame(timeline)
    starts = [_begin(track, rate) for track in timeline.tracks]
    start = min(starts, default=0)
    timeline.global_start_time = to_time(start, rate)
    seen: set[tuple[str, Any, Any]] = set()
    for track, begin in zip(timeline.tracks, starts, strict=True):
        track.source_range = None
        if begin > start:
            track.insert(0, _gap(to_time(begin - start, rate)))
        if track.kind == otio.schema.TrackKind.Audio:
            _lines(track, seen)
    # The adapter lists them by their first events.
    ordered = sorted(timeline.tracks, key=lambda track: (track.kind == otio.schema.TrackKind.Audio, _channel(track)))
    del timeline.tracks[:]
    timeline.tracks.extend(ordered)
    return timeline


def write_edl(timeline: otio.schema.Timeline, aside: Path) -> None:
    """Writes the first picture track and all audio tracks (channels A, A2, A3 …) as one list by record time.

    Warns of further picture tracks, which an EDL does not hold.
    """
    rate = timeline_rate(timeline)
    start = origin(timeline, rate)
    pictures = [track for track in timeline.tracks if track.kind == otio.schema.TrackKind.Video and track.enabled]
    sounds = [track for track in timeline.tracks if track.kind == otio.schema.TrackKind.Audio and track.enabled]
    if len(pictures) > 1:
        names = ", ".join(track.name or "one without a name" for track in pictures[1:])
        warnings.warn(f"an EDL holds one picture track: left out: {names}", TimelineWarning, stacklevel=2)
    events: list[tuple[int, int, str]] = []
    for index, track in enumerate([*pictures[:1], *sounds]):
        channel = "V" if index < len(pictures[:1]) else f"A{_number(index - len(pictures[:1]))}"
        events += [(at, index, block) for at, block in _events(track, channel, rate, to_time(start, rate))]
    events.sort(key=lambda event: event[:2])
    mode = "DROP FRAME" if rate.drop_frame else "NON-DROP FRAME"
    blocks = [_renumbered(block, number) for number, (_, _, block) in enumerate(events, 1)]
    aside.write_text(f"TITLE: {timeline.name}\nFCM: {mode}\n\n" + "".join(blocks), "utf-8", newline="\r\n")


def _channel(track: Any) -> int:
    return int(re.sub(r"\D", "", track.name) or 1)


def _begin(track: Any, rate: Rate) -> Frames:
    """Where a track's first event is recorded: the adapter gives the track a range that starts as much before zero."""
    return 0 if track.source_range is None else -in_frames(track.source_range.start_time, rate)


def _gap(length: Any) -> otio.schema.Gap:
    return otio.schema.Gap(source_range=otio.opentime.TimeRange(otio.opentime.RationalTime(0, length.rate), length))


def _number(index: int) -> str:
    return "" if index == 0 else str(index + 1)


def _lines(track: Any, seen: set[tuple[str, Any, Any]]) -> None:
    """Says of each event whether it is a line. ``seen`` are the lines of the tracks before: AA is one line on two."""
    position = 0.0
    for index, clip in enumerate(track):
        length = clip.duration().value
        if isinstance(clip, otio.schema.Clip) and has_no_media(clip):
            data = clip.metadata.get("cmx_3600", {})
            line = _line_of(clip.name, str(data.get("reel", "AX")), list(data.get("comments", [])))
            key = (line, position, length)
            if not line and isinstance(clip.media_reference, otio.schema.GeneratorReference):
                track[index] = otio.schema.Gap(source_range=clip.source_range)
            elif not line:
                clip.media_reference = otio.schema.ExternalReference(clip.name or str(data.get("reel", "")))
            elif key in seen:
                track[index] = otio.schema.Gap(source_range=clip.source_range)
            else:
                seen.add(key)
                clip.media_reference = otio.schema.MissingReference()
                if line != clip.name:
                    clip.metadata[KEY] = {"text": line}
        position += length


def _line_of(name: str, reel: str, comments: list[str]) -> str:
    """The line of an event, empty where it has none."""
    said = next((match["line"] for text in comments if (match := _LINE.match(text))), "")
    if said or reel.upper() not in _NO_FOOTAGE:
        return said
    notes = [match["line"] for text in comments if (match := _COMMENT.match(text))]
    named = "" if re.fullmatch(r"\d*", name) else name
    if named and not is_stand_in(named) and (reads_as_line(named) or not notes):
        return named
    return next((note for note in notes if not is_file_name(note)), "")


def _events(track: Any, channel: str, rate: Rate, start: Any) -> Iterator[tuple[int, str]]:
    """A track's events with their comments as text on ``channel``, each with the frame that it is recorded at."""
    alone = otio.schema.Timeline()
    copy = track.deepcopy()
    copy.kind, copy.source_range = otio.schema.TrackKind.Video, None
    if not len(copy):
        return
    if start.value:
        copy.insert(0, _gap(start))
    for clip in copy.find_clips():
        if has_no_media(clip) or not re.search(r"[A-Za-z0-9]", clip.name):
            # Else the adapter makes a reel's name out of the clip's, and the list says that there is footage.
            clip.metadata["cmx_3600"] = {**clip.metadata.get("cmx_3600", {}), "reel": _NO_FOOTAGE[0]}
    alone.tracks.append(copy)
    text = otio.adapters.write_to_string(alone, "cmx_3600", rate=float(rate.fps))
    block: list[str] = []
    at, number, reel = 0, "", _NO_FOOTAGE[0]
    for line in text.splitlines():
        event = _EVENT.match(line)
        if event is None:
            if block and line.strip():
                block.append(_locator(_speed(line, reel, rate), rate))
            continue
        if block and event["number"] != number:
            yield at, "\n".join(block) + "\n"
            block = []
        times = [_frame(written, rate) for written in event["times"].split()]
        reel = event["reel"]
        if not block:
            at, number = times[2], event["number"]
        written = " ".join(format_timecode(frame, rate) for frame in times)
        block.append(f"{event['number']}  {event['reel']:<8} {channel:<5} {event['edit']:<8} {written}")
    if block:
        yield at, "\n".join(block) + "\n"


def _speed(line: str, reel: str, rate: Rate) -> str:
    """A line below an event, a change of speed mended: the adapter writes the clip's name where the reel belongs, and a
    drop-frame timecode that it does not read."""
    change = _SPEED.match(line)
    if change is None:
        return line
    entry = format_timecode(_frame(change["entry"], rate), rate).replace(";", ":")
    return f"M2   {reel:<8} {change['speed']} {entry}"


def _locator(line: str, rate: Rate) -> str:
    """A line below an event, the timecode of a marker as the list counts: the adapter takes 29.97 for drop-frame."""
    return _LOCATOR.sub(lambda match: f"* LOC: {format_timecode(_frame(match['at'], rate), rate)}", line)


def _frame(written: str, rate: Rate) -> int:
    """The frame that the adapter means: it writes drop-frame timecode for 29.97 and 59.94."""
    counted = Rate(rate.fps, drop_frame=True) if ";" in written else Rate(rate.fps)
    return parse_timecode(written, counted)


def _renumbered(block: str, number: int) -> str:
    return "\n".join(
        f"{number:03}{line[len(match['number']) :]}" if (match := _EVENT.match(line)) else line
        for line in block.split("\n")
    )


def _is_drop_frame(text: str, rate: Rate) -> bool:
    possible = rate.fps.denominator == 1001 and rate.nominal in (30, 60)
    return possible and re.search(r"^FCM:\s*DROP|\d\d;\d\d", text, re.MULTILINE) is not None


def rate_is_needed(path: Path) -> InputError:
    """An EDL whose rate nobody said."""
    return OptionError(f"{path} does not say its frame rate: give --rate 25 (or '29.97 DF' for drop-frame)")
