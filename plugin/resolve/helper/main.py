"""``framevox bridge``: between what runs inside an editing host, in lines of JSON, and the daemon.

The host knows clips and frames as its program gives them; what they mean (rates, lines, characters, cues, files) is
decided here, where our packages are. See docs/resolve-bridge.md.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from framevox.engine_daemon.captions import read_caption
from framevox.engine_daemon.client import Client, which_engine
from framevox.engine_daemon.client.disk import DiskError, folder_name, make_folder, store_media, write_new
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.protocol.connection import Home, private_folder
from framevox.engine_daemon.protocol.cues import Output
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.engine_daemon.protocol.messages import MAX_CUES, Attention, Done, Failed, Started, TakeReady
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.plugin.common.explain import explain
from framevox.plugin.resolve.helper.lines import (
    Line,
    Timeline,
    file_name,
    is_default_track,
    is_unclear,
    timecode_frame,
    timeline_rate,
)

PROTOCOL = 1
ALIVE_SECONDS = 1.0
SAMPLE_RATE = 48000
HANDLES = 12
_CLONES = "indextts2"


class Bridge:
    """One conversation. ``write`` sends a message to the host; ``ask`` and ``cancel`` are called with what it sent."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        self._write = write
        self._lines: dict[str, Line] = {}
        self._timeline: Timeline | None = None
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
            "export": self._export,
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
            self._write({"re": number, "answer": "error", "message": self._files.as_written(explain(error))})
        else:
            self._write({"re": number, "answer": what, **answer})

    def _hello(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        from importlib.metadata import version

        return {"protocol": PROTOCOL, "framevox": version("framevox")}

    def _rate(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        fps = Rate.parse(str(message["text"]), drop_frame=False).fps
        return {"numerator": fps.numerator, "denominator": fps.denominator}

    def _frame(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        return {
            "frame": timecode_frame(str(message["timecode"]), timeline_rate(message["rate"], message["drop_frame"]))
        }

    def _enrol(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        from framevox.engine_daemon.audio.clips import SUFFIX, cut_clip, voice_name

        if is_default_track(message["name"]):
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
        return {"name": name, "file": str(path), "seconds": seconds, "message": _how_to_speak_with(name, self._note)}

    def _export(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        folder = project_folder(message["settings"], message["project"])
        make_folder(folder)
        name = folder_name(str(message["timeline"]), "timeline")
        for version in itertools.count(1):
            stem = name if version == 1 else f"{name}_v{version}"
            file, filled = folder / f"{stem}.otio", folder / f"{stem}-filled.otio"
            if not file.exists() and not filled.exists():
                break
        return {"file": str(file.absolute()), "filled": str(filled.absolute())}

    def _plan(self, message: Mapping[str, Any], number: Any) -> dict[str, Any]:
        from framevox.otio_adapters import whole_handles

        settings = message["settings"]
        self._timeline = timeline = Timeline.read(message["timeline"])
        clip_rate = timeline.clip_rate
        self._output = Output(SAMPLE_RATE, whole_handles(HANDLES, clip_rate, SAMPLE_RATE), settings["loudness"])
        self._output.check()
        self._folder = project_folder(settings, message["project"])
        self._lines = {}
        cues, problems, left, dialogues = [], [], [], []
        for item in message["items"]:
            try:
                line = timeline.line(item, settings, self._files)
            except InputError as error:
                problems.append(f"{timeline.where(item)}: {error}")
                continue
            if line is None:
                if is_unclear(item):
                    left.append(item)
                continue
            self._lines[line.cue.id] = line
            if read_caption(item["text"]).is_unnamed_dialogue:
                dialogues.append(item)
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
        cues.sort(key=lambda cue: cue["start"])
        warnings = timeline.overlaps([self._lines[cue["cue"]] for cue in cues])
        if left:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            warnings.append(
                f"{timeline.where(left[0])}, “{left[0]['text']}”{more}: without media, and with a name that does not "
                "read as a line, so nothing is spoken for it; write who speaks in front (ALICE: …), or end it with a "
                "full stop, if it is one"
            )
        if dialogues:
            more = f" and {len(dialogues) - 1} more" if len(dialogues) > 1 else ""
            warnings.append(
                f"{timeline.where(dialogues[0])}{more}: two people speak in it, unnamed, so one voice speaks "
                "both; write who speaks in front of each line (ALICE: …) and split it, if that is not meant"
            )
        playhead = None if message["playhead"] is None else timecode_frame(str(message["playhead"]), timeline.rate)
        return {"cues": cues, "problems": problems, "warnings": warnings, "playhead": playhead}

    def _asked(self, one: Mapping[str, Any]) -> Line:
        line = self._lines[one["cue"]]
        cue = replace(line.cue, take_number=one["take"])
        if one["slot"] is not None and self._timeline is not None:
            start, duration = self._timeline.slot(*one["slot"])
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
                        warnings += map(self._files.as_written, event.warnings)
                        counts = {key: counts[key] + event.counts[key] for key in counts}
                    elif (told := self._event(event, named)) is not None:
                        self._write({"re": number, **told})
                    if self._cancelled.is_set():
                        client.cancel()
                if reason != "finished":
                    break
        self._cancelled.clear()
        return {"reason": reason, "counts": counts, "warnings": warnings}

    def _note(self, text: str) -> None:
        self._write({"event": "note", "text": text})

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Client]:
        with Client.connect(say=self._note) as client:
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
                "message": self._files.as_written(take.message),
            }
        if isinstance(event, (Attention, Failed)):
            kind = "attention" if isinstance(event, Attention) else "failed"
            return {"event": kind, "cue": event.cue, "message": self._files.as_written(event.message)}
        return None


def project_folder(settings: Mapping[str, Any], project: Any) -> Path:
    """Where the files of a project go."""
    folder = Path(settings["media_dir"] or Path.home() / "Framevox").expanduser()
    return folder / folder_name(str(project), "project")


def _running_engine() -> str | None:
    try:
        with Client.connect(start=False) as client:
            return str(client.status()["engine"])
    except DaemonError:
        return None


def _how_to_speak_with(name: str, say: Callable[[str], None]) -> str:
    """What to do so that the voice ``name``, a clip, is spoken with; empty where nothing is."""
    engine, clones = _running_engine(), False
    if engine is None:
        choice = which_engine(say=say)
        engine, clones = choice["engine"], choice["clones"]
    if clones or engine == _CLONES:
        return ""
    return (
        f"the engine {engine} does not clone: “{name}” will be an approximate voice, the nearest that it can make; to "
        f"clone it, run `framevox stop` and then `framevox serve --engine {_CLONES}` in a terminal"
    )


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
