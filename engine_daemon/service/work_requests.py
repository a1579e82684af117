"""What clients ask of the daemon over the work socket: batches, live sessions, their voices, cues and lines."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any

from framevox.engine_daemon.protocol.cues import Cue, read_cue
from framevox.engine_daemon.protocol.declared import brief
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.messages import (
    Acknowledge,
    CuesAccepted,
    Message,
    OpenBatch,
    Opened,
    OpenLive,
    Refusal,
    SayLine,
    SendCues,
    SendVoice,
)
from framevox.engine_daemon.protocol.wire import Received
from framevox.engine_daemon.service.delivery import Delivery
from framevox.engine_daemon.service.engines import Engines
from framevox.engine_daemon.service.outcomes import Failure
from framevox.engine_daemon.service.scheduler import Batch, Scheduler, Session
from framevox.engine_daemon.service.sent_voices import SentVoices, with_sent_voices

log = logging.getLogger(__name__)

Handler = Callable[[bytes, Any, Received], None]
"""Carries out a message of a client. Raises FramevoxError, which answers it."""


class WorkRequests:
    """Takes on work and has the engines loaded that it needs."""

    def __init__(self, scheduler: Scheduler, engines: Engines, delivery: Delivery, sent: SentVoices) -> None:
        self._scheduler = scheduler
        self._engines = engines
        self._delivery = delivery
        self._sent = sent
        self.handlers: dict[type[Message], Handler] = {
            OpenBatch: self._on_batch,
            OpenLive: self._on_live,
            SayLine: self._on_line,
            SendVoice: self._on_voice,
            SendCues: self._on_cues,
            Acknowledge: self._on_ack,
        }

    def _on_batch(self, client: bytes, message: OpenBatch, received: Received) -> None:
        seconds = message.deadline_seconds
        message.output.check()
        batch = Batch(
            client,
            message.id,
            message.output,
            total=message.cues,
            voices_to_come=message.voices,
            deadline=None if seconds is None else time.monotonic() + seconds,
        )
        self._scheduler.open(batch)
        log.info("batch %s of %d cues", batch.id, batch.total)
        self._delivery.send("work", client, Opened(re=batch.id))

    def _on_voice(self, client: bytes, message: SendVoice, received: Received) -> None:
        batch: Batch | Session
        if message.batch in self._scheduler.sessions:
            batch = self._scheduler.find_session(message.batch, client)
        else:
            batch = self._scheduler.find(message.batch, client)
        if not batch.voices_to_come:
            raise FramevoxError("the batch was to bring no further voice", code="bad-message")
        if not re.fullmatch(r"\w[\w.-]*", message.name):
            raise InputError(f"a voice cannot be called {message.name!r}: use letters, digits, '.', '-' and '_'")
        batch.voices[message.name] = self._sent.keep(message.name, received.frames[0])
        batch.voices_to_come -= 1

    def _on_cues(self, client: bytes, message: SendCues, received: Received) -> None:
        batch = self._scheduler.find(message.batch, client)
        if batch.received + len(message.cues) > batch.total:
            raise FramevoxError(f"the batch was to have {batch.total} cues, no more", code="too-large")
        names = [_cue_id(piece) for piece in message.cues]
        cues: list[Cue] = []
        refused: list[Refusal] = []
        for name, piece in zip(names, message.cues, strict=True):
            try:
                if name in batch.ids:
                    raise InputError(f"the batch has a cue {name!r} already", code="duplicate-cue")
                cues.append(with_sent_voices(read_cue(piece), batch.voices))
            except FramevoxError as error:
                refused.append(Refusal(name, error.code, error.message, error.fields))
            batch.ids.add(name)
        self._scheduler.add(batch, cues, len(refused))
        self._delivery.counts["failed"] += len(refused)
        accepted = CuesAccepted(re=message.id, batch=batch.id, cues=[cue.id for cue in cues], refused=refused)
        self._delivery.send("work", client, accepted)
        self._delivery.deliver(batch)
        self._ensure_loading()

    def _on_live(self, client: bytes, message: OpenLive, received: Received) -> None:
        message.output.check()
        if message.output.handles or message.output.format != "wav":
            raise InputError("a live line has no handles, and its format is wav: open the session with those")
        self._scheduler.open_session(Session(client, message.id, message.output, voices_to_come=message.voices))
        log.info("live session %s", message.id)
        self._delivery.send("work", client, Opened(re=message.id))
        for workers in self._engines:
            self._engines.ensure_loading(workers)

    def _on_line(self, client: bytes, message: SayLine, received: Received) -> None:
        session = self._scheduler.find_session(message.live, client)
        name = _cue_id(message.cue)
        batch = Batch(
            client,
            message.id,
            session.output,
            total=1,
            voices=session.voices,
            session=session,
            fresh=message.fresh,
        )
        self._scheduler.open(batch)
        try:
            self._scheduler.add(batch, [with_sent_voices(read_cue(message.cue), session.voices)], 0)
        except FramevoxError as error:
            self._scheduler.refuse(batch, name, Failure.of(error))
            self._delivery.deliver(batch)
            return
        self._ensure_loading()

    def _ensure_loading(self) -> None:
        """Has every engine loaded that a cue waits for."""
        for workers in self._engines:
            if self._scheduler.waits_for(workers.name):
                self._engines.ensure_loading(workers)

    def _on_ack(self, client: bytes, message: Acknowledge, received: Received) -> None:
        for session in self._scheduler.sessions.values():
            if session.client == client:
                session.held.pop(message.batch, None)
        try:
            batch = self._scheduler.find(message.batch, client)
        except FramevoxError:
            return  # The batch is over: its last acknowledgements crossed with the daemon's last word.
        self._scheduler.acknowledge(batch, message.sequence)
        self._delivery.deliver(batch)


def _cue_id(piece: dict[str, Any]) -> str:
    id = piece.get("id")
    if isinstance(id, str) and 1 <= len(id) <= 200:
        return id
    raise InputError(f"a cue's id must be text of 1 to 200 characters, not {brief(id)}", code="bad-message")
