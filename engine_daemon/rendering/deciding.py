"""A cue whose fit is decided: the span that is asked of the engine, and the key of the take that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from framevox.engine_daemon.engines.base import Engine
from framevox.engine_daemon.protocol.cues import Note, Output
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.timebase import edge
from framevox.engine_daemon.rendering import keys as cache
from framevox.engine_daemon.rendering.asking import Asked, head_of
from framevox.engine_daemon.rendering.points import Point, decide_points, pieces_of, points_of
from framevox.engine_daemon.rendering.policy import Declined, Pace, Target, decide

TAKE_FORMAT = 7
"""Part of every take's key. Raise it when the same inputs come to give other bytes."""

ALIGNMENT = 2
"""The same for takes whose words are timed by alignment."""

Wanted = tuple[str, int | None, cache.Points]
"""Speech: the key of its line, its span, and when its points are heard."""


@dataclass(frozen=True)
class Job:
    """A cue whose fit is decided. ``span`` is asked of the engine at its own rate, ``natural`` is at the take's."""

    asked: Asked
    target: Target
    span: int | None
    natural: Fraction
    gain: float
    lengths: cache.Lengths
    head: int
    tail: int
    take_key: str
    points: tuple[Point, ...]
    scale: Fraction
    """The take's rate over the engine's."""
    aligned: bool = False
    """Whether its words are timed by alignment."""

    @property
    def speech(self) -> Wanted:
        return self.asked.line, self.span, self.aims(self.target.start)

    def aims(self, start: int) -> cache.Points:
        """When the points are heard at the engine's rate, for a span that starts at ``start`` in the slot."""
        return tuple((point.place.offset, round((point.sample - start) / self.scale)) for point in self.points)


def decide_job(
    engine: Engine,
    ask: Asked,
    lengths: cache.Lengths,
    output: Output,
    level: tuple[float, int],
    aligned: bool = False,
) -> Job | Declined:
    """How a line takes its slot, or that it cannot.

    ``level`` is the factor that brings its voice to its level, and by how many samples that changes a span; ``aligned``
    whether its words are timed by alignment.
    """
    gain, growth = level
    scale = Fraction(output.sample_rate, engine.sample_rate)
    natural, shortest, most = (
        max(1, length + growth) * scale for length in (lengths.natural, lengths.shortest, lengths.longest)
    )
    neutral = None if lengths.neutral is None else max(1, lengths.neutral + growth) * scale
    pace = Pace(natural, shortest, most, engine.step * scale, neutral)
    points = points_of(ask.cue, lengths.places, output.sample_rate)
    if points:
        pieces = pieces_of(points, lengths.places[-1], pace, scale)
        target = decide_points(ask.cue.fit, pace, ask.grid, points, pieces)
    else:
        target = decide(ask.cue.fit, pace, ask.grid)
    if isinstance(target, Declined):
        return target
    span = None
    if target.span is not None:
        longest = lengths.places[-1].longest if points else lengths.longest
        span = min(max(round(target.span / scale) - growth, lengths.shortest), longest)
    handles = edge(output.handles, output.sample_rate, ask.cue.rate)
    head = head_of(ask, output)
    take_key = cache.content_key(
        format=TAKE_FORMAT,
        line=ask.line,
        span=span,
        target=[target.start, target.end, *target.points],
        sync=[to_plain(point) for point in ask.cue.sync],
        notes=[to_plain(note) for note in notes_of(ask, target)],
        cue=ask.cue.id,
        character=ask.cue.character,
        voice=ask.voice.name,
        rate=str(ask.cue.rate.fraction),
        drop_frame=ask.cue.rate.drop_frame,
        start=[str(ask.cue.start), ask.slot_start, ask.timecode],
        slot=ask.grid.slot,
        natural=str(natural),
        gain=gain,
        head=head,
        tail=handles,
        sample_rate=output.sample_rate,
        media=output.format,
        **({"alignment": ALIGNMENT} if aligned else {}),
    )
    return Job(ask, target, span, natural, gain, lengths, head, handles, take_key, tuple(points), scale, aligned)


def notes_of(ask: Asked, target: Target) -> tuple[Note, ...]:
    """What the user should know of a take, of its slot first."""
    return (*([target.note] if target.note else []), *ask.notes)
