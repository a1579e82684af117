"""The threads that work: they load an engine when a cue first needs it, drive it from then on, and unload it.

They share nothing with the server's thread but two queues; ``wake`` tells that thread that something lies in one.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.errors import EngineLostError
from framevox.engine_daemon.service.memory import return_free_memory

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine

log = logging.getLogger(__name__)

_MOST_NOTICES = 20
"""How many different ones are kept for whoever asks later."""


class Renders(Protocol):
    """What the workers need of a Renderer (framevox.engine_daemon.rendering.renderer)."""

    def render(self, cues: Sequence[Cue], output: Output) -> Iterator[tuple[str, Any]]: ...

    def stream(self, cue: Cue, output: Output, *, fresh: bool) -> Generator[Any, None, None]: ...


@dataclass(frozen=True)
class Job:
    """Cues of one batch for one worker. ``dropped`` is asked between cues: true when nobody wants them any more.

    A ``live`` job is one line that is told of piece by piece; ``stream`` is what is left of one that gave way.
    """

    batch: str
    cues: list[Cue]
    output: Output
    dropped: Callable[[], bool]
    live: bool = False
    fresh: bool = False
    stream: Generator[Any, None, None] | None = None


@dataclass(frozen=True)
class Loaded:
    """The engine is there (``error`` None) or could not be loaded."""

    error: Exception | None


@dataclass(frozen=True)
class Rendering:
    """A cue of a job came to an end: ``outcome`` is Rendered, Declined or an exception."""

    batch: str
    cue: str
    outcome: Any


@dataclass(frozen=True)
class PieceReady:
    """The next samples of a live line, 24-bit little-endian, from ``start`` on in its slot."""

    batch: str
    cue: str
    start: int
    samples: bytes


@dataclass(frozen=True)
class GaveWay:
    """A live job stopped between two pieces, so that another line may begin: it is to be submitted again."""

    job: Job


@dataclass(frozen=True)
class JobDone:
    """A worker is free again."""


@dataclass(frozen=True)
class VoiceList:
    """The answer to a question for the voices: the engine's VoiceInfo as objects, or an exception."""

    token: Any
    voices: list[dict[str, Any]] | Exception


@dataclass(frozen=True)
class Lost:
    """The engine cannot speak in this process any more."""

    error: EngineLostError


News = Loaded | Lost | Rendering | PieceReady | GaveWay | JobDone | VoiceList


class Workers:
    """Loads an engine and keeps ``parallel`` threads on it. All methods are for the server's thread."""

    def __init__(self, load: Callable[[], tuple[Engine, Renders]], wake: Callable[[], None], name: str = "") -> None:
        self.name = name
        """The engine's, as the daemon knows it."""
        self._load = load
        self._wake = wake
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._news: SimpleQueue[News] = SimpleQueue()
        self._engine: Engine | None = None
        self._renderer: Renders | None = None
        self.state = "not loaded"
        self.freed = threading.Event()
        """Set while nothing is being unloaded."""
        self.freed.set()
        self._idle_since = time.monotonic()
        self._untold: list[str] = []
        self._told: dict[str, None] = {}
        self.busy = 0
        self.give_way = False
        """Whether live jobs are to stop after a piece, because others wait."""

    @property
    def free(self) -> int:
        """How many jobs can be begun at once; 0 while there is no engine."""
        return 0 if self._engine is None else self._engine.parallel - self.busy

    @property
    def batch_size(self) -> int:
        return 1 if self._engine is None else self._engine.batch_size

    @property
    def parallel(self) -> int:
        return 1 if self._engine is None else self._engine.parallel

    def notices(self) -> list[str]:
        """What the engine has to tell the user, once."""
        self._hear()
        told, self._untold = self._untold, []
        return told

    def told(self) -> list[str]:
        """What the engine has had to tell since it was loaded, the latest last."""
        self._hear()
        return list(self._told)

    def _hear(self) -> None:
        for notice in [] if self._engine is None else self._engine.notices():
            self._untold.append(notice)
            self._told.pop(notice, None)
            self._told[notice] = None
        while len(self._told) > _MOST_NOTICES:
            del self._told[next(iter(self._told))]

    @property
    def is_loaded(self) -> bool:
        return self._engine is not None

    @property
    def is_needed(self) -> bool:
        """Whether it would have to be loaded for a cue to be spoken."""
        return self.state in ("not loaded", "unloaded", "failed")

    def idle_seconds(self) -> float:
        """For how long a loaded engine has had nothing to do."""
        return 0.0 if self.busy or self._engine is None else time.monotonic() - self._idle_since

    def free_memory(self) -> float | None:
        """How much of the engine's own device is free, from 0 to 1; None where that is the machine, or unknown."""
        return None if self._engine is None else self._engine.free_memory()

    def ensure_loading(self, after: Sequence[threading.Event] = ()) -> None:
        """Begins to load the engine, unless that was done; ``after`` others have given their memory back."""
        if self.is_needed:
            self.state = "loading"
            self._thread("load", partial(self._run_load, (*after, self.freed)))

    def unload(self) -> None:
        """Gives back the memory of an engine that has nothing to do. ``ensure_loading`` loads it again."""
        assert self._engine is not None and not self.busy
        for _ in range(self._engine.parallel):
            self._jobs.put(None)
        self._hear()
        self._told.clear()  # Once it is loaded again it says again what still holds.
        held = [self._engine]
        self._engine = self._renderer = None
        self.state = "unloaded"
        self.freed.clear()
        self._thread("unload", partial(self._run_unload, held))

    def submit(self, job: Job) -> None:
        self.busy += 1
        self._jobs.put(job)

    def list_voices(self, token: Any) -> None:
        """Asks the loaded engine for its voices; the answer comes as news."""
        assert self._engine is not None
        self._idle_since = time.monotonic()
        self._thread("voices", partial(self._run_voices, self._engine, token))

    def news(self) -> Iterator[News]:
        """What happened since the last call."""
        while not self._news.empty():
            item = self._news.get()
            if isinstance(item, JobDone):
                self.busy -= 1
                self._idle_since = time.monotonic()
            elif isinstance(item, Loaded):
                self.state = "failed" if item.error else "ready"
                self._idle_since = time.monotonic()
            yield item

    def _thread(self, name: str, target: Callable[[], None]) -> None:
        threading.Thread(target=target, name=name, daemon=True).start()

    def _tell(self, item: News) -> None:
        self._news.put(item)
        self._wake()

    def _run_load(self, after: Sequence[threading.Event]) -> None:
        for freed in after:
            freed.wait()
        try:
            engine, renderer = self._load()
        except EngineLostError as error:
            self._tell(Lost(error))
            return
        except Exception as error:
            log.exception("the engine could not be loaded")
            self._tell(Loaded(error))
            return
        self._engine, self._renderer = engine, renderer
        for number in range(engine.parallel):
            self._thread(f"worker-{number}", self._run_jobs)
        log.info("engine %s %s loaded, %d at once", engine.name, engine.version, engine.parallel)
        self._tell(Loaded(None))

    def _run_unload(self, held: list[Engine]) -> None:
        try:
            held[0].close()
        except Exception:
            log.exception("the engine %s was not closed as it should be", self.name)
        # Whatever still refers to it here would keep it.
        held.clear()
        gc.collect()
        return_free_memory()
        log.info("engine %s unloaded", self.name)
        self.freed.set()

    def _run_jobs(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._run_job(job)
            except EngineLostError as error:
                self._tell(Lost(error))
                return
            self._tell(JobDone())

    def _run_job(self, job: Job) -> None:
        assert self._renderer is not None
        if job.live:
            self._run_live(job, job.stream or self._renderer.stream(job.cues[0], job.output, fresh=job.fresh))
            return
        open_cues = {cue.id for cue in job.cues}
        problem: Exception = RuntimeError("the renderer gave no outcome")
        try:
            for cue, outcome in self._renderer.render(job.cues, job.output):
                open_cues.discard(cue)
                self._tell(Rendering(job.batch, cue, outcome))
                if job.dropped():
                    return
        except Exception as error:
            problem = error
        for cue in open_cues:
            self._tell(Rendering(job.batch, cue, problem))

    def _run_live(self, job: Job, stream: Generator[Any, None, None]) -> None:
        [cue] = job.cues
        outcome: Any = RuntimeError("the renderer gave no outcome")
        try:
            while not job.dropped():
                outcome = next(stream)
                if not hasattr(outcome, "samples"):
                    break
                self._tell(PieceReady(job.batch, cue.id, outcome.start, outcome.samples))
                if self.give_way:
                    self._tell(GaveWay(replace(job, stream=stream)))
                    return
            stream.close()
        except Exception as error:
            outcome = error
        self._tell(Rendering(job.batch, cue.id, outcome))

    def _run_voices(self, engine: Engine, token: Any) -> None:
        try:
            # Without voice(): it may read a clip for seconds while a worker speaks, and one unfit clip hides none.
            self._tell(VoiceList(token, [asdict(voice) for voice in engine.voices()]))
        except Exception as error:
            log.exception("the voices could not be listed")
            self._tell(VoiceList(token, error))
