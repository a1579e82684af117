"""What becomes of cues, as a client yields it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.messages import Scalar


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
    """The line cannot be spoken within the limits: its placeholder stays.

    ``code`` is one of ``ATTENTION``, ``fields`` the figures that belong to it; ``client.wording`` makes a sentence of
    them.
    """

    cue: str
    code: str
    fields: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def natural_seconds(self) -> float | None:
        """The line's length at the voice's own pace, where it is known."""
        return _number(self.fields.get("natural_seconds"))

    @property
    def missing_frames(self) -> int | None:
        """How many frames longer the slot would have to be, where that would help."""
        frames = _number(self.fields.get("missing_frames"))
        return None if frames is None else int(frames)


@dataclass(frozen=True)
class Failed:
    """The cue was refused or failed. ``code`` is one of ``CODES``; ``fields`` fill the places of ``message``."""

    cue: str
    code: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """The batch is over; always the last event, and there is one only.

    ``counts`` has the keys ``COUNTS`` and sums to the number of cues. ``reason``: ``finished``, ``cancelled`` by this
    client, or ``stopped`` with the daemon. ``warnings`` concern the batch as a whole (takes could not be kept ...).
    """

    counts: dict[str, int]
    reason: str = "finished"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """The next samples of a live line, from ``start_sample`` of its slot on: mono, 24 bits, little-endian."""

    cue: str
    start_sample: int
    samples: bytes


@dataclass(frozen=True)
class Stopped:
    """A live line was stopped before it was whole."""

    cue: str


Event = Union[Accepted, Started, TakeReady, Attention, Failed, Done]
LiveEvent = Union[Started, Piece, TakeReady, Attention, Failed, Stopped]


def _number(value: Scalar) -> float | None:
    return value if isinstance(value, (int, float)) else None
