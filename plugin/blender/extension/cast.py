"""Cast: a list of the scene's characters and their voices, which can be changed. The film's file keeps the choice."""

from __future__ import annotations

import json
from typing import Any

import bpy

from .beside import Beside
from .compat import scene_of
from .preferences import Choices, read_choices
from .run import NO_PLACEHOLDERS, plan_fields
from .scan import check_scene, reading
from .session import Session
from .shared.errors import HostError
from .shared.progress import Steps
from .shared.steps import cancellable
from .work import Work

_found: list[str] = []
"""The voices there are, for the list to choose from; Blender needs the texts kept."""


class FramevoxMember(bpy.types.PropertyGroup):
    """A character of the cast."""

    character: bpy.props.StringProperty(name="Character")
    lines: bpy.props.IntProperty(name="Lines")
    voice: bpy.props.StringProperty(
        name="Voice",
        description="The voice of this character: a name, a blend, female, male, or a voice file",
        search=lambda self, context, typed: _found,
        search_options={"SUGGESTION"},
    )
    before: bpy.props.StringProperty()


class Casting(Beside):
    """What the operator does, with its property: reads the cast, after ``voices`` were written if there are any."""

    voices: str

    @classmethod
    def poll(cls, context: Any) -> bool:
        return cls.is_free()

    def changes(self) -> dict[str, str]:
        """Raises HostError for what is no object of characters and voices."""
        try:
            changes = json.loads(self.voices) if self.voices else {}
            if not isinstance(changes, dict):
                raise ValueError
        except ValueError:
            raise HostError('voices must be a JSON object of characters and voices: {"ALICE": "af_heart"}') from None
        return changes

    def steps(self, work: Work, context: Any) -> Steps:
        scene = scene_of(context)
        check_scene(scene)
        return _steps(work, scene.name, read_choices(context), self.changes())

    def finish(self, context: Any, work: Work) -> set[str]:
        answer, changes = work.answer, self.changes()
        _fill(context.window_manager.framevox_cast, answer)
        if self._running is not None and not changes:
            self.show_list()
            return {"FINISHED"}
        for member in answer["cast"]:
            said = f"{member['character'] or '(nobody)'}: {member['voice']}, {member['lines']} lines"
            self.report({"INFO"}, said)
        if changes:
            kept = f"kept in {answer['file']}: Fill speaks their lines again"
            self.report({"INFO"}, kept)
        return {"FINISHED"}

    def show_list(self) -> None:
        bpy.ops.framevox.cast_list("INVOKE_DEFAULT")


class FRAMEVOX_OT_cast(Casting, bpy.types.Operator):
    """Show every character of the scene with their voice, and choose others. They are kept beside the blend file"""

    bl_idname = "framevox.cast"
    bl_label = "Cast"
    bl_options = {"REGISTER"}

    voices: bpy.props.StringProperty(
        name="Voices",
        description='For scripts: the voices to set, as JSON: {"ALICE": "af_heart"}',
        options={"SKIP_SAVE"},
    )


class FRAMEVOX_OT_cast_list(bpy.types.Operator):
    """Choose the voices of the characters that were read"""

    bl_idname = "framevox.cast_list"
    bl_label = "Cast"
    bl_options = {"INTERNAL"}

    def invoke(self, context: Any, event: Any) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, context: Any) -> None:
        column = self.layout.column()
        for member in context.window_manager.framevox_cast:
            row = column.split(factor=0.5)
            lines = "line" if member.lines == 1 else "lines"
            row.label(text=f"{member.character or '(nobody)'}, {member.lines} {lines}")
            if member.character:
                row.prop(member, "voice", text="")
            else:
                row.label(text=member.voice)

    def execute(self, context: Any) -> set[str]:
        cast = context.window_manager.framevox_cast
        changes = {one.character: one.voice for one in cast if one.voice != one.before}
        if changes:
            bpy.ops.framevox.cast("INVOKE_DEFAULT", voices=json.dumps(changes))
        return {"FINISHED"}


def _steps(work: Work, scene: str, choices: Choices, changes: dict[str, str]) -> Steps:
    snapshot = yield from cancellable(reading(scene), work)
    if not snapshot.items:
        raise HostError(NO_PLACEHOLDERS)
    fields = plan_fields(snapshot, choices)
    with Session(work, choices.python) as session:
        yield from session.hello()
        work.line = "Reading the lines"
        yield from session.ask("plan", **fields)
        kept = (yield from session.ask("recast", voices=changes)) if changes else {}
        if changes:
            yield from session.ask("plan", **fields)  # with what was written
        answer = yield from session.ask("cast")
        work.answer = {**answer, "file": kept.get("file", "")}
        yield from session.helper.closing()


def _fill(cast: Any, answer: dict[str, Any]) -> None:
    _found[:] = sorted(answer["voices"])
    cast.clear()
    for told in answer["cast"]:
        member = cast.add()
        member.character, member.lines = told["character"] or "", told["lines"]
        member.voice = member.before = told["voice"] or ""


def register() -> None:
    bpy.types.WindowManager.framevox_cast = bpy.props.CollectionProperty(type=FramevoxMember, options={"SKIP_SAVE"})


def unregister() -> None:
    del bpy.types.WindowManager.framevox_cast


CLASSES = (FramevoxMember, FRAMEVOX_OT_cast, FRAMEVOX_OT_cast_list)
