"""One walk over a timeline: everything with a range, where it lies in exact frames, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .metadata import KEY, About, kept_of
from .times import in_frames, is_point, length_in_frames, whole

MAX_DEPTH = 100
"""How many compositions may lie inside one another."""


class Place(NamedTuple):
    """Where the walk is: how an object's own time lies on the timeline, and what is around it.

    Something at local time ``t`` lies at ``zero + t`` frames; what lies outside ``[begin, end)`` is trimmed away.
    """

    zero: Frames
    begin: Frames | None
    end: Frames | None
    where: tuple[int, ...] = ()
    path: str = ""
    kind: str = ""
    track: str = ""
    problem: str = ""


class Found(NamedTuple):
    """A clip or a marker, where it lies, and what is wrong with that."""

    item: Any
    """The clip or the marker."""
    data: Any
    """What Framevox keeps of it, as ``kept_of`` gives it, on the walk."""
    place: Place
    start: Frames
    end: Frames
    cut: bool
    problem: str
    marker: int | None = None
    hidden: bool = False
    """Whether what it lies in shows nothing of it."""
    point: bool = False
    """Whether it is a marker that marks a point."""


# The walk. Objects of OTIO are slow to ask, so each attribute is read once and no OTIO method that searches is used.


def everything(timeline: otio.schema.Timeline, rate: Rate) -> Iterator[Found]:
    """Everything with a range in a timeline, also what lies outside of what it shows."""
    return walk(timeline.tracks, Place(zero=0, begin=None, end=None), rate)


def item_at(stack: Any, where: Sequence[int]) -> Any:
    """What lies at a place, as ``Place.where`` gives it."""
    item = stack
    for index in where:
        item = item[index]
    return item


def walk(item: Any, place: Place, rate: Rate, depth: int = 0) -> Iterator[Found]:
    """Everything with a range below a composition whose own time and window are ``place``."""
    if depth > MAX_DEPTH:
        raise InputError(f"the timeline nests more than {MAX_DEPTH} compositions: flatten it")
    yield from _markers(item, place, rate)
    is_track = isinstance(item, otio.schema.Track)
    if is_track:
        place = place._replace(kind=item.kind.lower(), track=item.name)
    position: Frames = 0
    problem = place.problem
    kinds: dict[str, int] = {}
    for index, child in enumerate(item):
        if isinstance(child, otio.schema.Transition):
            continue  # transitions overlap their neighbours and take no time of their own
        if not isinstance(child, otio.core.Item):
            problem = problem or f"{name_of(child)} before it is of a kind that OpenTimelineIO does not know here"
            continue
        open_ended = not is_track and child.source_range is None and isinstance(child, otio.core.Composition)
        # An untrimmed layer shows all it holds, and markers may lie behind its last clip.
        start, length, wrong = (0, 0, "") if open_ended else range_in_frames(child, rate)
        at = position if is_track else 0
        child_problem = problem or wrong
        if is_track and length is None:
            problem = problem or f"{name_of(child)} before it has no usable length, so its position is unknown: {wrong}"
        elif is_track and length is not None:
            position += length
            if position < 0:
                problem = problem or f"{name_of(child)} before it puts it before the track's beginning: {wrong}"
        # OpenTimelineIO lets a negative length move back what follows; the item itself shows nothing.
        length = max(length or 0, 0)
        if not child.enabled or (isinstance(child, otio.schema.Gap) and not child.markers):
            continue
        path = place.path
        if isinstance(child, otio.schema.Track):
            kind = child.kind[:1].upper()
            kinds[kind] = kinds.get(kind, 0) + 1
            path = f"{path}/{kind}{kinds[kind]}"
        absolute = place.zero + at
        lower: Frames = absolute
        upper: Frames | None = absolute + length
        if place.begin is not None and place.begin > lower:
            lower = place.begin
        if open_ended or (place.end is not None and place.end < absolute + length):
            upper = place.end
        inside = Place(absolute - start, lower, upper, (*place.where, index), path, place.kind, place.track)
        if isinstance(child, otio.core.Composition):
            if child_problem or (warp := _retimed(child)):
                inside = inside._replace(problem=child_problem or f"it lies inside {name_of(child)}, which is {warp}")
            yield from walk(child, inside, rate, depth + 1)
            continue
        if isinstance(child, otio.schema.Clip) and upper is not None:
            cut = (lower, upper) != (absolute, absolute + length)
            data = kept_of(child)
            if child_problem or upper > lower:
                yield Found(child, data, inside, lower, upper, cut, child_problem)
            elif length <= 0:
                yield Found(child, data, inside, lower, lower, False, "it is 0 frames long: give it a length")
            else:
                yield Found(child, data, inside, lower, lower, False, "", hidden=True)
        if child.markers:
            yield from _markers(child, inside._replace(problem=child_problem), rate)


def _markers(item: Any, place: Place, rate: Rate) -> Iterator[Found]:
    for index, marker in enumerate(item.markers):
        marked, data = marker.marked_range, kept_of(marker)
        track = item.name if isinstance(item, otio.schema.Track) else place.track
        where = place._replace(track=track, path=f"{place.path}/m")
        point = data is None and is_point(marked, rate) and KEY not in marker.metadata
        try:
            start = place.zero + in_frames(marked.start_time, rate)
            length = length_in_frames(marked.duration, rate)
        except InputError as error:
            yield Found(marker, data, where, 0, 0, False, str(error), index, point=point)
            continue
        lower = start if place.begin is None else max(start, place.begin)
        upper = start + length if place.end is None else min(start + length, place.end)
        hidden = not place.problem and length > 0 and upper <= lower
        problem = place.problem or ("it marks a point: give the marker a length" if length <= 0 else "")
        yield Found(marker, data, where, lower, max(lower, upper), False, problem, index, hidden, point)


def range_in_frames(item: Any, rate: Rate) -> tuple[Frames, Frames | None, str]:
    """Where an item's own time begins and how long it is, in frames, and what is wrong with that.

    The length is None where it is unknown, so that what follows has no position. One that is negative, or known
    beside a start that is not, moves what follows as OpenTimelineIO has it, and is the item's own problem.
    """
    trimmed = item.source_range
    try:
        if trimmed is None:
            if isinstance(item, otio.core.Composition):
                return 0, _content_length(item, rate), ""
            reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
            trimmed = reference.available_range if reference is not None else None
            if trimmed is None:
                return 0, None, "it has neither a source range nor an available range: give it a length"
        length = length_in_frames(trimmed.duration, rate)
    except InputError as error:
        return 0, None, f"its length: {error}"
    try:
        start = in_frames(trimmed.start_time, rate)
    except InputError as error:
        return 0, length, f"the start of its range: {error}"
    return start, length, f"its length is negative ({length} frames): give it one above 0" if length < 0 else ""


def _content_length(composition: Any, rate: Rate) -> Frames:
    lengths: list[Frames] = []
    for child in composition:
        if isinstance(child, otio.core.Item):
            _, length, problem = range_in_frames(child, rate)
            if length is None:
                raise InputError(f"{name_of(child)} inside it: {problem}")
            lengths.append(length)
    if isinstance(composition, otio.schema.Track):
        return sum(lengths)
    return max(lengths, default=0)


def _retimed(item: Any) -> str:
    for effect in item.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp) and effect.time_scalar != 1:
            return f"retimed ({effect.time_scalar:g} ×): remove the time effect, or speak the line outside of it"
    return ""


def about(found: Found) -> About:
    """What a warning about a line says of where it is."""
    return About(whole(found.start), whole(found.end - found.start), found.place.track)


def name_of(item: Any) -> str:
    kind = type(item).__name__.lower()
    name = " ".join(getattr(item, "name", "").split())
    if len(name) > 40:
        name = name[:39] + "…"
    return f"{kind} “{name}”" if name else f"a {kind} without a name"
