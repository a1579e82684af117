"""Cues in, takes out: the daemon's whole work on a batch, without sockets or queues.

    cue -> asking -> lengths -> deciding -> speaking -> fitting (-> aligning) -> take

Every stage looks into the store first, so a cue whose take is known costs neither the text front end nor the model; one
with rules of pronunciation is read, for its key follows from what they change.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, as_completed

import numpy as np

from framevox.engine_daemon.audio.label import Pcm24
from framevox.engine_daemon.engines.base import Engine, Plan, Speech, Voice, unwrap
from framevox.engine_daemon.protocol.cues import Cue, Note, Output, Take
from framevox.engine_daemon.protocol.declared import from_plain, to_plain
from framevox.engine_daemon.rendering import keys as cache
from framevox.engine_daemon.rendering.aligning import Aligner
from framevox.engine_daemon.rendering.asking import Asked, ask
from framevox.engine_daemon.rendering.deciding import Job, Wanted, decide_job
from framevox.engine_daemon.rendering.fitting import Fitter
from framevox.engine_daemon.rendering.levels import Levels
from framevox.engine_daemon.rendering.placement import Placed, Rendering
from framevox.engine_daemon.rendering.policy import Declined, Target
from framevox.engine_daemon.rendering.speaking import Plans, Speaker, within_reach
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.rendering.streaming import Piece, PieceStream
from framevox.engine_daemon.rendering.takes import Rendered, placed_in_slot, slot_of, take_of

__all__ = ["Declined", "Outcome", "Rendered", "Renderer"]

Outcome = Rendered | Declined | Exception
Remark = Callable[[Cue], tuple[Note, ...]]


class Renderer:
    """Renders batches with one engine and one store. ``render`` may run in ``engine.parallel`` threads at once.

    ``aligner`` times words where ``engine`` estimates them; ``remark`` gives what the user should know of a cue's take
    beyond what the engine says.
    """

    def __init__(
        self, engine: Engine, store: Store, aligner: Aligner | None = None, remark: Remark = lambda cue: ()
    ) -> None:
        self._engine = engine
        self._store = store
        self._aligner = aligner if engine.estimates_times else None
        self._remark = remark
        self._levels = Levels(engine, store)
        self._speaker = Speaker(engine, store)
        self._fitter = Fitter(engine, self._speaker, self._aligner)

    def render(self, cues: Sequence[Cue], output: Output) -> Iterator[tuple[str, Outcome]]:
        """Yields ``(cue id, outcome)`` once for every cue, as each is ready, those from the store first.

        An exception is an outcome of its own cue, never of the batch: InputError where the cue has to change,
        FramevoxError (code ``engine``) where the engine failed.
        """
        asked: list[Asked] = []
        for cue in cues:
            try:
                asked.append(ask(self._engine, cue, output, self._remark(cue)))
            except Exception as error:
                yield cue.id, error

        plans: Plans = {}
        lengths = self._speaker.find_lengths(asked, plans)
        jobs: dict[Wanted, list[Job]] = {}
        for asked_for in asked:
            try:
                decided = self._decide(asked_for, unwrap(lengths[asked_for.line]), output)
                found = decided if isinstance(decided, Declined) else self._find_take(decided)
            except Exception as error:
                yield asked_for.cue.id, error
                continue
            if found is not None:
                yield asked_for.cue.id, found
            elif isinstance(decided, Job):
                jobs.setdefault(decided.speech, []).append(decided)

        waiting: dict[Future[Rendering], Job] = {}
        try:
            for wanted, speech in self._speaker.speak({key: same[0].asked for key, same in jobs.items()}, plans):
                for job in jobs[wanted]:
                    try:
                        rendering = self._fitter.fit(job, unwrap(speech), output, plans)
                        if self._aligner is None or not job.aligned or job.points:
                            yield job.asked.cue.id, self._take(job, placed_in_slot(job, rendering), output)
                        else:
                            waiting[self._aligner.submit(job.asked, rendering, output.sample_rate)] = job
                    except Exception as error:
                        yield job.asked.cue.id, error
                for future in [future for future in waiting if future.done()]:
                    yield self._aligned(waiting.pop(future), future, output)
            while waiting:
                future = next(as_completed(waiting))
                yield self._aligned(waiting.pop(future), future, output)
        finally:
            for future in waiting:
                future.cancel()

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
        asked_for = ask(self._engine, cue, output, self._remark(cue))
        plans: Plans = {}
        job: Job | None = None
        lengths = None if fresh else cache.find_lengths(self._store, asked_for.line)
        at_once = (
            self._engine.streams_unplanned
            and asked_for.grid.slot is None
            and cue.fit.policy != "ratio"
            and not cue.sync
        )
        if lengths is not None or not at_once:
            if lengths is None:
                plans[asked_for.line] = unwrap(self._speaker.plan({asked_for.line: asked_for})[asked_for.line])
                lengths = cache.Lengths.of(plans[asked_for.line])
            decided = self._decide(asked_for, lengths, output)
            found = decided if fresh or isinstance(decided, Declined) else self._find_take(decided)
            if isinstance(found, Rendered):
                yield slot_of(found)
            if isinstance(found, Rendered | Declined):
                yield found
                return
            assert isinstance(decided, Job)
            job = decided
            kept = None if fresh else cache.find_speech(self._store, cache.speech_key(*job.speech))
            if kept is not None or asked_for.grid.slot is not None or job.points:
                if kept is None:
                    [(_, made)] = self._speaker.speak({job.speech: asked_for}, plans)
                    kept = unwrap(made)
                rendered = self._finish(job, kept, output, plans)
                yield slot_of(rendered)
                yield rendered
                return
        yield from self._stream_from_engine(asked_for, job, output, plans)

    def _stream_from_engine(
        self, asked_for: Asked, job: Job | None, output: Output, plans: Plans
    ) -> Iterator[Pcm24 | Outcome]:
        """Without a ``job``, the line is spoken at its own pace before its length is known."""
        if job is None:
            made = self._engine.stream((asked_for.read(), asked_for.voice, asked_for.direction))
            target = Target(None, asked_for.grid.onset, None)
        else:
            if asked_for.line not in plans:
                plans[asked_for.line] = unwrap(self._speaker.plan({asked_for.line: asked_for})[asked_for.line])
            made = self._engine.stream(*within_reach(plans[asked_for.line], job.span, ()))
            target = job.target
        stream = PieceStream(self._engine.sample_rate, target, asked_for.grid, self._gain(asked_for.voice, output)[0])
        speech: Speech | None = None
        for piece in made:
            if isinstance(piece, Plan):
                decided = self._decide(asked_for, cache.Lengths.of(piece), output)
                assert isinstance(decided, Job) and decided.target == target
                job, plans[asked_for.line] = decided, piece
            elif isinstance(piece, Speech):
                speech = piece
            elif len(ready := stream.add(piece)):
                yield ready
        assert job is not None and speech is not None
        off = 0
        if stream.sent:
            rendering, _, off = self._fitter.converted(job, speech, output)
        else:
            rendering = self._fitter.fit(job, speech, output, plans)
        placed = placed_in_slot(job, rendering)
        yield stream.finish(placed.pcm)
        # Whoever waits for the line has it: now it is timed and kept.
        if job.aligned:
            placed = placed_in_slot(job, self._fitter.timed(job, rendering, output))
        cache.keep_lengths(self._store, asked_for.line, job.lengths)
        cache.keep_speech(self._store, cache.speech_key(*job.speech), speech)
        yield self._take(job, placed, output, keep=off == 0)

    def _decide(self, asked: Asked, lengths: cache.Lengths, output: Output) -> Job | Declined:
        aligned = self._aligner is not None and (output.align or bool(asked.cue.sync))
        return decide_job(self._engine, asked, lengths, output, self._gain(asked.voice, output), aligned)

    def _gain(self, voice: Voice, output: Output) -> tuple[float, int]:
        """The factor that brings the voice to its level, and by how many samples that changes a span."""
        if output.loudness is None:
            return 1.0, 0
        level = self._levels.of(voice)
        gain = level.gain(output.loudness)
        return gain, level.span_change(gain)

    def _find_take(self, job: Job) -> Rendered | None:
        kept = self._store.get("take", job.take_key)
        return None if kept is None else Rendered(from_plain(Take, "take", kept[0]), kept[1], cached=True)

    def _aligned(self, job: Job, timed: Future[Rendering], output: Output) -> tuple[str, Outcome]:
        try:
            return job.asked.cue.id, self._take(job, placed_in_slot(job, timed.result()), output)
        except Exception as error:
            return job.asked.cue.id, error

    def _finish(self, job: Job, speech: Speech, output: Output, plans: Plans) -> Rendered:
        rendering = self._fitter.fit(job, speech, output, plans)
        if not job.points:
            rendering = self._fitter.timed(job, rendering, output)
        return self._take(job, placed_in_slot(job, rendering), output)

    def _take(self, job: Job, placed: Placed, output: Output, *, keep: bool = True) -> Rendered:
        made = take_of(self._engine, job, placed, output)
        if keep:
            self._store.put("take", job.take_key, to_plain(made.take), made.media)
        return made
