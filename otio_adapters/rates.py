"""The rate that a timeline's frames are counted in, and the frame number that it begins with."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .times import in_frames, whole


def timeline_rate(timeline: otio.schema.Timeline) -> Rate:
    """The rate that a timeline's frames are counted in.

    That of ``global_start_time``, else of the first clip of the first video track, else of the first clip at all.
    Rates of 1000 and more are sample rates: they count only where there is nothing else.
    """
    samples = None
    unknown: InputError | None = None
    for written in _written_rates(timeline):
        if 1 < written < 1000:
            try:
                rate = Rate.parse(written)
            except InputError as error:
                if timeline.global_start_time is not None:
                    raise InputError(f"the timeline's start (global_start_time): {error}") from None
                unknown = unknown or error  # one odd clip does not decide for all the others
                continue
            possible = rate.fps.denominator == 1001 and rate.nominal in (30, 60)
            return Rate(rate.fps, possible and _drop_frame(timeline))
        samples = samples or (written if 1000 <= written < math.inf else None)
    if unknown is not None:
        raise InputError(f"the timeline's rate: {unknown}")
    return Rate.parse(samples) if samples else Rate(Fraction(24))  # nothing in it has a length


def _written_rates(timeline: otio.schema.Timeline) -> Iterator[float]:
    start = timeline.global_start_time
    if start is not None:
        yield start.rate
    for kind in (otio.schema.Clip, otio.core.Item, otio.schema.Marker):
        for source in (*timeline.video_tracks(), *timeline.audio_tracks(), timeline.tracks):
            yield from _rates(source, kind)


def origin(timeline: otio.schema.Timeline, rate: Rate) -> Frames:
    """The frame number of the timeline's first frame: its start timecode, 0 where it has none."""
    start = timeline.global_start_time
    try:
        return 0 if start is None else whole(in_frames(start, rate))
    except InputError as error:
        raise InputError(f"the timeline's start (global_start_time): {error}") from None


def _drop_frame(timeline: otio.schema.Timeline) -> bool:
    """Drop-frame is how a timecode is written; OTIO's times do not carry it, FCP 7 XML's metadata does."""
    for data in (timeline.metadata, timeline.tracks.metadata):
        xml = data.get("fcp_xml")
        timecode = xml.get("timecode") if isinstance(xml, Mapping) else None
        if isinstance(timecode, Mapping) and timecode.get("displayformat") == "DF":
            return True
    return False


def mark_drop_frame(timeline: otio.schema.Timeline) -> None:
    """Says that a timeline's timecode is drop-frame, where ``timeline_rate`` and readers of FCP 7 XML look for it."""
    data = dict(timeline.metadata.get("fcp_xml", {}))
    timeline.metadata["fcp_xml"] = {**data, "timecode": {"displayformat": "DF"}}


def _rates(composition: Any, kind: Any) -> Iterator[float]:
    """The rates that objects of one kind below a composition are written in, in order."""
    for child in itertools.chain([composition], composition):
        if isinstance(child, otio.core.Composition) and child is not composition:
            yield from _rates(child, kind)
        elif kind is otio.schema.Marker and isinstance(child, otio.core.Item):
            yield from (marker.marked_range.duration.rate for marker in child.markers)
        elif isinstance(child, kind):
            reference = child.media_reference if isinstance(child, otio.schema.Clip) else None
            ranges = (child.source_range, reference.available_range if reference is not None else None)
            yield from (r.duration.rate for r in ranges if r is not None)
