"""Finding placeholders: one walk over the timeline, in exact frames, in the order of its tracks."""

from __future__ import annotations

import hashlib
import itertools
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.project.names import is_nobody
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .lines import is_default_marker_name, is_file_name, split_character
from .times import in_frames, whole

KEY = "framevox"
"""Where Framevox keeps what it knows of an object: ``object.metadata["framevox"]``."""

USER_KEYS = (
    "text", "character", "voice", "language", "fit", "emotion", "emotion_voice", "emotion_strength", "take_number",
)  # fmt: skip
NUMBER_KEYS = ("emotion_strength", "take_number")
"""User keys that may also hold a number."""
OWN_KEYS = ("cue", "take", "placeholder", "role")

MAX_DEPTH = 100
"""How many compositions may lie inside one another."""


class TimelineWarning(UserWarning):
    """Something in a timeline that the user should know of and that stops nothing."""


@dataclass(frozen=True)
class Placeholder:
    """Where one line is to be spoken.

    ``start`` and ``duration`` are frames at ``rate`` (the timeline's) from the timeline's first frame, exact;
    ``origin`` is the frame number of that first frame. ``track`` is the innermost track's name. ``voice`` to
    ``take_number`` are what the object's metadata says, None where it says nothing. ``problem`` is why the
    line cannot be spoken, empty where it can: such a placeholder is reported and left alone, never dropped.

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
    spoken: bool = False
    """Whether the timeline holds a take of an earlier run for it."""


@dataclass(frozen=True)
class _Place:
    """Where the walk is: how an object's own time lies on the timeline, and what is around it.

    Something at local time ``t`` lies at ``zero + t`` frames; what lies outside ``[begin, end)`` is trimmed away.
    """

    zero: Fraction
    begin: Fraction | None
    end: Fraction | None
    where: tuple[int, ...] = ()
    path: str = ""
    kind: str = ""
    track: str = ""
    problem: str = ""


@dataclass(frozen=True)
class _Found:
    item: Any
    """The clip or the marker."""
    place: _Place
    start: Fraction
    end: Fraction
    cut: bool
    problem: str
    marker: int | None = None


def timeline_rate(timeline: otio.schema.Timeline) -> Rate:
    """The rate that a timeline's frames are counted in.

    That of ``global_start_time``, else of the first clip of the first video track, else of the first clip at all.
    Rates of 1000 and more are sample rates: they count only where there is nothing else.
    """
    samples = None
    unknown: InputError | None = None
    for written in _written_rates(timeline):
        if 1 < written < 1000:
            try:
                rate = Rate.parse(written)
            except InputError as error:
                if timeline.global_start_time is not None:
                    raise InputError(f"the timeline's start (global_start_time): {error}") from None
                unknown = unknown or error  # one odd clip does not decide for all the others
                continue
            possible = rate.fps.denominator == 1001 and rate.nominal in (30, 60)
            return Rate(rate.fps, possible and _drop_frame(timeline))
        samples = samples or (written if 1000 <= written < math.inf else None)
    if unknown is not None:
        raise InputError(f"the timeline's rate: {unknown}")
    return Rate.parse(samples) if samples else Rate(Fraction(24))  # nothing in it has a length


def _written_rates(timeline: otio.schema.Timeline) -> Iterator[float]:
    start = timeline.global_start_time
    if start is not None:
        yield start.rate
    for kind in (otio.schema.Clip, otio.core.Item, otio.schema.Marker):
        for source in (*timeline.video_tracks(), *timeline.audio_tracks(), timeline.tracks):
            yield from _rates(source, kind)


def origin(timeline: otio.schema.Timeline, rate: Rate) -> Frames:
    """The frame number of the timeline's first frame: its start timecode, 0 where it has none."""
    start = timeline.global_start_time
    try:
        return 0 if start is None else whole(in_frames(start, rate))
    except InputError as error:
        raise InputError(f"the timeline's start (global_start_time): {error}") from None


def find_placeholders(timeline: otio.schema.Timeline) -> list[Placeholder]:
    """Every line that is to be spoken, in the order of time, and of tracks where two begin together.

    Placeholders are audio clips whose media is missing or generated, clips with ``metadata["framevox"]``, and markers
    longer than one frame; what is disabled, or lies outside its parent's range, is none. Raises InputError only where
    the timeline's own rate, start or range cannot be read; what is wrong with one line stands in its ``problem``.
    """
    rate = timeline_rate(timeline)
    zero = origin(timeline, rate)
    stack = timeline.tracks
    try:
        begin = in_frames(stack.source_range.start_time, rate) if stack.source_range else Fraction(0)
        end = in_frames(stack.source_range.duration, rate) if stack.source_range else None
    except InputError as error:
        raise InputError(f"the range of the timeline's own stack: {error}") from None
    top = _Place(zero=-begin, begin=Fraction(0), end=end)
    found: list[_Found] = []
    apart: set[str | None] = set()
    for f in _walk(stack, top, rate):
        if _is_placeholder(f):
            found.append(f)
        elif KEY in f.item.metadata:
            apart.add(_kept_id(f))
    kept = [_kept_id(f) for f in found]
    taken: set[str] = set()
    reserved = {identity for identity in kept if identity is not None}
    placeholders = []
    for f, own in zip(found, kept, strict=True):
        cue = _describe(f, rate, zero)
        # A copied clip carries its original's id: the first keeps it.
        identity = own if own is not None and own not in taken else _fresh_id(f, cue.text, taken | reserved)
        taken.add(identity)
        placeholders.append(replace(cue, cue_id=identity, spoken=cue.spoken or identity in apart))
    return sorted(placeholders, key=lambda p: p.start)


# The walk. Objects of OTIO are slow to ask, so each attribute is read once and no OTIO method that searches is used.


def _walk(item: Any, place: _Place, rate: Rate, depth: int = 0) -> Iterator[_Found]:
    """Everything with a range below a composition whose own time and window are ``place``."""
    if depth > MAX_DEPTH:
        raise InputError(f"the timeline nests more than {MAX_DEPTH} compositions: flatten it")
    yield from _markers(item, place, rate)
    is_track = isinstance(item, otio.schema.Track)
    if is_track:
        place = replace(place, kind=item.kind.lower(), track=item.name)
    position: Fraction = Fraction(0)
    problem = place.problem
    kinds: dict[str, int] = {}
    for index, child in enumerate(item):
        if isinstance(child, otio.schema.Transition):
            continue  # transitions overlap their neighbours and take no time of their own
        if not isinstance(child, otio.core.Item):
            problem = problem or f"{_name(child)} before it is of a kind that OpenTimelineIO does not know here"
            continue
        open_ended = not is_track and child.source_range is None and isinstance(child, otio.core.Composition)
        # An untrimmed layer shows all it holds, and markers may lie behind its last clip.
        start, length, wrong = (Fraction(0), Fraction(0), "") if open_ended else _range(child, rate)
        at = position if is_track else Fraction(0)
        child_problem = problem or wrong
        if is_track and length is None:
            problem = (
                problem or f"{_name(child)} before it has no usable length, so nobody knows where it lies: {wrong}"
            )
        elif is_track and length is not None:
            position += length
            if position < 0:
                problem = problem or f"{_name(child)} before it puts it before the track's beginning: {wrong}"
        # OpenTimelineIO lets a negative length move back what follows; the item itself shows nothing.
        length = max(length or Fraction(0), Fraction(0))
        if not child.enabled or (isinstance(child, otio.schema.Gap) and not child.markers):
            continue
        path = place.path
        if isinstance(child, otio.schema.Track):
            kind = child.kind[:1].upper()
            kinds[kind] = kinds.get(kind, 0) + 1
            path = f"{path}/{kind}{kinds[kind]}"
        absolute = place.zero + at
        lower: Fraction = absolute
        upper: Fraction | None = absolute + length
        if place.begin is not None and place.begin > lower:
            lower = place.begin
        if open_ended or (place.end is not None and place.end < absolute + length):
            upper = place.end
        inside = _Place(absolute - start, lower, upper, (*place.where, index), path, place.kind, place.track)
        if isinstance(child, otio.core.Composition):
            if child_problem or (warp := _retimed(child)):
                inside = replace(inside, problem=child_problem or f"it lies inside {_name(child)}, which is {warp}")
            yield from _walk(child, inside, rate, depth + 1)
            continue
        if isinstance(child, otio.schema.Clip) and upper is not None:
            cut = (lower, upper) != (absolute, absolute + length)
            if child_problem or upper > lower:
                yield _Found(child, inside, lower, upper, cut, child_problem)
            elif length <= 0:
                yield _Found(child, inside, lower, lower, False, "it is 0 frames long: give it a length")
        if child.markers:
            yield from _markers(child, replace(inside, problem=child_problem), rate)


def _markers(item: Any, place: _Place, rate: Rate) -> Iterator[_Found]:
    for index, marker in enumerate(item.markers):
        marked = marker.marked_range
        said = KEY in marker.metadata
        if not said and 0 <= marked.duration.value <= (1 if marked.duration.rate < 1000 else 0):
            continue  # a point: Resolve and Avid write those as long as one frame
        track = item.name if isinstance(item, otio.schema.Track) else place.track
        where = replace(place, track=track, path=f"{place.path}/m")
        try:
            start = place.zero + in_frames(marked.start_time, rate)
            length = in_frames(marked.duration, rate)
        except InputError as error:
            yield _Found(marker, where, Fraction(0), Fraction(0), False, str(error), index)
            continue
        lower = start if place.begin is None else max(start, place.begin)
        upper = start + length if place.end is None else min(start + length, place.end)
        problem = place.problem
        if length <= 0:
            problem = problem or "it marks a point: give the marker a length"
        elif upper <= lower and not problem:
            continue
        yield _Found(marker, where, lower, max(lower, upper), False, problem, index)


def _range(item: Any, rate: Rate) -> tuple[Fraction, Fraction | None, str]:
    """Where an item's own time begins and how long it is, in frames, and what is wrong with that.

    The length is None where nobody can tell it, so that what follows has no position. One that is negative, or known
    beside a start that is not, moves what follows as OpenTimelineIO has it, and is the item's own problem.
    """
    trimmed = item.source_range
    try:
        if trimmed is None:
            if isinstance(item, otio.core.Composition):
                return Fraction(0), _content_length(item, rate), ""
            reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
            trimmed = reference.available_range if reference is not None else None
            if trimmed is None:
                return Fraction(0), None, "it has neither a source range nor an available range: give it a length"
        length = in_frames(trimmed.duration, rate)
    except InputError as error:
        return Fraction(0), None, f"its length: {error}"
    try:
        start = in_frames(trimmed.start_time, rate)
    except InputError as error:
        return Fraction(0), length, f"the start of its range: {error}"
    return start, length, f"its length is negative ({length} frames): give it one above 0" if length < 0 else ""


def _content_length(composition: Any, rate: Rate) -> Fraction:
    lengths = []
    for child in composition:
        if isinstance(child, otio.core.Item):
            _, length, problem = _range(child, rate)
            if length is None:
                raise InputError(f"{_name(child)} inside it: {problem}")
            lengths.append(length)
    if isinstance(composition, otio.schema.Track):
        return sum(lengths, Fraction(0))
    return max(lengths, default=Fraction(0))


def _retimed(item: Any) -> str:
    for effect in item.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp) and effect.time_scalar != 1:
            return f"retimed ({effect.time_scalar:g} ×): remove the time effect, or speak the line outside of it"
    return ""


# What counts, and what is said.


def _is_placeholder(found: _Found) -> bool:
    item, metadata = found.item, found.item.metadata
    data = metadata.get(KEY)
    if isinstance(data, Mapping) and data.get("role") == "take":
        return False  # a take of ours on a track of its own: what it stands for is found where it is
    if found.marker is not None:
        return data is not None or bool(_marker_text(item))
    if data is not None:
        return True
    if found.place.kind != "audio":
        return False
    reference = item.media_reference
    return reference is None or isinstance(reference, (otio.schema.MissingReference, otio.schema.GeneratorReference))


def _marker_text(marker: Any) -> str:
    """A marker's comment, else its name; the comment also where adapters for FCP 7 XML and Resolve leave it."""
    comments = [marker.comment]
    for host, key in (("fcp_xml", "comment"), ("Resolve_OTIO", "Note")):
        data = marker.metadata.get(host)
        comments.append(data.get(key) if isinstance(data, Mapping) else None)
    for comment in comments:
        if isinstance(comment, str) and comment.strip():
            return comment
    return "" if is_default_marker_name(marker.name) else marker.name


def _describe(found: _Found, rate: Rate, zero: Frames) -> Placeholder:
    item, place = found.item, found.place
    data = item.metadata.get(KEY, {})
    problem = found.problem
    said: dict[str, str | None] = dict.fromkeys(USER_KEYS)
    if not isinstance(data, Mapping):
        problem = problem or f'metadata["{KEY}"] must be an object with keys such as "text", not {data!r}'
        data = {}
    for key in data:
        if key in said:
            value = data[key]
            if isinstance(value, str):
                said[key] = value
            elif key in NUMBER_KEYS and isinstance(value, (int, float)) and not isinstance(value, bool):
                said[key] = f"{value:g}"
            elif value is not None:
                problem = problem or f'metadata["{KEY}"]["{key}"] must be text, not {value!r}'
        elif key not in OWN_KEYS:
            known = ", ".join(USER_KEYS)
            warnings.warn(
                f'{_name(item)}: metadata["{KEY}"]["{key}"] is not a key that Framevox knows ({known}); it is kept',
                TimelineWarning,
                stacklevel=3,
            )
    written = said["text"]
    if written is None:
        written = _marker_text(item) if found.marker is not None else item.name
    prefix, text = split_character(written)
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
        character=named or prefix or ("" if is_nobody(place.track) else place.track.strip()),
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
        problem=f"{_name(item)}: {problem}" if problem else "",
        where=place.where,
        marker=found.marker,
        in_place=in_place,
        spoken="take" in data,
    )


def _name(item: Any) -> str:
    kind = type(item).__name__.lower()
    name = " ".join(getattr(item, "name", "").split())
    if len(name) > 40:
        name = name[:39] + "…"
    return f"{kind} “{name}”" if name else f"a {kind} without a name"


# Identity.


def _kept_id(found: _Found) -> str | None:
    data = found.item.metadata.get(KEY)
    identity = data.get("cue") if isinstance(data, Mapping) else None
    # At most 32 characters of ASCII: the id is the originator reference of the take's BWF.
    if isinstance(identity, str) and re.fullmatch(r"[!-~]{1,32}", identity):
        return identity
    return None


def _fresh_id(found: _Found, text: str, used: Set[str]) -> str:
    """From where and what the line is, so that the next run finds the same id; never one of ``used``."""
    for attempt in itertools.count():
        source = f"{found.place.path}\n{found.start}\n{text}\n{attempt}"
        identity = "fv-" + hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        if identity not in used:
            return identity
    raise AssertionError("counting never ends")


def _drop_frame(timeline: otio.schema.Timeline) -> bool:
    """Drop-frame is how a timecode is written; OTIO's times do not carry it, FCP 7 XML's metadata does."""
    for data in (timeline.metadata, timeline.tracks.metadata):
        xml = data.get("fcp_xml")
        timecode = xml.get("timecode") if isinstance(xml, Mapping) else None
        if isinstance(timecode, Mapping) and timecode.get("displayformat") == "DF":
            return True
    return False


def _rates(composition: Any, kind: Any) -> Iterator[float]:
    """The rates that objects of one kind below a composition are written in, in order."""
    for child in itertools.chain([composition], composition):
        if isinstance(child, otio.core.Composition) and child is not composition:
            yield from _rates(child, kind)
        elif kind is otio.schema.Marker and isinstance(child, otio.core.Item):
            yield from (marker.marked_range.duration.rate for marker in child.markers)
        elif isinstance(child, kind):
            reference = child.media_reference if isinstance(child, otio.schema.Clip) else None
            ranges = (child.source_range, reference.available_range if reference is not None else None)
            yield from (r.duration.rate for r in ranges if r is not None)
