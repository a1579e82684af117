"""Putting takes on a timeline: in the placeholder's own clip, or on a track of their own."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.client.wording import say_take
from framevox.engine_daemon.protocol.cues import Take, WordTiming
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, edge

from .media_urls import media_url
from .metadata import KEY
from .placeholders import Placeholder
from .room import Room, join_gaps, range_of
from .times import in_frames, to_time
from .walk import item_at

TRACK_PREFIX = "FV"
"""Tracks that Framevox adds are named ``FV Alice``; a second layer is ``FV Alice 2``."""


@dataclass(frozen=True)
class PlacedTake:
    """A take, the file that holds its sound, and what was asked for (text, character, voice, language, fit…)."""

    take: Take
    media: Path
    cue: Mapping[str, Any]


def place(
    timeline: otio.schema.Timeline,
    placeholders: Sequence[Placeholder],
    takes: Mapping[str, PlacedTake],
) -> otio.schema.Timeline:
    """A copy of ``timeline`` with a take in every slot that ``takes`` holds one for, by cue id.

    ``placeholders`` are what ``find_placeholders(timeline)`` gave. A clip keeps its name, markers, effects and
    metadata; what its media was stays in ``metadata["framevox"]["placeholder"]``. The line of a marker, of a clip
    outside of audio tracks, and of a clip that its parent trims goes on an audio track of its own, where a second run
    replaces it.
    """
    filled = timeline.deepcopy()
    wanted = [(p, takes[p.cue_id]) for p in placeholders if p.cue_id in takes]
    # Objects are looked up before anything moves: `where` counts children as they are in the input.
    objects = [look_up(filled, p) for p, _ in wanted]
    apart: list[tuple[Placeholder, PlacedTake]] = []
    for (placeholder, placed), item in zip(wanted, objects, strict=True):
        if placeholder.in_place:
            fill_clip(item, placeholder, placed)
        else:
            _remember(item, placeholder)
            apart.append((placeholder, placed))
    if apart:
        _place_apart(filled, apart)
    return filled


def look_up(timeline: otio.schema.Timeline, placeholder: Placeholder) -> Any:
    """The clip or marker that a placeholder of this timeline is."""
    item = item_at(timeline.tracks, placeholder.where)
    return item if placeholder.marker is None else item.markers[placeholder.marker]


def fill_clip(clip: Any, placeholder: Placeholder, placed: PlacedTake) -> None:
    """Changes a clip so that its media is the take; the range it shows of it is the slot."""
    data = _own(clip)
    duration = clip.source_range.duration if clip.source_range is not None else clip.available_range().duration
    if "placeholder" not in data:
        kept: dict[str, Any] = {
            "name": clip.name,
            "source_range": clip.source_range,
            "media_reference": clip.media_reference.clone() if clip.media_reference is not None else None,
            "markers": [marker.marked_range for marker in clip.markers],
            "metadata": _metadata_before(clip),
        }
        # A retime of media that was never there says nothing about the line, and would bend the take.
        retimes = [e for e in clip.effects if isinstance(e, otio.schema.TimeEffect)]
        if retimes:
            kept["effects"] = [e.clone() for e in clip.effects]
            clip.effects[:] = [e for e in clip.effects if not isinstance(e, otio.schema.TimeEffect)]
        data["placeholder"] = kept
    data["cue"] = placeholder.cue_id
    data["take"] = describe(placed)
    clip.metadata[KEY] = data
    before = clip.source_range.start_time if clip.source_range is not None else clip.available_range().start_time
    clip.media_reference, clip.source_range = _media(placeholder, placed, duration)
    for marker in clip.markers:
        shift_marker(marker, before, clip.source_range.start_time, placeholder.rate)


def shift_marker(
    marker: Any, before: otio.opentime.RationalTime, after: otio.opentime.RationalTime, rate: Rate
) -> None:
    """A clip's markers count in its media's time: they move with its source range and stay where they are seen."""
    marked = marker.marked_range
    try:
        start = in_frames(marked.start_time, rate) + in_frames(after, rate) - in_frames(before, rate)
        own = Rate.parse(marked.duration.rate)
    except InputError:
        return  # it is seen nowhere
    marker.marked_range = otio.opentime.TimeRange(to_time(start * own.fps / rate.fps, own), marked.duration)


def _remember(item: Any, placeholder: Placeholder) -> None:
    """The object that stands for the line stays as it is, but for the id of its cue."""
    data = _own(item)
    data.setdefault("placeholder", {"metadata": _metadata_before(item)})
    item.metadata[KEY] = {**data, "cue": placeholder.cue_id}


def _metadata_before(item: Any) -> dict[str, Any] | None:
    """Our part of an object's metadata before we write into it: None where there is none."""
    return _own(item) if KEY in item.metadata else None


def _own(item: Any) -> dict[str, Any]:
    return dict(item.metadata[KEY]) if KEY in item.metadata else {}


def describe(placed: PlacedTake) -> dict[str, Any]:
    """What a timeline keeps of a take: what was asked for, and what came of it, in samples from the slot's start."""
    take = placed.take
    return {
        "id": take.id,
        "engine": take.engine,
        "settings": dict(placed.cue),
        "voice": take.voice,
        "sample_rate": take.sample_rate,
        "slot_start_sample": take.slot_start_sample,
        "slot_end_sample": take.slot_end_sample,
        "media_slot_start_sample": take.media_slot_start_sample,
        "media_samples": take.media_samples,
        "time_reference": take.time_reference,
        "speech_start_sample": take.speech_start_sample,
        "speech_end_sample": take.speech_end_sample,
        "natural_seconds": take.natural_seconds,
        "fit_ratio": take.fit_ratio,
        "words": _timings(take.words),
        "message": say_take(take),
        **({"sync": [to_plain(point) for point in take.sync]} if take.sync else {}),
    }


def _timings(timings: Iterable[WordTiming]) -> list[dict[str, Any]]:
    return [{"text": t.text, "start_sample": t.start_sample, "end_sample": t.end_sample} for t in timings]


# Ranges. Media begin at 0, since several programs play nothing otherwise.


def _media(
    placeholder: Placeholder, placed: PlacedTake, duration: otio.opentime.RationalTime
) -> tuple[otio.schema.ExternalReference, otio.opentime.TimeRange]:
    """The reference to a take's file, and the range of it that fills the slot."""
    take = placed.take
    length = _media_time(take.media_samples, take.sample_rate, placeholder.rate, duration.rate)
    start = _media_time(take.media_slot_start_sample, take.sample_rate, placeholder.rate, duration.rate)
    reference = otio.schema.ExternalReference(
        target_url=media_url(placed.media),
        available_range=otio.opentime.TimeRange(otio.opentime.RationalTime(0, length.rate), length),
    )
    reference.name = placed.media.name
    return reference, otio.opentime.TimeRange(start, duration)


def _media_time(sample: int, sample_rate: int, rate: Rate, written: float) -> otio.opentime.RationalTime:
    """A position in a file as the timeline's frame that begins at just this sample, else as the sample itself.

    Programs that count in frames find whole frames; at 29.97 fps frame 12 begins at sample 19219 by the same rounding
    that placed the slot there (docs/frame-maths.md). ``written`` is how the clip writes its rate: 23.976 and
    23.976023976 are one rate, and a clip keeps its own.
    """
    frame = round(Fraction(sample) * rate.fps / sample_rate)
    if edge(frame, sample_rate, rate) != sample:
        return otio.opentime.RationalTime(sample, sample_rate)
    same = Rate.parse(written).fps == rate.fps
    return otio.opentime.RationalTime(frame, written if same else float(rate.fps))


# Takes on tracks of their own.


def _place_apart(timeline: otio.schema.Timeline, wanted: Sequence[tuple[Placeholder, PlacedTake]]) -> None:
    stack = timeline.tracks
    rate = wanted[0][0].rate
    shift = in_frames(stack.source_range.start_time, rate) if stack.source_range is not None else 0
    ours = [t for t in stack if isinstance(t, otio.schema.Track) and role(t) == "takes"]
    replaced = {p.cue_id for p, _ in wanted}
    for track in ours:
        for index, child in enumerate(track):
            if role(child) == "take" and child.metadata[KEY].get("cue") in replaced:
                track[index] = otio.schema.Gap(source_range=range_of(child))
        join_gaps(track, rate)
    rooms: dict[str, list[Room]] = {}
    for track in ours:
        rooms.setdefault(track.metadata[KEY].get("character", ""), []).append(Room(track, rate))
    for placeholder, placed in sorted(wanted, key=lambda w: w[0].start):
        begin, length = placeholder.start + shift, placeholder.duration
        clip = _own_clip(placeholder, placed)
        own = rooms.setdefault(placeholder.character, [])
        if not any(room.insert(clip, begin, length) for room in own):
            track = _new_track(placeholder.character, len(own) + 1)
            stack.append(track)
            own.append(Room(track, rate))
            own[-1].insert(clip, begin, length)
    for room in itertools.chain.from_iterable(rooms.values()):
        room.write()


def holds_take(item: Any) -> bool:
    """Whether an object's media is a take of ours: in a placeholder's own clip, or on a track of its own."""
    data = item.metadata.get(KEY)
    return isinstance(data, Mapping) and isinstance(data.get("take"), Mapping)


def role(item: Any) -> str:
    data = item.metadata.get(KEY)
    role = data.get("role") if isinstance(data, Mapping) else None
    return role if isinstance(role, str) else ""


def _new_track(character: str, number: int) -> otio.schema.Track:
    name = " ".join([TRACK_PREFIX, *character.split(), *([str(number)] if number > 1 else [])])
    track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Audio)
    track.metadata[KEY] = {"role": "takes", "character": character}
    return track


def _own_clip(placeholder: Placeholder, placed: PlacedTake) -> otio.schema.Clip:
    reference, source_range = _media(placeholder, placed, to_time(placeholder.duration, placeholder.rate))
    clip = otio.schema.Clip(name=placeholder.text, media_reference=reference, source_range=source_range)
    clip.metadata[KEY] = {"role": "take", "cue": placeholder.cue_id, "take": describe(placed)}
    return clip
