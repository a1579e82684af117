"""Finding placeholders, in exact frames and in the order of the timeline's tracks."""

from __future__ import annotations

import hashlib
import itertools
import re
import warnings
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.captions import is_file_name, read_caption
from framevox.engine_daemon.project.names import is_nobody
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import SyncPoint
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .metadata import KEY, NUMBER_KEYS, OWN_KEYS, USER_KEYS, TimelineWarning
from .rates import origin, timeline_rate
from .sync_markers import points_of, words_on_markers
from .times import in_frames, is_point, whole
from .walk import Found, Place, name_of, walk
from .written_lines import PassedOver, clip_line, has_no_media, is_stand_in, marker_line


@dataclass(frozen=True)
class Placeholder:
    """A line to speak, and where.

    ``start`` and ``duration`` are frames at ``rate`` (the timeline's) from the timeline's first frame, exact;
    ``origin`` is the frame number of that first frame. ``track`` is the innermost track's name. ``voice`` to
    ``take_number`` are what the object's metadata says, None where it says nothing. ``problem`` is why the
    line cannot be spoken, empty where it can: such a placeholder is reported and left alone, never dropped.

    ``sync`` are the words that are put on frames of the slot.

    ``where`` leads to the object (child indices from ``timeline.tracks``, then ``marker``, if it is one). ``in_place``
    tells whether the take replaces the clip's media; otherwise it goes on a track of its own.
    """

    cue_id: str
    text: str
    character: str
    voice: str | None
    language: str | None
    fit: str | None
    emotion: str | None
    emotion_voice: str | None
    emotion_strength: str | None
    take_number: str | None
    track: str
    rate: Rate
    start: Frames
    duration: Frames
    origin: Frames
    problem: str
    where: tuple[int, ...]
    marker: int | None
    in_place: bool
    sync: tuple[SyncPoint, ...] = ()
    spoken: bool = False
    """Whether the timeline holds a take of an earlier run for it."""


def find_placeholders(timeline: otio.schema.Timeline) -> list[Placeholder]:
    """Finds every line to speak, in the order of time, and of tracks where two begin together.

    Placeholders are audio clips whose media is missing or generated, clips with ``metadata["framevox"]``, and markers
    longer than one frame; what is disabled, or lies outside its parent's range, is none. Warns with TimelineWarning of
    what reads as a line and is none. Raises InputError only where the timeline's own rate, start or range cannot be
    read; what is wrong with one line stands in its ``problem``.
    """
    rate = timeline_rate(timeline)
    zero = origin(timeline, rate)
    stack = timeline.tracks
    try:
        begin = in_frames(stack.source_range.start_time, rate) if stack.source_range else Fraction(0)
        end = in_frames(stack.source_range.duration, rate) if stack.source_range else None
    except InputError as error:
        raise InputError(f"the range of the timeline's own stack: {error}") from None
    top = Place(zero=-begin, begin=Fraction(0), end=end)
    found: list[Found] = []
    apart: set[str | None] = set()
    points: list[Found] = []
    passed = PassedOver()
    words: dict[tuple[int, ...], dict[int, str]] = {}
    """The words that markers on clips bear, by the clip and the marker."""
    for f in walk(stack, top, rate):
        if f.marker in words.get(f.place.where, {}):
            continue
        if _is_placeholder(f):
            if f.hidden:
                passed.hidden(f)
            elif not _is_spoken_by_its_markers(f, rate) and not _only_describes_a_sound(f, rate):
                found.append(f)
                if f.marker is None:
                    words[f.place.where] = words_on_markers(f, _written(f, rate))
        elif KEY in f.item.metadata:
            if not f.hidden:
                apart.add(_kept_id(f))
        elif f.marker is None and not f.hidden and has_no_media(f.item):
            passed.picture(f.item, f.place.kind)
        elif f.point and not f.hidden:
            points.append(f)
    lines = {f.place.where: clip_line(f.item, rate) for f in found if f.marker is None}
    for f in points:
        if lines.get(f.place.where) != marker_line(f.item):
            passed.point(f.item)
    for warning in passed.warnings():
        warnings.warn(warning, stacklevel=2)
    kept = [_kept_id(f) for f in found]
    taken: set[str] = set()
    # One set that grows: a union for each line would take the longer the more there are.
    used = {identity for identity in kept if identity is not None}
    placeholders = []
    for f, own in zip(found, kept, strict=True):
        cue = _describe(f, words.get(f.place.where, {}) if f.marker is None else {}, rate, zero)
        # A copied clip carries its original's id: the first keeps it.
        identity = own if own is not None and own not in taken else _fresh_id(f, cue.text, used)
        taken.add(identity)
        used.add(identity)
        placeholders.append(replace(cue, cue_id=identity, spoken=cue.spoken or identity in apart))
    return sorted(placeholders, key=lambda p: p.start)


# What counts, and what is said.


def _is_placeholder(found: Found) -> bool:
    item, metadata = found.item, found.item.metadata
    data = metadata.get(KEY)
    if is_own_take(item) or is_scene(item):
        return False  # what a take stands for is found where it is
    if found.marker is not None:
        return not found.point and (data is not None or bool(marker_line(item)))
    return data is not None or (found.place.kind == "audio" and has_no_media(item))


def _is_spoken_by_its_markers(found: Found, rate: Rate) -> bool:
    """Whether a clip only says that lines belong there, and the lines are markers with a range on it."""
    clip = found.item
    if found.marker is not None or KEY in clip.metadata or not clip.markers or not is_stand_in(clip_line(clip, rate)):
        return False
    return any(marker_line(marker) and not is_point(marker.marked_range, rate) for marker in clip.markers)


def _only_describes_a_sound(found: Found, rate: Rate) -> bool:
    """Whether nothing is said in what stands there: [MUSIC PLAYING]. Warns, for it may have been meant as a line."""
    if not read_caption(_written(found, rate)).is_sound_only:
        return False
    warnings.warn(
        f"{name_of(found.item)}: passed over, for it describes a sound and says nothing: write the line outside of the "
        "brackets, if it is one",
        TimelineWarning,
        stacklevel=3,
    )
    return True


def _written(found: Found, rate: Rate) -> str:
    """The line as it is written: in the metadata, else on the marker or the clip."""
    data = found.item.metadata.get(KEY)
    text = data.get("text") if isinstance(data, Mapping) else None
    if isinstance(text, str):
        return text
    return marker_line(found.item) if found.marker is not None else clip_line(found.item, rate)


def is_own_take(item: Any) -> bool:
    """Whether an object is a take of ours on a track of its own."""
    data = item.metadata.get(KEY)
    return isinstance(data, Mapping) and data.get("role") == "take"


def _describe(found: Found, words: Mapping[int, str], rate: Rate, zero: Frames) -> Placeholder:
    item, place = found.item, found.place
    data = item.metadata.get(KEY, {})
    problem = found.problem
    said: dict[str, str | None] = dict.fromkeys(USER_KEYS)
    if not isinstance(data, Mapping):
        problem = problem or f'metadata["{KEY}"] must be an object with keys such as "text", not {data!r}'
        data = {}
    if problem and isinstance(data.get("fault"), str):
        problem = data["fault"]  # why a cue of a sheet has no length
    sync: tuple[SyncPoint, ...] = ()
    try:
        sync = points_of(found, words, rate)
    except InputError as error:
        problem = problem or str(error)
    for key in data:
        if key == "sync":
            continue
        if key in said:
            value = data[key]
            if isinstance(value, str):
                said[key] = value
            elif key in NUMBER_KEYS and isinstance(value, (int, float)) and not isinstance(value, bool):
                said[key] = f"{value:g}"
            elif value is not None:
                problem = problem or f'metadata["{KEY}"]["{key}"] must be text, not {value!r}'
        elif key not in OWN_KEYS:
            known = ", ".join((*USER_KEYS, "sync"))
            warnings.warn(
                f'{name_of(item)}: metadata["{KEY}"]["{key}"] is not a key that Framevox knows ({known}); it is kept',
                TimelineWarning,
                stacklevel=3,
            )
    written = _written(found, rate)
    caption = read_caption(written)
    text = caption.text
    if caption.different_speakers:
        problem = problem or f"{caption.different_speakers} speak in it: split it so that each has a clip of their own"
    elif caption.is_unnamed_dialogue:
        warnings.warn(
            f"{name_of(item)}: two people speak in it and nobody is named, so one voice speaks both: split it, and "
            "write who speaks in front of each line (ALICE: …), if that is not meant",
            TimelineWarning,
            stacklevel=3,
        )
    if not text:
        where = "the marker's comment" if found.marker is not None else "the clip's name"
        problem = problem or f'it has no line: write one in {where} or in metadata["{KEY}"]["text"]'
    elif is_file_name(written):
        problem = problem or f'its name is a file\'s, not a line: write one in metadata["{KEY}"]["text"], or disable it'
    named = (said["character"] or "").strip()
    in_place = found.marker is None and place.kind == "audio" and not found.cut
    return Placeholder(
        cue_id="",
        text=text,
        character=named or caption.character or ("" if is_nobody(place.track) else place.track.strip()),
        voice=said["voice"],
        language=said["language"],
        fit=said["fit"],
        emotion=said["emotion"],
        emotion_voice=said["emotion_voice"],
        emotion_strength=said["emotion_strength"],
        take_number=said["take_number"],
        track=place.track,
        rate=rate,
        start=whole(found.start),
        duration=whole(found.end - found.start),
        origin=zero,
        problem=f"{name_of(item)}: {problem}" if problem else "",
        where=place.where,
        marker=found.marker,
        in_place=in_place,
        sync=sync,
        spoken="take" in data,
    )


def is_scene(item: Any) -> bool:
    """Whether an object is a marker of ours that says where a script's scene begins."""
    data = item.metadata.get(KEY)
    return isinstance(data, Mapping) and data.get("role") == "scene"


# Identity.


def _kept_id(found: Found) -> str | None:
    data = found.item.metadata.get(KEY)
    identity = data.get("cue") if isinstance(data, Mapping) else None
    # At most 32 characters of ASCII: the id is the originator reference of the take's BWF.
    if isinstance(identity, str) and re.fullmatch(r"[!-~]{1,32}", identity):
        return identity
    return None


def _fresh_id(found: Found, text: str, used: Set[str]) -> str:
    """From where and what the line is, so that the next run finds the same id; never one of ``used``."""
    for attempt in itertools.count():
        source = f"{found.place.path}\n{found.start}\n{text}\n{attempt}"
        identity = "fv-" + hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        if identity not in used:
            return identity
    raise AssertionError("counting never ends")
