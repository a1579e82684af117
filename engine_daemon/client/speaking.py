"""Cues to the daemon, takes to disk as they arrive: what every host does with a list of lines."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from msgspec import structs

from framevox.engine_daemon.client.client import Client
from framevox.engine_daemon.client.events import Accepted, Attention, Done, Event, Failed, TakeReady
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.launch import Say, said_if_slow, silent
from framevox.engine_daemon.client.wording import say_attention, say_failure, say_take
from framevox.engine_daemon.protocol.cues import Cue, Output, Take
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
from framevox.engine_daemon.protocol.messages import MAX_CUES
from framevox.engine_daemon.protocol.timebase import format_timecode

Status = Literal["placed", "attention", "failed"]
STATUSES: tuple[Status, ...] = ("placed", "attention", "failed")


class CancelledError(FramevoxError):
    """The batch was cancelled; the message says what was kept and how to go on."""

    code = "cancelled"


@dataclass(frozen=True)
class Line:
    """A cue and what only the host knows of it: its track, and the option that named its voice, if one did."""

    cue: Cue
    track: str | None = None
    voice_option: str = ""


@dataclass(frozen=True)
class Result:
    """What came of one cue. ``take`` and ``media`` are there when it was placed, else ``message`` says why not."""

    cue: Cue
    track: str | None
    status: Status
    message: str = ""
    take: Take | None = None
    media: Path | None = None
    cached: bool = False
    attention: Attention | None = None
    """The figures, where the line needs attention."""


Keep = Callable[[Cue, Take, bytes], Path]
"""Puts a take's file in its place, and says where that is."""


def speak_lines(
    client: Client,
    lines: Sequence[Line],
    output: Output,
    files: VoiceFiles,
    keep: Keep,
    *,
    frames: bool = True,
    say: Say = silent,
    on_result: Callable[[Result], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Has every line spoken, keeps each take as it arrives, and returns the results in the lines' order.

    ``frames`` False leaves frames out of messages, for a user who counts in seconds. ``say`` is given a sentence for
    the user when the first line takes long.

    Raises CancelledError after ``client.cancel()`` (what is finished by then is kept), InputError for a voice that an
    option names and that does not exist, and DaemonError when the daemon was stopped or cannot be kept.
    """
    results: dict[str, Result] = {}
    by_id = {line.cue.id: line for line in lines}

    def settle(event: Event) -> None:
        if isinstance(event, TakeReady):
            line = by_id[event.take.cue]
            media = keep(line.cue, event.take, event.media)
            take = structs.replace(event.take, voice=files.spec_as_written(event.take.voice))
            result = Result(line.cue, line.track, "placed", say_take(take, frames=frames), take, media, event.cached)
        elif isinstance(event, Attention):
            line = by_id[event.cue]
            message = say_attention(event, frames=frames)
            result = Result(line.cue, line.track, "attention", message, attention=event)
        elif isinstance(event, Failed):
            line, message = by_id[event.cue], say_failure(event, files)
            if event.code == "unknown-voice" and line.voice_option:
                raise InputError(f"{line.voice_option}: {message}")
            if event.code == "unknown-voice":
                message = f'metadata["framevox"]: {message}'
            result = Result(line.cue, line.track, "failed", message)
        else:
            return
        cue = structs.replace(line.cue, voice=files.spec_as_written(line.cue.voice))
        result = replace(result, cue=cue)
        results[line.cue.id] = result
        on_result(result)

    with said_if_slow(say, "Loading the speech model; the first time it is prepared, once") as spoken:
        for first in range(0, len(lines), MAX_CUES):
            cues = [line.cue for line in lines[first : first + MAX_CUES]]
            # Closing the iterator cancels the batch, whatever ends the loop.
            with contextlib.closing(_events(client, cues, output, files.content)) as events:
                for event in events:
                    if not isinstance(event, Accepted):
                        spoken()
                    settle(event)
                    if isinstance(event, Done):
                        for warning in event.warnings:
                            on_warning(warning)
                        _check_done(event, len(results), len(lines))
    return [results[line.cue.id] for line in lines]


def _events(
    client: Client, cues: Sequence[Cue], output: Output, voices: Mapping[str, bytes]
) -> Generator[Event, None, None]:
    # A generator of our own, because what Client.render returns need not have close().
    yield from client.render(cues, output, voices=voices)


def _check_done(done: Done, finished: int, total: int) -> None:
    """Raises CancelledError or DaemonError when the batch ended before its time."""
    kept = f"{finished} of {total} lines are done and their takes kept; nothing else was written: run the same command "
    again = "again, and only the rest is made"
    if done.reason == "cancelled":
        raise CancelledError(kept + again)
    if done.reason == "stopped":
        raise DaemonError(f"the daemon was stopped; {kept}{again}")


def timecode(cue: Cue) -> str:
    """The timecode of the frame in which a cue's slot begins."""
    return format_timecode(int(cue.origin + cue.start), cue.rate)


def counts(results: Sequence[Result]) -> dict[str, int]:
    """How many cues ended in which way; every way is there, with 0 where none did."""
    found = Counter(result.status for result in results)
    return {status: found[status] for status in STATUSES}


def counts_line(results: Sequence[Result]) -> str:
    """``12 cues: 11 placed, 1 needs attention``."""
    number = counts(results)
    parts = [f"{number['placed']} placed"]
    if number["attention"]:
        parts.append(f"{number['attention']} {'needs' if number['attention'] == 1 else 'need'} attention")
    if number["failed"]:
        parts.append(f"{number['failed']} failed")
    return f"{len(results)} {'cue' if len(results) == 1 else 'cues'}: {', '.join(parts)}"
