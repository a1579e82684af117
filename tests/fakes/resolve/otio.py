"""What Resolve writes when a timeline is exported as OTIO: absolute timecode, plain paths, notes in its own metadata.

Captions are left out, as far as is known (docs/resolve.md lists it as to be tried).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import opentimelineio as otio

if TYPE_CHECKING:
    from .world import Placed, TimelineState


def export(line: TimelineState) -> str:
    rate = float(line.rate)

    def time(frames: Fraction | int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(float(frames), rate)

    def span(start: Fraction | int, duration: Fraction | int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(time(start), time(duration))

    def clip(item: Placed) -> otio.schema.Clip:
        reference: otio.core.MediaReference = otio.schema.MissingReference()
        if item.media is not None:
            # Media in their own timecode, an hour in, and by their plain path.
            zero = 3600 * round(line.rate)
            reference = otio.schema.ExternalReference(item.media.path, span(zero, item.media.frames))
            source = span(zero + item.source_start, item.duration)
        else:
            source = span(0, item.duration)
        made = otio.schema.Clip(item.name, reference, source)
        made.enabled = item.enabled
        return made

    timeline = otio.schema.Timeline(line.name, global_start_time=time(line.start))
    for kind in ("video", "audio"):
        for track in line.tracks[kind]:
            written = otio.schema.Track(track.name, kind=kind.capitalize())
            position = Fraction(line.start)
            for item in sorted(track.items, key=lambda item: item.start):
                if item.start > position:
                    written.append(otio.schema.Gap(duration=time(item.start - position)))
                written.append(clip(item))
                position = item.end
            timeline.tracks.append(written)
    for frame, marker in sorted(line.markers.items()):
        made = otio.schema.Marker(marker["name"], span(frame, int(marker["duration"])))
        made.metadata["Resolve_OTIO"] = {"Note": marker["note"]}
        timeline.tracks.markers.append(made)
    return otio.adapters.write_to_string(timeline, "otio_json")
