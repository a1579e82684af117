"""Transitions and disabled clips, as far as each format holds them."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.times import gap, in_frames
from framevox.otio_adapters.walk import range_in_frames

OFF = "\ue001"
"""Heads the names of disabled clips on their way through the adapter for FCPX XML, which knows only enabled ones."""


def leave_out_transitions(timeline: otio.schema.Timeline, suffix: str, rate: Rate) -> int:
    """Takes out the transitions that a format's adapter refuses or drops, or that would move what lies beside them.

    Of an FCP 7 XML's those stay that do not begin before their track does; one whose halves differ gets halves alike,
    else the cut under it moves. Returns how many were taken out.
    """
    count = 0
    for track in timeline.tracks.find_children(descended_from_type=otio.schema.Track):
        for index in reversed(range(len(track))):
            child = track[index]
            if not isinstance(child, otio.schema.Transition):
                continue
            if child.duration().value > 0 and _is_held(child, track, suffix):
                if suffix != ".xml":
                    continue
                _center(child)
                # -1 is where a clip begins that a transition leads into, and so says nothing of a transition.
                if not _begins_before(track, index, rate):
                    continue
            del track[index]
            count += 1
    return count


def _is_held(transition: Any, track: Any, suffix: str) -> bool:
    if suffix == ".aaf":
        return bool(transition.metadata.get("AAF", {}).get("PointList"))  # it comes from an Avid
    if suffix == ".edl":
        return bool(track.kind == otio.schema.TrackKind.Video)
    return suffix == ".xml"


def _begins_before(track: Any, index: int, rate: Rate) -> bool:
    """Whether the transition at ``index`` begins before the track."""
    room = in_frames(track[index].in_offset, rate)
    for child in reversed(track[:index]):
        length = None if isinstance(child, otio.schema.Transition) else range_in_frames(child, rate)[1]
        room -= length or 0
        if room <= 0:
            return False
    return room > 0


def _center(transition: Any) -> None:
    """The FCP 7 XML adapter reads the cut at the middle of a transition, unless one half is empty."""
    before, after = transition.in_offset, transition.out_offset
    if before.value and after.value and before.rate == after.rate:
        half = (before.value + after.value) // 2
        transition.in_offset = otio.opentime.RationalTime(half, before.rate)
        transition.out_offset = otio.opentime.RationalTime(before.value + after.value - half, before.rate)


def switch_off(timeline: otio.schema.Timeline, suffix: str, rate: Rate) -> int:
    """Says of disabled clips and tracks that they are, in the format's own way; where it has none, they are gaps.

    Returns how many clips and tracks were left out.
    """
    count = 0
    for index in reversed(range(len(timeline.tracks))):
        track = timeline.tracks[index]
        if suffix == ".xml":
            for item in (track, *(track.find_children() if isinstance(track, otio.core.Composition) else ())):
                if isinstance(item, otio.core.Item) and not item.enabled:
                    item.metadata["fcp_xml"] = {**item.metadata.get("fcp_xml", {}), "enabled": "FALSE"}
        elif suffix == ".fcpxml":
            for clip in track.find_clips() if isinstance(track, otio.core.Composition) else ():
                if not (clip.enabled and track.enabled):
                    clip.name = OFF + clip.name
        elif suffix in (".aaf", ".edl"):
            if not track.enabled:
                del timeline.tracks[index]
                count += 1
            elif isinstance(track, otio.core.Composition):
                count += _empty(track, rate)
    return count


def _empty(composition: Any, rate: Rate) -> int:
    """Puts gaps where what is disabled lies; transitions beside it go. Returns how many clips and nests there were."""
    count = 0
    gone = []
    for n, child in enumerate(composition):
        if isinstance(child, otio.core.Item) and not child.enabled:
            length = range_in_frames(child, rate)[1]
            if length is not None:
                composition[n] = gap(length, rate)
                gone.append(n)
        elif isinstance(child, otio.core.Composition):
            count += _empty(child, rate)
    for n in reversed(range(len(composition))):
        if isinstance(composition[n], otio.schema.Transition) and (n - 1 in gone or n + 1 in gone):
            del composition[n]
    return count + len(gone)


def read_switched_off(timeline: otio.schema.Timeline) -> None:
    """Disables what FCP 7 XML says is: Premiere's and Resolve's disabled clips and tracks."""
    for item in (*timeline.tracks, *timeline.find_children()):
        data = item.metadata.get("fcp_xml")
        if hasattr(data, "get") and str(data.get("enabled", "")).strip().upper() == "FALSE":
            item.enabled = False
