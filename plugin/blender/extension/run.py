"""What the operators do with a scene's lines, step by step: read them, have them spoken, place the takes, report."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import bpy

from .place import Placer
from .preferences import Choices
from .scan import Placed, Snapshot, reading
from .session import Session
from .shared.errors import HostError
from .shared.journal import Journal
from .shared.lock import OneAtATime
from .shared.progress import Steps
from .shared.speaking import BATCH, cue_of, report, speak, stopped
from .shared.steps import Pace, cancellable
from .shared.takes import Cue, Take
from .work import Work

NO_PLACEHOLDERS = (
    "there are no lines in this scene: add text strips, name markers with lines and end them with a marker called “/”, "
    "or give a strip the property “framevox”"
)
MOST = 999
"""The highest number of a take."""
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
    snapshot = yield from cancellable(reading(name), work)
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
        cues = yield from _cues(answer, placer)
        journal = Journal(bpy.data.filepath, name)
        yield from act(Scene(work, session, snapshot, placer, cues, journal))
        yield from session.helper.closing()


def _cues(answer: dict[str, Any], placer: Placer) -> Steps:
    """The cues of a plan, each with the take that is in use, in steps."""
    pace = Pace()
    cues = []
    for told in answer["cues"]:
        cues.append(cue_of(told))
        yield from pace.rest()
    placer.assign(cues)
    for index, cue in enumerate(cues):
        number = placer.number(cue)
        if number != cue.take:
            cues[index] = replace(cue, take=number)
        yield from pace.rest()
    return cues


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
            "times": True,
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
    work, placer = scene.work, scene.placer
    if not cues:
        work.say("nothing to do")
        return
    work.line = "Speaking"
    scene.journal.note(file=bpy.data.filepath, scene=scene.snapshot.scene, done=0, total=len(cues))

    def place(takes: list[Take]) -> Steps:
        work.changed = True
        # More may have come than can be placed in one go: the journal says how far it is.
        for at in range(0, len(takes), BATCH):
            some = takes[at : at + BATCH]
            yield from placer.place(some, work, replace_moved=replace_moved, instead=instead)
            scene.journal.note(done=work.done)

    reason, problem = "", None
    try:
        reason = yield from speak(scene.session.helper, cues, work, placer.outcome, place)
    except HostError as error:
        problem = error
    report(work, placer.outcome, cues, broken_off=False)
    scene.journal.close()
    if problem is not None:
        raise problem
    if reason != "finished" or work.cancelled:
        raise stopped(placer.outcome, cues)
