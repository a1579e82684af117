"""Messages to frames and back.

A message is one frame of JSON (the header) and the binary frames that its type has. The header's envelope:
``framevox`` (the protocol's version), ``type``, and ``id`` in a request or ``re``, the id of what it answers, in an
answer. Nothing that comes in is trusted: ``decode`` gives a valid message or raises ProtocolError.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .errors import FramevoxError, InputError
from .fields import brief, read_object, text
from .messages import MAX_FRAME_BYTES, MAX_HEADER_BYTES, NAME, SHAPES, VERSION

TYPE = text(40, 1)


class ProtocolError(FramevoxError):
    """A message that is not as docs/protocol.md says. ``re`` is its id where that could be read."""

    code = "bad-message"

    def __init__(self, message: str, *, code: str | None = None, re: str = "") -> None:
        super().__init__(message, code=code)
        self.re = re


@dataclass(frozen=True)
class Message:
    """A message that was checked. ``id`` is its own (from a client) or that of the request it answers (to a client)."""

    type: str
    id: str
    fields: dict[str, Any]
    frames: tuple[bytes, ...] = ()


def encode(type: str, id: str, frames: Sequence[bytes] = (), **fields: Any) -> list[bytes]:
    """The frames of a message. ``id`` as in Message. Raises InputError where a bound is passed."""
    envelope = {"framevox": VERSION, "type": type, "id" if SHAPES[type].sender == "client" else "re": id}
    header = json.dumps({**envelope, **fields}, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if len(header) > MAX_HEADER_BYTES:
        raise InputError(
            f"a message's header of {len(header)} bytes passes the bound of {MAX_HEADER_BYTES}", code="too-large"
        )
    return [header, *frames]


def decode(frames: Sequence[bytes], *, sender: str, socket: str) -> Message:
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
        header = json.loads(frames[0], parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the header is not JSON: {brief(str(error))}") from None
    if not isinstance(header, dict):
        raise ProtocolError(f"the header must be an object, not {brief(header)}")
    key = "id" if sender == "client" else "re"
    id = _identity(header.get(key))
    version = header.pop("framevox", None)
    if version != VERSION or isinstance(version, bool):
        raise ProtocolError(
            f"the message is of protocol version {brief(version)}, and {VERSION} is spoken here: "
            "run `framevox stop`, so that the daemon and its client are of one installation",
            code="version",
            re=id,
        )
    type = header.pop("type", None)
    shape = SHAPES.get(type) if isinstance(type, str) else None
    if shape is None or shape.sender != sender or shape.socket not in (socket, "both"):
        known = ", ".join(n for n, s in SHAPES.items() if s.sender == sender and s.socket in (socket, "both"))
        raise ProtocolError(
            f"no message of type {brief(type)} on the {socket} socket; it knows {known}", code="unknown-type", re=id
        )
    if header.pop(key, None) != id or (not id and type != "error"):
        raise ProtocolError(f"{type}: {key} must be {NAME.says}")
    try:
        fields = read_object(str(type), header, shape.fields)
    except InputError as error:
        raise ProtocolError(str(error), re=id) from None
    blobs = tuple(bytes(frame) for frame in frames[1:])
    if len(blobs) != shape.frames:
        raise ProtocolError(f"{type}: {shape.frames} binary frames belong to it, not {len(blobs)}", re=id)
    for blob in blobs:
        if sender == "client" and len(blob) > MAX_FRAME_BYTES:
            raise ProtocolError(
                f"{type}: the binary frame has {len(blob)} bytes; the bound is {MAX_FRAME_BYTES} binary frame bytes",
                code="too-large",
                re=id,
            )
    return Message(str(type), id, fields, blobs)


def _identity(value: Any) -> str:
    try:
        return str(NAME.read(value))
    except ValueError:
        return ""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
