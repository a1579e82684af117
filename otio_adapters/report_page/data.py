"""What the page shows, as plain values: the timeline's tracks, and a row for each line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from opentimelineio.core import Item
from opentimelineio.schema import Gap, Timeline, Track

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, format_timecode
from framevox.otio_adapters.rates import origin, timeline_rate
from framevox.otio_adapters.times import in_frames

MOST_ITEMS = 4000
"""Clips of a track that are drawn."""


def page_data(timeline: Timeline, results: Sequence[Result], title: str) -> dict[str, Any]:
    """Everything but the sound. ``timeline`` is the one that was read: it still has the placeholders."""
    rate = timeline_rate(timeline)
    zero = origin(timeline, rate)
    tracks = [_track(track, rate) for track in timeline.tracks if isinstance(track, Track)]
    lanes = {track["name"]: lane for lane, track in reversed(list(enumerate(tracks)))}
    for result in results:
        if (name := result.track or "") not in lanes:
            lanes[name] = len(tracks)
            tracks.append({"name": name, "items": []})
    paces = neighbourly_paces(results)
    cues = [
        {**_cue(result, pace), "lane": lanes[result.track or ""]} for result, pace in zip(results, paces, strict=True)
    ]
    ends = [cue["start"] + (cue["frames"] or 0) for cue in cues]
    engines = sorted({result.take.engine for result in results if result.take is not None})
    return {
        "title": title,
        "rate": rate.name + (" DF" if rate.drop_frame else ""),
        "fps": float(rate.fps),
        "base": math.ceil(rate.fps),
        "drop": rate.drop_frame,
        "day": rate.frames_per_day,
        "origin": int(zero),
        "length": max([float(in_frames(timeline.duration(), rate)), *ends, 1]),
        "engines": ", ".join(engines),
        "tracks": tracks,
        "cues": cues,
    }


def neighbourly_paces(results: Sequence[Result]) -> list[float | None]:
    """How fast each line is spoken beside the same character's lines before and after it: 1.2 is a fifth faster.

    A line's own speed is its natural length over its spoken one. None where it was not placed, or has no neighbour.
    """
    paces: list[float | None] = [None] * len(results)
    spoken: dict[str, list[tuple[int, Take]]] = {}
    for index, result in enumerate(results):
        if result.take is not None:
            spoken.setdefault(result.cue.character, []).append((index, result.take))
    for lines in spoken.values():
        speeds = [1 / take.fit_ratio for _, take in lines]
        for place, (index, _) in enumerate(lines):
            beside = speeds[max(0, place - 1) : place] + speeds[place + 1 : place + 2]
            if beside:
                paces[index] = round(speeds[place] / (sum(beside) / len(beside)), 3)
    return paces


def _cue(result: Result, pace: float | None) -> dict[str, Any]:
    cue, take = result.cue, result.take
    end = None if cue.duration is None else cue.start + cue.duration
    return {
        "start": float(cue.start),
        "frames": None if cue.duration is None else float(cue.duration),
        "in": _timecode(cue.origin + cue.start, cue.rate),
        "out": "" if end is None else _timecode(cue.origin + end, cue.rate),
        "character": cue.character,
        "text": cue.text,
        "voice": take.voice if take else cue.voice,
        "status": result.status,
        "message": result.message,
        "ratio": round(take.fit_ratio, 4) if take else None,
        "pace": pace,
        "words": _words(take) if take else [],
    }


def _words(take: Take) -> list[tuple[str, float, float]]:
    """Each word, and where it begins and ends as shares of the slot."""
    length = max(1, take.slot_end_sample - take.slot_start_sample)
    return [
        (word.text, round(word.start_sample / length, 4), round(word.end_sample / length, 4)) for word in take.words
    ]


def _timecode(frame: Fraction | int, rate: Rate) -> str:
    """The timecode of the frame that ``frame`` lies in."""
    return format_timecode(math.floor(frame), rate)


def _track(track: Track, rate: Rate) -> dict[str, Any]:
    """A track's name, and where its clips lie: start and length in frames, up to one whose length is unknown."""
    items: list[tuple[float, float]] = []
    position = Fraction(0)
    for child in track:
        if not isinstance(child, Item):
            continue
        try:
            length = in_frames(child.trimmed_range().duration, rate)
        except (InputError, ValueError):
            break
        if not isinstance(child, Gap) and len(items) < MOST_ITEMS:
            items.append((float(position), float(length)))
        position += length
    return {"name": track.name or track.kind, "items": items}
