"""The daemon's loop: one thread that answers clients and hands cues to the workers. It knows no model.

Control messages are read first in every round and work never runs in this thread, so a cancel or a question for the
status waits for nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from framevox.engine_daemon.protocol.connection import Home, remove_connection
from framevox.engine_daemon.protocol.declared import brief
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.messages import HEARTBEAT_SECONDS, Heartbeat
from framevox.engine_daemon.protocol.waking import Wake
from framevox.engine_daemon.protocol.wire import ProtocolError, decode
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.service.control_requests import About, ControlRequests
from framevox.engine_daemon.service.delivery import Delivery
from framevox.engine_daemon.service.engines import DEFAULT_UNLOAD_AFTER, Engines
from framevox.engine_daemon.service.handing_out import HandingOut
from framevox.engine_daemon.service.outcomes import Failure, Spoken, fault, outcome_of
from framevox.engine_daemon.service.scheduler import Scheduler
from framevox.engine_daemon.service.sent_voices import SentVoices
from framevox.engine_daemon.service.signals import stop_on_signals
from framevox.engine_daemon.service.sockets import Sockets
from framevox.engine_daemon.service.voice_lists import Listing, VoiceLists
from framevox.engine_daemon.service.work_requests import WorkRequests
from framevox.engine_daemon.service.workers import (
    GaveWay,
    Loaded,
    Lost,
    News,
    PieceReady,
    Rendering,
    Renders,
    VoiceList,
    Workers,
)

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine

log = logging.getLogger(__name__)

DEFAULT_IDLE_TIMEOUT = 600.0
FIRST_WORD_SECONDS = 10.0


@dataclass(frozen=True)
class Offer:
    """An engine to serve. ``load`` makes it and its renderer, in a worker, when first needed; ``listing`` lists its
    voices before that, where it can be done."""

    name: str
    load: Callable[[], tuple[Engine, Renders]]
    listing: Listing | None = None


_OF_ENGINES = frozenset(("--engine", "--model", "--device", "--gpu-mode"))
"""Options with which an engine may load, and without which another one does."""


@dataclass(frozen=True)
class Offers:
    """The daemon's own engine, another one beside it, and which of them (by name) a voice needs."""

    own: Offer
    own_reason: str
    engine_of: Callable[[str], str]
    clones: bool = False
    beside: Offer | None = None


class Server:
    """Serves the engines of ``offers``.

    ``on_lost`` is told why an engine was lost, ``on_spoken`` by which engine a take was made, ``on_work`` when the
    daemon's own engine has something to do and when that is done: a process that dies between tells nobody.
    """

    def __init__(
        self,
        home: Home,
        offers: Offers,
        *,
        store: Store,
        options: tuple[str, ...] = (),
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        unload_after: float = DEFAULT_UNLOAD_AFTER,
        on_ready: Callable[[], None] = lambda: None,
        on_lost: Callable[[str, str], None] = lambda engine, why: None,
        on_spoken: Callable[[str], None] = lambda engine: None,
        on_work: Callable[[bool], None] = lambda at_work: None,
    ) -> None:
        self._home = home
        self._store = store
        self._options = options
        self._idle_timeout = idle_timeout
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._on_spoken = on_spoken
        self._on_work = on_work
        self._at_work = False
        self._scheduler = Scheduler(offers.engine_of)
        self._wake = Wake()
        self._engines = Engines(
            self._workers(replace(offers.own, load=partial(self._load_own, offers.own.load))),
            None if offers.beside is None else self._workers(offers.beside),
            unload_after=unload_after,
            is_wanted=self._scheduler.may_need,
        )
        self._delivery = Delivery(self._scheduler, self._notices)
        self._handing_out = {each.name: HandingOut(self._scheduler, each, self._delivery) for each in self._engines}
        self._voices = VoiceLists(self._engines, self._delivery, offers.engine_of, offers.own.listing)
        self._sockets: Sockets
        self._stop_reason: str | None = None
        self._again = True
        """Whether the next client is to start a daemon like this one: unless somebody wanted it stopped."""
        self.lost = False
        """Whether an engine was lost. Clients are then told nothing: they start another daemon, as after a crash, and
        send what is open again."""
        # Whoever started this daemon is given time to say its first word, however short the idle timeout.
        self._last_word = time.monotonic() + FIRST_WORD_SECONDS
        self._next_heartbeat = 0.0
        sent = SentVoices(home.voices, self._scheduler.voices_in_use)
        work = WorkRequests(self._scheduler, self._engines, self._delivery, sent)
        control = ControlRequests(
            self._scheduler,
            self._engines,
            self._delivery,
            self._voices,
            About(offers.own_reason, offers.clones, idle_timeout, store, home.log_file),
            stop=self.stop,
            is_at_work=lambda: self._held_open or self._engines.working,
        )
        self._handlers = {**work.handlers, **control.handlers}

    def _load_own(self, load: Callable[[], tuple[Engine, Renders]]) -> tuple[Engine, Renders]:
        self._on_work(True)  # Said before anything is loaded that may end the process.
        return load()

    def _workers(self, offer: Offer) -> Workers:
        return Workers(offer.load, self._wake.wake, offer.name)

    # --- life ---

    def run(self) -> None:
        """Serves until it is asked to stop or has been idle for long. The caller holds the daemon's lock."""
        self._sockets = self._delivery.sockets = Sockets(self._wake, self._options)
        try:
            stop_on_signals(self.stop, self._wake)
            connection = self._sockets.connection
            connection.write(self._home)
            log.info("serving on %s and %s", connection.work, connection.control)
            self._on_ready()
            while self._stop_reason is None:
                self._round()
            log.info("stopping: %s", self._stop_reason)
        finally:
            # First of all, so that no client turns to a daemon that is about to go.
            remove_connection(self._home, os.getpid(), again=self._again)
            try:
                for batch in () if self.lost else self._scheduler:
                    self._delivery.end(batch, "stopped")
            finally:
                self._sockets.close()
                signal.set_wakeup_fd(-1)
                self._wake.close()

    def stop(self, reason: str, *, again: bool = False) -> None:
        """Asks the loop to end; callable from a signal handler. ``again``: the next client starts a daemon like this
        one."""
        self._stop_reason = reason
        self._again = again
        self._wake.wake()

    # --- the loop ---

    def _round(self) -> None:
        self._sockets.wait(self._patience())
        self._take_in("control")
        for workers, news in self._engines.news():
            self._take_news(workers, news)
        self._take_in("work")
        now = time.monotonic()
        for batch in self._scheduler.expired(now):
            self._scheduler.fail_queued(batch, Failure("deadline", "the deadline passed before the cue was begun"))
            self._delivery.deliver(batch)
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + HEARTBEAT_SECONDS
            for holder in (*self._scheduler, *self._scheduler.sessions.copy().values()):
                self._delivery.send("work", holder.client, Heartbeat(re=holder.id))
        own = self._engines.own
        at_work = own.state == "loading" or own.busy > 0 or self._scheduler.waits_for(own.name)
        if at_work != self._at_work:
            self._at_work = at_work
            self._on_work(at_work)
        for handing_out in self._handing_out.values():
            handing_out.hand_out()
        self._engines.check_memory()
        if not self._held_open and not self._engines.working and now - self._last_word >= self._idle_timeout:
            self.stop(f"idle for {self._idle_timeout:g} s")

    @property
    def _held_open(self) -> bool:
        return bool(len(self._scheduler) or self._scheduler.sessions or self._voices.open)

    def _patience(self) -> int:
        """Milliseconds until something has to be done even if nothing comes in."""
        now = time.monotonic()
        until = self._last_word + self._idle_timeout
        if self._held_open:
            until = self._next_heartbeat
            deadline = self._scheduler.next_deadline()
            if deadline is not None:
                until = min(until, deadline)
        elif self._engines.working:
            until = now + 1
        check = self._engines.next_check()
        if check is not None:
            until = min(until, check)
        return max(0, int((until - now) * 1000) + 1)

    def _take_in(self, socket: str) -> None:
        for client, frames in self._sockets.receive(socket):
            self._last_word = time.monotonic()
            id = ""
            try:
                received = decode(frames, sender="client", socket=socket)
                id = received.id
                self._handlers[type(received.message)](client, received.message, received)
            except FramevoxError as error:
                re = error.re if isinstance(error, ProtocolError) else id
                self._delivery.send_error(socket, client, re, Failure.of(error))
            except Exception as error:
                log.exception("a fault in answering %s", brief(frames[:1]))
                self._delivery.send_error(socket, client, id, Failure("internal", fault(error)))

    # --- between workers and clients ---

    def _take_news(self, workers: Workers, news: News) -> None:
        if isinstance(news, Loaded):
            self._engine_loaded(workers, news.error)
        elif isinstance(news, Lost):
            log.error("the engine %s cannot speak in this process any more", workers.name, exc_info=news.error)
            if not self.lost:  # Several workers may lose it at once.
                self._on_lost(workers.name, str(news.error))
            self.lost = True
            self.stop(str(news.error), again=True)
        elif isinstance(news, PieceReady):
            self._delivery.send_piece(news)
        elif isinstance(news, GaveWay):
            self._handing_out[workers.name].take_back(news.job)
        elif isinstance(news, VoiceList):
            self._voices.heard(workers, news)
            self._last_word = time.monotonic()  # who asked has the idle timeout for the next word
        elif isinstance(news, Rendering):
            with contextlib.suppress(FramevoxError):  # The batch may be over.
                batch = self._scheduler.find(news.batch)
                outcome = outcome_of(news, batch.voices)
                if isinstance(outcome.payload, Spoken) and not outcome.payload.cached:
                    self._on_spoken(workers.name)
                if self._scheduler.finish(batch, outcome):
                    self._delivery.deliver(batch)

    def _engine_loaded(self, workers: Workers, error: Exception | None) -> None:
        self._voices.loaded(workers, error)
        self._scheduler.window = self._engines.window
        if error is not None:
            message = f"the engine {workers.name} cannot be loaded: {error}; the log is {self._home.log_file}"
            if not _OF_ENGINES.isdisjoint(self._options):
                message += "; after `framevox stop` the next daemon starts with the defaults"
            for batch in self._scheduler:
                self._scheduler.fail_queued(batch, Failure("engine", message[:4000]), workers.name)
                self._delivery.deliver(batch)

    def _notices(self) -> list[str]:
        return [*filter(None, [self._store.problem]), *self._engines.notices()]
