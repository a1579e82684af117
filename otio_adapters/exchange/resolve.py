"""Timelines in the shape that DaVinci Resolve writes and reads.

Resolve answers None, without a word, to an OTIO file in another shape: it wants ``Clip.2`` (OpenTimelineIO 0.15 and
later write that), files by a plain path, a length for every media reference, a start timecode, tracks that are called
``Video 1`` and ``Audio 1``, ranges in the media's own timecode, and a timeline name that is not taken. What is changed
for it is kept in metadata, and ``restore`` takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.otio_adapters.media_urls import media_path
from framevox.otio_adapters.metadata import KEY
from framevox.otio_adapters.rates import timeline_rate
from framevox.otio_adapters.times import in_frames, to_time

SUFFIXES = (".otio", ".xml")
"""What is written for Resolve: OTIO in its shape, and FCP 7 XML, whose media it relinks."""
_CHANGED = "framevox_for_resolve"
"""The key of what was changed, ``{name: [before, after]}``; not Framevox's own, which makes a clip a placeholder."""
_MOST = 10
"""Handles grow at most so many times; at a rate where no few frames are whole samples they stay as asked."""


def whole_handles(handles: int, rate: Rate, sample_rate: int) -> int:
    """The least number of frames from ``handles`` on that is a whole number of samples: at 29.97 every fifth is.

    Resolve counts in whole frames from a file's beginning, so a handle that is not leaves the slot off by a part of a
    sample, and its timecode by a frame.
    """
    for frames in range(handles, handles * _MOST + 1):
        if (frames * sample_rate / rate.fps).denominator == 1:
            return frames
    return handles


def check_for_resolve(out: Path) -> None:
    """Raises InputError for an OUT that Resolve is not known to read with its media found."""
    if out.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{out}: --for resolve writes .otio, or .xml (FCP 7 XML) where media are to be relinked: name OUT so"
        )


def is_for_resolve(timeline: otio.schema.Timeline) -> bool:
    """Whether ``for_resolve`` made this timeline."""
    data = timeline.metadata.get(KEY)
    return isinstance(data, Mapping) and isinstance(data.get("renamed"), Mapping)


def for_resolve(timeline: otio.schema.Timeline, suffix: str = ".otio") -> otio.schema.Timeline:
    """``timeline``, changed in place, as Resolve reads it in a file of this suffix.

    Takes are counted in the timecode that Resolve reads from a Broadcast WAV's time reference, and the timeline gets a
    name of its own. For OTIO, tracks are called as Resolve calls them, files are named by their plain path where a
    ``file://`` URL is written, and what has no range gets one.
    """
    rate = timeline_rate(timeline)
    _rename(timeline)
    for clip in timeline.find_clips():
        _count_in_timecode(clip, rate)
    if suffix.lower() == ".otio":
        _shape(timeline, rate)
    return timeline


def _count_in_timecode(clip: otio.schema.Clip, rate: Rate) -> None:
    take = _take(clip)
    reference = clip.media_reference
    if take is None or not isinstance(reference, otio.schema.ExternalReference):
        return
    if reference.available_range is None or clip.source_range is None:
        return
    first = _first_frame(int(take["time_reference"]), int(take["sample_rate"]), rate)
    moved = first - in_frames(reference.available_range.start_time, rate)
    before = clip.source_range.start_time
    reference.available_range = _moved(reference.available_range, moved, rate)
    clip.source_range = _moved(clip.source_range, moved, rate)
    for marker in clip.markers:
        if in_frames(before, rate) != in_frames(clip.source_range.start_time, rate):
            marker.marked_range = _moved(marker.marked_range, moved, rate)


def _shape(timeline: otio.schema.Timeline, rate: Rate) -> None:
    if timeline.global_start_time is None:
        _change(timeline, "global_start_time", to_time(0, rate))
    numbers: dict[str, int] = {}
    for track in timeline.tracks:
        if isinstance(track, otio.schema.Track):
            numbers[track.kind] = numbers.get(track.kind, 0) + 1
            _change(track, "name", f"{track.kind} {numbers[track.kind]}")
    for clip in timeline.find_clips():
        if clip.source_range is None and clip.media_reference.available_range is not None:
            _change(clip, "source_range", clip.media_reference.available_range)
        for reference in clip.media_references().values():
            if reference.available_range is None and clip.source_range is not None:
                _change(reference, "available_range", clip.source_range)
            url = getattr(reference, "target_url", None)
            path = media_path(url, Path("/")) if isinstance(url, str) and url.startswith("file:") else None
            if path is not None:
                _change(reference, "target_url", str(path))


def _change(item: Any, name: str, value: Any) -> None:
    """Changes an attribute, and keeps in the metadata what it was at first."""
    before = getattr(item, name)
    if _same(before, value):
        return
    changed = dict(item.metadata.get(_CHANGED, {}))
    first = changed[name][0] if name in changed and _same(changed[name][1], before) else before
    item.metadata[_CHANGED] = {**changed, name: [first, value]}
    setattr(item, name, value)


def _same(one: Any, other: Any) -> bool:
    # OpenTimelineIO's times cannot be compared to None.
    return one is other if one is None or other is None else bool(one == other)


def take_back(timeline: otio.schema.Timeline) -> None:
    """Takes back what ``for_resolve`` changed, but for what was changed again since. Takes of ours stay as they are."""
    give_name_back(timeline)
    for item in _objects(timeline):
        changed = item.metadata.get(_CHANGED)
        if not isinstance(changed, Mapping):
            continue
        for name, (before, after) in changed.items():
            if _same(getattr(item, name, None), after):
                setattr(item, name, before)
        del item.metadata[_CHANGED]


def _objects(timeline: otio.schema.Timeline) -> Iterator[Any]:
    yield timeline
    yield from timeline.tracks
    for clip in timeline.find_clips():
        yield clip
        yield from clip.media_references().values()


def give_name_back(timeline: otio.schema.Timeline) -> None:
    """Gives ``timeline`` the name that it had before ``for_resolve``, unless it was renamed since."""
    data = timeline.metadata.get(KEY)
    if not isinstance(data, Mapping) or not isinstance(data.get("renamed"), Mapping):
        return
    renamed = data["renamed"]
    if timeline.name == renamed.get("to"):
        timeline.name = str(renamed.get("from", timeline.name))
    left = {key: value for key, value in data.items() if key != "renamed"}
    if left:
        timeline.metadata[KEY] = left
    else:
        del timeline.metadata[KEY]


def _rename(timeline: otio.schema.Timeline) -> None:
    new = _new_name(timeline.name)
    give_name_back(timeline)
    data = timeline.metadata.get(KEY)
    others = dict(data) if isinstance(data, Mapping) else {}
    timeline.metadata[KEY] = {**others, "renamed": {"from": timeline.name, "to": new}}
    timeline.name = new


def _new_name(name: str) -> str:
    """``Scene 1`` -> ``Scene 1 (Framevox)`` -> ``Scene 1 (Framevox 2)``."""
    ours = re.fullmatch(r"(.*) \(Framevox(?: (\d+))?\)", name, re.DOTALL)
    return f"{ours[1]} (Framevox {int(ours[2] or 1) + 1})" if ours else f"{name or 'Timeline'} (Framevox)"


def _take(clip: Any) -> Mapping[str, Any] | None:
    data = clip.metadata.get(KEY)
    take = data.get("take") if isinstance(data, Mapping) else None
    return take if isinstance(take, Mapping) else None


def _first_frame(time_reference: int, sample_rate: int, rate: Rate) -> Fraction:
    frame = round(Fraction(time_reference) * rate.fps / sample_rate)
    if edge(frame, sample_rate, rate) == time_reference:
        return Fraction(frame)
    return Fraction(time_reference) * rate.fps / sample_rate


def _moved(span: otio.opentime.TimeRange, frames: Fraction, rate: Rate) -> otio.opentime.TimeRange:
    start = in_frames(span.start_time, rate) + frames
    # Whole frames are written in frames, whatever the range was written in before.
    return otio.opentime.TimeRange(to_time(start, rate), to_time(in_frames(span.duration, rate), rate))
