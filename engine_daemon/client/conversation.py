"""A batch as its client sees it: what was sent, what became of it, and how it survives the daemon."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

import zmq

from framevox.engine_daemon.client.events import Accepted, Attention, Done, Event, Failed, Started, TakeReady
from framevox.engine_daemon.client.link import Link, LostError, error_of
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.engine_daemon.protocol.messages import (
    COUNTS,
    LOST_SECONDS,
    MAX_CUES,
    MAX_CUES_PER_MESSAGE,
    MAX_DEADLINE_SECONDS,
    MAX_FRAME_BYTES,
    MAX_HEADER_BYTES,
    MAX_VOICES,
    Acknowledge,
    AttentionNeeded,
    BatchDone,
    Cancel,
    CueFailed,
    CuesAccepted,
    CueStarted,
    Error,
    Heartbeat,
    OpenBatch,
    Request,
    SendCues,
    SendVoice,
    TakeMade,
)
from framevox.engine_daemon.protocol.wire import Received, encode

_FRUITLESS_DAEMONS = 5
_DEATHS_BEFORE_ALONE = 2


class Batch:
    """One call of ``render``: what was sent, what has an outcome, and the daemons it took."""

    def __init__(
        self,
        link: Link,
        cancelled: threading.Event,
        cues: Sequence[Cue],
        output: Output,
        deadline: float | None,
        voices: Mapping[str, bytes],
    ) -> None:
        self._link = link
        self._cancelled = cancelled
        self._open = {cue.id: cue for cue in cues}
        self._output = output
        self._ends = None if deadline is None else time.monotonic() + deadline
        self._voices = voices
        self._counts = dict.fromkeys(COUNTS, 0)
        self._told: set[tuple[str, str]] = set()
        self._begun: set[str] = set()
        """Cues in progress or finished on the current daemon."""
        self._deaths: Counter[str] = Counter()
        """How many daemons died while they were at a cue."""
        self._id = ""
        self._requests: set[str] = set()
        """Ids of what was sent for the batch and may be answered with an error."""

    def events(self) -> Generator[Event, None, None]:
        for cue in list(self._open.values()):
            # Refused here, and not by the daemon, because a line may be too long to be sent at all.
            try:
                cue.check()
            except InputError as error:
                yield self._settle(Failed(cue.id, error.code, error.message, error.fields))
        fruitless = 0
        warnings: dict[str, None] = {}
        while self._open:
            try:
                done = yield from self._converse(self._next_cues())
            except LostError as error:
                fruitless = 0 if self._begun else fruitless + 1
                if fruitless == _FRUITLESS_DAEMONS:
                    raise DaemonError(
                        f"{fruitless} daemons in a row were lost before they began a line ({error}); "
                        f"the log is {self._link.home.log_file}"
                    ) from None
                yield from self._blame()
                if self._cancelled.is_set():
                    yield self._done("cancelled", warnings)
                    return
                self._link.reconnect()
                continue
            warnings |= dict.fromkeys(done.warnings)
            if done.reason != "finished":
                yield self._done(done.reason, warnings)
                return
        yield self._done("finished", warnings)

    def _next_cues(self) -> list[Cue]:
        """What to send now: everything, but a cue that daemons keep dying of comes at the end, and alone."""
        sound = [cue for id, cue in self._open.items() if self._deaths[id] < _DEATHS_BEFORE_ALONE]
        return sound or [next(iter(self._open.values()))]

    def _blame(self) -> Iterator[Event]:
        """After a daemon's death: remembers what it was at, and gives up a cue that it was at alone, once too often."""
        for cue in [id for id in self._open if id in self._begun]:
            self._deaths[cue] += 1
            if self._deaths[cue] > _DEATHS_BEFORE_ALONE:
                message = (
                    f"the daemon died {self._deaths[cue]} times while it spoke this line: change the line, or leave it "
                    f"out; its log is {self._link.home.log_file}"
                )
                yield self._settle(Failed(cue, "internal", message))

    def _converse(self, cues: Sequence[Cue]) -> Generator[Event, None, BatchDone]:
        """Sends cues to the daemon there is, yields what becomes of them, and returns its last word."""
        finished = False
        self._begun = set()
        self._id = new_id()
        self._requests = {self._id}
        try:
            self._send(cues)
            cancelled = False
            while True:
                received = self._receive()
                if self._cancelled.is_set() and not cancelled:
                    cancelled = True
                    self._send_cancel()
                if received is None:
                    continue
                message = received.message
                if isinstance(message, BatchDone):
                    finished = True
                    left = sum(cue.id in self._open for cue in cues)
                    if message.counts.cancelled != left:
                        raise DaemonError(f"the daemon lost count: {message.counts} with {left} cues open")
                    return message
                if isinstance(message, Error):
                    raise error_of(message)
                yield from self._events_of(received)
                if isinstance(message, (TakeMade, AttentionNeeded, CueFailed)):
                    # Not among the requests that may be answered with an error: it may cross with the last word.
                    self._link.send(encode(Acknowledge(id=new_id(), batch=self._id, sequence=message.sequence)))
        except LostError:
            finished = True
            raise
        finally:
            if not finished:
                self._send_cancel()

    def _send(self, cues: Sequence[Cue]) -> None:
        left = None if self._ends is None else min(max(0.0, self._ends - time.monotonic()), MAX_DEADLINE_SECONDS)
        self._link.send(
            encode(
                OpenBatch(
                    id=self._id,
                    output=self._output,
                    cues=len(cues),
                    voices=len(self._voices),
                    deadline_seconds=left,
                )
            )
        )
        for name, content in self._voices.items():
            self._post(SendVoice(id=new_id(), batch=self._id, name=name), (content,))
        for piece in _pieces([to_plain(cue) for cue in cues]):
            self._post(SendCues(id=new_id(), batch=self._id, cues=piece))

    def _post(self, request: Request, frames: Sequence[bytes] = ()) -> None:
        self._requests.add(request.id)
        self._link.send(encode(request, frames))

    def _send_cancel(self) -> None:
        with contextlib.suppress(zmq.ZMQError):
            self._link.tell(encode(Cancel(id=new_id(), batch=self._id)))

    def _receive(self) -> Received | None:
        """The next message of this batch, or None for a look at what else there is. Raises LostError."""
        since = time.monotonic()
        while True:
            received = self._link.receive()
            if received is None or (isinstance(received.message, Heartbeat) and received.id == self._id):
                return None
            if received.id in self._requests:
                return received
            # What is left of a batch since closed is of no interest, and no sign of life for this one.
            if time.monotonic() - since > LOST_SECONDS:
                raise LostError("it did not answer")

    def _events_of(self, received: Received) -> Iterator[Event]:
        message = received.message
        if isinstance(message, CuesAccepted):
            for cue in message.cues:
                yield from self._once(Accepted(cue))
            for refused in message.refused:
                yield self._settle(Failed(refused.cue, refused.code, refused.message, refused.fields))
        elif isinstance(message, CueStarted):
            self._begun.add(message.cue)
            yield from self._once(Started(message.cue))
        elif isinstance(message, TakeMade):
            yield self._settle(TakeReady(message.take, received.frames[0], message.cached))
        elif isinstance(message, AttentionNeeded):
            yield self._settle(Attention(message.cue, message.code, message.fields))
        elif isinstance(message, CueFailed):
            yield self._settle(Failed(message.cue, message.code, message.message, message.fields))

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

    def _done(self, reason: str, warnings: Iterable[str]) -> Done:
        return Done({**self._counts, "cancelled": len(self._open)}, reason, tuple(warnings))


def new_id() -> str:
    """An id for a request."""
    return uuid.uuid4().hex


def check_batch(cues: Sequence[Cue], output: Output, voices: Mapping[str, bytes]) -> None:
    """Raises InputError for what concerns the batch as a whole; a bad cue is an outcome of its own."""
    output.check()
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
