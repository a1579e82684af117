"""A blocking client: finds the daemon or starts it, sends cues, and yields what becomes of them.

It survives the daemon: if that dies, a new one is started and gets every cue that has no outcome yet. Takes made
before come out of the daemon's store, so nothing is lost and nothing made twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from framevox.engine_daemon.client.conversation import Batch, check_batch, new_id
from framevox.engine_daemon.client.events import Event
from framevox.engine_daemon.client.launch import PATIENCE_SECONDS, Say, silent, stop_daemon
from framevox.engine_daemon.client.link import Link
from framevox.engine_daemon.client.live import LiveSession
from framevox.engine_daemon.project.readings import user_dictionary, with_readings
from framevox.engine_daemon.protocol.connection import daemon_lives
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.messages import AskStatus, AskVoices, Ok, ShutDown, StatusReply, VoicesReply

__all__ = ["Client", "stop_daemon"]

VOICES_SECONDS = 120.0
"""How long the engine may take to load before it can name its voices."""


class Client:
    """A connection to the daemon of this user. Use as a context manager, from one thread; ``cancel`` from any."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._cancelled = threading.Event()

    @classmethod
    def connect(
        cls,
        *,
        start: bool = True,
        home: Path | None = None,
        say: Say = silent,
        options: Sequence[str] = (),
    ) -> Client:
        """Finds the running daemon, or starts one when ``start``.

        ``say`` is given a sentence for the user when a daemon is started, when something takes longer than a moment,
        and when a daemon of another version was met. It may be called from another thread.

        ``home`` overrides where the daemon keeps its things. ``options`` go to a daemon that has to be started (see
        ``framevox serve --help``); one that runs already keeps its own. Without any, a daemon that died is started
        again with those it had. Raises DaemonError that says what to do next.
        """
        link = Link(home, start=start)
        try:
            link.connect(options, say)
        except BaseException:
            link.close()
            raise
        return cls(link)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; the daemon goes on. Does nothing the second time."""
        self._link.close()

    def status(self) -> dict[str, Any]:
        """What the daemon is and does, as docs/protocol.md lists it."""
        reply = self._link.ask(AskStatus(id=new_id()), StatusReply)
        return dict(to_plain(reply.status))

    def voices(self) -> list[dict[str, Any]]:
        """Every voice of the daemon's engines, as docs/protocol.md lists it. Loads an engine if need be."""
        return list(self._link.ask(AskVoices(id=new_id()), VoicesReply, seconds=VOICES_SECONDS).voices)

    def shutdown(self) -> None:
        """Stops the daemon; open batches of all clients end with reason ``stopped``."""
        self._link.ask(ShutDown(id=new_id()), Ok)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while daemon_lives(self._link.home):
            if time.monotonic() > deadline:
                raise DaemonError(f"the daemon (process {self._link.pid}) has not stopped yet")
            time.sleep(0.01)

    def cancel(self) -> None:
        """Cancels the batch that ``render`` is at; it still ends with Done. Safe in threads and signal handlers."""
        self._cancelled.set()
        self._link.wake()

    def live(self, output: Output, *, voices: Mapping[str, bytes] | None = None) -> LiveSession:
        """Opens a live session, whose lines are spoken before all batches and yielded piece by piece.

        ``output`` has no handles and the format ``wav``; ``voices`` as for ``render``. One session at a time, and no
        ``render`` while it is open. Raises InputError for what passes a bound.
        """
        return LiveSession(self._link, output, voices or {})

    def render(
        self,
        cues: Sequence[Cue],
        output: Output,
        *,
        deadline: float | None = None,
        voices: Mapping[str, bytes] | None = None,
    ) -> Generator[Event, None, None]:
        """Has ``cues`` spoken and yields what becomes of each, in any order; the last event is Done, and only that.

        ``deadline``: seconds from now; a cue that was not begun by then fails with code ``deadline``. ``voices``: the
        content of voice files, by the name that the cues use for them. If the daemon dies, it is started again and
        gets what has no outcome yet. Closing the iterator cancels the batch. Raises InputError for two cues of one id
        and for what passes a bound, DaemonError if the daemon cannot be kept.

        The user's own rules of pronunciation hold for every cue, behind those of its ``readings``.
        """
        voices = voices or {}
        own = user_dictionary(self._link.home)
        cues = [with_readings(cue, own) for cue in cues]
        check_batch(cues, output, voices)
        self._cancelled.clear()
        return Batch(self._link, self._cancelled, cues, output, deadline, voices).events()
