"""Timelines as FCP 7 XML and AAF hold them: in whole frames of one rate.

Their adapters refuse what is written in samples, as the range of a take is whose slot begins at a sample that no frame
of its file begins at (docs/frame-maths.md): such a take is written from the nearest frame, less than a sample away.
"""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

from .placing import holds_take
from .timeline_rate import timeline_rate
from .times import in_frames, to_time


def in_whole_frames(timeline: otio.schema.Timeline, *, aaf: bool) -> otio.schema.Timeline:
    """A copy of ``timeline`` whose whole frames are written in one rate, and whose media all say how long they are.

    A file that ends inside a frame is a part of a frame longer than is written: nothing that is used lies there. What
    else lies between frames stays, and the adapter refuses it by name. For an AAF, clips that come from no Avid get the
    mob ids that the adapter asks for.
    """
    result = timeline.deepcopy()
    rate = timeline_rate(result)
    for item in result.find_children():
        if isinstance(item, otio.schema.Transition) or not isinstance(item, otio.core.Item):
            continue
        is_take = holds_take(item)
        if item.source_range is not None:
            item.source_range = _in_one_rate(item.source_range, rate, nearest=is_take)
        if not isinstance(item, otio.schema.Clip):
            continue
        reference = item.media_reference
        span = (reference.available_range or item.source_range) if reference is not None else None
        if reference is not None and span is not None:
            reference.available_range = _in_one_rate(span, rate, cut=True)
        if aaf:
            _give_mob_id(item)
    return result


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
    reference = clip.media_reference
    places = [clip.metadata, *([reference.metadata] if reference is not None else [])]
    if any(place.get("AAF", {}).get(key) for place in places for key in ("MobID", "SourceID")):
        return
    from aaf2.mobid import MobID

    clip.metadata["AAF"] = {**clip.metadata.get("AAF", {}), "MobID": str(MobID.new())}
