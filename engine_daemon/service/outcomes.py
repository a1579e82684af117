"""What a worker brought, as the message that tells the client of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.declared import brief, checked
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.messages import CODES, Answer, AttentionNeeded, CueFailed, Scalar, TakeMade
from framevox.engine_daemon.service.scheduler import Outcome

if TYPE_CHECKING:
    from framevox.engine_daemon.service.workers import Rendering

log = logging.getLogger(__name__)

_MOST_SAID = 4_000


@dataclass(frozen=True)
class Spoken:
    """A take, and its file."""

    take: Take
    media: bytes
    cached: bool


@dataclass(frozen=True)
class Unfitting:
    """A line that cannot be spoken within its limits."""

    code: str
    fields: Mapping[str, Scalar]


@dataclass(frozen=True)
class Failure:
    """A cue that failed, and why."""

    code: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, error: FramevoxError) -> Failure:
        code = error.code if error.code in CODES else "internal"
        return cls(code, error.message[:_MOST_SAID], error.fields)

    def for_client(self, sent: Mapping[str, str]) -> Failure:
        """The same with a place for every voice that came along, so that its sender can name it in its own words."""
        message, fields = self.message, dict(self.fields)
        for name, known_as in sent.items():
            for written in (f"{known_as}.bin", known_as):
                if written in message:
                    message = message.replace(written, f"{{{name}}}")
                    fields[name] = name
        return Failure(self.code, message[:_MOST_SAID], fields)


def outcome_of(news: Rendering, sent: Mapping[str, str]) -> Outcome[Any]:
    """What became of a cue. What could not be sent is the daemon's own fault, and is told as such.

    ``sent`` are the voices that came along, by the client's names; the client is told of them by those.
    """
    result = news.outcome
    if isinstance(result, FramevoxError):
        failure = Failure.of(result).for_client(sent)
        if failure.code in ("engine", "cache", "internal"):
            log.error("cue %s failed", news.cue, exc_info=result)
        return Outcome(news.cue, "failed", failure)
    try:
        if isinstance(result, Exception):
            raise result
        if hasattr(result, "media"):
            take = replace(result.take, voice=_as_sent(result.take.voice, sent))
            spoken = Spoken(checked(take, "take"), result.media, result.cached)
            return Outcome(news.cue, "placed", spoken, len(result.media))
        unfitting = Unfitting(result.code, dict(result.fields))
        message_of("x", 1, Outcome(news.cue, "attention", unfitting))
        return Outcome(news.cue, "attention", unfitting)
    except Exception as error:
        log.error("cue %s failed", news.cue, exc_info=error)
        return Outcome(news.cue, "failed", Failure("internal", fault(error)))


def _as_sent(spec: str, sent: Mapping[str, str]) -> str:
    """A voice or blend as its sender called it."""
    names = {known_as: name for name, known_as in sent.items()}
    parts = (part.partition(":") for part in spec.split("+"))
    return "+".join(names.get(name, name) + colon + share for name, colon, share in parts)


def message_of(batch: str, sequence: int, outcome: Outcome[Any]) -> tuple[Answer, tuple[bytes, ...]]:
    """The message that tells of an outcome, and its binary frames."""
    payload = outcome.payload
    if isinstance(payload, Spoken):
        return TakeMade(re=batch, sequence=sequence, take=payload.take, cached=payload.cached), (payload.media,)
    if isinstance(payload, Unfitting):
        needed = AttentionNeeded(
            re=batch, sequence=sequence, cue=outcome.cue, code=payload.code, fields=dict(payload.fields)
        )
        return checked(needed, "attention"), ()
    return CueFailed(
        re=batch,
        sequence=sequence,
        cue=outcome.cue,
        code=payload.code,
        message=payload.message,
        fields=dict(payload.fields),
    ), ()


def fault(error: Exception) -> str:
    """What a client is told of a fault of the daemon's own."""
    return f"a fault in the daemon ({type(error).__name__}: {brief(str(error))}): see its log"
