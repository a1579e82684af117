"""A timeline of captions: one placeholder a caption, each where it is shown."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, format_timecode

from ..metadata import KEY, About, TimelineWarning
from ..rates import mark_drop_frame
from ..times import gap, to_time
from .reading import Caption
from .spans import frame_spans
from .turns import turns

MOST_HOURS = 100


@dataclass(frozen=True)
class Layout:
    """How captions lie on a timeline.

    ``start`` is the frame number of the timeline's first frame; ``offset`` the file's zero, in frames from that first
    frame; ``length`` the whole length in frames, None to end with the last caption.
    """

    rate: Rate
    start: int = 0
    offset: int = 0
    length: int | None = None


def timeline_of(
    captions: Sequence[Caption], layout: Layout, name: str = "", track: str = "Captions"
) -> otio.schema.Timeline:
    """Puts every caption onto the timeline as a clip without media, which is what a placeholder is.

    ``track`` is the name of their track. A caption of two speakers gives two clips, each with a share of its span by
    the letters they say. Captions out of order are sorted. One that overlaps the one before it goes on
    a track of its character, and a TimelineWarning says so. Raises InputError for captions that lie before the
    timeline's first frame, or far behind everything that is a film.
    """
    rate = layout.rate
    ordered = sorted(captions, key=lambda caption: (caption.start, caption.end))
    spans = frame_spans([(caption.start, caption.end) for caption in ordered], rate)
    lanes: dict[str, list[tuple[int, int, Caption]]] = {track: []}
    aside: list[str] = []
    for whole, (first, end) in zip(ordered, spans, strict=True):
        _check(whole, first + layout.offset, end + layout.offset, layout)
        for begin, finish, caption in turns(whole, first + layout.offset, end + layout.offset):
            lane = _lane(lanes, track, caption, begin)
            if lane != track:
                aside.append(f"{caption.name} ({format_timecode(layout.start + begin, rate)}) on {lane!r}")
            lanes[lane].append((begin, finish, caption))
    if aside:
        more = f" and {len(aside) - 5} more" if len(aside) > 5 else ""
        _warn(f"lines that overlap the one before them lie on tracks of their own: {', '.join(aside[:5])}{more}")
    timeline = otio.schema.Timeline(name, global_start_time=to_time(layout.start, rate))
    if rate.drop_frame:
        mark_drop_frame(timeline)
    for lane, placed in lanes.items():
        timeline.tracks.append(_track(lane, placed, layout))
    return timeline


def _check(caption: Caption, begin: int, finish: int, layout: Layout) -> None:
    fps = layout.rate.fps
    if begin < 0:
        raise InputError(
            f"{caption.name} begins {-begin} frames before the timeline: raise --offset, or lower --start-timecode"
        )
    if finish * fps.denominator > MOST_HOURS * 3600 * fps.numerator:
        raise InputError(f"{caption.name} ends after {MOST_HOURS} hours: check the file's times")
    if layout.length is not None and finish > layout.length:
        _warn(
            f"{caption.name} ends {finish - layout.length} frames behind the timeline's end: raise --length",
            About(begin, finish - begin),
        )


def _lane(lanes: dict[str, list[tuple[int, int, Caption]]], track: str, caption: Caption, begin: int) -> str:
    """The name of the track on which the caption has room."""
    if _free(lanes[track], begin):
        return track
    wanted, number = caption.speaker or track, 1 if caption.speaker else 2
    while True:
        lane = wanted if number == 1 else f"{wanted} {number}"
        if _free(lanes.setdefault(lane, []), begin):
            return lane
        number += 1


def _free(placed: Sequence[tuple[int, int, Caption]], begin: int) -> bool:
    return not placed or placed[-1][1] <= begin


def _track(name: str, placed: Sequence[tuple[int, int, Caption]], layout: Layout) -> otio.schema.Track:
    rate = layout.rate
    track = otio.schema.Track(name, kind=otio.schema.TrackKind.Audio)
    position = 0
    for begin, finish, caption in placed:
        if begin > position:
            track.append(gap(begin - position, rate))
        track.append(_clip(caption, finish - begin, rate))
        position = finish
    if layout.length is not None and layout.length > position:
        track.append(gap(layout.length - position, rate))
    return track


def _clip(caption: Caption, frames: int, rate: Rate) -> otio.schema.Clip:
    own = {"text": caption.text} | ({"character": caption.speaker} if caption.speaker else {}) | dict(caption.keys)
    clip = otio.schema.Clip(
        " ".join(caption.text.split()),
        otio.schema.MissingReference(),
        otio.opentime.TimeRange(to_time(0, rate), to_time(frames, rate)),
    )
    # Key by key: OpenTimelineIO takes more than twice as long over metadata that its constructor is given.
    for key, kept in {KEY: own, **caption.kept}.items():
        clip.metadata[key] = kept
    return clip


def _warn(message: str, about: About | None = None) -> None:
    warnings.warn(TimelineWarning(message, about), stacklevel=3)
