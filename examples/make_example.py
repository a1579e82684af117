"""Builds the example timeline: a scene of twelve lines in Chinese and English at 23.976 fps, from 01:00:00:00.

``python examples/make_example.py`` writes ``plugin/cli/example.otio``, which ``framevox demo`` fills. Its lines
show every way to leave one: the name of an empty clip, with the speaker in front of it or on the track; a slug with
the line in its metadata; a ranged marker.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

RATE = Fraction(24000, 1001)
START = 24 * 3600
LENGTH = 1440
EXAMPLE = Path(__file__).parents[1] / "plugin" / "cli" / "example.otio"

# Frame the line begins at, frames it may take, line. The woman's track is named after her.
LIN = [
    (48, 74, "你终于来了，我还以为你不会上来。"),
    (240, 96, "整座城市都停电了，只有这里还有 signal。"),
    (450, 100, "文件有 2.3 GB，upload 至少要十分钟。"),
    (650, 38, "嘘，楼梯间有人。"),
    (800, 76, "密码是 rooftop，全部小写，记住了吗？"),
    (1010, 66, "天亮之前，一切都会结束。"),
]
BLEND = "zf_xiaobei:0.5+af_heart:0.5"  # the Chinese default: her lines have English words
# The man's lines lie on a general dialogue track and say who speaks.
DAN = [
    (144, 82, "DAN: The lift is dead. I took the stairs, all thirty floors."),
    (362, 74, "DAN: Then send it now, before they shut the tower down."),
    (568, 55, "DAN (whispering): We don't have ten minutes. We have four, maybe less."),  # tight
    (900, 72, "DAN: I remember."),  # loose
]
SLUG = (1100, 52, "See you on the other side, 林夏.")
MARKER = (712, 60, "DAN: Stay behind me, and keep your head down.")


def build() -> otio.schema.Timeline:
    """The example timeline."""
    timeline = otio.schema.Timeline("Rooftop", global_start_time=_time(START))
    timeline.tracks.append(_picture())
    timeline.tracks.append(_dialogue("林夏", [_line(*line, voice=BLEND) for line in LIN]))
    lines = [_line(*line, voice="am_michael") for line in DAN]
    timeline.tracks.append(_dialogue("Dialogue", [*lines, _slug(*SLUG)]))
    start, length, text = MARKER
    timeline.tracks.markers.append(
        otio.schema.Marker(
            name="ADR",
            marked_range=_range(start, length),
            color=otio.schema.MarkerColor.CYAN,
            comment=text,
            metadata={"framevox": {"voice": "am_michael"}},
        )
    )
    timeline.tracks.markers.append(
        otio.schema.Marker(name="Grade: colder", marked_range=_range(650, 0), color=otio.schema.MarkerColor.BLUE)
    )
    return timeline


def _time(frames: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, float(RATE))


def _range(start: int, length: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start), _time(length))


def _line(start: int, length: int, text: str, *, voice: str) -> tuple[int, otio.schema.Clip]:
    clip = otio.schema.Clip(text, otio.schema.MissingReference(), _range(0, length))
    clip.metadata["framevox"] = {"voice": voice}
    return start, clip


def _slug(start: int, length: int, text: str) -> tuple[int, otio.schema.Clip]:
    reference = otio.schema.GeneratorReference(generator_kind="Slug", available_range=_range(0, length))
    clip = otio.schema.Clip("Slug", reference, _range(0, length))
    clip.metadata["framevox"] = {"text": text, "character": "DAN", "voice": "am_michael", "language": "auto"}
    return start, clip


def _dialogue(name: str, clips: Iterable[tuple[int, otio.schema.Clip]]) -> otio.schema.Track:
    track = otio.schema.Track(name, kind=otio.schema.TrackKind.Audio)
    position = 0
    for start, clip in clips:
        track.append(otio.schema.Gap(duration=_time(start - position)))
        track.append(clip)
        position = start + round(clip.source_range.duration.value)
    return track


def _picture() -> otio.schema.Track:
    """Bars, then shots whose media are somewhere else: none of it is dialogue, all of it comes out as it went in."""
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    bars = otio.schema.GeneratorReference(generator_kind="SMPTEBars", available_range=_range(0, 48))
    children: list[Any] = [otio.schema.Clip("Bars", bars, _range(0, 48))]
    for name, length in (("R01_wide", 314), ("R02_lin", 338), ("R03_stairwell", 200), ("R04_two_shot", 540)):
        children.append(otio.schema.Clip(name, otio.schema.MissingReference(), _range(86400, length)))
    dissolve = otio.schema.Transition(
        transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve, in_offset=_time(6), out_offset=_time(6)
    )
    children.insert(4, dissolve)
    track.extend(children)
    return track


if __name__ == "__main__":
    otio.adapters.write_to_file(build(), str(EXAMPLE))
