"""How a timeline file is imported: what Resolve wants of OTIO, and what it makes of what it does not get.

Facts, "Calls we need", and what the route by OTIO needs: absolute timecode ranges, plain paths, ``available_range``.
"""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Rate

from .otio_shape import faults

if TYPE_CHECKING:
    from .world import Media, TimelineState, World


def import_timeline(world: World, path: str) -> TimelineState | None:
    """The timeline, now open; None where there is one of its name, or the file is not in Resolve's own shape."""
    from .world import Placed, TimelineState, TrackState

    if faults(Path(path).read_text("utf-8")):
        return None
    read = otio.adapters.read_from_file(path)
    if any(line.name == read.name for line in world.timelines):
        return None
    start = read.global_start_time
    rate = Rate.parse(f"{start.rate:.3f}").fps
    line = TimelineState(
        read.name, rate, False, round(start.value), world.uid("timeline"), {"video": [], "audio": [], "subtitle": []}
    )
    for track in read.tracks:
        made = TrackState(track.name, enabled=track.enabled)
        for clip in track:
            if not isinstance(clip, otio.schema.Clip):
                continue
            span = clip.range_in_parent()
            first, length = (
                Fraction(round(time.rescaled_to(start.rate).value)) for time in (span.start_time, span.duration)
            )
            item = Placed(clip.name, line.start + first, length, enabled=clip.enabled, uid=world.uid("item"))
            media = _media(world, clip)
            if media is not None:
                offset = _offset(clip, Path(media.path), rate)
                if offset is not None and offset >= 0 and offset + length <= media.frames:
                    item.media, item.source_start = media, offset
            made.items.append(item)
        line.tracks[track.kind.lower()].append(made)
    for marker in read.tracks.markers:
        frame = round(marker.marked_range.start_time.value)
        note = marker.metadata.get("Resolve_OTIO", {}).get("Note", "")
        line.markers[frame] = {
            "color": "Blue",
            "name": marker.name,
            "note": note,
            "duration": marker.marked_range.duration.value,
            "customData": "",
        }
    world.timelines.append(line)
    world.timeline = line
    return line


def _media(world: World, clip: Any) -> Media | None:
    """The file of a clip in the media pool; a URL with ``file://`` is taken for a path, and is not found."""
    reference = clip.media_reference
    if not isinstance(reference, otio.schema.ExternalReference) or reference.available_range is None:
        return None
    known = next((media for media in world.media if media.path == reference.target_url), None)
    return known or world.import_file(reference.target_url)


def _offset(clip: Any, path: Path, rate: Fraction) -> int | None:
    """At which frame of its file a clip begins. Its range counts in the file's own timecode, an hour in or whenever."""
    begins = clip.source_range.start_time.rescaled_to(float(rate)).value - _timecode(path, rate)
    return round(begins) if abs(begins - round(begins)) < 1e-6 else None


def _timecode(path: Path, rate: Fraction) -> int:
    """The first frame of a file by its time reference; an hour where there is no file to ask."""
    from wavinfo import WavInfoReader

    if not path.is_file():
        return 3600 * round(rate)
    with wave.open(str(path), "rb") as file:
        sample_rate = file.getframerate()
    bext = WavInfoReader(str(path)).bext
    return round(Fraction(bext.time_reference) * rate / sample_rate) if bext else 0
