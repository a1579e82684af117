"""A blocking client: finds the daemon or starts it, sends cues, and yields what becomes of them.

It survives the daemon: if that dies, a new one is started and gets every cue that has no outcome yet. Takes made
before come out of the daemon's store, so nothing is lost and nothing made twice.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from engine_daemon.protocol.connection import Connection, Home, daemon_lives
from engine_daemon.protocol.cues import Cue, Output, Take
from engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from engine_daemon.protocol.messages import (
    COUNTS,
    LOST_SECONDS,
    MAX_CUES,
    MAX_CUES_PER_MESSAGE,
    MAX_FRAME_BYTES,
    MAX_HEADER_BYTES,
    MAX_VOICES,
    VERSION,
    Accepted,
    Attention,
    Done,
    Event,
    Failed,
    Started,
    TakeReady,
)
from engine_daemon.protocol.wire import Message, decode, encode

ANSWER_SECONDS = 10.0
"""How long a living daemon may take to answer on the control socket."""
START_SECONDS = 60.0
_RESTARTS_WITHOUT_PROGRESS = 3


class _LostError(Exception):
    """The daemon died, or does not answer."""


class Client:
    """A connection to the daemon of this user. Use as a context manager, from one thread; ``cancel`` from any."""

    def __init__(self, folder: Path | None, connection: Connection, *, start: bool) -> None:
        self._folder = folder
        self._home = Home.find(folder)
        self._connection = connection
        self._start = start
        self._control_lock = threading.Lock()
        self._cancelled = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._context = zmq.Context()
        self._open()

    @classmethod
    def connect(
        cls,
        *,
        start: bool = True,
        home: Path | None = None,
        on_start: Callable[[], None] | None = None,
        options: Sequence[str] = (),
    ) -> Client:
        """Finds the running daemon, or starts one when ``start``; ``on_start`` is called just before that.

        ``home`` overrides where the daemon keeps its things. ``options`` go to a daemon that has to be started (see
        ``framevox serve --help``); one that runs already keeps its own. Raises DaemonError that says what to do next.
        """
        folders = Home.find(home)
        connection = _find(folders)
        if connection is None and start:
            if on_start is not None:
                on_start()
            _launch(home, options)
            connection = _find(folders)
        if connection is None:
            raise DaemonError(
                "no daemon is running: start one with `framevox serve`"
                if not start
                else f"the daemon ended as soon as it had started; its log is {folders.log_file}"
            )
        client = cls(home, connection, start=start)
        try:
            client._await_handshake()
        except BaseException:
            client.close()
            raise
        return client

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; the daemon goes on. Does nothing the second time."""
        if self._context.closed:
            return
        self._close_sockets()
        self._context.term()
        os.close(self._wake_read)
        os.close(self._wake_write)

    # --- requests that are answered at once ---

    def status(self) -> dict[str, Any]:
        """What the daemon is and does, as docs/protocol.md lists it."""
        return dict(self._ask("status").fields["status"])

    def voices(self) -> list[dict[str, Any]]:
        """``{"name", "languages"}`` of every voice the daemon's engine has. Loads the engine if need be."""
        return list(self._ask("voices", seconds=120).fields["voices"])

    def shutdown(self) -> None:
        """Stops the daemon; open batches of all clients end with reason ``stopped``."""
        self._ask("shutdown")
        deadline = time.monotonic() + ANSWER_SECONDS
        while daemon_lives(self._home):
            if time.monotonic() > deadline:
                raise DaemonError(f"the daemon (process {self._connection.pid}) has not stopped yet")
            time.sleep(0.01)

    def cancel(self) -> None:
        """Cancels the batch that ``render`` is at; it still ends with Done. Safe in threads and signal handlers."""
        self._cancelled.set()
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"c")

    # --- a batch ---

    def render(
        self,
        cues: Sequence[Cue],
        output: Output,
        *,
        deadline: float | None = None,
        voices: Mapping[str, bytes] | None = None,
    ) -> Iterator[Event]:
        """Has ``cues`` spoken and yields what becomes of each, in any order; the last event is Done, and only that.

        ``deadline``: seconds from now; a cue that was not begun by then fails with code ``deadline``. ``voices``: the
        content of voice files, by the name that the cues use for them. If the daemon dies, it is started again and
        gets what has no outcome yet. Closing the iterator cancels the batch. Raises InputError for two cues of one id
        and for what passes a bound, DaemonError if the daemon cannot be kept.
        """
        voices = voices or {}
        _check_batch(cues, voices)
        self._cancelled.clear()
        return _Batch(self, cues, output, deadline, voices).events()

    # --- sockets ---

    def _open(self) -> None:
        self._work = self._socket(self._connection.work)
        self._control = self._socket(self._connection.control)
        self._monitor = self._control.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
        )
        self._work.connect(self._connection.work)
        self._control.connect(self._connection.control)

    def _socket(self, endpoint: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.DEALER)
        socket.curve_serverkey = self._connection.server_key.encode()
        socket.curve_publickey = self._connection.client_key.encode()
        socket.curve_secretkey = self._connection.client_secret.encode()
        socket.linger = 500
        # What is sent is bounded by the protocol (batches, cues, credit), so the socket need not block.
        socket.sndhwm = 0
        socket.reconnect_ivl = 50
        socket.heartbeat_ivl = 2000
        socket.heartbeat_timeout = int(LOST_SECONDS * 1000)
        return socket

    def _close_sockets(self) -> None:
        self._control.disable_monitor()
        self._monitor.close()
        self._work.close()
        self._control.close()

    def _reconnect(self) -> None:
        """A connection to a living daemon again, started if need be with the options of the one before."""
        self._close_sockets()
        options = self._connection.options
        connection = _find(self._home)
        if connection is None and self._start:
            _launch(self._folder, options)
            connection = _find(self._home)
        if connection is None:
            raise DaemonError("the daemon is gone: start it with `framevox serve` and run this again")
        self._connection = connection
        self._open()
        self._await_handshake()

    def _await_handshake(self) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            if self._monitor.poll(100):
                event = recv_monitor_message(self._monitor)["event"]
                if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    return
                raise DaemonError(
                    "the daemon refused this client's key: run `framevox stop` and try again, so that it makes new keys"
                )
            if not daemon_lives(self._home):
                raise DaemonError(f"the daemon ended while it was being reached; its log is {self._home.log_file}")
        raise self._no_answer()

    def _ask(self, type: str, *, seconds: float = ANSWER_SECONDS, **fields: Any) -> Message:
        """Sends a request on the control socket and waits for its answer."""
        request = uuid.uuid4().hex
        with self._control_lock:
            self._control.send_multipart(encode(type, request, **fields))
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not self._control.poll(100):
                    if not daemon_lives(self._home):
                        raise DaemonError("the daemon ended before it answered: try again")
                    continue
                answer = decode(self._control.recv_multipart(), sender="daemon", socket="control")
                if answer.id != request:
                    continue
                if answer.type == "error":
                    raise _error(answer)
                return answer
        raise self._no_answer()

    def _no_answer(self) -> DaemonError:
        pid = self._connection.pid
        return DaemonError(f"the daemon (process {pid}) does not answer: end it with `kill {pid}` and try again")


class _Batch:
    """One call of ``render``: what was sent, what has an outcome, and the daemons it took."""

    def __init__(
        self, client: Client, cues: Sequence[Cue], output: Output, deadline: float | None, voices: Mapping[str, bytes]
    ) -> None:
        self._client = client
        self._open = {cue.id: cue for cue in cues}
        self._output = output
        self._ends = None if deadline is None else time.monotonic() + deadline
        self._voices = voices
        self._counts = dict.fromkeys(COUNTS, 0)
        self._told: set[tuple[str, str]] = set()
        self._id = ""
        self._requests: set[str] = set()
        """Ids of what was sent for the batch and may be answered with an error."""

    def events(self) -> Iterator[Event]:
        for cue in list(self._open.values()):
            # Refused here, and not by the daemon, because a line may be too long to be sent at all.
            try:
                cue.check()
            except InputError as error:
                yield self._settle(Failed(cue.id, error.code, str(error)))
        deaths = 0
        while True:
            if not self._open:
                yield Done(dict(self._counts))
                return
            outcomes = sum(self._counts.values())
            try:
                yield from self._converse()
                return
            except _LostError as error:
                deaths = deaths + 1 if sum(self._counts.values()) == outcomes else 1
                if deaths > _RESTARTS_WITHOUT_PROGRESS:
                    begun = [cue for cue in self._open if ("Started", cue) in self._told]
                    raise DaemonError(
                        f"the daemon died {deaths} times in a row ({error}) at the cues "
                        f"{', '.join(begun[:4]) or 'to go'}: leave them out to get on; its log is {self._client._home.log_file}"
                    ) from None
                if self._client._cancelled.is_set():
                    yield self._cancelled_locally()
                    return
                self._client._reconnect()

    def _converse(self) -> Iterator[Event]:
        """Sends what is open to the daemon there is, and yields its answers up to Done."""
        finished = False
        self._id = uuid.uuid4().hex
        self._requests = {self._id}
        try:
            self._send()
            cancelled = False
            while True:
                message = self._receive()
                if self._client._cancelled.is_set() and not cancelled:
                    cancelled = True
                    self._send_cancel()
                if message is None:
                    continue
                if message.type == "done":
                    finished = True
                    yield self._done(message)
                    return
                if message.type == "error":
                    raise _error(message)
                yield from self._events_of(message)
                if "sequence" in message.fields:
                    self._post("ack", batch=self._id, sequence=message.fields["sequence"])
        except _LostError:
            finished = True
            raise
        finally:
            if not finished:
                self._send_cancel()

    def _send(self) -> None:
        left = None if self._ends is None else max(0.0, self._ends - time.monotonic())
        self._client._work.send_multipart(
            encode(
                "batch",
                self._id,
                output=self._output.to_json(),
                cues=len(self._open),
                voices=len(self._voices),
                deadline_seconds=left,
            )
        )
        for name, content in self._voices.items():
            self._post("voice", frames=(content,), batch=self._id, name=name)
        for piece in _pieces([cue.to_json() for cue in self._open.values()]):
            self._post("cues", batch=self._id, cues=piece)

    def _post(self, type: str, frames: Sequence[bytes] = (), **fields: Any) -> None:
        request = uuid.uuid4().hex
        if type != "ack":
            self._requests.add(request)
        self._client._work.send_multipart(encode(type, request, frames, **fields))

    def _send_cancel(self) -> None:
        with contextlib.suppress(zmq.ZMQError), self._client._control_lock:
            self._client._control.send_multipart(encode("cancel", uuid.uuid4().hex, batch=self._id))

    def _receive(self) -> Message | None:
        """The next message of this batch, or None for a look at what else there is. Raises _LostError."""
        client = self._client
        poller = zmq.Poller()
        poller.register(client._work, zmq.POLLIN)
        poller.register(client._wake_read, zmq.POLLIN)
        silent_since = time.monotonic()
        while True:
            ready = dict(poller.poll(200))
            if client._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(client._wake_read, 4096)
                return None
            if client._work in ready:
                message = decode(client._work.recv_multipart(), sender="daemon", socket="work")
                if message.type == "heartbeat":
                    if message.id == self._id:
                        return None
                    continue
                # What an earlier batch, since closed, had under way is of no interest any more.
                if message.id in self._requests:
                    return message
                continue
            if not daemon_lives(client._home):
                raise _LostError("its process ended")
            if time.monotonic() - silent_since > LOST_SECONDS:
                raise _LostError("it did not answer")

    def _events_of(self, message: Message) -> Iterator[Event]:
        fields = message.fields
        if message.type == "accepted":
            for cue in fields["cues"]:
                yield from self._once(Accepted(cue))
            for refused in fields["refused"]:
                yield self._settle(Failed(refused["cue"], refused["code"], refused["message"]))
        elif message.type == "started":
            yield from self._once(Started(fields["cue"]))
        elif message.type == "take":
            yield self._settle(TakeReady(Take.from_json(fields["take"]), message.frames[0], fields["cached"]))
        elif message.type == "attention":
            yield self._settle(Attention(fields["cue"], fields["message"], fields["natural_seconds"]))
        elif message.type == "failed":
            yield self._settle(Failed(fields["cue"], fields["code"], fields["message"]))

    def _once(self, event: Accepted | Started) -> Iterator[Event]:
        """The event, unless a daemon that died has told it before."""
        key = (type(event).__name__, event.cue)
        if key not in self._told:
            self._told.add(key)
            yield event

    def _settle(self, event: TakeReady | Attention | Failed) -> Event:
        cue = event.take.cue if isinstance(event, TakeReady) else event.cue
        if self._open.pop(cue, None) is None:
            raise DaemonError(f"the daemon gave an outcome for {cue!r}, which had none to come")
        status = {TakeReady: "placed", Attention: "attention", Failed: "failed"}[type(event)]
        self._counts[status] += 1
        return event

    def _done(self, message: Message) -> Done:
        if message.fields["counts"]["cancelled"] != len(self._open):
            raise DaemonError(f"the daemon lost count: {message.fields['counts']} with {len(self._open)} cues open")
        counts = {**self._counts, "cancelled": len(self._open)}
        return Done(counts, message.fields["reason"], tuple(message.fields["warnings"]))

    def _cancelled_locally(self) -> Done:
        return Done({**self._counts, "cancelled": len(self._open)}, "cancelled")


def _error(answer: Message) -> FramevoxError:
    """The error that the daemon answered, as an exception."""
    code, message = answer.fields["code"], answer.fields["message"]
    ours = code in ("bad-message", "unknown-type", "version", "busy", "unknown-batch", "engine", "daemon", "internal")
    return DaemonError(message, code=code) if ours else InputError(message, code=code)


def stop_daemon(home: Path | None = None) -> bool:
    """Stops the daemon, of whatever version, and waits until it is gone. False if none was running."""
    folders = Home.find(home)
    if not daemon_lives(folders):
        return False
    connection = Connection.read(folders)
    if connection is None:
        raise DaemonError(f"a daemon is just starting or stopping, see {folders.log_file}: try again in a moment")
    # A signal, because it is understood by a daemon of any version, and by one that does not answer.
    with contextlib.suppress(ProcessLookupError):
        os.kill(connection.pid, signal.SIGTERM)
    deadline = time.monotonic() + ANSWER_SECONDS
    while daemon_lives(folders):
        if time.monotonic() > deadline:
            raise DaemonError(
                f"the daemon (process {connection.pid}) does not stop: end it with `kill -9 {connection.pid}`"
            )
        time.sleep(0.02)
    return True


def _find(home: Home) -> Connection | None:
    """The connection of the daemon that lives; None if there is none. Waits for one that is just starting."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while daemon_lives(home):
        connection = Connection.read(home)
        if connection is not None:
            if connection.protocol != VERSION:
                raise DaemonError(
                    f"the running daemon (process {connection.pid}) speaks protocol {connection.protocol}, this "
                    f"installation {VERSION}: run `framevox stop` and try again"
                )
            return connection
        if time.monotonic() > deadline:
            raise DaemonError(f"a daemon is starting or stopping and does not get on; its log is {home.log_file}")
        time.sleep(0.02)
    return None


def _launch(home: Path | None, options: Sequence[str]) -> None:
    """Starts a daemon in the background; returns when it serves, or when another one does."""
    environment = dict(os.environ)
    if home is not None:
        environment["FRAMEVOX_HOME"] = str(Path(home).absolute())
    elif environment.get("FRAMEVOX_HOME"):
        environment["FRAMEVOX_HOME"] = str(Path(environment["FRAMEVOX_HOME"]).expanduser().absolute())
    try:
        run = subprocess.run(
            [sys.executable, "-m", "engine_daemon", *options, "--detach"],
            # `-m` imports from the working folder first: never from one that happens to be the user's.
            cwd=sys.prefix,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DaemonError(f"the daemon did not start within {START_SECONDS:.0f} s") from None
    if run.returncode != 0:
        said = run.stderr.decode(errors="replace").strip().splitlines()
        raise DaemonError(said[-1] if said else f"the daemon could not be started (exit code {run.returncode})")


def _check_batch(cues: Sequence[Cue], voices: Mapping[str, bytes]) -> None:
    if len(cues) > MAX_CUES:
        raise InputError(f"{len(cues)} cues are more than a batch takes ({MAX_CUES}): send several", code="too-large")
    seen: set[str] = set()
    for cue in cues:
        if cue.id in seen:
            raise InputError(
                f"two cues have the id {cue.id!r}: every cue of a batch needs its own", code="duplicate-cue"
            )
        seen.add(cue.id)
    if len(voices) > MAX_VOICES:
        raise InputError(f"{len(voices)} voice files are more than a batch takes ({MAX_VOICES})", code="too-large")
    for name, content in voices.items():
        if len(content) > MAX_FRAME_BYTES:
            raise InputError(
                f"the voice file {name!r} has {len(content)} bytes; the largest allowed is {MAX_FRAME_BYTES}",
                code="too-large",
            )


def _pieces(cues: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The cues in lists that one message may hold, by number and by size."""
    piece: list[dict[str, Any]] = []
    size = 0
    for cue in cues:
        # Twelve bytes are the most that JSON makes of one character.
        weight = 12 * sum(len(str(value)) for value in cue.values()) + 400
        if piece and (len(piece) == MAX_CUES_PER_MESSAGE or size + weight > MAX_HEADER_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(cue)
        size += weight
    if piece:
        yield piece
