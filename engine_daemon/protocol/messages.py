"""Every message of the protocol, as docs/protocol.md lists them, and the events a client makes of them.

The tables here and the tables there are the same tables; a test holds each to the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Union

from .cues import Take
from .fields import OBJECT, TRUTH, Kind, choice, listed, number, optional, read_object, text, whole

VERSION = 3
"""The protocol's own version. A daemon and a client must have the same."""

MAX_HEADER_BYTES = 4 * 2**20
MAX_FRAME_BYTES = 16 * 2**20
MAX_CUES = 10_000
MAX_CUES_PER_MESSAGE = 500
MAX_VOICES = 64
MAX_OPEN_BATCHES = 64
MAX_QUEUED_CUES = 100_000
MAX_UNACKNOWLEDGED_BYTES = 64 * 2**20
MAX_DEADLINE_SECONDS = 7 * 24 * 3600
HEARTBEAT_SECONDS = 1.0
LOST_SECONDS = 10.0

BOUNDS = {
    "header bytes": MAX_HEADER_BYTES,
    "binary frame bytes": MAX_FRAME_BYTES,
    "cues in a batch": MAX_CUES,
    "cues in a message": MAX_CUES_PER_MESSAGE,
    "voices in a batch": MAX_VOICES,
    "open batches": MAX_OPEN_BATCHES,
    "queued cues": MAX_QUEUED_CUES,
    "unacknowledged bytes": MAX_UNACKNOWLEDGED_BYTES,
    "deadline seconds": MAX_DEADLINE_SECONDS,
    "heartbeat seconds": HEARTBEAT_SECONDS,
    "lost seconds": LOST_SECONDS,
}

CODES = {
    "bad-message": "the message is not what this page says",
    "unknown-type": "the socket knows no message of this type",
    "version": "the other side speaks another version of the protocol",
    "too-large": "a bound of this page is passed",
    "busy": "too many open batches or queued cues",
    "unknown-batch": "no batch of this name is open for this client",
    "bad-input": "a value of the cue cannot be used",
    "empty-text": "the line is empty or has nothing to say",
    "text-too-long": "the line has too many characters",
    "bad-slot": "the slot is empty, negative or too long",
    "unknown-language": "no such language",
    "unknown-voice": "no such voice, or none that can be used",
    "duplicate-cue": "the batch has a cue of this id already",
    "deadline": "the deadline passed before the cue was begun",
    "engine": "the engine cannot be loaded, or failed at the line",
    "cache": "the engine cannot write what it needs on disk",
    "daemon": "the daemon cannot be reached, started or kept",
    "internal": "a fault of the daemon; its log has the details",
}
"""Error codes, and what each says."""

NAME = text(64, 1)
CUE = text(200, 1)
CODE = choice(tuple(CODES))
SAYING = text(4_000)
COUNT = whole(0, MAX_CUES)
SEQUENCE = whole(1, MAX_CUES)
COUNTS = ("placed", "attention", "failed", "cancelled")
REASONS = ("finished", "cancelled", "stopped")


def _counts(value: Any) -> dict[str, int]:
    return read_object("counts", value, dict.fromkeys(COUNTS, COUNT))


REFUSAL_KEYS = {"cue": CUE, "code": CODE, "message": SAYING}


def _refusal(value: Any) -> dict[str, str]:
    return read_object("refusal", value, REFUSAL_KEYS)


COUNTS_KIND = Kind("counts", _counts)
REFUSAL = Kind("refusal", _refusal)


@dataclass(frozen=True)
class Shape:
    """A type of message: its socket, who sends it, its fields beside the envelope's, and its binary frames."""

    socket: str
    sender: str
    fields: dict[str, Kind] = field(default_factory=dict)
    frames: int = 0


_BATCH = {"batch": NAME}

SHAPES: dict[str, Shape] = {
    "batch": Shape(
        "work",
        "client",
        {
            "output": OBJECT,
            "cues": whole(1, MAX_CUES),
            "voices": whole(0, MAX_VOICES),
            "deadline_seconds": optional(number(0, MAX_DEADLINE_SECONDS)),
        },
    ),
    "voice": Shape("work", "client", {**_BATCH, "name": text(40, 1)}, frames=1),
    "cues": Shape("work", "client", {**_BATCH, "cues": listed(OBJECT, MAX_CUES_PER_MESSAGE, 1)}),
    "ack": Shape("work", "client", {**_BATCH, "sequence": SEQUENCE}),
    "opened": Shape("work", "daemon"),
    "accepted": Shape(
        "work",
        "daemon",
        {
            **_BATCH,
            "cues": listed(CUE, MAX_CUES_PER_MESSAGE),
            "refused": listed(REFUSAL, MAX_CUES_PER_MESSAGE),
        },
    ),
    "started": Shape("work", "daemon", {"cue": CUE}),
    "take": Shape("work", "daemon", {"sequence": SEQUENCE, "take": OBJECT, "cached": TRUTH}, frames=1),
    "attention": Shape(
        "work",
        "daemon",
        {"sequence": SEQUENCE, "cue": CUE, "message": SAYING, "natural_seconds": optional(number(0, 1e6))},
    ),
    "failed": Shape("work", "daemon", {"sequence": SEQUENCE, "cue": CUE, "code": CODE, "message": SAYING}),
    "heartbeat": Shape("work", "daemon"),
    "done": Shape(
        "work",
        "daemon",
        {"counts": COUNTS_KIND, "reason": choice(REASONS), "warnings": listed(SAYING, 100)},
    ),
    "status": Shape("control", "client"),
    "voices": Shape("control", "client"),
    "cancel": Shape("control", "client", _BATCH),
    "retire": Shape("control", "client"),
    "shutdown": Shape("control", "client"),
    "status-reply": Shape("control", "daemon", {"status": OBJECT}),
    "voices-reply": Shape("control", "daemon", {"voices": listed(OBJECT, 10_000)}),
    "ok": Shape("control", "daemon"),
    "error": Shape("both", "daemon", {"code": CODE, "message": SAYING}),
}
"""Every type of message. The envelope's own fields (``framevox``, ``type``, ``id`` or ``re``) are in wire.py."""


@dataclass(frozen=True)
class Accepted:
    """The daemon has the cue in its queue."""

    cue: str


@dataclass(frozen=True)
class Started:
    """The cue's turn has come."""

    cue: str


@dataclass(frozen=True)
class TakeReady:
    """The cue is spoken. ``media`` is the whole audio file; ``cached`` says that it was made before."""

    take: Take
    media: bytes
    cached: bool


@dataclass(frozen=True)
class Attention:
    """The line cannot be spoken within the limits: its placeholder stays. ``natural_seconds`` where it is known."""

    cue: str
    message: str
    natural_seconds: float | None


@dataclass(frozen=True)
class Failed:
    """The cue was refused or failed. ``code`` is one of ``CODES``."""

    cue: str
    code: str
    message: str


@dataclass(frozen=True)
class Done:
    """The batch is over; always the last event, and there is one only.

    ``counts`` has the keys ``COUNTS`` and sums to the number of cues. ``reason``: ``finished``, ``cancelled`` by this
    client, or ``stopped`` with the daemon. ``warnings`` concern the batch as a whole (takes could not be kept ...).
    """

    counts: dict[str, int]
    reason: str = "finished"
    warnings: tuple[str, ...] = ()


Event = Union[Accepted, Started, TakeReady, Attention, Failed, Done]
