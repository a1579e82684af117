"""What a client may ask a daemon of any version, and what it makes of one that is not of its own.

Frames are written here by hand: the messages `retire` and `shutdown` and the keys `type`, `code` and `message` of their
answers keep their meaning in every version, whatever else of the protocol changes (docs/protocol.md).
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import zmq

from framevox.engine_daemon.protocol.connection import Connection
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.installation import installed_version, version_order
from framevox.engine_daemon.protocol.messages import VERSION

ANSWER_SECONDS = 3.0


def ask_any_version(connection: Connection, type: str, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """Asks over the control socket and returns the header of the answer, empty if none came."""
    request = uuid.uuid4().hex
    context = zmq.Context()
    try:
        socket = context.socket(zmq.DEALER)
        socket.curve_serverkey = connection.server_key.encode()
        socket.curve_publickey = connection.client_key.encode()
        socket.curve_secretkey = connection.client_secret.encode()
        socket.connect(connection.control)
        socket.send(json.dumps({"framevox": connection.protocol, "type": type, "id": request}).encode())
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if socket.poll(int(left * 1000)):
                header = json.loads(socket.recv_multipart()[0])
                if isinstance(header, dict) and header.get("re") == request:
                    return header
    except (zmq.ZMQError, ValueError):  # The file of another version may say what this one cannot use.
        pass
    finally:
        context.destroy(linger=0)
    return {}


def is_of_this_version(connection: Connection) -> bool:
    """Whether daemon and client are of the same installation, or of two that cannot be told apart."""
    return connection.protocol == VERSION and connection.framevox == installed_version()


def describe(connection: Connection) -> str:
    """``the running daemon (process 12) is Framevox 0.2.0 (protocol 3), this is 0.3.0 (protocol 4)``."""
    return (
        f"the running daemon (process {connection.pid}) is Framevox {connection.framevox or 'of an unknown version'} "
        f"(protocol {connection.protocol}), this is {installed_version()} (protocol {VERSION})"
    )


def is_to_be_replaced(connection: Connection) -> bool:
    """Whether a client should have its own daemon instead: an older one is replaced, and one of another protocol."""
    if connection.protocol != VERSION:
        return True
    return version_order(connection.framevox) < version_order(installed_version())


def check_protocol(connection: Connection) -> None:
    """Raises DaemonError, with what to do, for a daemon that this client cannot talk to."""
    if connection.protocol == VERSION:
        return
    update = ""
    if version_order(connection.framevox) > version_order(installed_version()):
        update = "update this installation, or "
    raise DaemonError(f"{describe(connection)}: {update}run `framevox stop` when its work is done, and try again")


def retire(connection: Connection) -> bool:
    """Asks a daemon to stop if it has nothing to do. True if it will."""
    return ask_any_version(connection, "retire").get("type") == "ok"
