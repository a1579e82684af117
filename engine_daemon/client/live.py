"""Lines spoken while somebody waits: each one's sound piece by piece, and a line may stop the one before it."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType

import zmq

from framevox.engine_daemon.client.conversation import check_batch, new_id
from framevox.engine_daemon.client.events import Attention, Failed, LiveEvent, Piece, Started, Stopped, TakeReady
from framevox.engine_daemon.client.link import Link, LostError, error_of
from framevox.engine_daemon.project.readings import user_dictionary, with_readings
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.engine_daemon.protocol.messages import (
    Acknowledge,
    AttentionNeeded,
    BatchDone,
    Cancel,
    CueFailed,
    CueStarted,
    Error,
    OpenLive,
    PieceMade,
    SayLine,
    SendVoice,
    TakeMade,
)
from framevox.engine_daemon.protocol.wire import Received, encode

_MOST_DEATHS = 2
_FRUITLESS_DAEMONS = 5
_BYTES = 3
"""Of a sample in a piece."""


@dataclass
class _Open:
    """A line without an outcome. ``begun`` is about the present daemon, ``heard`` counts the samples that were yielded,
    ``deaths`` the daemons lost at it."""

    cue: Cue
    fresh: bool
    id: str = ""
    begun: bool = False
    started: bool = False
    heard: int = 0
    deaths: int = 0


class LiveSession:
    """A live session, as ``Client.live`` opens it. Use as a context manager, from one thread; ``wake`` from any.

    If the daemon dies, another is started and gets the lines that have no outcome; what was heard of them is not heard
    again.
    """

    def __init__(self, link: Link, output: Output, voices: Mapping[str, bytes]) -> None:
        check_batch((), output, voices)
        if output.handles or output.format != "wav":
            raise InputError("a live line has no handles, and its format is wav: leave both out")
        self._link = link
        self._output = output
        self._voices = voices
        self._id = ""
        """Of the session at the daemon; empty while there is none."""
        self._lost = False
        """Whether the daemon was lost when there was nothing to say."""
        self._open: dict[str, _Open] = {}
        self._ready: deque[LiveEvent] = deque()
        self._fruitless = 0

    def __enter__(self) -> LiveSession:
        self._ensure_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def say(self, cue: Cue, *, fresh: bool = False) -> None:
        """Has a line spoken, after those said before. Its id must not be that of a line without an outcome.

        ``fresh``: it is made again even where the daemon has it. The user's own rules of pronunciation hold as they are
        now, behind those of its ``readings``. Raises InputError for an id that is taken; a cue that
        cannot be spoken has the event Failed.
        """
        if any(line.cue.id == cue.id for line in self._open.values()):
            raise InputError(f"a line {cue.id!r} is being spoken: every line needs an id of its own")
        try:
            cue.check()
        except InputError as error:
            self._ready.append(Failed(cue.id, error.code, error.message, error.fields))
            return
        self._ensure_open()
        self._send(_Open(with_readings(cue, user_dictionary(self._link.home)), fresh))

    def stop(self, cue: str | None = None) -> None:
        """Stops a line, or all of them: each has the event Stopped, unless its outcome is on its way already."""
        for line in self._open.values():
            if cue is None or line.cue.id == cue:
                self._cancel(line.id)

    def receive(self) -> LiveEvent | None:
        """Waits for the next event; None after ``wake``. The last event of a line is TakeReady, Attention, Failed or
        Stopped. Raises DaemonError when the daemon was stopped or cannot be kept."""
        while not self._ready:
            if not self._id:
                self._link.rest()
                return None
            try:
                received = self._link.receive()
            except LostError as error:
                self._recover(error)
                continue
            if received is None:
                return None
            self._take(received)
        return self._ready.popleft()

    def events(self) -> Iterator[LiveEvent]:
        """What becomes of the lines said so far, until each has its last event."""
        while self._open or self._ready:
            event = self.receive()
            if event is not None:
                yield event

    def wake(self) -> None:
        """Has ``receive`` return None. Safe in any thread and signal handler."""
        self._link.wake()

    def close(self) -> None:
        """Stops what is being spoken and ends the session. Does nothing the second time."""
        if self._id:
            self._cancel(self._id)
        self._id = ""
        self._open.clear()

    def _ensure_open(self) -> None:
        if self._id:
            return
        if self._lost:
            self._link.reconnect()
            self._lost = False
        self._id = new_id()
        self._link.send(encode(OpenLive(id=self._id, output=self._output, voices=len(self._voices))))
        for name, content in self._voices.items():
            self._link.send(encode(SendVoice(id=new_id(), batch=self._id, name=name), (content,)))

    def _send(self, line: _Open) -> None:
        line.id = new_id()
        self._open[line.id] = line
        self._link.send(encode(SayLine(id=line.id, live=self._id, cue=to_plain(line.cue), fresh=line.fresh)))

    def _cancel(self, id: str) -> None:
        with contextlib.suppress(zmq.ZMQError):
            self._link.tell(encode(Cancel(id=new_id(), batch=id)))

    def _take(self, received: Received) -> None:
        message = received.message
        if isinstance(message, Error) and (received.id in self._open or received.id == self._id):
            raise error_of(message)
        line = self._open.get(received.id)
        if line is None:
            return
        cue = line.cue.id
        if isinstance(message, CueStarted):
            if not line.started:
                self._ready.append(Started(cue))
            line.begun = line.started = True
        elif isinstance(message, PieceMade):
            self._fruitless = 0
            # A daemon that took the place of one that died makes the same line from its beginning.
            new = received.frames[0][max(0, line.heard - message.start_sample) * _BYTES :]
            if new:
                self._ready.append(Piece(cue, line.heard, new))
                line.heard += len(new) // _BYTES
        elif isinstance(message, TakeMade):
            self._settle(line, TakeReady(message.take, received.frames[0], message.cached))
        elif isinstance(message, AttentionNeeded):
            self._settle(line, Attention(cue, message.code, message.fields))
        elif isinstance(message, CueFailed):
            self._settle(line, Failed(cue, message.code, message.message, message.fields))
        elif isinstance(message, BatchDone):
            if message.reason == "stopped":
                raise DaemonError("the daemon was stopped: run the command again for the lines that are left")
            self._settle(line, Stopped(cue))

    def _settle(self, line: _Open, event: LiveEvent) -> None:
        del self._open[line.id]
        self._link.send(encode(Acknowledge(id=new_id(), batch=line.id, sequence=1)))
        self._ready.append(event)

    def _recover(self, error: LostError) -> None:
        """After a daemon's death. Without a line in hand nothing is started: the next line does that."""
        self._id = ""
        if not self._open:
            self._lost = True
            return
        self._fruitless += 1
        if self._fruitless == _FRUITLESS_DAEMONS:
            raise DaemonError(
                f"{self._fruitless} daemons in a row were lost before they spoke ({error}); "
                f"the log is {self._link.home.log_file}"
            )
        self._link.reconnect()
        lines, self._open = list(self._open.values()), {}
        self._ensure_open()
        for line in lines:
            line.deaths += line.begun
            line.begun = False
            if line.deaths > _MOST_DEATHS:
                message = f"the daemon died {line.deaths} times at this line: change the line, or leave it out"
                self._ready.append(Failed(line.cue.id, "internal", message))
            else:
                self._send(line)
