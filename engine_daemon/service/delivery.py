"""What goes to clients: outcomes as far as their credit goes, pieces of live lines, and last words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.messages import (
    COUNTS,
    MAX_PIECE_BYTES,
    Answer,
    BatchDone,
    Counts,
    Error,
    PieceMade,
    Reason,
)
from framevox.engine_daemon.protocol.wire import encode
from framevox.engine_daemon.service.outcomes import Failure, Spoken, message_of
from framevox.engine_daemon.service.scheduler import Batch, Outcome, Scheduler
from framevox.engine_daemon.service.sockets import ClientGoneError, Sockets
from framevox.engine_daemon.service.workers import PieceReady

log = logging.getLogger(__name__)


class Delivery:
    """Sends what became of cues; ``counts`` are those of the daemon's life. ``notices`` says what users should know."""

    def __init__(self, scheduler: Scheduler, notices: Callable[[], Sequence[str]]) -> None:
        self.sockets: Sockets
        self.counts = {**dict.fromkeys(COUNTS, 0), "cached": 0}
        self._scheduler = scheduler
        self._notices = notices

    def deliver(self, batch: Batch) -> None:
        """Sends the outcomes there are as far as the client's credit goes, and the last word after the last."""
        for sequence, outcome in self._scheduler.deliver(batch):
            self._send_outcome(batch, sequence, outcome)
        if not batch.ended and batch.finished:
            self.end(batch, "finished")

    def send_piece(self, news: PieceReady) -> None:
        """Sends a piece of a live line, unless the line was stopped."""
        try:
            batch = self._scheduler.find(news.batch)
        except FramevoxError:  # It was stopped.
            return
        most = MAX_PIECE_BYTES // 3 * 3
        for first in range(0, len(news.samples), most):
            piece = PieceMade(re=batch.id, cue=news.cue, start_sample=news.start + first // 3)
            self._send_held(batch, piece, (news.samples[first : first + most],))

    def _send_held(self, batch: Batch, message: Answer, frames: tuple[bytes, ...]) -> None:
        """Sends about a cue; of a live line it is noted how much the client has coming."""
        if batch.session is not None:
            held = batch.session.held
            held[batch.id] = held.get(batch.id, 0) + sum(map(len, frames))
        self.send("work", batch.client, message, frames)

    def _send_outcome(self, batch: Batch, sequence: int, outcome: Outcome[Any]) -> None:
        self.counts[outcome.status] += 1
        if isinstance(outcome.payload, Spoken):
            self.counts["cached"] += outcome.payload.cached
        message, frames = message_of(batch.id, sequence, outcome)
        self._send_held(batch, message, frames)

    def end(self, batch: Batch, reason: Reason) -> None:
        """Ends a batch, with an outcome for all that has none and the last word."""
        if batch.ended:  # Its client turned out to be gone while another of its batches was ended.
            return
        for sequence, outcome in self._scheduler.end(batch):
            self._send_outcome(batch, sequence, outcome)
        self.counts["cancelled"] += batch.counts["cancelled"]
        log.info("batch %s %s: %s", batch.id, reason, batch.counts)
        warnings = list(self._notices())
        done = BatchDone(re=batch.id, counts=Counts(**batch.counts), reason=reason, warnings=warnings)
        self.send("work", batch.client, done)

    def send(self, socket: str, client: bytes, message: Answer, frames: tuple[bytes, ...] = ()) -> None:
        """Sends a message; where the client is gone, all that it asked for ends."""
        try:
            self.sockets.send(socket, client, encode(message, frames))
        except ClientGoneError:
            for session in [each for each in self._scheduler.sessions.values() if each.client == client]:
                log.warning("the client of live session %s is gone", session.id)
                del self._scheduler.sessions[session.id]
            for batch in self._scheduler.of_client(client):
                log.warning("the client of batch %s is gone", batch.id)
                for _, outcome in self._scheduler.end(batch):
                    self.counts[outcome.status] += 1
                self.counts["cancelled"] += batch.counts["cancelled"]

    def send_error(self, socket: str, client: bytes, re: str, failure: Failure) -> None:
        """Answers the request ``re`` with what was wrong with it."""
        self.send(socket, client, Error(re=re, code=failure.code, message=failure.message, fields=dict(failure.fields)))
