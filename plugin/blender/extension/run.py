"""What the operators do with a scene's lines, step by step: read them, have them spoken, place the takes, report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import bpy

from .place import Placer, Spoken
from .preferences import Choices
from .scan import Placed, Snapshot, scan
from .session import Session, Steps
from .shared.errors import CancelledError, HostError
from .shared.helper_process import checked
from .shared.journal import Journal
from .shared.lock import OneAtATime
from .shared.takes import Cue
from .work import Work

NO_PLACEHOLDERS = (
    "there are no lines in this scene: add text strips, name markers with lines and end them with a marker called “/”, "
    "or give a strip the property “framevox”"
)
MOST = 999
"""The highest number of a take."""
_TOGETHER_SECONDS = 0.5
_BATCH = 50
_LISTED = 3


@dataclass
class Scene:
    """A scene that was read, the cues in it, and what speaks and places them."""

    work: Work
    session: Session
    snapshot: Snapshot
    placer: Placer
    cues: list[Cue]
    journal: Journal


def work_on(work: Work, name: str, choices: Choices, act: Callable[[Scene], Steps]) -> Steps:
    """Reads the scene ``name``, starts the helper, and does ``act``."""
    scene = bpy.data.scenes.get(name)
    snapshot = scan(scene)
    told = plan_fields(snapshot, choices)
    if not snapshot.items and not snapshot.takes:
        raise HostError(NO_PLACEHOLDERS)
    yield
    with OneAtATime(), Session(work, choices.python) as session:
        yield from session.hello()
        work.line = "Reading the lines"
        answer = yield from session.ask("plan", **told)
        for sentence in [*answer["problems"], *answer["warnings"]]:
            work.say(sentence)
        if snapshot.empty:
            work.say(f"{snapshot.empty} strips or markers have a length of 0 frames and are not spoken: lengthen them")
        if not answer["cues"] and not snapshot.takes:
            problems = answer["problems"]
            raise HostError(problems[0] if len(problems) == 1 else NO_PLACEHOLDERS if not problems else
                            f"none of the {len(problems)} lines can be spoken: see what is said of each")  # fmt: skip
        rate = yield from session.ask("rate", text=snapshot.rate)
        fps = Fraction(rate["numerator"], rate["denominator"])
        placer = Placer(snapshot, fps, mute_text=choices.mute_text)
        cues = [
            Cue(c["cue"], c["key"], c["character"], c["start"], c["duration"], c["text"], c["take"])
            for c in answer["cues"]
        ]
        placer.assign(cues)
        cues = [replace(cue, take=placer.number(cue)) for cue in cues]
        journal = Journal(bpy.data.filepath, name)
        yield from act(Scene(work, session, snapshot, placer, cues, journal))


def plan_fields(snapshot: Snapshot, choices: Choices) -> dict[str, Any]:
    """What the helper is asked with for the plan of a scene. Raises HostError where takes have no folder."""
    folder, project = media_folder(choices)
    settings = {**choices.settings, "media_dir": folder}
    if bpy.data.filepath:
        settings["film_dir"] = os.path.dirname(bpy.data.filepath)
    return {
        "timeline": {
            "rate": snapshot.rate, "drop_frame": False, "project_rate": snapshot.rate, "start": snapshot.start,
            "in_frames": True,
        },
        "project": project, "playhead": None, "settings": settings, "items": snapshot.items,
    }  # fmt: skip


def media_folder(choices: Choices) -> tuple[str, str]:
    """Returns the folder of takes, as the folder it is in and its name: beside the blend file, else as chosen."""
    path = bpy.data.filepath
    stem = os.path.splitext(os.path.basename(path))[0] if path else "untitled"
    if choices.media_dir:
        if choices.media_dir.startswith("//") and not path:
            raise HostError(
                "the blend file has not been saved yet, and the folder of takes in the preferences counts from it: "
                "save it first"
            )
        return str(bpy.path.abspath(choices.media_dir)), stem
    if not path:
        raise HostError(
            "the blend file has not been saved yet, so there is no place for takes: save it, or choose a folder for "
            "takes in the add-on's preferences"
        )
    return os.path.dirname(path), f"{stem}_media"


def fill(scene: Scene) -> Steps:
    """Every placeholder whose take nobody moved."""
    cues = []
    for cue in scene.cues:
        if scene.placer.is_moved(cue):
            scene.work.say(f"{cue.where}: you moved or trimmed its take, so it stays as it is")
        else:
            cues.append(cue)
    orphans = scene.placer.orphans(scene.cues)
    if orphans:
        where = ", ".join(f"“{one.name}” at frame {one.start}" for one in orphans[:_LISTED])
        more = f" and {len(orphans) - _LISTED} more" if len(orphans) > _LISTED else ""
        scene.work.say(
            f"{where}{more}: the placeholder of this take is gone or cannot be spoken, and the take still sounds: "
            "delete or mute it, or put its placeholder back"
        )
    yield from stream(scene, cues)


def revoice(scene: Scene) -> Steps:
    """The lines whose placeholder or take is selected, else those under the playhead."""
    placeholders = scene.snapshot.placeholders
    chosen = [
        cue for cue in scene.cues
        if placeholders[cue.key].selected or any(one.selected for one in scene.placer.of(cue.id))
    ]  # fmt: skip
    at = scene.snapshot.playhead
    chosen = chosen or [cue for cue in scene.cues if cue.start <= at < cue.start + cue.duration]
    if not chosen:
        raise HostError("no line is selected or under the playhead: select its strip or its take")
    yield from stream(scene, chosen, replace_moved=True)


def step_take(by: int) -> Callable[[Scene], Steps]:
    """Another take of the selected lines, else of those under the playhead; ``by`` is 1 or -1."""

    def act(scene: Scene) -> Steps:
        cues, instead = [], {}
        by_id = {cue.id: cue for cue in scene.cues}
        for take in _takes_in_use(scene):
            cue = by_id.get(take.cue)
            where = f"“{take.name}” at frame {take.start}"
            if cue is None:
                raise HostError(f"{where}: its placeholder is gone, and so is its text: put it back")
            if take.locked:
                raise HostError(f"{where}: it is locked, or its channel is: unlock it")
            number = take.number + by
            if not 1 <= number <= MOST:
                raise HostError(f"{where} is at its {'first' if by < 0 else 'last'} take")
            if cue.id in instead:
                raise HostError(f"{where}: another take of its line is chosen too: choose only one of them")
            instead[cue.id] = take.name
            there = replace(cue, start=take.start, duration=take.duration)
            cues.append(replace(there, take=number, belongs=take.meant))
        yield from stream(scene, cues, instead=instead)
        for cue in cues:
            if cue.id in (*scene.placer.outcome.placed, *scene.placer.outcome.unchanged):
                scene.work.say(f"{cue.where}: take {cue.take}")

    return act


def _takes_in_use(scene: Scene) -> list[Placed]:
    takes = [one for one in scene.snapshot.takes if one.selected]
    behind = {scene.snapshot.placeholders[cue.key].name: cue for cue in scene.cues}
    if not takes:
        chosen = {cue.id for name, cue in behind.items() if scene.snapshot.placeholders[cue.key].selected}
        takes = [one for one in scene.snapshot.takes if one.cue in chosen and not one.muted]
    at = scene.snapshot.playhead
    takes = takes or [one for one in scene.snapshot.takes if one.start <= at < one.end and not one.muted]
    if not takes:
        raise HostError("no take is selected or under the playhead: select one, or fill the scene first")
    return takes


def stream(scene: Scene, cues: list[Cue], *, replace_moved: bool = False, instead: Any = None) -> Steps:
    """Has cues spoken, places each take as it comes, and says at the end what came of them."""
    work, placer, helper = scene.work, scene.placer, scene.session.helper
    if not cues:
        work.say("nothing to do")
        return
    work.total, work.line = len(cues), "Speaking"
    by_id = {cue.id: cue for cue in cues}
    asked = [
        {
            "cue": cue.id, "take": cue.take, "name": cue.belongs,
            "slot": [cue.start, cue.duration] if cue.belongs else None,
        }
        for cue in cues
    ]  # fmt: skip
    scene.journal.note(file=bpy.data.filepath, scene=scene.snapshot.scene, done=0, total=len(cues))
    number = helper.post("speak", cues=asked)
    takes: list[Spoken] = []
    reason, since, told_to_stop = "", time.monotonic(), False
    problem = None
    try:
        while not reason:
            if work.cancelled and not told_to_stop:
                told_to_stop = True
                work.line = "Stopping"
                helper.post("cancel")
            for message in helper.events(work.wait):
                if message.get("re") == number and "answer" in message:
                    answer = checked(message)
                    reason = answer["reason"]
                    for warning in answer["warnings"]:
                        work.say(warning)
                    continue
                _hear(message, by_id, takes, scene, instead or {})
            waited = time.monotonic() - since > _TOGETHER_SECONDS
            if takes and (reason or waited or len(takes) >= _BATCH):
                placer.place(takes, replace_moved=replace_moved)
                work.changed = True
                work.done += len(takes)
                takes.clear()
                since = time.monotonic()
                scene.journal.note(done=work.done)
            yield
    except HostError as error:
        problem = error
    _report(work, placer, by_id)
    scene.journal.close()
    if problem is not None:
        raise problem
    if reason != "finished":
        raise CancelledError(
            f"stopped: {len(placer.outcome.placed)} of {len(cues)} lines were placed and stay: run the operator again, "
            "and only the rest is made"
        )


def _hear(
    message: dict[str, Any], cues: dict[str, Cue], takes: list[Spoken], scene: Scene, instead: dict[str, str]
) -> None:
    work = scene.work
    if message.get("event") == "note":
        work.line = str(message["text"])
        return
    cue = cues.get(str(message.get("cue")))
    if cue is None:
        return
    if message["event"] == "started":
        work.line = f"{cue.where}: {cue.text}"
    elif message["event"] == "take":
        takes.append(
            Spoken(cue, message["file"], message["head"], message["sample_rate"], message["message"],
                   message["words"], message["mouth"], instead.get(cue.id, ""))
        )  # fmt: skip
    else:
        scene.placer.outcome.failed[cue.id] = message["message"]
        work.done += 1


def _report(work: Work, placer: Placer, cues: dict[str, Cue]) -> None:
    outcome = placer.outcome
    alike: dict[str, list[str]] = {}
    for id_, message in [*outcome.notes.items(), *outcome.failed.items()]:
        if id_ in cues:
            alike.setdefault(message, []).append(cues[id_].where)
    for message, where in alike.items():
        more = f" and {len(where) - 1} more lines" if len(where) > _LISTED else ""
        for one in where[:1] if more else where:
            work.say(f"{one}{more}: {message}")
    work.say(f"{len(outcome.placed)} placed, {len(outcome.unchanged)} unchanged, {len(outcome.failed)} not placed")
