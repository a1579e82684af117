"""What may survive: each feature says whether it did, or None where the format has no such thing to begin with."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters import find_placeholders, origin, restore, timeline_rate
from framevox.otio_adapters.media_urls import media_path

from .trips import Trip


def _clips(of: otio.schema.Timeline, folder: Path) -> list[tuple[Any, ...]]:
    """The takes: the frames they lie on, the first sample that is heard of each, its name, and its file's."""
    rate = timeline_rate(of)
    found = []
    for clip in of.find_clips():
        url = getattr(clip.media_reference, "target_url", None)
        file = media_path(url, folder) if url else None
        if file is None or not file.name.startswith("fv-"):
            continue
        begin = clip.transformed_time(clip.trimmed_range().start_time, of.tracks).rescaled_to(float(rate.fps)).value
        length = clip.duration().rescaled_to(float(rate.fps)).value
        first = clip.trimmed_range().start_time
        heard = Fraction(first.value) * 48000 / Fraction(first.rate).limit_denominator(1001)
        found.append((round(begin, 3), round(length, 3), round(heard), clip.name, file.name))
    return sorted(found)


def _takes(trip: Trip) -> bool:
    """On their frames, and heard from their first sample; a whole frame is the nearest that some formats can say."""
    before, after = (_clips(of, trip.folder) for of in (trip.filled, trip.read))
    return len(before) > 1 and [
        (begin, length, abs(heard - was) <= 1)
        for (begin, length, heard, *_), (*_, was, _, _) in zip(after, before, strict=False)
    ] == [(begin, length, True) for begin, length, *_ in before]


def _names(trip: Trip) -> bool:
    before, after = (_clips(of, trip.folder) for of in (trip.filled, trip.read))
    return len(before) > 1 and [clip[3] for clip in after] == [clip[3] for clip in before]


def _media(trip: Trip) -> bool:
    before, after = (_clips(of, trip.folder) for of in (trip.filled, trip.read))
    return len(before) > 1 and [clip[4] for clip in after] == [clip[4] for clip in before]


def _waiting(trip: Trip) -> bool:
    before, after = trip.told(lambda p: (p.text, p.start, p.duration))
    return ("Say that again.", 101, 40) in before and ("Say that again.", 101, 40) in after


def _tracks(trip: Trip) -> bool:
    before, after = ([t.name for t in of.audio_tracks() if any(t.find_clips())] for of in (trip.filled, trip.read))
    return bool(before) and sorted(after) == sorted(before)


def _pictures(trip: Trip) -> bool | None:
    before, after = (
        sum(t.kind == "Video" and any(t.find_clips()) for t in of.tracks) for of in (trip.built, trip.read)
    )
    return after == before if before > 1 else None


def _characters(trip: Trip) -> bool:
    before, after = trip.told(lambda p: (p.text, p.character))
    return set(before) <= set(after)


def _marked(depth: int) -> Callable[[Trip], bool | None]:
    """Whether the lines in markers so many levels below the timeline's own are still there, in markers."""

    def lines(of: otio.schema.Timeline) -> set[tuple[Any, ...]]:
        found = (p for p in find_placeholders(of) if p.marker is not None and min(len(p.where), 2) == depth)
        return {(p.text, p.character, p.start, p.duration) for p in found}

    def there(trip: Trip) -> bool | None:
        return lines(trip.read) == lines(trip.built) if lines(trip.built) else None

    return there


def _points(trip: Trip) -> bool | None:
    before, after = trip.told(lambda p: p.sync)
    return any(after) and set(before) == set(after) if any(before) else None


def _settings(trip: Trip) -> bool | None:
    before, after = trip.told(lambda p: (p.text, p.voice, p.fit, p.emotion, p.language))
    return set(before) <= set(after) if any(any(each[1:]) for each in before) else None


def _ids(trip: Trip) -> bool:
    filled = [p for p in find_placeholders(trip.filled) if p.spoken]
    return bool(filled) and {p.cue_id for p in filled} <= {p.cue_id for p in find_placeholders(trip.read)}


def _again(trip: Trip) -> bool:
    """Filled again, it has the same cues, and the same ones of them are spoken."""

    def cues(of: otio.schema.Timeline) -> list[tuple[Any, ...]]:
        return [
            (p.cue_id if p.spoken else "", p.text, p.character, p.start, p.duration, p.voice, p.fit, p.emotion)
            for p in find_placeholders(of)
        ]

    return bool(cues(trip.filled)) and cues(trip.read) == cues(trip.filled)


def _start(trip: Trip) -> bool | None:
    before, after = (origin(of, timeline_rate(of)) for of in (trip.built, trip.read))
    return after == before if before else None


def _restored(trip: Trip) -> bool:
    try:
        back, _ = restore(trip.read)
    except InputError:
        return False

    def lines(of: otio.schema.Timeline) -> list[tuple[Any, ...]]:
        return [(p.text, p.character, p.start, p.duration, p.voice, p.fit, p.spoken) for p in find_placeholders(of)]

    return lines(back) == lines(trip.built) and not _clips(back, trip.folder)


def _drop_frame(trip: Trip) -> bool | None:
    return timeline_rate(trip.read).drop_frame if timeline_rate(trip.built).drop_frame else None


FEATURES: dict[str, Callable[[Trip], bool | None]] = {
    "takes in place": _takes,
    "their names": _names,
    "their media": _media,
    "lines that wait": _waiting,
    "names of sound tracks": _tracks,
    "picture tracks": _pictures,
    "characters": _characters,
    "lines in markers on the timeline": _marked(0),
    "lines in markers on tracks": _marked(1),
    "lines in markers on clips": _marked(2),
    "words on frames": _points,
    "voice, fit, emotion": _settings,
    "ids of cues": _ids,
    "start timecode": _start,
    "drop-frame": _drop_frame,
    "`fill` again": _again,
    "`restore`": _restored,
}
