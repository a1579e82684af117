"""GStreamer Editing Services without Framevox and OpenTimelineIO: clips of one file, one behind the other.

The system's own Python runs it: ``ges_alone.py WAV PROJECT.xges FPS EDGES``. Each clip shows as much of WAV as it is
long, from frame 12 on at FPS; they and the gaps between them are whole frames long. EDGES is ``frames``, where they
begin and end on the nanosecond nearest to the frame's edge, or ``samples``, on that nearest to the sample at 48 kHz
that is nearest to it. Prints the first sample of each clip, and that of WAV that it shows first.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GES", "1.0")
from gi.repository import GES, Gst  # noqa: E402 — after the versions are chosen

CLIPS, HEAD = 24, 12


def main(wav: str, project: str, fps: str, edges: str) -> None:
    rate = Fraction(fps)

    def sample(frame: int) -> int:
        return (frame * 48000 / rate + Fraction(1, 2)).__floor__()

    def at(frame: int) -> int:
        return round((frame / rate if edges == "frames" else Fraction(sample(frame), 48000)) * 10**9)

    Gst.init(None)
    GES.init()
    made = GES.Project.new(None)
    timeline = made.extract()
    timeline.add_track(GES.AudioTrack.new())
    layer = timeline.append_layer()
    asset = GES.UriClipAsset.request_sync(Path(wav).as_uri())
    made.add_asset(asset)
    frame = 0
    for n in range(CLIPS):
        frame += 5 + n % 3 if n % 4 else 0
        end = frame + 17 + n % 7
        layer.add_asset(asset, at(frame), at(HEAD), at(end) - at(frame), GES.TrackType.AUDIO)
        print(sample(frame), sample(HEAD))
        frame = end
    timeline.commit()
    made.save(timeline, Path(project).as_uri(), None, True)


main(*sys.argv[1:])
