"""Timelines as OpenTimelineIO's adapters for FCP 7 XML, AAF, FCPX XML and EDL can write them.

They count in whole frames of one rate, and refuse or round what is written in samples, as the range of a take is whose
file ends inside a frame (docs/frame-maths.md).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate
from framevox.otio_adapters.placing import holds_take
from framevox.otio_adapters.rates import timeline_rate
from framevox.otio_adapters.times import in_frames, to_time
from framevox.otio_adapters.walk import range_in_frames

_APART = "framevox_apart"
"""A number that makes every clip another one; the FCP 7 XML adapter does not write it."""


def in_whole_frames(timeline: otio.schema.Timeline, suffix: str) -> otio.schema.Timeline:
    """A copy of ``timeline`` for the adapter of ``suffix``: whole frames in one rate, and media that say their length.

    A file that ends inside a frame is a part of a frame longer than is written: nothing that is used lies there. A take
    that begins between frames of its file is written from the nearest one, less than a frame away. What else lies
    between frames stays, and the adapter refuses it by name.
    """
    result = timeline.deepcopy()
    rate = timeline_rate(result)
    for number, item in enumerate((result.tracks, *result.find_children())):
        for marker in getattr(item, "markers", ()) if suffix == ".xml" else ():
            _give_comment(marker)
        if isinstance(item, otio.schema.Transition) or not isinstance(item, otio.core.Item):
            continue
        if item.source_range is not None:
            item.source_range = _in_one_rate(item.source_range, rate, nearest=holds_take(item))
        if not isinstance(item, otio.schema.Clip):
            continue
        reference = item.media_reference
        span = (reference.available_range or item.source_range) if reference is not None else None
        if reference is not None and span is not None:
            reference.available_range = _in_one_rate(span, rate, cut=True)
        if suffix == ".xml":
            # The adapter writes a clip like another one as a reference to it, and its place on the timeline is lost.
            item.metadata[_APART] = number
        if suffix == ".aaf":
            _give_mob_id(item)
        elif isinstance(reference, otio.schema.GeneratorReference):
            _give_kind(reference)
    return result


def lay_on_frames(timeline: otio.schema.Timeline, rate: Rate) -> int:
    """Moves every edge on the timeline's own tracks that lies inside a frame to the nearest frame.

    Edges are counted from the track's beginning, so that nothing adds up: none moves by more than half a frame. What is
    shorter than that is left out. Returns how many items were moved.
    """
    return sum(_lay_track(track, rate) for track in timeline.tracks if isinstance(track, otio.schema.Track))


def _lay_track(track: Any, rate: Rate) -> int:
    ranges = []
    for child in track:
        if not isinstance(child, otio.schema.Transition):
            start, length, _ = range_in_frames(child, rate)
            if length is None or length < 0:
                return 0  # nobody knows where what follows lies
            ranges.append((child, start, length))
    position: Frames = 0
    moved = 0
    for child, start, length in ranges:
        exact = (position, position + length, start)
        begin, end, shown = whole = tuple(map(nearest_frame, exact))
        position += length
        moved += exact != whole and not isinstance(child, otio.schema.Gap)
        if start.denominator != 1 or end - begin != length:
            child.source_range = otio.opentime.TimeRange(to_time(shown, rate), to_time(end - begin, rate))
    for index in reversed(range(len(track))):
        child = track[index]
        if isinstance(child, otio.schema.Transition):
            child.in_offset, child.out_offset = (
                to_time(nearest_frame(in_frames(offset, rate)), rate) for offset in (child.in_offset, child.out_offset)
            )
        elif child.source_range is not None and child.source_range.duration.value == 0:
            del track[index]
    return moved


def nearest_frame(frames: Frames) -> int:
    return (frames + Fraction(1, 2)).__floor__()


def _in_one_rate(
    span: otio.opentime.TimeRange, rate: Rate, *, cut: bool = False, nearest: bool = False
) -> otio.opentime.TimeRange:
    """``span`` in frames at ``rate`` where it is whole frames; else as it is.

    ``cut`` lets its end be cut to whole frames, ``nearest`` moves its start to the nearest frame.
    """
    try:
        start, length = in_frames(span.start_time, rate), in_frames(span.duration, rate)
    except InputError:
        return span
    start = type(start)(round(start)) if nearest else start
    if start.denominator != 1 or (length.denominator != 1 and not cut):
        return span
    return otio.opentime.TimeRange(to_time(start, rate), to_time(length // 1, rate))


def _give_mob_id(clip: Any) -> None:
    """Gives a clip that comes from no Avid the mob id without which the AAF adapter refuses it."""
    reference = clip.media_reference
    places = [clip.metadata, *([reference.metadata] if reference is not None else [])]
    if any(place.get("AAF", {}).get(key) for place in places for key in ("MobID", "SourceID")):
        return
    from aaf2.mobid import MobID

    clip.metadata["AAF"] = {**clip.metadata.get("AAF", {}), "MobID": str(MobID.new())}


def _give_comment(marker: Any) -> None:
    """Puts a marker's comment where the FCP 7 XML adapter writes it from."""
    data = dict(marker.metadata.get("fcp_xml", {}))
    if marker.comment and not data.get("comment"):
        marker.metadata["fcp_xml"] = {**data, "comment": marker.comment}


def _give_kind(reference: Any) -> None:
    """Says of a generator that it makes pictures: for one that does not say, the FCP 7 XML adapter asks for a file."""
    data = dict(reference.metadata.get("fcp_xml", {}))
    if "effecttype" not in data and "media" not in data and reference.available_range is not None:
        frames = int(reference.available_range.duration.value)
        reference.metadata["fcp_xml"] = {**data, "media": {"video": {"duration": str(frames)}}}
