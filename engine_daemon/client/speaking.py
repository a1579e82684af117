"""Cues to the daemon, takes to disk as they arrive: what every host does with a list of lines."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from msgspec import structs

from framevox.engine_daemon.client.client import Client
from framevox.engine_daemon.client.events import Accepted, Attention, Done, Failed, Started, TakeReady
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.launch import Say, said_if_slow, silent
from framevox.engine_daemon.client.wording import say_attention, say_failure, say_take
from framevox.engine_daemon.protocol.cues import Cue, Output, Take
from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError, OptionError
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
    code: str = ""
    """The daemon's code for what went wrong, where the status is ``failed``."""
    attention: Attention | None = None
    """The figures, where the line needs attention."""


Keep = Callable[[Cue, Take, bytes], Path]
"""Puts a take's file in its place, and says where that is."""


def speak(
    client: Client,
    lines: Sequence[Line],
    output: Output,
    files: VoiceFiles,
    keep: Keep,
    *,
    frames: bool = True,
    say: Say = silent,
) -> Generator[Started | Result | Done, None, None]:
    """Has every line spoken, keeps each take as it arrives, and yields what becomes of the lines, in any order.

    They go to the daemon in as many batches as it takes. After each comes Done; where its reason is not "finished",
    nothing follows. Closing the iterator cancels what is not spoken yet. ``frames`` False leaves frames out of
    messages, for a user who counts in seconds. ``say`` is given a sentence for the user when the first line takes long.
    Raises what ``Client.render`` and ``keep`` raise.
    """
    by_id = {line.cue.id: line for line in lines}
    with said_if_slow(say, "Loading the speech model; the first time it is prepared, once") as begun:
        for first in range(0, len(lines), MAX_CUES):
            cues = [line.cue for line in lines[first : first + MAX_CUES]]
            reason = ""
            with contextlib.closing(client.render(cues, output, voices=_voices(cues, files))) as events:
                for event in events:
                    if isinstance(event, Accepted):
                        continue
                    begun()
                    if isinstance(event, Started):
                        yield event
                    elif isinstance(event, TakeReady):
                        yield _placed(by_id[event.take.cue], event, files, keep, frames)
                    elif isinstance(event, Done):
                        reason = event.reason
                        yield event
                    else:
                        yield _not_placed(by_id[event.cue], event, files, frames)
            if reason != "finished":
                return


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
    """Has every line spoken as ``speak`` does, and returns the results in the lines' order.

    Raises CancelledError after ``client.cancel()`` (what is finished by then is kept), InputError for a voice that an
    option names and that does not exist, and DaemonError when the daemon was stopped or cannot be kept.
    """
    results: dict[str, Result] = {}
    options = {line.cue.id: line.voice_option for line in lines}
    with contextlib.closing(speak(client, lines, output, files, keep, frames=frames, say=say)) as events:
        for event in events:
            if isinstance(event, Done):
                for warning in event.warnings:
                    on_warning(warning)
                _check_done(event, len(results), len(lines))
            elif isinstance(event, Result):
                if event.code == "unknown-voice":
                    option = options[event.cue.id]
                    if option:
                        kind = OptionError if option.startswith("--") else InputError
                        raise kind(f"{option}: {event.message}")
                    event = replace(event, message=f'metadata["framevox"]: {event.message}')
                results[event.cue.id] = event
                on_result(event)
    return [results[line.cue.id] for line in lines]


def _voices(cues: Sequence[Cue], files: VoiceFiles) -> dict[str, bytes]:
    return files.sent_with(spec for cue in cues for spec in (cue.voice, cue.emotion.voice if cue.emotion else ""))


def _placed(line: Line, event: TakeReady, files: VoiceFiles, keep: Keep, frames: bool) -> Result:
    media = keep(line.cue, event.take, event.media)
    take = structs.replace(event.take, voice=files.spec_as_written(event.take.voice))
    message = say_take(take, frames=frames)
    return Result(_as_written(line.cue, files), line.track, "placed", message, take, media, event.cached)


def _not_placed(line: Line, event: Attention | Failed, files: VoiceFiles, frames: bool) -> Result:
    cue = _as_written(line.cue, files)
    if isinstance(event, Failed):
        return Result(cue, line.track, "failed", say_failure(event, files), code=event.code)
    return Result(cue, line.track, "attention", say_attention(event, frames=frames), attention=event)


def _as_written(cue: Cue, files: VoiceFiles) -> Cue:
    return structs.replace(cue, voice=files.spec_as_written(cue.voice))


def _check_done(done: Done, finished: int, total: int) -> None:
    """Raises CancelledError or DaemonError when the batch ended before its time."""
    kept = (
        f"{finished} of {total} lines are done and their takes kept, nothing else was written: run the same command "
        "again, and only the rest is made"
    )
    if done.reason == "cancelled":
        raise CancelledError(kept)
    if done.reason == "stopped":
        raise DaemonError(f"the daemon was stopped; {kept}")


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
