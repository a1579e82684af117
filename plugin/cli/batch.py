"""Cues to the daemon, takes to disk as they arrive: what ``fill`` and ``speak`` have in common."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from framevox.engine_daemon.client import Client, said_if_slow
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.protocol.cues import Cue, Output, Take
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.engine_daemon.protocol.messages import MAX_CUES, Accepted, Attention, Done, Event, Failed, TakeReady
from framevox.plugin.cli.exits import CancelledError
from framevox.plugin.cli.report import Result
from framevox.plugin.cli.screen import Screen


@dataclass(frozen=True)
class Line:
    """A cue and what only the host knows of it. ``chosen`` says that its voice was named on the command line."""

    cue: Cue
    track: str | None = None
    chosen: bool = False


Keep = Callable[[Cue, Take, bytes], Path]
"""Puts a take's file in its place, and says where that is."""


def speak_lines(lines: Sequence[Line], output: Output, files: VoiceFiles, keep: Keep, screen: Screen) -> list[Result]:
    """Has every line spoken, keeps each take as it arrives, and returns the results in the lines' order.

    Raises CancelledError after Ctrl-C (what is finished by then is kept), InputError for a voice on the command line
    that does not exist, and DaemonError when the daemon was stopped or cannot be kept.
    """
    if not lines:
        return []
    results: dict[str, Result] = {}
    by_id = {line.cue.id: line for line in lines}

    def settle(event: Event) -> None:
        if isinstance(event, TakeReady):
            line = by_id[event.take.cue]
            media = keep(line.cue, event.take, event.media)
            take = replace(event.take, voice=files.as_written(event.take.voice))
            result = Result(line.cue, line.track, "placed", take.message, take, media, event.cached)
        elif isinstance(event, Attention):
            line = by_id[event.cue]
            result = Result(line.cue, line.track, "attention", event.message)
        elif isinstance(event, Failed):
            line, message = by_id[event.cue], files.as_written(event.message)
            if event.code == "unknown-voice" and line.chosen:
                raise InputError(f"--voice: {message}")
            if event.code == "unknown-voice":
                message = f'metadata["framevox"]: {message}'
            result = Result(line.cue, line.track, "failed", message)
        else:
            return
        result = replace(result, cue=replace(line.cue, voice=files.spec_as_written(line.cue.voice)))
        results[line.cue.id] = result
        screen.result(result)

    with (
        Client.connect(say=screen.say) as client,
        screen.bar(len(lines)),
        _cancelling(client),
        said_if_slow(screen.say, "Loading the speech model; the first time it is prepared, once") as spoken,
    ):
        for first in range(0, len(lines), MAX_CUES):
            cues = [line.cue for line in lines[first : first + MAX_CUES]]
            # Closing the iterator cancels the batch, whatever ends the loop.
            with contextlib.closing(_events(client, cues, output, files.content)) as events:
                for event in events:
                    if not isinstance(event, Accepted):
                        spoken()
                    settle(event)
                    if isinstance(event, Done):
                        _check_done(event, len(results), len(lines), screen)
    return [results[line.cue.id] for line in lines]


def _events(
    client: Client, cues: Sequence[Cue], output: Output, voices: Mapping[str, bytes]
) -> Generator[Event, None, None]:
    # A generator of our own, because what Client.render returns need not have close().
    yield from client.render(cues, output, voices=voices)


@contextlib.contextmanager
def _cancelling(client: Client) -> Iterator[None]:
    """Inside the block, Ctrl-C cancels the batch in good order; a second one gives up at once."""
    pressed = False

    def handle(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        client.cancel()

    # Windows has Ctrl-Break as well, and programs that stop another one can send only that.
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_done(done: Done, finished: int, total: int, screen: Screen) -> None:
    """Raises CancelledError or DaemonError when the batch ended before its time."""
    for warning in done.warnings:
        screen.say(f"note: {warning}")
    so_far = f"{finished} of {total} lines are done and their takes kept; nothing else was written"
    again = "Run the same command again, and only the rest is made"
    if done.reason == "cancelled":
        raise CancelledError(f"stopped by Ctrl-C: {so_far}. {again}")
    if done.reason == "stopped":
        raise DaemonError(f"the daemon was stopped: {so_far}. {again}")
