"""Timelines within timelines, for formats whose adapters drop, refuse or move what lies inside of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.captions import read_caption
from framevox.engine_daemon.project.names import is_nobody
from framevox.engine_daemon.protocol.timebase import Frames, Rate
from framevox.otio_adapters.metadata import KEY
from framevox.otio_adapters.times import gap, to_time
from framevox.otio_adapters.walk import Found, everything, item_at
from framevox.otio_adapters.written_lines import has_no_media, marker_line

_HOLDS_SILENT = (".xml", ".aaf")
"""Formats that hold a nest, but not the lines in it."""


def lay_out_nests(timeline: otio.schema.Timeline, suffix: str, rate: Rate) -> int:
    """Puts what the nests of a timeline show on tracks beside them, each at its place, and a gap where each nest was.

    Every track inside of a nest becomes one of its name, so that a line stays its character's. Tracks that show a part
    of themselves become that part. What is retimed as a whole stays. Returns how many nests were laid out.
    """
    found: dict[int, list[Found]] = {}
    for each in everything(timeline, rate):
        if each.place.where:
            found.setdefault(each.place.where[0], []).append(each)
    count = 0
    for index in reversed(range(len(timeline.tracks))):
        track, shown = timeline.tracks[index], found.get(index, [])
        if not isinstance(track, otio.schema.Track) or any(each.problem for each in shown):
            continue
        nests = [n for n, child in enumerate(track) if isinstance(child, otio.core.Composition)]
        inside = [each for each in shown if len(each.place.where) > 2 or _lies_on_nest(track, each)]
        kept = suffix in _HOLDS_SILENT and not any(map(_is_line, inside))
        # Of several tracks side by side, the AAF adapter makes a nest as long as all of them together.
        kept = kept and not (suffix == ".aaf" and any(_is_wide(track[n]) for n in nests))
        if track.source_range is None and (not nests or (kept and all(_is_stack(track[n]) for n in nests))):
            for n in nests:
                _give_range(track[n])
            continue
        trimmed = track.source_range is not None
        visible = [each for each in shown if not each.hidden]
        for each in visible if trimmed else [each for each in inside if not each.hidden]:
            if each.marker is not None and not isinstance(item_at(timeline.tracks, each.place.where), otio.schema.Clip):
                timeline.tracks.markers.append(_marker(each, rate))
        clips = [each for each in visible if each.marker is None]
        layers = _layers([each for each in clips if len(each.place.where) > 2], track.kind, rate)
        if trimmed:
            own = _layers([each for each in clips if len(each.place.where) == 2], track.kind, rate)
            track[:] = [child.clone() for layer in own for child in layer]
            track.source_range = None
            del track.markers[:]
        else:
            _empty(track, nests)
        timeline.tracks[index + 1 : index + 1] = layers
        count += len(nests)
    return count


def _is_stack(item: Any) -> bool:
    return isinstance(item, otio.schema.Stack)


def _is_wide(item: Any) -> bool:
    """Whether there are several layers in it at one time."""
    if not isinstance(item, otio.core.Composition):
        return False
    return (_is_stack(item) and len(item) > 1) or any(map(_is_wide, item))


def _is_line(found: Found) -> bool:
    """Whether it is a line, or holds one's take."""
    if KEY in found.item.metadata:
        return True
    if found.marker is not None:
        return not found.point and bool(marker_line(found.item))
    return found.place.kind == "audio" and has_no_media(found.item)


def _lies_on_nest(track: Any, found: Found) -> bool:
    """Whether it is a marker on a nest itself."""
    return len(found.place.where) == 2 and isinstance(track[found.place.where[1]], otio.core.Composition)


def _give_range(nest: Any) -> None:
    """Adapters ask a nest, and those in it, for their range whether they are trimmed or not."""
    for each in (nest, *nest.find_children(descended_from_type=otio.schema.Stack)):
        if each.source_range is None:
            each.source_range = each.available_range()


def _marker(found: Found, rate: Rate) -> Any:
    """A marker of a nest or track at its place on the timeline; one that is a line keeps its track's character."""
    marker = found.item.clone()
    length = marker.marked_range.duration if found.point else to_time(found.end - found.start, rate)
    marker.marked_range = otio.opentime.TimeRange(to_time(found.start, rate), length)
    track = found.place.track
    if _is_line(found) and not is_nobody(track) and not read_caption(marker_line(marker)).character:
        data = dict(marker.metadata.get(KEY, {}))
        data.setdefault("character", track.strip())
        marker.metadata[KEY] = data
    return marker


def _layers(clips: Sequence[Found], kind: str, rate: Rate) -> list[Any]:
    """Tracks that hold each clip at its place: one for each name, and further ones where two lie over each other."""
    layers: list[tuple[Any, list[Frames]]] = []
    for found in sorted(clips, key=lambda each: each.start):
        clip = found.item.clone()
        clip.source_range = otio.opentime.TimeRange(
            to_time(found.start - found.place.zero, rate), to_time(found.end - found.start, rate)
        )
        for track, end in layers:
            if track.name == found.place.track and end[0] <= found.start:
                break
        else:
            track, end = otio.schema.Track(found.place.track, kind=kind), [0]
            layers.append((track, end))
        if found.start > end[0]:
            track.append(gap(found.start - end[0], rate))
        track.append(clip)
        end[0] = found.end
    return [track for track, _ in layers]


def _empty(track: Any, nests: Sequence[int]) -> None:
    """Puts a gap where each nest was. Transitions into and out of it go with it."""
    for n in reversed(nests):
        track[n] = otio.schema.Gap(source_range=track[n].trimmed_range())
    for n in reversed(range(len(track))):
        beside = [track[m] for m in (n - 1, n + 1) if 0 <= m < len(track)]
        if isinstance(track[n], otio.schema.Transition) and all(isinstance(b, otio.schema.Gap) for b in beside):
            del track[n]
