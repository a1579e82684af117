"""Timelines as OpenTimelineIO's AAF adapter can write them: every length in whole frames of one rate."""

from __future__ import annotations

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

from .placeholders import timeline_rate
from .times import in_frames, to_time

WRITER_OPTIONS = {"use_empty_mob_ids": True}
"""The adapter refuses clips that have no id from an Avid; so told, it gives them one."""


def for_aaf(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    """A copy of ``timeline`` whose whole frames are written in one rate, and whose media all say how long they are.

    A file that ends inside a frame is a part of a frame longer than the AAF says: nothing that is used lies there.
    What lies between frames stays, and the adapter refuses it by name.
    """
    result = timeline.deepcopy()
    rate = timeline_rate(result)
    for item in result.find_children():
        if isinstance(item, otio.schema.Transition) or not isinstance(item, otio.core.Item):
            continue
        if item.source_range is not None:
            item.source_range = _in_one_rate(item.source_range, rate, cut=False)
        reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
        span = (reference.available_range or item.source_range) if reference is not None else None
        if reference is not None and span is not None:
            reference.available_range = _in_one_rate(span, rate, cut=True)
    return result


def _in_one_rate(span: otio.opentime.TimeRange, rate: Rate, *, cut: bool) -> otio.opentime.TimeRange:
    """``span`` in frames at ``rate`` where it is whole frames, or where its end may be cut to them; else as it is."""
    try:
        start, length = in_frames(span.start_time, rate), in_frames(span.duration, rate)
    except InputError:
        return span
    if start.denominator != 1 or (length.denominator != 1 and not cut):
        return span
    return otio.opentime.TimeRange(to_time(start, rate), to_time(length // 1, rate))
