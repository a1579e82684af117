"""Finding placeholders, in exact frames and in the order of the timeline's tracks."""

from __future__ import annotations

import hashlib
import itertools
import re
import warnings
from collections.abc import Mapping, Set
from typing import NamedTuple

import opentimelineio as otio

from framevox.engine_daemon.captions import Caption, is_file_name, read_caption
from framevox.engine_daemon.project.names import is_nobody
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import SyncPoint
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .metadata import KEY, NUMBER_KEYS, OWN_KEYS, USER_KEYS, TimelineWarning
from .rates import origin, timeline_rate
from .sync_markers import points_of, words_on_markers
from .times import in_frames, is_point, whole
from .walk import Found, Place, about, name_of, walk
from .written_lines import PassedOver, clip_line, has_no_media, is_stand_in, marker_line


class Placeholder(NamedTuple):
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
        begin = in_frames(stack.source_range.start_time, rate) if stack.source_range else 0
        end = in_frames(stack.source_range.duration, rate) if stack.source_range else None
    except InputError as error:
        raise InputError(f"the range of the timeline's own stack: {error}") from None
    top = Place(zero=-begin, begin=0, end=end)
    found: list[tuple[Placeholder, str | None, str]] = []
    """Each line, the id that it has, and its place, of which a new id is made."""
    apart: set[str | None] = set()
    passed = PassedOver()
    words: dict[tuple[int, ...], dict[int, str]] = {}
    """The words that markers on clips bear, by the clip and the marker."""
    clip: Found | None = None
    for f in walk(stack, top, rate):
        if f.marker in words.get(f.place.where, {}):
            continue
        if _is_placeholder(f):
            if f.hidden:
                passed.hidden(f)
            elif not _is_spoken_by_its_markers(f, rate):
                written = _written(f, rate)
                caption = read_caption(written)
                if _only_describes_a_sound(f, caption):
                    continue
                bears = words_on_markers(f, written)
                if bears:
                    words[f.place.where] = bears
                cue = _describe(f, written, caption, bears, rate, zero)
                found.append((cue, _kept_id(f), f"{f.place.path}\n{f.start}"))
                clip = f if f.marker is None else clip
        elif f.data is not None:
            if not f.hidden:
                apart.add(_kept_id(f))
        elif f.marker is None and not f.hidden and has_no_media(f.item):
            passed.picture(f.item, f.place.kind)
        elif f.point and not f.hidden and not _holds_line_of(f, clip, rate):
            passed.point(f.item)
    for warning in passed.warnings():
        warnings.warn(warning, stacklevel=2)
    taken: set[str] = set()
    # One set that grows: a union for each line would take the longer the more there are.
    used = {identity for _, identity, _ in found if identity is not None}
    placeholders = []
    for cue, own, at in found:
        # A copied clip carries its original's id: the first keeps it.
        identity = own if own is not None and own not in taken else _fresh_id(at, cue.text, used)
        taken.add(identity)
        used.add(identity)
        placeholders.append(cue._replace(cue_id=identity, spoken=cue.spoken or identity in apart))
    return sorted(placeholders, key=lambda p: p.start)


# What counts, and what is said.


def _is_placeholder(found: Found) -> bool:
    item, data = found.item, found.data
    if isinstance(data, dict) and data.get("role") in ("take", "scene"):
        return False  # what a take stands for is found where it is
    if found.marker is not None:
        return not found.point and (data is not None or bool(marker_line(item)))
    return data is not None or (found.place.kind == "audio" and has_no_media(item))


def _is_spoken_by_its_markers(found: Found, rate: Rate) -> bool:
    """Whether a clip only says that lines belong there, and the lines are markers with a range on it."""
    clip = found.item
    if found.marker is not None or found.data is not None or not clip.markers or not is_stand_in(clip_line(clip, rate)):
        return False
    return any(marker_line(marker) and not is_point(marker.marked_range, rate) for marker in clip.markers)


def _only_describes_a_sound(found: Found, caption: Caption) -> bool:
    """Whether nothing is said in what stands there: [MUSIC PLAYING]. Warns, for it may have been meant as a line."""
    if not caption.is_sound_only:
        return False
    warnings.warn(
        TimelineWarning(
            f"{name_of(found.item)}: passed over, for it describes a sound and says nothing: write the line outside of "
            "the brackets, if it is one",
            about(found),
        ),
        stacklevel=3,
    )
    return True


def _holds_line_of(point: Found, clip: Found | None, rate: Rate) -> bool:
    """Whether a point marker holds the line of the clip that it is on; ``clip`` is the last one that is a line."""
    on = clip is not None and clip.place.where == point.place.where
    return on and clip is not None and clip_line(clip.item, rate) == marker_line(point.item)


def _written(found: Found, rate: Rate) -> str:
    """The line as it is written: in the metadata, else on the marker or the clip."""
    data = found.data
    text = data.get("text") if isinstance(data, dict) else None
    if isinstance(text, str):
        return text
    return marker_line(found.item) if found.marker is not None else clip_line(found.item, rate)


def _describe(
    found: Found, written: str, caption: Caption, words: Mapping[int, str], rate: Rate, zero: Frames
) -> Placeholder:
    item, place = found.item, found.place
    data = {} if found.data is None else found.data
    problem = found.problem
    said: dict[str, str | None] = dict.fromkeys(USER_KEYS)
    if not isinstance(data, dict):
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
                TimelineWarning(
                    f'{name_of(item)}: metadata["{KEY}"]["{key}"] is not a key that Framevox knows ({known}); it is '
                    "kept",
                    about(found),
                ),
                stacklevel=3,
            )
    text = caption.text
    if caption.different_speakers:
        problem = problem or f"{caption.different_speakers} speak in it: split it so that each has a clip of their own"
    elif caption.is_unnamed_dialogue:
        warnings.warn(
            TimelineWarning(
                f"{name_of(item)}: two people speak in it and nobody is named, so one voice speaks both: split it, and "
                "write who speaks in front of each line (ALICE: …), if that is not meant",
                about(found),
            ),
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


# Identity.


def _kept_id(found: Found) -> str | None:
    data = found.data
    identity = data.get("cue") if isinstance(data, dict) else None
    # At most 32 characters of ASCII: the id is the originator reference of the take's BWF.
    if isinstance(identity, str) and re.fullmatch(r"[!-~]{1,32}", identity):
        return identity
    return None


def _fresh_id(at: str, text: str, used: Set[str]) -> str:
    """From where and what the line is, so that the next run finds the same id; never one of ``used``."""
    for attempt in itertools.count():
        source = f"{at}\n{text}\n{attempt}"
        identity = "fv-" + hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        if identity not in used:
            return identity
    raise AssertionError("counting never ends")
