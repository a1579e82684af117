"""Timelines as DaVinci Resolve wants them: media in their own timecode, and files by their plain path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Rate, edge

from .media_urls import media_path
from .metadata import KEY
from .rates import timeline_rate
from .times import in_frames, to_time

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


def for_resolve(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    """``timeline``, changed in place, with every take of ours as Resolve reads it.

    Resolve takes a Broadcast WAV's time reference for the timecode of its first frame and counts ranges from there,
    and it finds files by a plain path where a ``file://`` URL is written. It imports no second timeline of one name, so
    the result gets one of its own. Clips that are not ours stay as they are.
    """
    rate = timeline_rate(timeline)
    _rename(timeline)
    for clip in timeline.find_clips():
        take = _take(clip)
        reference = clip.media_reference
        if take is None or not isinstance(reference, otio.schema.ExternalReference):
            continue
        path = media_path(reference.target_url, Path("/"))
        if path is not None:
            reference.target_url = str(path)
        if reference.available_range is None or clip.source_range is None:
            continue
        first = _first_frame(int(take["time_reference"]), int(take["sample_rate"]), rate)
        moved = first - in_frames(reference.available_range.start_time, rate)
        before = clip.source_range.start_time
        reference.available_range = _moved(reference.available_range, moved, rate)
        clip.source_range = _moved(clip.source_range, moved, rate)
        for marker in clip.markers:
            if in_frames(before, rate) != in_frames(clip.source_range.start_time, rate):
                marker.marked_range = _moved(marker.marked_range, moved, rate)
    return timeline


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
