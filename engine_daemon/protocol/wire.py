"""Messages to frames and back.

A message is one frame of JSON (the header) and the binary frames that its type has. Nothing that comes in is trusted:
``decode`` gives a valid message or raises ProtocolError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from .declared import brief, from_json, to_json
from .errors import FramevoxError, InputError
from .messages import ANSWERS, MAX_FRAME_BYTES, MAX_HEADER_BYTES, REQUESTS, VERSION, Answer, Message, Request

MAX_ID = 64


class ProtocolError(FramevoxError):
    """A message that is not as docs/protocol.md says. ``re`` is its id where that could be read."""

    code = "bad-message"

    def __init__(self, message: str, *, code: str | None = None, re: str = "") -> None:
        super().__init__(message, code=code)
        self.re = re


@dataclass(frozen=True)
class Received:
    """A message that was checked, with its binary frames."""

    message: Message
    frames: tuple[bytes, ...] = ()

    @property
    def id(self) -> str:
        """Its own id (from a client), or that of the request it answers (to a client)."""
        message = self.message
        return message.id if isinstance(message, Request) else message.re if isinstance(message, Answer) else ""


class _Envelope(msgspec.Struct):
    framevox: Any = None
    type: Any = None
    id: Any = None
    re: Any = None


def encode(message: Message, frames: Sequence[bytes] = ()) -> list[bytes]:
    """The frames of a message. Raises InputError where a bound is passed."""
    header = to_json(message)
    if len(header) > MAX_HEADER_BYTES:
        raise InputError(
            f"a message's header of {len(header)} bytes passes the bound of {MAX_HEADER_BYTES}: send less at once",
            code="too-large",
        )
    return [header, *frames]


def decode(frames: Sequence[bytes], *, sender: str, socket: str) -> Received:
    """The message in ``frames`` that ``sender`` ("client" or "daemon") put on ``socket`` ("work" or "control").

    Raises ProtocolError for anything else than a message of that sender and socket.
    """
    if not frames:
        raise ProtocolError("a message needs a header frame")
    if len(frames[0]) > MAX_HEADER_BYTES:
        raise ProtocolError(
            f"the header has {len(frames[0])} bytes; the bound is {MAX_HEADER_BYTES} header bytes", code="too-large"
        )
    try:
        envelope = from_json(_Envelope, "the header", bytes(frames[0]))
    except InputError as error:
        raise ProtocolError(str(error)) from None
    own = envelope.id if sender == "client" else envelope.re
    id = own if isinstance(own, str) and len(own) <= MAX_ID else ""
    if envelope.framevox != VERSION or isinstance(envelope.framevox, bool):
        raise ProtocolError(
            f"the message is of protocol version {brief(envelope.framevox)}, and {VERSION} is spoken here: "
            "run `framevox stop`, so that the daemon and its client are of one installation",
            code="version",
            re=id,
        )
    kind = _kind(envelope.type, sender, socket, id)
    try:
        message = from_json(kind, str(envelope.type), bytes(frames[0]))
    except InputError as error:
        raise ProtocolError(str(error), re=id) from None
    blobs = tuple(bytes(frame) for frame in frames[1:])
    if len(blobs) != kind.BINARY_FRAMES:
        raise ProtocolError(
            f"{envelope.type}: {kind.BINARY_FRAMES} binary frames belong to it, not {len(blobs)}", re=id
        )
    for blob in blobs:
        if sender == "client" and len(blob) > MAX_FRAME_BYTES:
            raise ProtocolError(
                f"{envelope.type}: the binary frame has {len(blob)} bytes; the bound is {MAX_FRAME_BYTES} binary frame "
                "bytes",
                code="too-large",
                re=id,
            )
    return Received(message, blobs)


def _kind(type: Any, sender: str, socket: str, id: str) -> type[Message]:
    known = {
        name: kind
        for name, kind in (REQUESTS if sender == "client" else ANSWERS).items()
        if kind.SOCKET in (socket, "both")
    }
    kind = known.get(type) if isinstance(type, str) else None
    if kind is None:
        raise ProtocolError(
            f"no message of type {brief(type)} on the {socket} socket; it knows {', '.join(known)}",
            code="unknown-type",
            re=id,
        )
    return kind
