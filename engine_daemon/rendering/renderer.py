"""Cues in, takes out: the daemon's whole work on a batch, without sockets or queues.

    cue -> voice -> lengths -> fit -> speech -> finish -> file

Every stage looks into the store first, so a cue whose take is known costs neither the text front end nor the model; one
with rules of pronunciation is read, for its key follows from what they change.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, copysign, floor

import numpy as np
import soundfile

from framevox.engine_daemon.audio.label import Label, Pcm24, encode
from framevox.engine_daemon.emotion.settle import settle
from framevox.engine_daemon.engines.base import Direction, Engine, Plan, Speech, Voice, unwrap
from framevox.engine_daemon.protocol.cues import Cue, Note, Output, Take, check_format
from framevox.engine_daemon.protocol.declared import from_plain, to_plain
from framevox.engine_daemon.protocol.emotion import MOST
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.sync import SyncTiming
from framevox.engine_daemon.protocol.timebase import edge, slot_samples
from framevox.engine_daemon.rendering import keys as cache
from framevox.engine_daemon.rendering.levels import Levels
from framevox.engine_daemon.rendering.placement import (
    Placed,
    Rendering,
    convert,
    misfit,
    nudged,
    overshoot,
    place,
    slot_for,
    span_error,
)
from framevox.engine_daemon.rendering.points import Point, decide_points, missed, pieces_of, points_of
from framevox.engine_daemon.rendering.policy import Declined, Grid, Pace, Target, decide
from framevox.engine_daemon.rendering.readings import ReadLine, read_ruled
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.rendering.streaming import Piece, PieceStream
from framevox.engine_daemon.text import main_language, read_line
from framevox.engine_daemon.text.line import Line

__all__ = ["Declined", "Outcome", "Rendered", "Renderer"]

TAKE_FORMAT = 7
"""Part of every take's key. Raise it when the same inputs come to give other bytes."""

GENDERS = ("female", "male")
"""What a cue may say instead of a voice's name."""

MAX_ATTEMPTS = 4
"""How often a line is spoken again when the engine misses the span it was asked for by more than the silences hold."""


_NUDGE_MARGIN = 72
"""Samples by which an end is moved further than necessary, since it does not land exactly."""


@dataclass(frozen=True)
class Rendered:
    """A take and the bytes of its file; ``cached`` when both came from the store."""

    take: Take
    media: bytes
    cached: bool


Outcome = Rendered | Declined | Exception
Wanted = tuple[str, int | None, cache.Points]
"""Speech: the key of its line, its span, and when its points are heard."""


@dataclass(frozen=True)
class _Asked:
    """A cue whose input is sound: the voice it names, the line as that voice reads it, and the grid of its slot."""

    cue: Cue
    voice: Voice
    direction: Direction
    line: str
    grid: Grid
    slot_start: int
    timecode: int
    """The slot's first sample counted from timecode zero."""
    notes: tuple[Note, ...] = ()
    """What the user should know of the take."""
    ruled: ReadLine | None = None
    """The line as rules of pronunciation have it; None where they change nothing."""

    def read(self) -> Line:
        """The line, read. Raises InputError."""
        return self.ruled.line if self.ruled else read_line(self.cue.text, self.cue.language)


@dataclass(frozen=True)
class _Job:
    """A cue whose fit is decided. ``span`` is asked of the engine at its own rate, ``natural`` is at the take's."""

    asked: _Asked
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

    @property
    def speech(self) -> Wanted:
        return self.asked.line, self.span, self.aims(self.target.start)

    def aims(self, start: int) -> cache.Points:
        """When the points are heard at the engine's rate, for a span that starts at ``start`` in the slot."""
        return tuple((point.place.offset, round((point.sample - start) / self.scale)) for point in self.points)


class Renderer:
    """Renders batches with one engine and one store. ``render`` may run in ``engine.parallel`` threads at once."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store
        self._levels = Levels(engine, store)

    def render(self, cues: Sequence[Cue], output: Output) -> Iterator[tuple[str, Outcome]]:
        """Yields ``(cue id, outcome)`` once for every cue, as each is ready, those from the store first.

        An exception is an outcome of its own cue, never of the batch: InputError where the cue has to change,
        FramevoxError (code ``engine``) where the engine failed.
        """
        asked: list[_Asked] = []
        for cue in cues:
            try:
                asked.append(self._ask(cue, output))
            except Exception as error:
                yield cue.id, error

        plans: dict[str, Plan] = {}
        lengths = self._find_lengths(asked, plans)
        jobs: dict[Wanted, list[_Job]] = {}
        for ask in asked:
            try:
                decided = self._decide(ask, unwrap(lengths[ask.line]), output)
                found = decided if isinstance(decided, Declined) else self._find_take(decided)
            except Exception as error:
                yield ask.cue.id, error
                continue
            if found is not None:
                yield ask.cue.id, found
            elif isinstance(decided, _Job):
                jobs.setdefault(decided.speech, []).append(decided)

        for wanted, speech in self._speak({key: same[0].asked for key, same in jobs.items()}, plans):
            for job in jobs[wanted]:
                try:
                    yield job.asked.cue.id, self._finish(job, unwrap(speech), output, plans)
                except Exception as error:
                    yield job.asked.cue.id, error

    def stream(self, cue: Cue, output: Output, *, fresh: bool = False) -> Generator[Piece | Outcome, None, None]:
        """Yields the samples of one cue's slot, in pieces as they are made, and then the cue's outcome.

        The pieces are the slot of the take, to the sample. A line of several passes is heard before its length is
        known, so it is not spoken again where the engine missed the span. ``fresh``: it is made again even where it is
        kept.
        """
        start = 0
        try:
            for made in self._stream(cue, output, fresh):
                if isinstance(made, np.ndarray):
                    yield Piece.of(start, made)
                    start += len(made)
                else:
                    yield made
        except Exception as error:
            yield error

    def _stream(self, cue: Cue, output: Output, fresh: bool) -> Iterator[Pcm24 | Outcome]:
        ask = self._ask(cue, output)
        plans: dict[str, Plan] = {}
        job: _Job | None = None
        lengths = None if fresh else cache.find_lengths(self._store, ask.line)
        at_once = (
            self._engine.streams_unplanned and ask.grid.slot is None and cue.fit.policy != "ratio" and not cue.sync
        )
        if lengths is not None or not at_once:
            if lengths is None:
                plans[ask.line] = unwrap(self._plan({ask.line: ask})[ask.line])
                lengths = cache.Lengths.of(plans[ask.line])
            decided = self._decide(ask, lengths, output)
            found = decided if fresh or isinstance(decided, Declined) else self._find_take(decided)
            if isinstance(found, Rendered):
                yield slot_of(found)
            if isinstance(found, Rendered | Declined):
                yield found
                return
            assert isinstance(decided, _Job)
            job = decided
            kept = None if fresh else cache.find_speech(self._store, cache.speech_key(*job.speech))
            if kept is not None or ask.grid.slot is not None or job.points:
                if kept is None:
                    [(_, made)] = self._speak({job.speech: ask}, plans)
                    kept = unwrap(made)
                rendered = self._finish(job, kept, output, plans)
                yield slot_of(rendered)
                yield rendered
                return
        yield from self._stream_from_engine(ask, job, output, plans)

    def _stream_from_engine(
        self, ask: _Asked, job: _Job | None, output: Output, plans: dict[str, Plan]
    ) -> Iterator[Pcm24 | Outcome]:
        """Without a ``job``, the line is spoken at its own pace before its length is known."""
        if job is None:
            made = self._engine.stream((ask.read(), ask.voice, ask.direction))
            target = Target(None, ask.grid.onset, None)
        else:
            if ask.line not in plans:
                plans[ask.line] = unwrap(self._plan({ask.line: ask})[ask.line])
            made = self._engine.stream(*_within_reach(plans[ask.line], job.span, ()))
            target = job.target
        stream = PieceStream(self._engine.sample_rate, target, ask.grid, self._gain(ask.voice, output)[0])
        speech: Speech | None = None
        for piece in made:
            if isinstance(piece, Plan):
                decided = self._decide(ask, cache.Lengths.of(piece), output)
                assert isinstance(decided, _Job) and decided.target == target
                job, plans[ask.line] = decided, piece
            elif isinstance(piece, Speech):
                speech = piece
            elif len(ready := stream.add(piece)):
                yield ready
        assert job is not None and speech is not None
        off = 0
        if stream.sent:
            rendering, _, off = self._converted(job, speech, output)
        else:
            rendering = self._fit_speech(job, speech, output, plans)
        placed = _placed(job, rendering)
        yield stream.finish(placed.pcm)
        # Whoever waits for the line has it: now it is kept.
        cache.keep_lengths(self._store, ask.line, job.lengths)
        cache.keep_speech(self._store, cache.speech_key(*job.speech), speech)
        yield self._take(job, placed, output, keep=off == 0)

    def _ask(self, cue: Cue, output: Output) -> _Asked:
        cue.check()
        check_format(output.format, output.sample_rate)
        voice = self._engine.voice(self._named(cue))
        slot = None
        if cue.duration is not None:
            slot = slot_samples(cue.start, cue.duration, output.sample_rate, cue.rate)
        start = edge(cue.start, output.sample_rate, cue.rate)
        timecode = edge(cue.origin, output.sample_rate, cue.rate) + start
        if timecode < 0:
            raise InputError(
                f"the slot starts at frame {cue.origin + cue.start}, before timecode zero", code="bad-slot"
            )
        direction, notes = self._direct(cue)
        ruled = read_ruled(cue, self._engine)
        readings = ruled.key if ruled else ()
        line = cache.line_key(self._engine, voice, cue.text, cue.language, direction, readings)
        grid = Grid(slot, output.sample_rate, cue.rate)
        return _Asked(cue, voice, direction, line, grid, start, timecode, (*voice.notes, *notes), ruled)

    def _named(self, cue: Cue) -> str:
        """The voice that the cue names; for none, or for a gender alone, the engine's for the language of its words."""
        if cue.voice and cue.voice not in GENDERS:
            return cue.voice
        return self._engine.default_voice(main_language(cue.text, cue.language), cue.voice)

    def _direct(self, cue: Cue) -> tuple[Direction, tuple[Note, ...]]:
        """What the engine can follow of what a cue says of its delivery, and what the user should know of the rest."""
        emotion = settle(cue.emotion, cue.text)
        if emotion is None:
            return Direction(cue.take_number), ()
        if not self._engine.emotions:
            return Direction(cue.take_number), (Note("no-emotions", {"engine": self._engine.name}),)
        clip = self._engine.emotion_voice(emotion.voice) if emotion.voice else None
        notes = (Note("weights-scaled", {"sum": emotion.total}),) if emotion.total > MOST else ()
        return Direction(cue.take_number, emotion.scaled(), clip), notes

    def _find_lengths(self, asked: Sequence[_Asked], plans: dict[str, Plan]) -> dict[str, cache.Lengths | Exception]:
        """Every line's lengths, from the store or the engine; what the engine planned is added to ``plans``."""
        lengths: dict[str, cache.Lengths | Exception] = {}
        unknown: dict[str, _Asked] = {}
        for ask in asked:
            kept = cache.find_lengths(self._store, ask.line)
            if kept is None:
                unknown[ask.line] = ask
            else:
                lengths[ask.line] = kept
        for line, plan in self._plan(unknown).items():
            if isinstance(plan, Exception):
                lengths[line] = plan
            else:
                plans[line] = plan
                lengths[line] = cache.Lengths.of(plan)
                cache.keep_lengths(self._store, line, cache.Lengths.of(plan))
        return lengths

    def _plan(self, wanted: Mapping[str, _Asked]) -> dict[str, Plan | Exception]:
        planned: dict[str, Plan | Exception] = {}
        lines: dict[str, tuple[Line, Voice, Direction]] = {}
        for key, ask in wanted.items():
            try:
                lines[key] = (ask.read(), ask.voice, ask.direction)
            except Exception as error:
                planned[key] = error
        try:
            planned |= zip(lines, self._engine.plan(list(lines.values())), strict=True) if lines else {}
        except Exception:
            # They failed together, for want of memory say: each is planned alone.
            for key, line in lines.items():
                try:
                    [planned[key]] = self._engine.plan([line])
                except Exception as error:
                    planned[key] = error
        return planned

    def _decide(self, ask: _Asked, lengths: cache.Lengths, output: Output) -> _Job | Declined:
        gain, growth = self._gain(ask.voice, output)
        scale = Fraction(output.sample_rate, self._engine.sample_rate)
        natural, shortest, most = (
            max(1, length + growth) * scale for length in (lengths.natural, lengths.shortest, lengths.longest)
        )
        neutral = None if lengths.neutral is None else max(1, lengths.neutral + growth) * scale
        pace = Pace(natural, shortest, most, self._engine.step * scale, neutral)
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
        head = _head(ask, output)
        take_key = cache.content_key(
            format=TAKE_FORMAT,
            line=ask.line,
            span=span,
            target=[target.start, target.end, *target.points],
            sync=[to_plain(point) for point in ask.cue.sync],
            notes=[to_plain(note) for note in _notes(ask, target)],
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
        )
        return _Job(ask, target, span, natural, gain, lengths, head, handles, take_key, tuple(points), scale)

    def _gain(self, voice: Voice, output: Output) -> tuple[float, int]:
        """The factor that brings the voice to its level, and by how many samples that changes a span."""
        if output.loudness is None:
            return 1.0, 0
        level = self._levels.of(voice)
        gain = level.gain(output.loudness)
        return gain, level.span_change(gain)

    def _find_take(self, job: _Job) -> Rendered | None:
        kept = self._store.get("take", job.take_key)
        return None if kept is None else Rendered(from_plain(Take, "take", kept[0]), kept[1], cached=True)

    def _speak(
        self, wanted: Mapping[Wanted, _Asked], plans: dict[str, Plan]
    ) -> Iterator[tuple[Wanted, Speech | Exception]]:
        """The speech of every line and span wanted, from the store or the engine, as each is ready."""
        missing: list[Wanted] = []
        for key in wanted:
            kept = cache.find_speech(self._store, cache.speech_key(*key))
            if kept is None:
                missing.append(key)
            else:
                yield key, kept
        unplanned = {key[0]: wanted[key] for key in missing if key[0] not in plans}
        failed: dict[str, Exception] = {}
        for line, plan in self._plan(unplanned).items():
            if isinstance(plan, Exception):
                failed[line] = plan
            else:
                plans[line] = plan
        for key in missing:
            if key[0] in failed:
                yield key, failed[key[0]]
        yield from self._speak_planned([key for key in missing if key[0] not in failed], plans)

    def _speak_planned(
        self, missing: Sequence[Wanted], plans: Mapping[str, Plan]
    ) -> Iterator[tuple[Wanted, Speech | Exception]]:
        left = dict(enumerate(missing))
        try:
            for index, speech in self._engine.speak([_within_reach(plans[key[0]], *key[1:]) for key in missing]):
                key = left.pop(index)
                if not isinstance(speech, Exception):
                    cache.keep_speech(self._store, cache.speech_key(*key), speech)
                yield key, speech
        except Exception as error:
            for key in left.values():
                yield key, error

    def _finish(self, job: _Job, speech: Speech, output: Output, plans: dict[str, Plan]) -> Rendered:
        fit = self._fit_points if job.points else self._fit_speech
        return self._take(job, _placed(job, fit(job, speech, output, plans)), output)

    def _take(self, job: _Job, placed: Placed, output: Output, *, keep: bool = True) -> Rendered:
        ask = job.asked
        pcm = np.concatenate([np.zeros(job.head, np.int32), placed.pcm, np.zeros(job.tail, np.int32)])
        day = edge(ask.cue.rate.frames_per_day, output.sample_rate, ask.cue.rate)
        label = Label(
            text=ask.cue.text,
            cue=ask.cue.id,
            character=ask.cue.character,
            engine=f"{self._engine.name} {self._engine.version}",
            voice=ask.voice.name,
            rate=ask.cue.rate,
            sample_rate=output.sample_rate,
            time_reference=(ask.timecode - job.head) % day,
            take_number=ask.cue.take_number,
        )
        media = encode(pcm, label, output.format)
        take = _describe(job, label, placed, len(pcm), media, output.format)
        if keep:
            self._store.put("take", job.take_key, to_plain(take), media)
        return Rendered(take, media, cached=False)

    def _converted(self, job: _Job, speech: Speech, output: Output) -> tuple[Rendering, int, int]:
        """Speech at the take's rate and level; by how much it misses its slot, and by how much at all.

        The gain moves where speech crosses -60 dBFS, by each line's own slopes; a length asked for allows for that on
        average, and its end is moved for what is left.
        """
        rendering = convert(speech, output.sample_rate, job.gain)
        over = overshoot(rendering.span, job.target, job.asked.grid)
        half_step = self._engine.step // 2
        off = over or span_error(rendering.span, job.target, half_step * job.scale)
        near = _nudge(job, speech, off, 0 if over else half_step, output.sample_rate) if off else None
        return (rendering, over, off) if near is None else (near, 0, 0)

    def _fit_speech(self, job: _Job, speech: Speech, output: Output, plans: dict[str, Plan]) -> Rendering:
        """Speech at the take's rate and level that fits its slot; spoken again where the engine missed by too much.

        Raises FramevoxError (code ``engine``) when it is too long for its slot every time; it is never cut. When it is
        too short every time for its silences to hold two frames, or never within half a step of the ratio asked for,
        the nearest is taken, and the take's times say so.
        """
        ask = job.asked
        rendering, over, off = self._converted(job, speech, output)
        span = job.span if job.span is not None else speech.end - speech.start
        half_step = self._engine.step // 2
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
            span -= round(off / job.scale) + (half_step if over > 0 else -half_step if over < 0 else 0)
            if over == 0 and len(sides) == 2:
                # A fading end falls to either side of -60 dBFS: what lies between the two is asked for.
                span = sum(sides.values()) // 2
            span = min(max(span, job.lengths.shortest), job.lengths.longest)
            [(_, again)] = self._speak({(ask.line, span, ()): ask}, plans)
            rendering, over, off = self._converted(job, unwrap(again), output)
        if fallback is None:
            raise _too_long(rendering, ask.grid)
        return fallback

    def _fit_points(self, job: _Job, speech: Speech, output: Output, plans: dict[str, Plan]) -> Rendering:
        """As ``_fit_speech``, for a line with points: what lies before its first or behind its last is spoken shorter
        where the slot does not hold it."""
        ask, target = job.asked, job.target
        assert job.span is not None
        start, span = target.start, job.span
        for attempt in range(MAX_ATTEMPTS + 1):
            rendering = convert(speech, output.sample_rate, job.gain)
            before, behind = misfit(rendering, target, ask.grid)
            if not before and not behind:
                return rendering
            if attempt == MAX_ATTEMPTS:
                break
            half_step = self._engine.step // 2
            shorter = (
                round(before / job.scale) + half_step if before else 0,
                round(behind / job.scale) + half_step if behind else 0,
            )
            start += round(shorter[0] * job.scale)
            span -= sum(shorter)
            [(_, again)] = self._speak({(ask.line, span, job.aims(start)): ask}, plans)
            speech = unwrap(again)
        raise _too_long(rendering, ask.grid)


def _too_long(rendering: Rendering, grid: Grid) -> FramevoxError:
    return FramevoxError(
        f"the engine could not speak the line within its slot: it made {rendering.span} samples for {grid.slot}. "
        "Give the slot a few frames more",
        code="engine",
    )


def _nudge(job: _Job, speech: Speech, off: int, allowed: int, sample_rate: int) -> Rendering | None:
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


def slot_of(rendered: Rendered) -> Pcm24:
    """The samples of a take's slot, out of its file, which is a WAV file."""
    pcm, _ = soundfile.read(io.BytesIO(rendered.media), dtype="int32")
    take = rendered.take
    start = take.media_slot_start_sample
    slot: Pcm24 = pcm[start : start + take.slot_end_sample - take.slot_start_sample] >> 8
    return slot


def _placed(job: _Job, rendering: Rendering) -> Placed:
    ask = job.asked
    slot = ask.grid.slot
    if slot is None:
        slot = _whole_frames(ask, slot_for(rendering, job.target, ask.grid))
    return place(rendering, job.target, ask.grid, slot)


def _describe(job: _Job, label: Label, placed: Placed, samples: int, media: bytes, media_format: str) -> Take:
    ask = job.asked
    natural = job.natural if job.target.span is not None else Fraction(placed.end - placed.start)
    readings = (Note("reading", {"said": warning}) for warning in job.lengths.warnings)
    return Take(
        id=hashlib.sha256(media).hexdigest()[:16],
        cue=ask.cue.id,
        engine=label.engine,
        voice=ask.voice.name,
        sample_rate=label.sample_rate,
        slot_start_sample=ask.slot_start,
        slot_end_sample=ask.slot_start + len(placed.pcm),
        media_slot_start_sample=job.head,
        media_samples=samples,
        time_reference=label.time_reference,
        speech_start_sample=placed.start,
        speech_end_sample=placed.end,
        natural_seconds=float(natural / label.sample_rate),
        fit_ratio=float((placed.end - placed.start) / natural),
        words=placed.words,
        phones=placed.phones,
        notes=(*_notes(ask, job.target), *missed(job.points, placed.points, label.sample_rate), *readings),
        format=media_format,
        sync=tuple(
            SyncTiming(point.asked.word, point.asked.frame, heard)
            for point, heard in zip(job.points, placed.points, strict=True)
        ),
    )


def _notes(ask: _Asked, target: Target) -> tuple[Note, ...]:
    return (*([target.note] if target.note else []), *ask.notes)


def _head(ask: _Asked, output: Output) -> int:
    """The head handle [samples]: as many whole frames, up to those asked for, as begin at or after timecode zero."""
    frames = max(0, min(output.handles, floor(ask.cue.origin + ask.cue.start)))
    head = edge(frames, output.sample_rate, ask.cue.rate)
    return head if head <= ask.timecode else edge(frames - 1, output.sample_rate, ask.cue.rate)


def _within_reach(plan: Plan, span: int | None, points: cache.Points) -> tuple[Plan, int | None]:
    """Spans are decided by lengths of the store, and a line planned again may come out a little shorter or longer: on a
    GPU it rounds differently in a batch of another shape."""
    longest = plan.longest
    if points:
        plan, longest = replace(plan, points=points), plan.places[-1].longest
    return plan, None if span is None else min(max(span, plan.shortest), longest)


def _whole_frames(ask: _Asked, samples: int) -> int:
    """The length of the fewest whole frames from the cue's start that hold ``samples``."""
    frames = ceil(samples / ask.grid.frame)
    while (slot := slot_samples(ask.cue.start, frames, ask.grid.sample_rate, ask.cue.rate)) < samples:
        frames += 1
    return slot
