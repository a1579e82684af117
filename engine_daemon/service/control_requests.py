"""What clients ask of the daemon over the control socket: questions, cancel, and its end."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import zmq

from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.installation import installed_version
from framevox.engine_daemon.protocol.messages import (
    VERSION,
    AskStatus,
    AskVoices,
    Cancel,
    Message,
    Ok,
    Retire,
    ShutDown,
    Status,
    StatusReply,
)
from framevox.engine_daemon.protocol.wire import Received
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.service.delivery import Delivery
from framevox.engine_daemon.service.engines import Engines
from framevox.engine_daemon.service.scheduler import Scheduler
from framevox.engine_daemon.service.signals import Stop
from framevox.engine_daemon.service.voice_lists import VoiceLists
from framevox.engine_daemon.service.work_requests import Handler


@dataclass(frozen=True)
class About:
    """What the status says that never changes."""

    engine_reason: str
    clones: bool
    idle_timeout: float
    store: Store
    log_file: Path


class ControlRequests:
    """Answers questions and ends things. ``stop`` ends the daemon, ``is_at_work`` says whether that would lose work."""

    def __init__(
        self,
        scheduler: Scheduler,
        engines: Engines,
        delivery: Delivery,
        voices: VoiceLists,
        about: About,
        *,
        stop: Stop,
        is_at_work: Callable[[], bool],
    ) -> None:
        self._scheduler = scheduler
        self._engines = engines
        self._delivery = delivery
        self._voices = voices
        self._about = about
        self._stop = stop
        self._is_at_work = is_at_work
        self._began = time.monotonic()
        self.handlers: dict[type[Message], Handler] = {
            AskStatus: self._on_status,
            AskVoices: self._on_voices,
            Cancel: self._on_cancel,
            Retire: self._on_retire,
            ShutDown: self._on_shutdown,
        }

    def _on_status(self, client: bytes, message: AskStatus, received: Received) -> None:
        self._delivery.send("control", client, StatusReply(re=message.id, status=self.status()))

    def _on_voices(self, client: bytes, message: AskVoices, received: Received) -> None:
        self._voices.ask(client, message.id)

    def _on_cancel(self, client: bytes, message: Cancel, received: Received) -> None:
        if message.batch in self._scheduler.sessions:
            session = self._scheduler.sessions.pop(message.batch)
            for line in self._scheduler.of_session(session):
                self._delivery.end(line, "cancelled")
        else:
            self._delivery.end(self._scheduler.find(message.batch), "cancelled")
        self._delivery.send("control", client, Ok(re=message.id))

    def _on_retire(self, client: bytes, message: Retire, received: Received) -> None:
        if self._is_at_work():
            raise FramevoxError("the daemon has work to do", code="busy")
        self._delivery.send("control", client, Ok(re=message.id))
        # The client starts its own daemon with the options of this one; should it not, the next client does.
        self._stop("a client of another version asked for it", again=True)

    def _on_shutdown(self, client: bytes, message: ShutDown, received: Received) -> None:
        self._delivery.send("control", client, Ok(re=message.id))
        self._stop("a client asked for it")

    def status(self) -> Status:
        """What ``status`` answers."""
        beside = self._engines.beside
        return Status(
            framevox=installed_version(),
            protocol=VERSION,
            pid=os.getpid(),
            uptime_seconds=round(time.monotonic() - self._began, 3),
            idle_timeout_seconds=self._about.idle_timeout,
            engine=self._engines.own.name,
            engine_reason=self._about.engine_reason,
            engine_state=self._engines.own.state,
            engine_notices=self._engines.told(),
            beside="" if beside is None else beside.name,
            beside_state="" if beside is None else beside.state,
            clones=self._about.clones,
            batches=len(self._scheduler),
            live=len(self._scheduler.sessions),
            clients=self._scheduler.clients,
            queued=self._scheduler.queued,
            running=self._scheduler.running,
            counts=dict(self._delivery.counts),
            memory_bytes=psutil.Process().memory_info().rss,
            store=str(self._about.store.folder),
            store_problem=self._about.store.problem,
            log=str(self._about.log_file),
            python=platform.python_version(),
            zeromq=zmq.zmq_version(),
        )
