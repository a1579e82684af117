"""Lines from a reader to the daemon, and their sound to where it goes: in the order in which they came."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Protocol

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Attention, Failed, LiveEvent, Piece, Stopped, TakeReady
from framevox.engine_daemon.client.live import LiveSession
from framevox.engine_daemon.client.wording import say_attention, say_error, say_failure, say_take
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.plugin.cli import exits
from framevox.plugin.cli.live_cues import MOST_BYTES, Preset, Said, read_said

_WAITING = 256
"""How many lines are read ahead."""


class Sink(Protocol):
    """Where the sound of lines goes."""

    def piece(self, id: str, piece: Piece) -> None:
        """The next samples of a line."""

    def ended(self, id: str, status: str, message: str, take: TakeReady | None = None, text: str = "") -> None:
        """A line is over: ``placed``, ``attention``, ``failed`` or ``stopped``. ``take`` is what was placed, of
        the line ``text``."""

    def interrupt(self) -> None:
        """Another line takes over: what was not heard yet is dropped."""

    def is_full(self) -> bool:
        """Whether so much waits to be heard that the next line can wait; whoever hears it wakes the session then."""


@contextlib.contextmanager
def opened(preset: Preset, sample_rate: int) -> Iterator[LiveSession]:
    """A session with the preset's voices, in which a word was spoken unheard. Raises InputError and DaemonError."""
    with Client.connect(say=exits.say) as client, client.live(preset.output(sample_rate), voices=preset.voices) as live:
        try:
            live.say(preset.warm_cue(), fresh=True)
            for event in live.events():
                if isinstance(event, Attention):
                    raise InputError(say_attention(event, frames=False))
                if isinstance(event, Failed):
                    kind = DaemonError if event.code in ("engine", "cache", "internal") else InputError
                    raise kind(say_failure(event, preset.files), code=event.code)
        except FramevoxError as error:
            raise type(error)(f"preset {preset.name}: {say_error(error, preset.files)}", code=error.code) from None
        yield live


def warmed(preset: Preset) -> None:
    """Speaks a word with a preset, unheard: what its voice needs is made and kept. Raises as ``opened`` does."""
    with opened(preset, preset.output(48000).sample_rate):
        pass


class LineReader:
    """Lines from a file descriptor, read in a thread of its own. ``next`` gives them with their numbers."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: Queue[tuple[int, bytes]] = Queue(_WAITING)
        self._closed = threading.Event()
        self._stops = 0
        self._stops_taken = 0
        self._wake: Callable[[], None] = lambda: None

    def start(self, wake: Callable[[], None]) -> None:
        """Begins to read; ``wake`` is called when there is a line, and when there will be no more."""
        self._wake = wake
        threading.Thread(target=self._run, name="lines", daemon=True).start()

    @property
    def waiting(self) -> bool:
        return not self._lines.empty()

    @property
    def ended(self) -> bool:
        """Whether the input is at its end and every line was taken."""
        return self._closed.is_set() and self._lines.empty()

    @property
    def says_stop(self) -> bool:
        """Whether one of the waiting lines asks for silence."""
        return self._stops > self._stops_taken

    def next(self) -> tuple[int, bytes]:
        """The next line and its number, from 1. There must be one ``waiting``."""
        number, line = self._lines.get_nowait()
        self._stops_taken += _says_stop(line)
        return number, line

    def _run(self) -> None:
        # Not by sys.stdin: a thread that waits in it keeps Python from ending.
        number, rest = 0, b""
        try:
            while chunk := os.read(self._descriptor, 2**16):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    number += 1
                    self._put(number, line)
                rest = rest[: MOST_BYTES + 1]  # of what is no line, enough to say so
            if rest:
                self._put(number + 1, rest)
        except OSError as error:
            exits.complain(f"standard input cannot be read any more ({error.strerror})")
        self._closed.set()
        self._wake()

    def _put(self, number: int, line: bytes) -> None:
        self._stops += _says_stop(line)
        self._lines.put((number, line))
        self._wake()


def _says_stop(line: bytes) -> bool:
    with contextlib.suppress(InputError):
        return b"stop" in line and line.lstrip().startswith(b"{") and read_said(line, 0).stop
    return False


class Talk:
    """Has the lines of a reader spoken, one after the other; with ``barge_in`` each stops the one before it."""

    def __init__(self, live: LiveSession, preset: Preset, reader: LineReader, sink: Sink, *, barge_in: bool) -> None:
        self._live, self._preset, self._reader, self._sink = live, preset, reader, sink
        self._barge_in = barge_in
        self._running: Said | None = None
        self._stopping = False
        self.unspoken = 0
        """How many lines need attention, or failed."""

    def run(self) -> None:
        """Returns after the last line. Raises what ``LiveSession.receive`` raises, and OSError of the sink."""
        self._reader.start(self._live.wake)
        while True:
            while self._running is None and self._reader.waiting and (self._overtaken or not self._sink.is_full()):
                self._begin(*self._reader.next())
            if self._running is None and self._reader.ended:
                return
            event = self._live.receive()
            if event is not None:
                self._take(event)
            elif self._overtaken and self._running and not self._stopping:
                self._stopping = True
                self._live.stop()
                self._sink.interrupt()

    @property
    def _overtaken(self) -> bool:
        """Whether a line is not to be heard any more, because of one that waits."""
        return self._reader.says_stop or (self._barge_in and self._reader.waiting)

    def _begin(self, number: int, content: bytes) -> None:
        if self._barge_in:
            self._sink.interrupt()
        if self._overtaken:
            self._sink.ended(str(number), "stopped", "")
            return
        if len(content) > MOST_BYTES:
            self._failed(str(number), f"line {number}: it is longer than {MOST_BYTES // 2**20} MiB: split it")
            return
        name = str(number)
        try:
            said = read_said(content, number)
            name = said.id
            if said.stop:
                self._sink.interrupt()
                return
            cue = self._preset.cue(said)
        except InputError as error:
            self._failed(name, f"line {number}: {error}")
            return
        self._running, self._stopping = said, False
        self._live.say(cue)

    def _failed(self, id: str, message: str) -> None:
        self.unspoken += 1
        self._sink.ended(id, "failed", message)

    def _take(self, event: LiveEvent) -> None:
        if self._running is None:
            return
        id = self._running.id
        if isinstance(event, Piece):
            if not self._stopping:
                self._sink.piece(id, event)
            return
        if isinstance(event, TakeReady):
            message = say_take(event.take, frames=False)
            if self._stopping:
                self._sink.ended(id, "stopped", message)
            else:
                self._sink.ended(id, "placed", message, event, self._running.text)
        elif isinstance(event, Attention):
            self.unspoken += 1
            self._sink.ended(id, "attention", f"line {id}: {say_attention(event, frames=False)}")
        elif isinstance(event, Failed):
            self._failed(id, f"line {id}: {say_failure(event, self._preset.files)}")
        elif isinstance(event, Stopped):
            self._sink.ended(id, "stopped", "")
        else:
            return
        self._running = None
