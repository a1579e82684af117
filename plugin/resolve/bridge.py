"""``framevox bridge``: between what runs inside an editing host, in lines of JSON, and the daemon.

The host knows clips and frames as its program gives them; what they mean (rates, lines, characters, cues, files) is
decided here, where our packages are. See docs/resolve-bridge.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from engine_daemon.client import Client
from engine_daemon.protocol.connection import Home, private_folder
from engine_daemon.protocol.cues import Cue, Fit, Output, Take
from engine_daemon.protocol.errors import DaemonError, InputError
from engine_daemon.protocol.messages import MAX_CUES, Attention, Done, Failed, Started, TakeReady
from engine_daemon.protocol.timebase import Frames, Rate, format_timecode, parse_timecode
from plugin.cli.casting import VoiceFiles
from plugin.cli.exits import explain
from plugin.cli.media import DiskError, make_folder, slug, store_media, write_new
from plugin.cli.options import parse_fit

PROTOCOL = 1
ALIVE_SECONDS = 1.0
SAMPLE_RATE = 48000
HANDLES = 12
_TAKE_DIGITS = 12
_OVERLAPS = 5
"""How many overlaps are told one by one."""

_TAGS = re.compile(r"<[^<>]{1,200}>|\{\\[^{}]{1,200}\}")
_SOUNDS = re.compile(r"\[[^\[\]]*\]|【[^【】]*】|[♪♫♬][^♪♫♬]*[♪♫♬]?")
_ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]\s*")
_DEFAULT_TRACK = re.compile(
    r"(?:audio|subtitle|video|track|音频|字幕|オーディオ|オーディオトラック|字幕トラック)\s*\d*", re.IGNORECASE
)


@dataclass(frozen=True)
class Line:
    """A cue as the daemon gets it, and what its file is named after: absolute timeline frames.

    They are those of its placeholder, also where the editor has its take lie elsewhere.
    """

    cue: Cue
    start: int
    duration: int


class Bridge:
    """One conversation. ``write`` sends a message to the host; ``ask`` and ``cancel`` are called with what it sent."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        self._write = write
        self._lines: dict[str, Line] = {}
        self._origin, self._factor = 0, Fraction(1)
        self._files = VoiceFiles()
        self._folder = Path()
        self._output = Output()
        self._client: Client | None = None
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ends what is being spoken. From any thread."""
        self._cancelled.set()
        if self._client is not None:
            self._client.cancel()

    def answer(self, message: Mapping[str, Any]) -> None:
        """Carries out one question, and answers it once."""
        number, what = message.get("id"), message.get("ask")
        asks: dict[Any, Callable[[Mapping[str, Any], Any], dict[str, Any]]] = {
            "hello": self._hello,
            "rate": self._rate,
            "frame": self._frame,
            "enrol": self._enrol,
            "plan": self._plan,
            "speak": self._speak,
        }
        try:
            if what not in asks:
                raise InputError(f"the helper knows no question {what!r}: run `framevox resolve install` again")
            answer = asks[what](message, number)
        except DiskError as error:
            says = (
                f"{error.problem}: free some space, or set “media_dir” in Framevox's settings to a folder that can be "
                "written, and run the entry again"
            )
            self._write({"re": number, "answer": "error", "message": says})
        except Exception as error:
            self._write({"re": number, "answer": "error", "message": explain(error)})
        else:
            self._write({"re": number, "answer": what, **answer})

    def _hello(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        from importlib.metadata import version

        return {"protocol": PROTOCOL, "framevox": version("framevox")}

    def _rate(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        fps = Rate.parse(str(message["text"]), drop_frame=False).fps
        return {"numerator": fps.numerator, "denominator": fps.denominator}

    def _frame(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        return {"frame": _timecode(str(message["timecode"]), timeline_rate(message["rate"], message["drop_frame"]))}

    def _enrol(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        from engine_daemon.enrol import SUFFIX, cut_clip, voice_name, who_clones

        if _DEFAULT_TRACK.fullmatch(message["name"].strip()):
            raise InputError(f"a voice called {message['name']!r} says nobody's name: name the track after who speaks")
        name = voice_name(message["name"])
        folder = Home.find().voices
        taken = folder.is_dir() and any(path.stem.lower() == name.lower() for path in folder.iterdir())
        if taken:
            raise InputError(f"there is a voice “{name}” already: choose another name, or delete its file in {folder}")
        sound, seconds = cut_clip(Path(message["file"]), Fraction(*message["start"]), Fraction(*message["duration"]))
        private_folder(folder)
        path = folder / f"{name}{SUFFIX}"
        write_new(path, sound)
        return {"name": name, "file": str(path), "seconds": seconds, "message": who_clones(name, _running_engine())}

    def _plan(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        from otio_adapters import whole_handles

        told, settings = message["timeline"], message["settings"]
        rate = timeline_rate(told["rate"], told["drop_frame"])
        clip_rate = Rate.parse(str(told["project_rate"]), drop_frame=False)
        if clip_rate.fps == rate.fps:
            clip_rate = rate
        # Cues are counted in frames of the clip that the file becomes, for its handles must be whole frames there.
        self._origin, self._factor = int(told["start"]), clip_rate.fps / rate.fps
        self._output = Output(SAMPLE_RATE, whole_handles(HANDLES, clip_rate, SAMPLE_RATE), settings["loudness"])
        self._output.check()
        folder = Path(settings["media_dir"] or Path.home() / "Framevox").expanduser()
        self._folder = folder / (slug(str(message["project"])) or "project")
        self._lines = {}
        cues, problems = [], []
        for item in message["items"]:
            try:
                line = self._line(item, clip_rate, settings)
            except InputError as error:
                problems.append(f"{_where(item, rate)}: {error}")
                continue
            if line is None:
                continue
            self._lines[line.cue.id] = line
            cues.append(
                {
                    "cue": line.cue.id,
                    "key": item["key"],
                    "text": line.cue.text,
                    "character": line.cue.character,
                    "start": line.start,
                    "duration": line.duration,
                }
            )
        if not cues and not problems:
            raise InputError(
                "there are no placeholders on this timeline: add captions, markers with a length and a note, or empty "
                "audio clips named with a line"
            )
        cues.sort(key=lambda cue: cue["start"])
        warnings = _overlaps([self._lines[cue["cue"]] for cue in cues], rate)
        playhead = None if message["playhead"] is None else _timecode(str(message["playhead"]), rate)
        return {"cues": cues, "problems": problems, "warnings": warnings, "playhead": playhead}

    def _line(self, item: Mapping[str, Any], clip_rate: Rate, settings: Mapping[str, Any]) -> Line | None:
        """The line of a placeholder; None for a clip whose name is no line. Raises InputError."""
        from otio_adapters.lines import is_default_marker_name, is_file_name, split_character

        if item["kind"] == "clip" and (is_file_name(item["text"]) or not item["text"].strip()):
            return None
        start, duration = Fraction(*item["start"]), Fraction(*item["duration"])
        if start.denominator != 1 or duration.denominator != 1:
            raise InputError("it begins or ends inside a frame: trim it to whole frames")
        character, text = split_character(spoken_text(item["text"]))
        if not text:
            raise InputError("it describes a sound and has nothing to say: write a line, or leave it as it is")
        if not character and item["kind"] == "marker" and not is_default_marker_name(item["name"]):
            character = " ".join(item["name"].split())
        if not character and not _DEFAULT_TRACK.fullmatch(item["track"].strip()):
            character = " ".join(item["track"].split())
        place = self._slot(int(start), int(duration))
        voice = settings["voices"].get(character, settings["voice"])
        cue = Cue(
            id="fv-" + hashlib.blake2b(str(item["key"]).encode(), digest_size=8).hexdigest(),
            text=text,
            rate=clip_rate,
            start=place[0],
            duration=place[1],
            origin=_whole(self._origin * self._factor),
            character=character[:200],
            voice=self._files.resolve(str(voice), Path.home()),
            language=settings["language"],
            fit=_fit(settings["fit"]),
        )
        cue.check()
        return Line(cue, int(start), int(duration))

    def _slot(self, start: int, duration: int) -> tuple[Frames, Frames]:
        """A cue's start and duration, of absolute timeline frames."""
        return _whole((start - self._origin) * self._factor), _whole(duration * self._factor)

    def _asked(self, one: Mapping[str, Any]) -> Line:
        line = self._lines[one["cue"]]
        cue = replace(line.cue, take_number=one["take"])
        if one["slot"] is not None:
            start, duration = self._slot(*one["slot"])
            cue = replace(cue, start=start, duration=duration)
        cue.check()
        return Line(cue, *(one["name"] or (line.start, line.duration)))

    def _speak(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        lines = [self._asked(one) for one in message["cues"]]
        named = {line.cue.id: line for line in lines}
        make_folder(self._folder)
        counts = {"placed": 0, "attention": 0, "failed": 0, "cancelled": 0}
        reason = "finished"
        warnings: list[str] = []
        with self._connected() as client:
            for first in range(0, len(lines), MAX_CUES):
                cues = [line.cue for line in lines[first : first + MAX_CUES]]
                for event in client.render(cues, self._output, voices=self._files.content):
                    if isinstance(event, Done):
                        reason = event.reason
                        warnings += event.warnings
                        counts = {key: counts[key] + event.counts[key] for key in counts}
                    elif (told := self._event(event, named)) is not None:
                        self._write({"re": number, **told})
                    if self._cancelled.is_set():
                        client.cancel()
                if reason != "finished":
                    break
        self._cancelled.clear()
        return {"reason": reason, "counts": counts, "warnings": warnings}

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Client]:
        with Client.connect() as client:
            self._client = client
            try:
                yield client
            finally:
                self._client = None

    def _event(self, event: object, lines: Mapping[str, Line]) -> dict[str, Any] | None:
        if isinstance(event, Started):
            return {"event": "started", "cue": event.cue}
        if isinstance(event, TakeReady):
            take = event.take
            path = store_media(self._folder, file_name(take, lines[take.cue]), event.media)
            return {
                "event": "take",
                "cue": take.cue,
                "file": str(path.absolute()),
                "head": take.media_slot_start_sample,
                "sample_rate": take.sample_rate,
                "message": take.message,
            }
        if isinstance(event, Attention):
            return {"event": "attention", "cue": event.cue, "message": event.message}
        if isinstance(event, Failed):
            return {"event": "failed", "cue": event.cue, "message": event.message}
        return None


def file_name(take: Take, line: Line) -> str:
    """Who speaks, where it belongs, its cue, which take, and its content: ``Alice_f86472-60_fv-…_t1_3f9a2b7c01d4.wav``.

    The host finds takes again by this name, and sees by its frames whether the editor moved them.
    """
    who = slug(line.cue.character) or "line"
    content = slug(take.id)[:_TAKE_DIGITS]
    return f"{who}_f{line.start}-{line.duration}_{take.cue}_t{line.cue.take_number}_{content}.{take.format}"


def timeline_rate(told: str, drop_frame: bool) -> Rate:
    """The rate of a timeline as Resolve writes it: ``23.976``, ``29.97 DF``, ``25``. Raises InputError."""
    rate = Rate.parse(told, drop_frame=False)
    possible = rate.fps.denominator == 1001 and rate.nominal in (30, 60)
    return Rate(rate.fps, possible and (drop_frame or told.upper().endswith(" DF")))


def spoken_text(caption: str) -> str:
    """A caption without its markup and its descriptions of sounds; empty where nothing else is in it."""
    text = _SOUNDS.sub(" ", _TAGS.sub("", caption))
    if _ASIDE.fullmatch(text):
        return ""
    text = " ".join(text.split())
    return text if any(character.isalnum() for character in text) else ""


def _running_engine() -> str | None:
    try:
        with Client.connect(start=False) as client:
            return str(client.status()["engine"])
    except DaemonError:
        return None


def _timecode(text: str, rate: Rate) -> int:
    # The sign before the frames says whether the text is drop-frame, whatever the setting said.
    return parse_timecode(text, Rate(rate.fps, ";" in text))


def _fit(text: str) -> Fit:
    return parse_fit(str(text))


def _whole(value: Fraction) -> Frames:
    return value.numerator if value.denominator == 1 else value


def _overlaps(lines: Sequence[Line], rate: Rate) -> list[str]:
    """One sentence for each line, in order of their starts, that begins while its character still speaks another."""
    found = []
    last: dict[str, Line] = {}
    for line in lines:
        who, before = line.cue.character, last.get(line.cue.character)
        if before is not None and line.start < before.start + before.duration:
            here, there = (format_timecode(one.start, rate) for one in (line, before))
            found.append(
                f"{who or 'the line'} at {here} overlaps the line at {there}: both are spoken, on tracks of their own; "
                "move or shorten one of them if that is not meant"
            )
        if before is None or line.start + line.duration > before.start + before.duration:
            last[who] = line
    more = len(found) - _OVERLAPS
    return [*found[:_OVERLAPS], f"{more} more lines overlap others of their characters"] if more > 0 else found


def _where(item: Mapping[str, Any], rate: Rate) -> str:
    kind = {"caption": "the caption", "marker": "the marker", "clip": "the clip"}[item["kind"]]
    return f"{kind} at {format_timecode(int(Fraction(*item['start'])), rate)}"


def main() -> None:
    """Answers the host on standard input and output until its input ends."""
    # Only messages may come out here, whatever a library prints.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    serve(sys.stdin.buffer, out)


def serve(source: IO[bytes], out: IO[bytes]) -> None:
    """One conversation over two streams."""
    lock = threading.Lock()

    def write(message: Mapping[str, Any]) -> None:
        line = (json.dumps(message) + "\n").encode("ascii")
        with lock:
            try:
                out.write(line)
            except OSError:
                os._exit(0)  # the host is gone, and nobody is left to be told

    asked: queue.Queue[Mapping[str, Any]] = queue.Queue()
    bridge = Bridge(write)

    def read() -> None:
        for line in source:
            try:
                message = json.loads(line)
            except ValueError:
                write({"re": None, "answer": "error", "message": "that was no line of JSON"})
                continue
            if message.get("ask") == "cancel":
                bridge.cancel()
                write({"re": message.get("id"), "answer": "cancel"})
            elif message.get("ask") == "rate":
                bridge.answer(message)  # asked while lines are spoken, and needed to place them
            else:
                asked.put(message)
        # The host is gone. What the daemon speaks for us ends with our connection.
        os._exit(0)

    def live() -> None:
        while not stopped.wait(ALIVE_SECONDS):
            write({"event": "alive"})

    stopped = threading.Event()
    for work in (read, live):
        threading.Thread(target=work, daemon=True).start()
    while True:
        bridge.answer(asked.get())


if __name__ == "__main__":
    main()
