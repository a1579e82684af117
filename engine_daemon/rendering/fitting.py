"""Speech brought to the take's rate and level until it fits its slot, spoken again where the engine missed."""

from __future__ import annotations

from math import copysign

from framevox.engine_daemon.engines.base import Engine, Speech, unwrap
from framevox.engine_daemon.protocol.cues import Output
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.rendering.aligning import Aligner
from framevox.engine_daemon.rendering.deciding import Job
from framevox.engine_daemon.rendering.hearing import Hearing
from framevox.engine_daemon.rendering.placement import (
    Rendering,
    convert,
    lateness,
    misfit,
    nudged,
    overshoot,
    span_error,
)
from framevox.engine_daemon.rendering.points import POINT_SECONDS
from framevox.engine_daemon.rendering.policy import Grid
from framevox.engine_daemon.rendering.speaking import Plans, Speaker

MAX_ATTEMPTS = 4
"""How often a line is spoken again when the engine misses the span it was asked for by more than the silences hold."""
_NUDGE_MARGIN = 72
"""Samples by which an end is moved further than necessary, since it does not land exactly."""


class Fitter:
    """Fits what an engine spoke. ``speaker`` is asked for more where it has to be spoken again, ``aligner`` for when
    points are heard."""

    def __init__(self, engine: Engine, speaker: Speaker, aligner: Aligner | None = None) -> None:
        self._half_step = engine.step // 2
        self._speaker, self._aligner = speaker, aligner

    def fit(self, job: Job, speech: Speech, output: Output, plans: Plans) -> Rendering:
        """Speech at the take's rate and level that fits its slot and holds its points. Raises FramevoxError."""
        return (self._fit_points if job.points else self._fit_span)(job, speech, output, plans)

    def converted(self, job: Job, speech: Speech, output: Output) -> tuple[Rendering, int, int]:
        """Speech at the take's rate and level; by how much it misses its slot, and by how much at all.

        The gain moves where speech crosses -60 dBFS, by each line's own slopes; a length asked for allows for that on
        average, and its end is moved for what is left.
        """
        rendering = convert(speech, output.sample_rate, job.gain)
        over = overshoot(rendering.span, job.target, job.asked.grid)
        off = over or span_error(rendering.span, job.target, self._half_step * job.scale)
        near = _nudge(job, speech, off, 0 if over else self._half_step, output.sample_rate) if off else None
        return (rendering, over, off) if near is None else (near, 0, 0)

    def _fit_span(self, job: Job, speech: Speech, output: Output, plans: Plans) -> Rendering:
        """Speech at the take's rate and level that fits its slot; spoken again where the engine missed by too much.

        Raises FramevoxError (code ``engine``) when it is too long for its slot every time; it is never cut. When it is
        too short every time for its silences to hold two frames, or never within half a step of the ratio asked for,
        the nearest is taken, and the take's times say so.
        """
        ask = job.asked
        rendering, over, off = self.converted(job, speech, output)
        span = job.span if job.span is not None else speech.end - speech.start
        fallback: Rendering | None = None
        least = 0
        sides: dict[bool, int] = {}
        for attempt in range(MAX_ATTEMPTS + 1):
            if off == 0:
                return rendering
            if over <= 0 and (fallback is None or abs(off) < least):
                fallback, least = rendering, abs(off)
            if attempt == MAX_ATTEMPTS:
                break
            sides[off > 0] = span
            span -= round(off / job.scale) + (self._half_step if over > 0 else -self._half_step if over < 0 else 0)
            if over == 0 and len(sides) == 2:
                # A fading end falls to either side of -60 dBFS: what lies between the two is asked for.
                span = sum(sides.values()) // 2
            span = min(max(span, job.lengths.shortest), job.lengths.longest)
            [(_, again)] = self._speaker.speak({(ask.line, span, ()): ask}, plans)
            rendering, over, off = self.converted(job, unwrap(again), output)
        if fallback is None:
            raise _too_long(rendering, ask.grid)
        return fallback

    def timed(self, job: Job, rendering: Rendering, output: Output) -> Rendering:
        """A rendering with its times as they are heard, where the job asks for that."""
        if self._aligner is None or not job.aligned:
            return rendering
        return self._aligner.timed(job.asked, rendering, output.sample_rate)

    def _fit_points(self, job: Job, speech: Speech, output: Output, plans: Plans) -> Rendering:
        """As ``_fit_span``, for a line with points: what lies before its first or behind its last is spoken shorter
        where the slot does not hold it, and where words are heard beside their frames, it is spoken again with what was
        heard in mind. Words that stay off are those of the attempt that is off by least; the take's notes say so.
        """
        ask, target = job.asked, job.target
        assert job.span is not None
        start, span = target.start, job.span
        hearing = Hearing(ask, job.points)
        allowed = POINT_SECONDS * output.sample_rate
        nearest: Rendering | None = None
        least, shortened = 0, 0
        while True:
            estimated = hearing.located(convert(speech, output.sample_rate, job.gain))
            rendering = self.timed(job, estimated, output)
            before, behind = misfit(rendering, target, ask.grid)
            off = max(map(abs, lateness(rendering, target, ask.grid)))
            if not before and not behind:
                if nearest is not None and off >= least:
                    return nearest  # speaking it again did not help
                nearest, least = rendering, off
            if off > allowed and hearing.learn(estimated, rendering):
                pass
            elif nearest is not None:
                return nearest
            elif shortened == MAX_ATTEMPTS:
                raise _too_long(rendering, ask.grid)
            else:
                shortened += 1
                shorter = (
                    round(before / job.scale) + self._half_step if before else 0,
                    round(behind / job.scale) + self._half_step if behind else 0,
                )
                start += round(shorter[0] * job.scale)
                span -= sum(shorter)
            [(_, again)] = self._speaker.speak({(ask.line, span, hearing.aims(job.aims(start))): ask}, plans)
            speech = unwrap(again)


def _too_long(rendering: Rendering, grid: Grid) -> FramevoxError:
    return FramevoxError(
        f"the engine could not speak the line within its slot: it made {rendering.span} samples for {grid.slot}. "
        "Give the slot a few frames more",
        code="engine",
    )


def _nudge(job: Job, speech: Speech, off: int, allowed: int, sample_rate: int) -> Rendering | None:
    """The line with its end moved by a few milliseconds, where that makes it fit.

    ``off`` is by how much it misses, at the take's rate, and ``allowed`` by how much it may, at the engine's.
    """
    near = nudged(speech, job.gain, -round(off / job.scale) + round(copysign(max(0, allowed - _NUDGE_MARGIN), off)))
    if near is None:
        return None
    rendering = convert(near, sample_rate, job.gain)
    target, grid = job.target, job.asked.grid
    fits = not (overshoot(rendering.span, target, grid) or span_error(rendering.span, target, allowed * job.scale))
    return rendering if fits else None
