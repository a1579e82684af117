"""The daemon's two sockets and who may speak through them. What is said there is the server's."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import zmq
from zmq.utils import z85

from framevox.engine_daemon.protocol.connection import Connection
from framevox.engine_daemon.protocol.installation import installed_version
from framevox.engine_daemon.protocol.messages import LOST_SECONDS, MAX_FRAME_BYTES, VERSION
from framevox.engine_daemon.protocol.waking import Wake

log = logging.getLogger(__name__)

_MESSAGES_A_ROUND = 50


class ClientGoneError(Exception):
    """The client that a message was for has no connection any more."""


class Sockets:
    """``work`` and ``control``, on loopback, for clients that have this daemon's key."""

    def __init__(self, wake: Wake, options: tuple[str, ...]) -> None:
        self._context = zmq.Context()
        self._wake = wake
        server_key, server_secret = zmq.curve_keypair()
        client_key, client_secret = zmq.curve_keypair()
        self._client_keys = {client_key}
        # libzmq asks this socket about every client before its first message is let in (ZAP, ZeroMQ RFC 27).
        self._gate = self._context.socket(zmq.REP)
        self._gate.bind("inproc://zeromq.zap.01")
        self._sockets = {name: self._socket(server_secret) for name in ("control", "work")}
        self._poller = zmq.Poller()
        for socket in (self._gate, *self._sockets.values()):
            self._poller.register(socket, zmq.POLLIN)
        wake.register(self._poller)
        self.connection = Connection(
            VERSION,
            installed_version(),
            os.getpid(),
            _endpoint(self._sockets["work"]),
            _endpoint(self._sockets["control"]),
            server_key.decode(),
            client_key.decode(),
            client_secret.decode(),
            options,
        )

    def wait(self, milliseconds: int) -> None:
        """Waits until something comes in, or somebody wakes the loop, and lets in the clients that knocked."""
        ready = dict(self._poller.poll(milliseconds))
        if self._gate in ready:
            self._answer_gate()
        if self._wake.fileno() in ready:
            self._wake.clear()

    def receive(self, name: str) -> Iterator[tuple[bytes, list[bytes]]]:
        """What came in on a socket: ``(client, frames)``, a bounded number a round."""
        for _ in range(_MESSAGES_A_ROUND):
            try:
                client, *frames = self._sockets[name].recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            yield client, frames

    def send(self, name: str, client: bytes, frames: list[bytes]) -> None:
        """Sends to a client. Raises ClientGoneError if it has no connection any more."""
        try:
            self._sockets[name].send_multipart([client, *frames], copy=False)
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            raise ClientGoneError from None

    def close(self) -> None:
        """Closes everything, after a second for what is still to be sent."""
        self._context.destroy(linger=1000)

    def _socket(self, secret: bytes) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.ROUTER)
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

    def _answer_gate(self) -> None:
        frames = self._gate.recv_multipart()
        # [version, request, domain, address, identity, mechanism, credentials...]
        allowed = len(frames) == 7 and frames[5] == b"CURVE" and z85.encode(frames[6]) in self._client_keys
        if not allowed:
            log.warning("refused a client from %s: its key is not known", frames[3].decode(errors="replace"))
        code, text = (b"200", b"OK") if allowed else (b"400", b"unknown key")
        self._gate.send_multipart([b"1.0", frames[1] if len(frames) > 1 else b"", code, text, b"", b""])


def _endpoint(socket: zmq.Socket[bytes]) -> str:
    endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(endpoint, bytes)
    return endpoint.rstrip(b"\0").decode()
