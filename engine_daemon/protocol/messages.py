"""Every message of the protocol, declared once; docs/protocol.md lists the same, and a test holds each to the other.

A message is JSON in one frame and the binary frames that its type has. ``framevox`` is the protocol's version; ``id``
is a request's own name, ``re`` that of the request which is answered.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Union

import msgspec
from msgspec import Meta, field

from .cues import Output, Take
from .declared import CueId, Declared, Name, Samples

VERSION = 5
"""The protocol's own version. A daemon and a client must have the same."""

MAX_HEADER_BYTES = 4 * 2**20
MAX_FRAME_BYTES = 16 * 2**20
MAX_CUES = 10_000
MAX_CUES_PER_MESSAGE = 500
MAX_VOICES = 64
MAX_OPEN_BATCHES = 64
MAX_LIVE_SESSIONS = 64
MAX_PIECE_BYTES = 2**20
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
    "live sessions": MAX_LIVE_SESSIONS,
    "piece bytes": MAX_PIECE_BYTES,
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
    "busy": "too many open batches, live sessions or queued cues",
    "unknown-batch": "no batch or live session of this name is open for this client",
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

Code = Annotated[str, Meta(max_length=40)]
"""One of ``CODES``; a client takes any, so that a newer daemon can say more."""
Saying = Annotated[str, Meta(max_length=4_000)]
Fields = Annotated[dict[str, str], Meta(max_length=50)]
Scalar = Union[str, int, float, None]
Count = Annotated[int, Meta(ge=0, le=MAX_CUES)]
Sequence = Annotated[int, Meta(ge=1, le=MAX_CUES)]
Reason = Literal["finished", "cancelled", "stopped"]

ATTENTION = {
    "too-short": "the slot is shorter than the line can be spoken in",
    "ratio-out-of-reach": "the voice cannot speak the line at the ratio that was asked for",
    "ratio-too-long": "at the ratio that was asked for, the line is longer than its slot",
    "point-early": "a word's frame leaves too little time for the words before it",
    "point-late": "a word's frame leaves more time for the words before it than they can be drawn out to",
    "point-end": "a word's frame leaves too little time for the words from it on",
}
"""Why a line needs attention, by the code of ``attention``."""

COUNTS = ("placed", "attention", "failed", "cancelled")


class Counts(Declared, frozen=True):
    """How many cues of a batch ended in which way. They add up to the batch."""

    placed: Count = 0
    attention: Count = 0
    failed: Count = 0
    cancelled: Count = 0


class Refusal(Declared, frozen=True):
    """A cue that was not queued, and why."""

    cue: CueId
    code: Code
    message: Saying
    fields: Fields = field(default_factory=dict)


class Message(Declared, frozen=True, kw_only=True, tag_field="type"):
    """What every message has: its type, and the version of the protocol."""

    SOCKET: ClassVar[str] = "work"
    BINARY_FRAMES: ClassVar[int] = 0
    framevox: int = field(default_factory=lambda: VERSION)


class Request(Message, frozen=True, kw_only=True):
    """A message from a client."""

    id: Name


class Answer(Message, frozen=True, kw_only=True):
    """A message from the daemon; ``re`` is the id of what it answers."""

    re: Name


class OpenBatch(Request, frozen=True, kw_only=True, tag="batch"):
    output: Output
    cues: Annotated[int, Meta(ge=1, le=MAX_CUES)]
    voices: Annotated[int, Meta(ge=0, le=MAX_VOICES)] = 0
    deadline_seconds: Union[Annotated[float, Meta(ge=0, le=MAX_DEADLINE_SECONDS)], None] = None


class SendVoice(Request, frozen=True, kw_only=True, tag="voice"):
    BINARY_FRAMES: ClassVar[int] = 1
    batch: Name
    name: Annotated[str, Meta(min_length=1, max_length=40)]


class SendCues(Request, frozen=True, kw_only=True, tag="cues"):
    batch: Name
    # Read one by one, so that one bad cue is refused by its name and the others are not.
    cues: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_CUES_PER_MESSAGE)]


class OpenLive(Request, frozen=True, kw_only=True, tag="live"):
    output: Output
    voices: Annotated[int, Meta(ge=0, le=MAX_VOICES)] = 0


class SayLine(Request, frozen=True, kw_only=True, tag="line"):
    live: Name
    # Read apart from the message, so that a bad cue is refused by its name.
    cue: dict[str, Any]
    fresh: bool = False


class Acknowledge(Request, frozen=True, kw_only=True, tag="ack"):
    batch: Name
    sequence: Sequence


class Opened(Answer, frozen=True, kw_only=True, tag="opened"):
    pass


class CuesAccepted(Answer, frozen=True, kw_only=True, tag="accepted"):
    batch: Name
    cues: Annotated[list[CueId], Meta(max_length=MAX_CUES_PER_MESSAGE)]
    refused: Annotated[list[Refusal], Meta(max_length=MAX_CUES_PER_MESSAGE)] = field(default_factory=list)


class CueStarted(Answer, frozen=True, kw_only=True, tag="started"):
    cue: CueId


class PieceMade(Answer, frozen=True, kw_only=True, tag="piece"):
    BINARY_FRAMES: ClassVar[int] = 1
    cue: CueId
    start_sample: Samples


class TakeMade(Answer, frozen=True, kw_only=True, tag="take"):
    BINARY_FRAMES: ClassVar[int] = 1
    sequence: Sequence
    take: Take
    cached: bool = False


class AttentionNeeded(Answer, frozen=True, kw_only=True, tag="attention"):
    sequence: Sequence
    cue: CueId
    code: Code
    fields: dict[str, Scalar] = field(default_factory=dict)


class CueFailed(Answer, frozen=True, kw_only=True, tag="failed"):
    sequence: Sequence
    cue: CueId
    code: Code
    message: Saying
    fields: Fields = field(default_factory=dict)


class Heartbeat(Answer, frozen=True, kw_only=True, tag="heartbeat"):
    pass


class BatchDone(Answer, frozen=True, kw_only=True, tag="done"):
    counts: Counts
    reason: Reason = "finished"
    warnings: Annotated[list[Saying], Meta(max_length=100)] = field(default_factory=list)


class AskStatus(Request, frozen=True, kw_only=True, tag="status"):
    SOCKET: ClassVar[str] = "control"


class AskVoices(Request, frozen=True, kw_only=True, tag="voices"):
    SOCKET: ClassVar[str] = "control"


class Cancel(Request, frozen=True, kw_only=True, tag="cancel"):
    SOCKET: ClassVar[str] = "control"
    batch: Name


class Retire(Request, frozen=True, kw_only=True, tag="retire"):
    SOCKET: ClassVar[str] = "control"


class ShutDown(Request, frozen=True, kw_only=True, tag="shutdown"):
    SOCKET: ClassVar[str] = "control"


class Status(Declared, frozen=True, kw_only=True):
    """What the daemon is and does."""

    framevox: str
    protocol: int
    pid: int
    uptime_seconds: float
    idle_timeout_seconds: float
    engine: str
    engine_reason: str
    engine_state: str
    engine_notices: list[str]
    beside: str
    beside_state: str
    clones: bool
    batches: int
    live: int
    clients: int
    queued: int
    running: int
    counts: dict[str, int]
    memory_bytes: int
    store: str
    store_problem: Union[str, None]
    log: str
    python: str
    zeromq: str


class StatusReply(Answer, frozen=True, kw_only=True, tag="status-reply"):
    SOCKET: ClassVar[str] = "control"
    status: Status


class VoicesReply(Answer, frozen=True, kw_only=True, tag="voices-reply"):
    SOCKET: ClassVar[str] = "control"
    voices: Annotated[list[dict[str, Any]], Meta(max_length=10_000)]


class Ok(Answer, frozen=True, kw_only=True, tag="ok"):
    SOCKET: ClassVar[str] = "control"


class Error(Answer, frozen=True, kw_only=True, tag="error"):
    SOCKET: ClassVar[str] = "both"
    # The daemon may be unable to tell what it answers.
    re: Annotated[str, Meta(max_length=64)]
    code: Code
    message: Saying
    fields: Fields = field(default_factory=dict)


def _types(kind: type[Message]) -> dict[str, type[Message]]:
    return {str(each.__struct_config__.tag): each for each in kind.__subclasses__()}


REQUESTS = _types(Request)
ANSWERS = _types(Answer)
"""Every type of message, by the name that ``type`` has."""


def message_type(kind: type[msgspec.Struct]) -> str:
    """The ``type`` of a message."""
    return str(kind.__struct_config__.tag)
