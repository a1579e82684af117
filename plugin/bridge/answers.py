"""What the helper answers to each question of the host.

The host knows clips and frames as Resolve gives them; what they mean (rates, lines, characters, cues, files) is decided
here, where our packages are.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from msgspec import structs

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.disk import DiskError, folder_name, make_folder, store_media
from framevox.engine_daemon.client.events import Done
from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.launch import Remark
from framevox.engine_daemon.client.speaking import Line, Result, speak
from framevox.engine_daemon.client.wording import say_error
from framevox.engine_daemon.project.casting import Choice, members
from framevox.engine_daemon.project.file import NAME, change_project
from framevox.engine_daemon.protocol.cues import Cue, Take
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.installation import installed_version
from framevox.engine_daemon.protocol.messages import COUNTS
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.plugin.bridge.enrolment import enrol
from framevox.plugin.bridge.film import project_folder
from framevox.plugin.bridge.host_timeline import timecode_frame, timeline_rate
from framevox.plugin.bridge.plan import Plan
from framevox.plugin.bridge.spoken_lines import file_name
from framevox.plugin.common.explain import explain, is_fault
from framevox.plugin.common.mouth import mouth_of

PROTOCOL = 3
"""The version of docs/bridge.md, which says when it rises."""

Question = Mapping[str, Any]


class Answers:
    """One conversation with a host. ``write`` sends it a message; ``answer`` and ``cancel`` are given what it asks."""

    def __init__(self, write: Callable[[Mapping[str, Any]], None]) -> None:
        self._write = write
        self._files = VoiceFiles()
        self._plan: Plan | None = None
        self._client: Client | None = None
        self._cancelled = threading.Event()
        self._remarks: list[str] = []
        """What the client remarked since ``speak`` was asked for."""
        self._asks: dict[Any, Callable[[Question], dict[str, Any]]] = {
            "hello": self._hello,
            "rate": self._rate,
            "frame": self._frame,
            "enrol": self._enrol,
            "export": self._export,
            "plan": self._make_plan,
            "speak": self._speak,
            "cast": self._cast,
            "recast": self._recast,
        }

    def cancel(self) -> None:
        """Cancels what is being spoken. From any thread."""
        self._cancelled.set()
        if self._client is not None:
            self._client.cancel()

    def answer(self, question: Question) -> None:
        """Carries out one question, and answers it once."""
        number, what = question.get("id"), question.get("ask")
        try:
            if what not in self._asks:
                raise InputError(f"the helper does not know {what!r}: install Framevox in this host again")
            answer = self._asks[what](question)
        except DiskError as error:
            text = (
                f"{error.problem}: free some space, or set “media_dir” in Framevox's settings to a folder that can be "
                "written, and run the entry again"
            )
            self._write({"re": number, "answer": "error", "message": text})
        except Exception as error:
            text = self._explain(error)
            if is_fault(error):
                trace = traceback.format_exc()
                text += ": report it, with what the console shows (Workspace ▸ Console)"
                self._write({"re": number, "answer": "error", "message": text, "trace": trace})
            else:
                self._write({"re": number, "answer": "error", "message": text})
        else:
            self._write({"re": number, "answer": what, **answer})

    def _explain(self, error: Exception) -> str:
        """The error in words, with voice files called as they were given."""
        if isinstance(error, FramevoxError):
            return say_error(error, self._files)
        return explain(error, "run the entry again")

    def _hello(self, question: Question) -> dict[str, Any]:
        return {"protocol": PROTOCOL, "framevox": installed_version()}

    def _rate(self, question: Question) -> dict[str, Any]:
        fps = Rate.parse(str(question["text"]), drop_frame=False).fps
        return {"numerator": fps.numerator, "denominator": fps.denominator}

    def _frame(self, question: Question) -> dict[str, Any]:
        rate = timeline_rate(question["rate"], question["drop_frame"])
        return {"frame": timecode_frame(str(question["timecode"]), rate)}

    def _enrol(self, question: Question) -> dict[str, Any]:
        start, duration = Fraction(*question["start"]), Fraction(*question["duration"])
        consent, force = question["consent"], question["force"]
        return enrol(Path(question["file"]), start, duration, question["name"], consent, force, self._note)

    def _export(self, question: Question) -> dict[str, Any]:
        folder = project_folder(question["settings"], question["project"])
        make_folder(folder)
        name = folder_name(str(question["timeline"]), "timeline")
        for number in itertools.count(1):
            stem = name if number == 1 else f"{name}_v{number}"
            file, filled = folder / f"{stem}.otio", folder / f"{stem}-filled.otio"
            if not file.exists() and not filled.exists():
                break
        return {"file": str(file.absolute()), "filled": str(filled.absolute())}

    def _make_plan(self, question: Question) -> dict[str, Any]:
        folder = project_folder(question["settings"], question["project"])
        self._plan = plan = Plan.make(
            question["timeline"], question["items"], question["settings"], folder, self._files
        )
        playhead = question["playhead"]
        return {
            "cues": plan.cues(),
            "problems": plan.problems,
            "warnings": plan.warnings,
            "playhead": None if playhead is None else timecode_frame(str(playhead), plan.timeline.rate),
        }

    def _speak(self, question: Question) -> dict[str, Any]:
        if self._plan is None:
            raise InputError("the helper was asked to speak before a plan was made: run the entry again")
        plan, number = self._plan, question.get("id")
        lines = {line.cue.id: line for line in map(plan.asked_for, question["cues"])}
        plan.marking.check()
        make_folder(plan.folder)
        counts, reason = dict.fromkeys(COUNTS, 0), "finished"

        def keep(cue: Cue, take: Take, content: bytes) -> Path:
            name = file_name(take, lines[cue.id])
            return store_media(plan.folder, name, plan.marking.of(cue.text, take, content, name))

        self._remarks.clear()
        with self._connected() as client:
            choices, warnings = plan.cast(client.voices)
            cues = [
                Line(structs.replace(line.cue, voice=choices[id_].voice), voice_option=choices[id_].option)
                for id_, line in lines.items()
            ]
            events = speak(client, cues, plan.output, self._files, keep, say=self._note)
            with contextlib.closing(events):
                for event in events:
                    if isinstance(event, Done):
                        reason = event.reason
                        warnings += event.warnings
                        counts = {key: counts[key] + event.counts[key] for key in counts}
                    elif isinstance(event, Result):
                        self._write({"re": number, **_told(event, choices[event.cue.id])})
                    else:
                        self._write({"re": number, "event": "started", "cue": event.cue})
                    if self._cancelled.is_set():
                        client.cancel()
        self._cancelled.clear()
        # A note is gone from the host's window with the next line; a warning stays.
        return {"reason": reason, "counts": counts, "warnings": [*self._remarks, *warnings]}

    def _cast(self, question: Question) -> dict[str, Any]:
        plan = self._planned()
        with self._connected() as client:
            choices, warnings = plan.cast(client.voices)
            voices = client.voices()
        found = members(plan.cast_lines(), list(choices.values()))
        return {
            "cast": [{**one.to_json(), "voice": self._files.spec_as_written(one.voice)} for one in found],
            "voices": [str(voice["name"]) for voice in voices],
            "warnings": warnings,
        }

    def _recast(self, question: Question) -> dict[str, Any]:
        plan = self._planned()
        voices = {str(name): str(voice) or None for name, voice in question["voices"].items()}
        for voice in filter(None, voices.values()):
            self._files.resolve(voice, plan.film_folder)
        path = plan.film_folder / NAME
        return {"changed": change_project(path, "voices", voices), "file": str(path.absolute())}

    def _planned(self) -> Plan:
        if self._plan is None:
            raise InputError("the helper was asked for the cast before a plan was made: run the entry again")
        return self._plan

    def _note(self, text: str) -> None:
        if isinstance(text, Remark):
            self._remarks.append(text.removeprefix("Note: "))
        self._write({"event": "note", "text": text})

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Client]:
        with Client.connect(say=self._note) as client:
            self._client = client
            try:
                yield client
            finally:
                self._client = None


def _told(result: Result, choice: Choice) -> dict[str, Any]:
    """What came of a cue, as the event that the host is sent. ``choice`` is where its voice comes from."""
    if result.take is None:
        where = f"{choice.option}: " if result.code == "unknown-voice" and choice.option else ""
        return {"event": result.status, "cue": result.cue.id, "message": where + result.message}
    return {
        "event": "take",
        "cue": result.cue.id,
        "file": str(result.media.absolute()) if result.media else "",
        "head": result.take.media_slot_start_sample,
        "sample_rate": result.take.sample_rate,
        "message": result.message,
        "words": [[word.text, word.start_sample, word.end_sample] for word in result.take.words],
        "mouth": mouth_of(result.take),
    }
