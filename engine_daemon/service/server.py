"""The daemon's loop: one thread that answers clients and hands cues to the workers. It knows no model.

Control messages are read first in every round and work never runs in this thread, so a cancel or a question for the
status waits for nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import re
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psutil
import zmq

from framevox.engine_daemon.protocol.connection import Home, remove_connection
from framevox.engine_daemon.protocol.cues import Cue, read_cue
from framevox.engine_daemon.protocol.declared import brief
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.installation import installed_version
from framevox.engine_daemon.protocol.messages import (
    HEARTBEAT_SECONDS,
    VERSION,
    Acknowledge,
    AskStatus,
    AskVoices,
    Cancel,
    CuesAccepted,
    Heartbeat,
    Message,
    Ok,
    OpenBatch,
    Opened,
    OpenLive,
    Refusal,
    Retire,
    SayLine,
    SendCues,
    SendVoice,
    ShutDown,
    Status,
    StatusReply,
    VoicesReply,
)
from framevox.engine_daemon.protocol.sent_voices import is_sent
from framevox.engine_daemon.protocol.waking import Wake
from framevox.engine_daemon.protocol.wire import ProtocolError, Received, decode
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.service.delivery import Delivery
from framevox.engine_daemon.service.handing_out import HandingOut
from framevox.engine_daemon.service.outcomes import Failure, fault, outcome_of
from framevox.engine_daemon.service.scheduler import LEAST_WINDOW, Batch, Scheduler, Session
from framevox.engine_daemon.service.sent_voices import SentVoices, with_sent_voices
from framevox.engine_daemon.service.signals import stop_on_signals
from framevox.engine_daemon.service.sockets import Sockets
from framevox.engine_daemon.service.workers import (
    GaveWay,
    Loaded,
    Lost,
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


class Server:
    """Serves one engine. ``load`` makes the engine and its renderer, in a worker, when first needed."""

    def __init__(
        self,
        home: Home,
        load: Callable[[], tuple[Engine, Renders]],
        *,
        engine: str,
        engine_reason: str,
        clones: bool = False,
        store: Store,
        options: tuple[str, ...] = (),
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._home = home
        self._engine = engine
        self._engine_reason = engine_reason
        self._clones = clones
        self._store = store
        self._options = options
        self._idle_timeout = idle_timeout
        self._on_ready = on_ready
        self._scheduler = Scheduler()
        self._wake = Wake()
        self._workers = Workers(load, self._wake.wake)
        self._sent = SentVoices(home.voices, self._scheduler.voices_in_use)
        self._delivery = Delivery(self._scheduler, self._notices)
        self._handing_out = HandingOut(self._scheduler, self._workers, self._delivery)
        self._sockets: Sockets
        self._stop_reason: str | None = None
        self.lost = False
        """Whether the engine was lost. Clients are then told nothing: they start another daemon, as after a crash, and
        send what is open again."""
        self._began = time.monotonic()
        # Whoever started this daemon is given time to say its first word, however short the idle timeout.
        self._last_word = self._began + FIRST_WORD_SECONDS
        self._next_heartbeat = 0.0
        self._asked_for_voices: list[tuple[bytes, str]] = []
        self._handlers: dict[type[Message], Callable[[bytes, Any, Received], None]] = {
            OpenBatch: self._on_batch,
            OpenLive: self._on_live,
            SayLine: self._on_line,
            SendVoice: self._on_voice,
            SendCues: self._on_cues,
            Acknowledge: self._on_ack,
            AskStatus: self._on_status,
            AskVoices: self._on_voices,
            Cancel: self._on_cancel,
            Retire: self._on_retire,
            ShutDown: self._on_shutdown,
        }

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
            remove_connection(self._home, os.getpid())
            try:
                for batch in () if self.lost else self._scheduler:
                    self._delivery.end(batch, "stopped")
            finally:
                self._sockets.close()
                signal.set_wakeup_fd(-1)
                self._wake.close()

    def stop(self, reason: str) -> None:
        """Asks the loop to end; callable from a signal handler."""
        self._stop_reason = reason
        self._wake.wake()

    # --- the loop ---

    def _round(self) -> None:
        self._sockets.wait(self._patience())
        self._take_in("control")
        for news in self._workers.news():
            self._take_news(news)
        self._take_in("work")
        now = time.monotonic()
        for batch in self._scheduler.expired(now):
            self._scheduler.fail_queued(batch, Failure("deadline", "the deadline passed before the cue was begun"))
            self._delivery.deliver(batch)
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + HEARTBEAT_SECONDS
            for holder in (*self._scheduler, *self._scheduler.sessions.copy().values()):
                self._delivery.send("work", holder.client, Heartbeat(re=holder.id))
        self._handing_out.hand_out()
        if not self._held_open and not self._working and now - self._last_word >= self._idle_timeout:
            self._stop_reason = f"idle for {self._idle_timeout:g} s"

    @property
    def _held_open(self) -> bool:
        return bool(len(self._scheduler) or self._scheduler.sessions)

    @property
    def _working(self) -> bool:
        return self._workers.busy > 0 or self._workers.state == "loading"

    def _patience(self) -> int:
        """Milliseconds until something has to be done even if nothing comes in."""
        now = time.monotonic()
        until = self._last_word + self._idle_timeout
        if self._held_open:
            until = self._next_heartbeat
            deadline = self._scheduler.next_deadline()
            if deadline is not None:
                until = min(until, deadline)
        elif self._working:
            until = now + 1
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

    # --- work ---

    def _on_batch(self, client: bytes, message: OpenBatch, received: Received) -> None:
        seconds = message.deadline_seconds
        message.output.check()
        batch = Batch(
            client,
            message.id,
            message.output,
            total=message.cues,
            voices_to_come=message.voices,
            deadline=None if seconds is None else time.monotonic() + seconds,
        )
        self._scheduler.open(batch)
        log.info("batch %s of %d cues", batch.id, batch.total)
        self._delivery.send("work", client, Opened(re=batch.id))

    def _on_voice(self, client: bytes, message: SendVoice, received: Received) -> None:
        batch: Batch | Session
        if message.batch in self._scheduler.sessions:
            batch = self._scheduler.find_session(message.batch, client)
        else:
            batch = self._scheduler.find(message.batch, client)
        if not batch.voices_to_come:
            raise FramevoxError("the batch was to bring no further voice", code="bad-message")
        if not re.fullmatch(r"\w[\w.-]*", message.name):
            raise InputError(f"a voice cannot be called {message.name!r}: use letters, digits, '.', '-' and '_'")
        batch.voices[message.name] = self._sent.keep(message.name, received.frames[0])
        batch.voices_to_come -= 1

    def _on_cues(self, client: bytes, message: SendCues, received: Received) -> None:
        batch = self._scheduler.find(message.batch, client)
        if batch.received + len(message.cues) > batch.total:
            raise FramevoxError(f"the batch was to have {batch.total} cues, no more", code="too-large")
        names = [_cue_id(piece) for piece in message.cues]
        cues: list[Cue] = []
        refused: list[Refusal] = []
        for name, piece in zip(names, message.cues, strict=True):
            try:
                if name in batch.ids:
                    raise InputError(f"the batch has a cue {name!r} already", code="duplicate-cue")
                cues.append(with_sent_voices(read_cue(piece), batch.voices))
            except FramevoxError as error:
                refused.append(Refusal(name, error.code, error.message, error.fields))
            batch.ids.add(name)
        self._scheduler.add(batch, cues, len(refused))
        self._delivery.counts["failed"] += len(refused)
        accepted = CuesAccepted(re=message.id, batch=batch.id, cues=[cue.id for cue in cues], refused=refused)
        self._delivery.send("work", client, accepted)
        self._delivery.deliver(batch)
        if cues:
            self._workers.ensure_loading()

    def _on_live(self, client: bytes, message: OpenLive, received: Received) -> None:
        message.output.check()
        if message.output.handles or message.output.format != "wav":
            raise InputError("a live line has no handles, and its format is wav: open the session with those")
        self._scheduler.open_session(Session(client, message.id, message.output, voices_to_come=message.voices))
        log.info("live session %s", message.id)
        self._delivery.send("work", client, Opened(re=message.id))
        self._workers.ensure_loading()

    def _on_line(self, client: bytes, message: SayLine, received: Received) -> None:
        session = self._scheduler.find_session(message.live, client)
        name = _cue_id(message.cue)
        batch = Batch(
            client,
            message.id,
            session.output,
            total=1,
            voices=session.voices,
            session=session,
            fresh=message.fresh,
        )
        self._scheduler.open(batch)
        try:
            self._scheduler.add(batch, [with_sent_voices(read_cue(message.cue), session.voices)], 0)
        except FramevoxError as error:
            self._scheduler.refuse(batch, name, Failure.of(error))
            self._delivery.deliver(batch)
            return
        self._workers.ensure_loading()

    def _on_ack(self, client: bytes, message: Acknowledge, received: Received) -> None:
        for session in self._scheduler.sessions.values():
            if session.client == client:
                session.held.pop(message.batch, None)
        try:
            batch = self._scheduler.find(message.batch, client)
        except FramevoxError:
            return  # The batch is over: its last acknowledgements crossed with the daemon's last word.
        self._scheduler.acknowledge(batch, message.sequence)
        self._delivery.deliver(batch)

    # --- control ---

    def _on_status(self, client: bytes, message: AskStatus, received: Received) -> None:
        self._delivery.send("control", client, StatusReply(re=message.id, status=self.status()))

    def _on_voices(self, client: bytes, message: AskVoices, received: Received) -> None:
        self._asked_for_voices.append((client, message.id))
        if self._workers.state == "ready":
            self._workers.list_voices((client, message.id))
        else:
            self._workers.ensure_loading()

    def _on_cancel(self, client: bytes, message: Cancel, received: Received) -> None:
        if message.batch in self._scheduler.sessions:
            session = self._scheduler.sessions.pop(message.batch)
            for line in self._scheduler.of_session(session):
                self._delivery.end(line, "cancelled")
        else:
            self._delivery.end(self._scheduler.find(message.batch), "cancelled")
        self._delivery.send("control", client, Ok(re=message.id))

    def _on_retire(self, client: bytes, message: Retire, received: Received) -> None:
        if self._held_open or self._working:
            raise FramevoxError("the daemon has work to do", code="busy")
        self._delivery.send("control", client, Ok(re=message.id))
        self.stop("a client of another version asked for it")

    def _on_shutdown(self, client: bytes, message: ShutDown, received: Received) -> None:
        self._delivery.send("control", client, Ok(re=message.id))
        self.stop("a client asked for it")

    def status(self) -> Status:
        """What ``status`` answers."""
        return Status(
            framevox=installed_version(),
            protocol=VERSION,
            pid=os.getpid(),
            uptime_seconds=round(time.monotonic() - self._began, 3),
            idle_timeout_seconds=self._idle_timeout,
            engine=self._engine,
            engine_reason=self._engine_reason,
            engine_state=self._workers.state,
            clones=self._clones,
            batches=len(self._scheduler),
            live=len(self._scheduler.sessions),
            clients=self._scheduler.clients,
            queued=self._scheduler.queued,
            running=self._scheduler.running,
            counts=dict(self._delivery.counts),
            memory_bytes=psutil.Process().memory_info().rss,
            store=str(self._store.folder),
            store_problem=self._store.problem,
            log=str(self._home.log_file),
            python=platform.python_version(),
            zeromq=zmq.zmq_version(),
        )

    # --- between workers and clients ---

    def _take_news(self, news: Any) -> None:
        if isinstance(news, Loaded):
            self._engine_loaded(news.error)
        elif isinstance(news, Lost):
            log.error("the engine cannot speak in this process any more", exc_info=news.error)
            self.lost = True
            self.stop(str(news.error))
        elif isinstance(news, PieceReady):
            self._delivery.send_piece(news)
        elif isinstance(news, GaveWay):
            self._handing_out.take_back(news.job)
        elif isinstance(news, VoiceList):
            self._tell_voices(news.token, news.voices)
        elif isinstance(news, Rendering):
            with contextlib.suppress(FramevoxError):  # The batch may be over.
                batch = self._scheduler.find(news.batch)
                if self._scheduler.finish(batch, outcome_of(news, batch.voices)):
                    self._delivery.deliver(batch)

    def _engine_loaded(self, error: Exception | None) -> None:
        waiting, self._asked_for_voices = self._asked_for_voices, []
        for token in waiting:
            if error is None:
                self._workers.list_voices(token)
            else:
                self._tell_voices(token, error)
        # Twice what the engine works on at once, so that it never waits for an acknowledgement to travel.
        self._scheduler.window = max(LEAST_WINDOW, 2 * self._workers.parallel * self._workers.batch_size)
        if error is not None:
            message = f"the engine {self._engine} cannot be loaded: {error}; the log is {self._home.log_file}"
            for batch in self._scheduler:
                self._scheduler.fail_queued(batch, Failure("engine", message[:4000]))
                self._delivery.deliver(batch)

    def _notices(self) -> list[str]:
        return [*filter(None, [self._store.problem]), *self._workers.notices()]

    def _tell_voices(self, token: tuple[bytes, str], voices: list[dict[str, Any]] | Exception) -> None:
        client, request = token
        if isinstance(voices, Exception):
            self._delivery.send_error("control", client, request, Failure("engine", f"no voices: {voices}"[:4000]))
        else:
            # What clients sent along is for their batches, and no voice to choose.
            listed = [voice for voice in voices if not is_sent(str(voice["name"]))]
            self._delivery.send("control", client, VoicesReply(re=request, voices=listed))


def _cue_id(piece: dict[str, Any]) -> str:
    id = piece.get("id")
    if isinstance(id, str) and 1 <= len(id) <= 200:
        return id
    raise InputError(f"a cue's id must be text of 1 to 200 characters, not {brief(id)}", code="bad-message")
