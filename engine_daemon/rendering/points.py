"""Words on chosen frames: which places of a line they are, and how long each piece between them is to be.

A point is a place of the line and the sample of the slot at which it is heard. The pieces before the first point and
after the last have room for silence; those between two points have to take exactly the time between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from framevox.engine_daemon.engines.base import Place
from framevox.engine_daemon.protocol.cues import Cue, Fit, Note
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.messages import Scalar
from framevox.engine_daemon.protocol.sync import SyncPoint, located
from framevox.engine_daemon.protocol.timebase import edge

from .policy import Declined, Grid, Pace, Target, edge_silence, figures

POINT_SECONDS = Fraction(125, 10_000)
"""How far from its frame's edge a word may begin before the take's notes say so."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a cue: where its word is in the line, and ``sample`` of the slot at which it is to be heard."""

    asked: SyncPoint
    place: Place
    sample: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The line between two points, or between one and an end: lengths in samples at the take's rate, exact.

    ``rest`` is by how much its pauses can be drawn out; ``rigid`` holds for what comes before the line's first word.
    """

    natural: Fraction
    shortest: Fraction
    longest: Fraction
    rest: Fraction
    rigid: bool = False


def points_of(cue: Cue, places: Sequence[Place], sample_rate: int) -> list[Point]:
    """The points of a cue in the order of the line. Raises InputError for one that begins inside of a word."""
    start = edge(cue.start, sample_rate, cue.rate)
    return [
        Point(
            asked, _place(cue.text, offset, asked, places), edge(cue.start + asked.frame, sample_rate, cue.rate) - start
        )
        for offset, asked in located(cue.text, cue.sync, cue.duration)
    ]


def _place(text: str, offset: int, asked: SyncPoint, places: Sequence[Place]) -> Place:
    places = places[:-1]  # the last is the end
    before = [place for place in places if place.offset <= offset]
    # A sign in front belongs to its word: the place of $2,300 is that of 2,300.
    if before and not any(char.isalnum() for char in text[before[-1].offset : offset]):
        return before[-1]
    after = next((place for place in places if place.offset > offset), None)
    if not before:
        raise InputError(f"sync: {asked.name} is not spoken: name a word that is")
    word = text[before[-1].offset : after.offset if after else None].strip(" \t\n.,;:!?…—，。！？；：、")
    raise InputError(f"sync: {asked.name} begins inside of “{word}”: name the whole of it")


def missed(points: Sequence[Point], heard: Sequence[int], sample_rate: int) -> Iterator[Note]:
    """A note for each word that begins further from its frame than POINT_SECONDS."""
    for point, at in zip(points, heard, strict=True):
        off = Fraction(at - point.sample, sample_rate)
        if abs(off) > POINT_SECONDS:
            yield Note(
                "off-point", {"word": point.asked.word, "frame": float(point.asked.frame), "seconds": float(off)}
            )


def pieces_of(points: Sequence[Point], end: Place, pace: Pace, scale: Fraction) -> list[Piece]:
    """The pieces between points and to the line's ``end``; ``scale`` brings places to the take's rate."""
    ends = [_piece(point.place, scale) for point in points]
    # The gain moves where a line is heard to end: its pace allows for that.
    ends.append(replace(_piece(end, scale), natural=pace.natural, shortest=pace.shortest))
    first = ends[0]
    rigid = first.shortest >= first.natural
    return [replace(first, rigid=rigid), *(_between(before, after) for before, after in pairwise(ends))]


def _piece(place: Place, scale: Fraction) -> Piece:
    return Piece(scale * place.natural, scale * place.shortest, scale * place.longest, scale * place.rest)


def _between(first: Piece, last: Piece) -> Piece:
    return Piece(
        max(Fraction(1), last.natural - first.natural),
        max(Fraction(1), last.shortest - first.shortest),
        max(Fraction(1), last.longest - first.longest),
        max(Fraction(0), last.rest - first.rest),
    )


def decide_points(
    fit: Fit, pace: Pace, grid: Grid, points: Sequence[Point], pieces: Sequence[Piece]
) -> Target | Declined:
    """What to ask of the engine so that every point is reached, as ``fit`` says elsewhere; or which point cannot be
    reached within the limits, and by how much."""
    limits = [_limits(fit, pace, piece) for piece in pieces]
    samples = [point.sample for point in points]
    for number, (before, here) in enumerate(pairwise(samples), 1):
        least, most = limits[number]
        if not least <= here - before <= most:
            early = here - before < least
            off = least - (here - before) if early else here - before - most
            return _declined("point-early" if early else "point-late", points[number], off, pace, grid)
    head = _head(fit, pieces[0], limits[0], samples[0], pace, grid)
    if head is None:
        off = limits[0][0] if fit.ratio is None else fit.ratio * pieces[0].natural
        return _declined("point-early", points[0], off + _margin(pieces[0], pace) - samples[0], pace, grid)
    tail = _tail(fit, pieces[-1], limits[-1], samples[-1], pace, grid)
    if tail is None:
        off = limits[-1][0] if fit.ratio is None else fit.ratio * pieces[-1].natural
        room = _until_end(samples[-1], pace, grid) or Fraction(0)
        return _declined("point-end", points[-1], off - room, pace, grid)
    start = samples[0] - head
    note = None
    if grid.slot is not None and fit.policy == "fill":
        frames = [start, grid.slot - samples[-1] - tail]
        loose = max(frames[0] if not pieces[0].rigid else 0, frames[1]) > 2 * grid.frame
        note = Note("loose", {**figures(pace, grid), "points": len(points)}) if loose else None
    return Target(samples[-1] + tail - start, start, None, note, tuple(samples))


def _limits(fit: Fit, pace: Pace, piece: Piece) -> tuple[Fraction, Fraction]:
    """The shortest and the longest that a piece may be: the limits of its line, and more for its pauses alone."""
    if piece.rigid:
        return piece.natural, piece.natural
    least = max(fit.min_ratio * piece.natural * pace.quickest / pace.natural, piece.shortest)
    most = min(fit.max_ratio * piece.natural * pace.slowest / pace.natural + piece.rest, piece.longest)
    return min(least, piece.natural), max(most, piece.natural)


def _margin(piece: Piece, pace: Pace) -> Fraction:
    """What the engine may be over before the first point: nothing before a line's first word, which is not shaped."""
    return Fraction(0) if piece.rigid else pace.step / 2


def _head(fit: Fit, piece: Piece, limits: tuple[Fraction, Fraction], point: int, pace: Pace, grid: Grid) -> int | None:
    """The length of the piece before the first point, None where the slot has too little for it."""
    if piece.rigid:
        # What is heard before the first word's onset is faint, and fades in where the slot has no room for it.
        return floor(piece.natural)
    room = point - _margin(piece, pace)
    if fit.ratio is not None:
        return round(fit.ratio * piece.natural) if fit.ratio * piece.natural <= room else None
    if fit.policy == "natural" or grid.slot is None:
        wanted = min(piece.natural, room)
    else:
        wanted = min(room, Fraction(point - edge_silence(pace, grid)))
        if wanted > limits[1]:
            wanted = piece.natural
    wanted = max(limits[0], wanted)
    return floor(wanted) if wanted <= room else None


def _tail(fit: Fit, piece: Piece, limits: tuple[Fraction, Fraction], point: int, pace: Pace, grid: Grid) -> int | None:
    """The length of the piece from the last point on, None where the slot has too little for it."""
    room = _until_end(point, pace, grid)
    if fit.ratio is not None:
        wanted = fit.ratio * piece.natural
    elif fit.policy == "natural" or grid.slot is None:
        wanted = piece.natural if room is None else max(limits[0], min(piece.natural, room))
    else:
        open_ended = Fraction(grid.slot - edge_silence(pace, grid) - point)
        wanted = open_ended if room is None else min(open_ended, room)
        wanted = piece.natural if wanted > limits[1] else max(limits[0], wanted)
    return floor(wanted) if room is None or wanted <= room else None


def _until_end(point: int, pace: Pace, grid: Grid) -> Fraction | None:
    return None if grid.slot is None else grid.slot - grid.guard - pace.step / 2 - point


def _declined(code: str, point: Point, off: Fraction, pace: Pace, grid: Grid) -> Declined:
    frames = ceil(off / grid.frame)
    about: dict[str, Scalar] = {
        "word": point.asked.word,
        "frame": _frames(point.asked.frame),
        "off_frames": frames,
        "off_seconds": float(off / grid.sample_rate),
    }
    nearest = floor(point.asked.frame) - frames if code != "point-early" else ceil(point.asked.frame) + frames
    reach: dict[str, Scalar] = {"nearest_frame": nearest} if nearest >= 0 else {}
    if code == "point-end":
        reach |= {"missing_frames": frames, "missing_seconds": about["off_seconds"]}
    return Declined(code, {**figures(pace, grid), **about, **reach})


def _frames(frame: Fraction | int) -> int | float:
    exact = Fraction(frame)
    return exact.numerator if exact.denominator == 1 else round(float(exact), 2)
