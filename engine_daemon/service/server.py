"""Sockets in, sockets out: one thread that answers clients and hands cues to the workers. It knows no model.

Control messages are read first in every round and work never runs in this thread, so a cancel or a question for the
status waits for nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import re
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import zmq
from zmq.utils import z85

from framevox.engine_daemon.protocol.connection import Connection, Home, remove_connection
from framevox.engine_daemon.protocol.cues import Cue, Output, Take
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.engine_daemon.protocol.fields import brief
from framevox.engine_daemon.protocol.files import replace_file, usable_name
from framevox.engine_daemon.protocol.installation import installed_version
from framevox.engine_daemon.protocol.messages import (
    CODES,
    COUNTS,
    CUE,
    HEARTBEAT_SECONDS,
    LOST_SECONDS,
    MAX_FRAME_BYTES,
    SHAPES,
    VERSION,
)
from framevox.engine_daemon.protocol.waking import Wake
from framevox.engine_daemon.protocol.wire import Message, ProtocolError, decode, encode
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.service.scheduler import LEAST_WINDOW, Batch, Outcome, Scheduler
from framevox.engine_daemon.service.workers import Job, Loaded, Rendering, Renders, VoiceList, Workers

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine

log = logging.getLogger(__name__)

DEFAULT_IDLE_TIMEOUT = 600.0
FIRST_WORD_SECONDS = 10.0
_MESSAGES_A_ROUND = 50
_SENT_VOICES = 200
_SENT_VOICE = re.compile(r".*\.[0-9a-f]{16}\.bin")


class Server:
    """The daemon's sockets and its loop. ``load`` makes the engine and its renderer, in a worker, when first needed."""

    def __init__(
        self,
        home: Home,
        load: Callable[[], tuple[Engine, Renders]],
        *,
        engine: str,
        engine_reason: str,
        store: Store,
        options: tuple[str, ...] = (),
        idle_timeout: float = DEFAULT_IDLE_TIMEOUT,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._home = home
        self._engine = engine
        self._engine_reason = engine_reason
        self._store = store
        self._options = options
        self._idle_timeout = idle_timeout
        self._on_ready = on_ready
        self._scheduler = Scheduler()
        self._wake = Wake()
        self._workers = Workers(load, self._wake.wake)
        self._stop_reason: str | None = None
        self._began = time.monotonic()
        # Whoever started this daemon is given time to say its first word, however short the idle timeout.
        self._last_word = self._began + FIRST_WORD_SECONDS
        self._next_heartbeat = 0.0
        self._counts = {**dict.fromkeys(COUNTS, 0), "cached": 0}
        self._asked_for_voices: list[tuple[bytes, str]] = []

    # --- life ---

    def run(self) -> None:
        """Serves until it is asked to stop or has been idle for long. The caller holds the daemon's lock."""
        context = zmq.Context()
        try:
            self._bind(context)
            stop_on_signals(self.stop, self._wake)
            self._connection.write(self._home)
            log.info("serving on %s and %s", self._connection.work, self._connection.control)
            self._on_ready()
            while self._stop_reason is None:
                self._round()
            log.info("stopping: %s", self._stop_reason)
        finally:
            # First of all, so that no client turns to a daemon that is about to go.
            remove_connection(self._home, os.getpid())
            for batch in self._scheduler:
                self._end(batch, "stopped")
            context.destroy(linger=1000)
            signal.set_wakeup_fd(-1)
            self._wake.close()

    def stop(self, reason: str) -> None:
        """Asks the loop to end; callable from a signal handler."""
        self._stop_reason = reason
        self._wake.wake()

    def _bind(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        server_key, server_secret = zmq.curve_keypair()
        client_key, client_secret = zmq.curve_keypair()
        self._client_keys = {client_key}
        # libzmq asks this socket about every client before its first message is let in (ZAP, ZeroMQ RFC 27).
        self._gate = context.socket(zmq.REP)
        self._gate.bind("inproc://zeromq.zap.01")
        self._work = self._socket(context, server_secret)
        self._control = self._socket(context, server_secret)
        self._poller = zmq.Poller()
        for socket in (self._gate, self._control, self._work):
            self._poller.register(socket, zmq.POLLIN)
        self._wake.register(self._poller)
        self._connection = Connection(
            VERSION,
            installed_version(),
            os.getpid(),
            _endpoint(self._work),
            _endpoint(self._control),
            server_key.decode(),
            client_key.decode(),
            client_secret.decode(),
            self._options,
        )

    @staticmethod
    def _socket(context: zmq.Context[zmq.Socket[bytes]], secret: bytes) -> zmq.Socket[bytes]:
        socket = context.socket(zmq.ROUTER)
        socket.curve_server = True
        socket.curve_secretkey = secret
        socket.zap_domain = b"framevox"
        # A little over the bound, so that what just passes it is told so; what is far over loses its connection.
        socket.maxmsgsize = MAX_FRAME_BYTES + 2**20
        # Sending to a client that is gone raises, instead of losing the message in silence.
        socket.router_mandatory = True
        # What a client may have coming is bounded by its credit, so the socket's own bound need not drop or block.
        socket.sndhwm = 0
        socket.heartbeat_ivl = 2000
        socket.heartbeat_timeout = int(LOST_SECONDS * 1000)
        socket.bind("tcp://127.0.0.1:*")
        return socket

    # --- the loop ---

    def _round(self) -> None:
        ready = dict(self._poller.poll(self._patience()))
        if self._gate in ready:
            self._answer_gate()
        if self._wake.fileno() in ready:
            self._wake.clear()
        self._take_in(self._control, "control")
        for news in self._workers.news():
            self._take_news(news)
        self._take_in(self._work, "work")
        now = time.monotonic()
        for batch in self._scheduler.expired(now):
            self._scheduler.fail_queued(batch, ("deadline", "the deadline passed before the cue was begun"))
            self._deliver(batch)
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + HEARTBEAT_SECONDS
            for batch in self._scheduler:
                self._send(batch.client, "heartbeat", batch.id)
        self._hand_out()
        if not len(self._scheduler) and not self._working and now - self._last_word >= self._idle_timeout:
            self._stop_reason = f"idle for {self._idle_timeout:g} s"

    @property
    def _working(self) -> bool:
        return self._workers.busy > 0 or self._workers.state == "loading"

    def _patience(self) -> int:
        """Milliseconds until something has to be done even if nothing comes in."""
        now = time.monotonic()
        until = self._last_word + self._idle_timeout
        if len(self._scheduler):
            until = self._next_heartbeat
            deadline = self._scheduler.next_deadline()
            if deadline is not None:
                until = min(until, deadline)
        elif self._working:
            until = now + 1
        return max(0, int((until - now) * 1000) + 1)

    def _answer_gate(self) -> None:
        frames = self._gate.recv_multipart()
        # [version, request, domain, address, identity, mechanism, credentials...]
        allowed = len(frames) == 7 and frames[5] == b"CURVE" and z85.encode(frames[6]) in self._client_keys
        if not allowed:
            log.warning("refused a client from %s: its key is not known", frames[3].decode(errors="replace"))
        code, text = (b"200", b"OK") if allowed else (b"400", b"unknown key")
        self._gate.send_multipart([b"1.0", frames[1] if len(frames) > 1 else b"", code, text, b"", b""])

    def _take_in(self, socket: zmq.Socket[bytes], name: str) -> None:
        for _ in range(_MESSAGES_A_ROUND):
            try:
                client, *frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._last_word = time.monotonic()
            id = ""
            try:
                message = decode(frames, sender="client", socket=name)
                id = message.id
                getattr(self, f"_on_{message.type}")(client, message)
            except FramevoxError as error:
                re = error.re if isinstance(error, ProtocolError) else id
                self._send(client, "error", re, socket=socket, code=error.code, message=str(error)[:4000])
            except Exception as error:
                log.exception("a fault in answering %s", brief(frames[:1]))
                self._send(client, "error", id, socket=socket, code="internal", message=_internal(error))

    # --- work ---

    def _on_batch(self, client: bytes, message: Message) -> None:
        fields = message.fields
        seconds = fields["deadline_seconds"]
        batch = Batch(
            client,
            message.id,
            Output.from_json(fields["output"]),
            total=fields["cues"],
            voices_to_come=fields["voices"],
            deadline=None if seconds is None else time.monotonic() + seconds,
        )
        self._scheduler.open(batch)
        log.info("batch %s of %d cues", batch.id, batch.total)
        self._send(client, "opened", batch.id)

    def _on_voice(self, client: bytes, message: Message) -> None:
        batch = self._scheduler.find(message.fields["batch"], client)
        name = message.fields["name"]
        if not batch.voices_to_come:
            raise FramevoxError("the batch was to bring no further voice", code="bad-message")
        if not re.fullmatch(r"\w[\w.-]*", name):
            raise InputError(f"a voice cannot be called {name!r}: use letters, digits, '.', '-' and '_'")
        content = message.frames[0]
        known_as = f"{usable_name(name)}.{hashlib.sha256(content).hexdigest()[:16]}"
        _keep_voice(self._home.voices, known_as, content)
        batch.voices[name] = known_as
        batch.voices_to_come -= 1

    def _on_cues(self, client: bytes, message: Message) -> None:
        batch = self._scheduler.find(message.fields["batch"], client)
        pieces = message.fields["cues"]
        if batch.received + len(pieces) > batch.total:
            raise FramevoxError(f"the batch was to have {batch.total} cues, no more", code="too-large")
        names = [_cue_id(piece) for piece in pieces]
        cues: list[Cue] = []
        refused: list[dict[str, str]] = []
        for name, piece in zip(names, pieces, strict=True):
            try:
                if name in batch.ids:
                    raise InputError(f"the batch has a cue {name!r} already", code="duplicate-cue")
                cue = Cue.from_json(piece)
                cues.append(_with_sent_voices(cue, batch.voices))
            except FramevoxError as error:
                refused.append({"cue": name, "code": error.code, "message": str(error)})
            batch.ids.add(name)
        self._scheduler.add(batch, cues, len(refused))
        self._send(client, "accepted", message.id, batch=batch.id, cues=[cue.id for cue in cues], refused=refused)
        self._deliver(batch)
        if cues:
            self._workers.ensure_loading()

    def _on_ack(self, client: bytes, message: Message) -> None:
        try:
            batch = self._scheduler.find(message.fields["batch"], client)
        except FramevoxError:
            return  # The batch is over: its last acknowledgements crossed with the daemon's last word.
        self._scheduler.acknowledge(batch, message.fields["sequence"])
        self._deliver(batch)

    # --- control ---

    def _on_status(self, client: bytes, message: Message) -> None:
        self._send(client, "status-reply", message.id, socket=self._control, status=self.status())

    def _on_voices(self, client: bytes, message: Message) -> None:
        self._asked_for_voices.append((client, message.id))
        if self._workers.state == "ready":
            self._workers.list_voices((client, message.id))
        else:
            self._workers.ensure_loading()

    def _on_cancel(self, client: bytes, message: Message) -> None:
        batch = self._scheduler.find(message.fields["batch"])
        self._end(batch, "cancelled")
        self._send(client, "ok", message.id, socket=self._control)

    def _on_retire(self, client: bytes, message: Message) -> None:
        if len(self._scheduler) or self._working:
            raise FramevoxError("the daemon has work to do", code="busy")
        self._send(client, "ok", message.id, socket=self._control)
        self.stop("a client of another version asked for it")

    def _on_shutdown(self, client: bytes, message: Message) -> None:
        self._send(client, "ok", message.id, socket=self._control)
        self.stop("a client asked for it")

    def status(self) -> dict[str, Any]:
        """What ``status`` answers; its keys are listed in docs/protocol.md."""
        return {
            "framevox": installed_version(),
            "protocol": VERSION,
            "pid": os.getpid(),
            "uptime_seconds": round(time.monotonic() - self._began, 3),
            "idle_timeout_seconds": self._idle_timeout,
            "engine": self._engine,
            "engine_reason": self._engine_reason,
            "engine_state": self._workers.state,
            "batches": len(self._scheduler),
            "clients": self._scheduler.clients,
            "queued": self._scheduler.queued,
            "running": self._scheduler.running,
            "counts": dict(self._counts),
            "memory_bytes": psutil.Process().memory_info().rss,
            "store": str(self._store.folder),
            "store_problem": self._store.problem,
            "log": str(self._home.log_file),
            "python": platform.python_version(),
            "zeromq": zmq.zmq_version(),
        }

    # --- between workers and clients ---

    def _hand_out(self) -> None:
        while self._workers.free > 0:
            work = self._scheduler.next_work(self._workers.batch_size)
            if work is None:
                return
            batch, cues = work
            for cue in cues:
                self._send(batch.client, "started", batch.id, cue=cue.id)
            if batch.ended:  # The client turned out to be gone.
                continue
            self._workers.submit(Job(batch.id, cues, batch.output, lambda batch=batch: batch.ended))  # type: ignore[misc]

    def _take_news(self, news: Any) -> None:
        if isinstance(news, Loaded):
            self._engine_loaded(news.error)
        elif isinstance(news, VoiceList):
            self._tell_voices(news.token, news.voices)
        elif isinstance(news, Rendering):
            with contextlib.suppress(FramevoxError):  # The batch may be over.
                batch = self._scheduler.find(news.batch)
                if self._scheduler.finish(batch, _outcome(news)):
                    self._deliver(batch)

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
                self._scheduler.fail_queued(batch, ("engine", message[:4000]))
                self._deliver(batch)

    def _tell_voices(self, token: tuple[bytes, str], voices: list[dict[str, Any]] | Exception) -> None:
        client, request = token
        if isinstance(voices, Exception):
            self._send(
                client, "error", request, socket=self._control, code="engine", message=f"no voices: {voices}"[:4000]
            )
        else:
            self._send(client, "voices-reply", request, socket=self._control, voices=voices)

    def _deliver(self, batch: Batch) -> None:
        """Sends the outcomes there are as far as the client's credit goes, and the last word after the last."""
        for sequence, outcome in self._scheduler.deliver(batch):
            self._send_outcome(batch, sequence, outcome)
        if not batch.ended and batch.finished:
            self._end(batch, "finished")

    def _send_outcome(self, batch: Batch, sequence: int, outcome: Outcome[Any]) -> None:
        self._counts[outcome.status] += 1
        payload = outcome.payload
        if outcome.status == "placed":
            self._counts["cached"] += payload.cached
            fields: dict[str, Any] = {"take": payload.take.to_json(), "cached": payload.cached}
            self._send(batch.client, "take", batch.id, frames=(payload.media,), sequence=sequence, **fields)
        elif outcome.status == "attention":
            fields = {"message": payload.message[:4000], "natural_seconds": payload.natural_seconds}
            self._send(batch.client, "attention", batch.id, sequence=sequence, cue=outcome.cue, **fields)
        else:
            code, message = payload
            self._send(batch.client, "failed", batch.id, sequence=sequence, cue=outcome.cue, code=code, message=message)

    def _end(self, batch: Batch, reason: str) -> None:
        for sequence, outcome in self._scheduler.end(batch):
            self._send_outcome(batch, sequence, outcome)
        self._counts["cancelled"] += batch.counts["cancelled"]
        log.info("batch %s %s: %s", batch.id, reason, batch.counts)
        warnings = [*filter(None, [self._store.problem]), *self._workers.notices()]
        self._send(batch.client, "done", batch.id, counts=batch.counts, reason=reason, warnings=warnings)

    def _send(
        self,
        client: bytes,
        type: str,
        id: str,
        *,
        socket: zmq.Socket[bytes] | None = None,
        frames: tuple[bytes, ...] = (),
        **fields: Any,
    ) -> None:
        try:
            (socket or self._work).send_multipart([client, *encode(type, id, frames, **fields)], copy=False)
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            for batch in self._scheduler.of_client(client):
                log.warning("the client of batch %s is gone", batch.id)
                self._scheduler.end(batch)


def _endpoint(socket: zmq.Socket[bytes]) -> str:
    endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(endpoint, bytes)
    return endpoint.rstrip(b"\0").decode()


def _outcome(news: Rendering) -> Outcome[Any]:
    """What a worker brought, as it will be sent; what could not be sent is the daemon's own fault and told as such."""
    result = news.outcome
    if isinstance(result, FramevoxError):
        code = result.code if result.code in CODES else "internal"
        if code in ("engine", "cache", "internal"):
            log.error("cue %s failed", news.cue, exc_info=result)
        return Outcome(news.cue, "failed", (code, str(result)[:4000]))
    try:
        if isinstance(result, Exception):
            raise result
        if hasattr(result, "media"):
            Take.from_json(result.take.to_json())
            return Outcome(news.cue, "placed", result, len(result.media))
        SHAPES["attention"].fields["natural_seconds"].read(result.natural_seconds)
        return Outcome(news.cue, "attention", result)
    except Exception as error:
        log.error("cue %s failed", news.cue, exc_info=error)
        return Outcome(news.cue, "failed", ("internal", _internal(error)))


def _internal(error: Exception) -> str:
    return f"a fault in the daemon ({type(error).__name__}: {brief(str(error))}); its log has the details"


def _cue_id(piece: dict[str, Any]) -> str:
    try:
        return str(CUE.read(piece.get("id")))
    except ValueError:
        raise InputError(f"a cue's id must be {CUE.says}, not {brief(piece.get('id'))}", code="bad-message") from None


def _with_sent_voices(cue: Cue, sent: dict[str, str]) -> Cue:
    emotion = cue.emotion
    if emotion is not None:
        emotion = replace(emotion, voice=_voice_spec(emotion.voice, sent))
    return replace(cue, voice=_voice_spec(cue.voice, sent), emotion=emotion)


def _voice_spec(spec: str, sent: dict[str, str]) -> str:
    """The spec with the voices that came along called as the engine knows them: ``anna:0.6+jm_kumo:0.4``."""
    parts = []
    for part in spec.split("+"):
        name, colon, weight = part.partition(":")
        parts.append(sent.get(name.strip(), name) + colon + weight)
    return "+".join(parts)


def _keep_voice(folder: Path, name: str, content: bytes) -> None:
    """Puts a voice that a client sent where the engine finds it; the least recently sent ones make room."""
    path = folder / f"{name}.bin"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{name}.tmp"
        aside.write_bytes(content)
        replace_file(aside, path)
        sent = [(entry.stat().st_mtime, entry) for entry in folder.iterdir() if _SENT_VOICE.fullmatch(entry.name)]
        for _, entry in sorted(sent)[:-_SENT_VOICES]:
            entry.unlink(missing_ok=True)
    except OSError as error:
        raise DaemonError(f"the voice cannot be kept in {folder}: {error.strerror}") from None


def stop_on_signals(stop: Callable[[str], None], wake: Wake) -> None:
    """Has Ctrl-C, Ctrl-Break and the system's request to end call ``stop``."""
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):  # Windows alone has the last.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop("a signal"))
    # Python runs a handler between two of its own instructions: a signal that comes just before the loop begins to wait
    # would not be noticed until something else wakes it. On Windows no signal ends that wait by itself.
    signal.set_wakeup_fd(wake.signal_fd, warn_on_full_buffer=False)
