"""A client's sockets: to a daemon that is there, and to the next one when it is gone."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import zmq
from zmq.utils.monitor import recv_monitor_message

from framevox.engine_daemon.client.any_version import (
    check_protocol,
    describe,
    is_of_this_version,
    is_to_be_replaced,
    retire,
)
from framevox.engine_daemon.client.launch import Remark, Say, Slow, await_end, find_daemon, silent, start_successor
from framevox.engine_daemon.protocol.connection import Connection, Home, daemon_lives
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.engine_daemon.protocol.messages import LOST_SECONDS, Answer, AskVoices, Error, Message, Request
from framevox.engine_daemon.protocol.waking import Wake
from framevox.engine_daemon.protocol.wire import Received, decode, encode

ANSWER_SECONDS = 10.0
"""How long a living daemon may take to answer on the control socket."""
_ENDING_SECONDS = 1.0
"""How long a dying one may take to free its lock once its connections are closed."""
_ATTEMPTS = 3
_SLOW: dict[type[Message], str] = {AskVoices: "Loading the engine, which knows its voices"}
_INPUT_CODES = ("bad-input", "duplicate-cue", "too-large", "unknown-voice")

Reply = TypeVar("Reply", bound=Answer)


class LostError(Exception):
    """The daemon died, or does not answer."""


class Link:
    """Both sockets to the daemon. ``work`` belongs to one thread; ``ask``, ``tell`` and ``wake`` to any."""

    def __init__(self, folder: Path | None, *, start: bool) -> None:
        self.home = Home.find(folder)
        self._folder = folder
        self._start = start
        self._connection: Connection | None = None
        self._control_lock = threading.Lock()
        self._say: Say = silent
        self._wake = Wake()
        self._context = zmq.Context()

    @property
    def pid(self) -> int:
        assert self._connection is not None
        return self._connection.pid

    def connect(self, options: Sequence[str] = (), say: Say = silent) -> None:
        """Reaches the daemon that lives, or starts one with ``options``; without any, with those of the one before if
        that died. Raises DaemonError that says what to do.

        ``say`` is told what takes long, and when a daemon of another version was replaced.
        """
        self._say = say
        for _ in range(_ATTEMPTS):
            connection = find_daemon(self.home, say)
            if connection is not None and not is_of_this_version(connection) and self._replaced(connection):
                # What it was started with holds for its successor.
                options = options or connection.options
                connection = None
            if connection is None:
                if not self._start:
                    raise DaemonError("no daemon is running: start one with `framevox serve`")
                start_successor(self._folder, options, say)
                connection = find_daemon(self.home, say)
            if connection is None:
                continue
            check_protocol(connection)
            self._close_sockets()
            self._open(connection)
            with contextlib.suppress(LostError):  # It was about to stop: the next one will do.
                self._await_handshake()
                return
        raise DaemonError(f"the daemon ends as soon as it has started; its log is {self.home.log_file}")

    def _replaced(self, connection: Connection) -> bool:
        """Whether a daemon of another version made way. One that stays speaks our protocol; DaemonError otherwise."""
        slow = Slow(self._say, "Waiting for an idle daemon of another version to stop")
        if self._start and is_to_be_replaced(connection) and retire(connection) and await_end(self.home, slow):
            self._say(Remark(f"Replaced an idle daemon of another version: {describe(connection)}"))
            return True
        check_protocol(connection)
        if self._start:
            self._say(Remark(f"Note: {describe(connection)}; run `framevox stop` to have this one speak"))
        return False

    def reconnect(self) -> None:
        """After a daemon was lost: reaches another, started if need be with the options of the one before."""
        assert self._connection is not None
        self.connect(self._connection.options, self._say)

    def close(self) -> None:
        if self._context.closed:
            return
        self._close_sockets()
        self._context.term()
        self._wake.close()

    def wake(self) -> None:
        """Ends a ``receive`` that waits, at once. Safe in a signal handler."""
        self._wake.wake()

    def rest(self) -> None:
        """Waits for ``wake`` alone, for a client that has nothing to hear from the daemon."""
        poller = zmq.Poller()
        self._wake.register(poller)
        poller.poll()
        self._wake.clear()

    def send(self, frames: Sequence[bytes]) -> None:
        """Puts a message on the work socket."""
        self._work.send_multipart(frames)

    def receive(self) -> Received | None:
        """The next message on the work socket, or None after ``wake``.

        Raises LostError when the daemon's process ended, or nothing came for ``LOST_SECONDS``.
        """
        poller = zmq.Poller()
        poller.register(self._work, zmq.POLLIN)
        self._wake.register(poller)
        since = time.monotonic()
        while True:
            ready = dict(poller.poll(200))
            if self._wake.fileno() in ready:
                self._wake.clear()
                return None
            if self._work in ready:
                return decode(self._work.recv_multipart(), sender="daemon", socket="work")
            if not daemon_lives(self.home):
                raise LostError("its process ended")
            if time.monotonic() - since > LOST_SECONDS:
                raise LostError("it did not answer")

    def tell(self, frames: Sequence[bytes]) -> None:
        """Puts a message on the control socket whose answer is of no interest."""
        with self._control_lock:
            self._control.send_multipart(frames)

    def ask(self, request: Request, kind: type[Reply], *, seconds: float | None = None) -> Reply:
        """Sends a request on the control socket and waits for its answer, which is of ``kind``."""
        slow = Slow(self._say, _SLOW.get(type(request), "Waiting for the daemon to answer"))
        with self._control_lock:
            self._control.send_multipart(encode(request))
            deadline = time.monotonic() + (seconds or ANSWER_SECONDS)
            while time.monotonic() < deadline:
                slow.look()
                if not self._control.poll(100):
                    if not daemon_lives(self.home):
                        raise DaemonError("the daemon ended before it answered: try again")
                    continue
                answer = decode(self._control.recv_multipart(), sender="daemon", socket="control")
                if answer.id != request.id:
                    continue
                if isinstance(answer.message, Error):
                    raise error_of(answer.message)
                if isinstance(answer.message, kind):
                    return answer.message
        raise self._no_answer()

    def _no_answer(self) -> DaemonError:
        return DaemonError(f"the daemon (process {self.pid}) does not answer: run `framevox stop` and try again")

    def _open(self, connection: Connection) -> None:
        self._connection = connection
        self._work = self._socket(connection, connection.work)
        self._control = self._socket(connection, connection.control)
        self._monitor = self._control.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
        )
        self._work.connect(connection.work)
        self._control.connect(connection.control)

    def _socket(self, connection: Connection, endpoint: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.DEALER)
        socket.curve_serverkey = connection.server_key.encode()
        socket.curve_publickey = connection.client_key.encode()
        socket.curve_secretkey = connection.client_secret.encode()
        socket.linger = 500
        # What is sent is bounded by the protocol (batches, cues, credit), so the socket need not block.
        socket.sndhwm = 0
        socket.reconnect_ivl = 50
        socket.heartbeat_ivl = 2000
        socket.heartbeat_timeout = int(LOST_SECONDS * 1000)
        return socket

    def _close_sockets(self) -> None:
        if self._connection is None:  # None were opened yet.
            return
        self._control.disable_monitor()
        self._monitor.close()
        self._work.close()
        self._control.close()

    def _await_handshake(self) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            if self._monitor.poll(100):
                event = recv_monitor_message(self._monitor)["event"]
                if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    return
                # Of a process that dies, connections may be closed before its lock is free.
                if await_end(self.home, Slow(self._say, "Waiting for the daemon to stop"), _ENDING_SECONDS):
                    raise LostError("it ended while it was being reached")
                raise DaemonError(
                    "the daemon refused this client's key: run `framevox stop` and try again, so that it makes new keys"
                )
            if not daemon_lives(self.home):
                raise LostError("it ended while it was being reached")
        raise self._no_answer()


def error_of(answer: Error) -> FramevoxError:
    """The error that the daemon answered, as an exception."""
    kind = InputError if answer.code in _INPUT_CODES else DaemonError
    return kind(answer.message, code=answer.code, **answer.fields)
