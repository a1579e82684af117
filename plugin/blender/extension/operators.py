"""The operators that speak lines, and those of the panel."""

from __future__ import annotations

from typing import Any

import bpy

from . import work as works
from .beside import Beside
from .compat import scene_of
from .preferences import read_choices
from .run import fill, revoice, step_take, work_on
from .scan import check_scene
from .work import Work


class Speaking(Beside):
    """What the operators that speak have in common."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        return cls.is_free() and cls.has_sequencer(context)

    def steps(self, work: Work, context: Any) -> Any:
        check_scene(scene_of(context))
        return work_on(work, scene_of(context).name, read_choices(context), self.act())

    def act(self) -> Any:
        """What is done with the scene's lines."""
        raise NotImplementedError

    def finish(self, context: Any, work: Work) -> set[str]:
        for sentence in work.said:
            self.report({"INFO"}, sentence)
        works.show_last(work)
        return {"FINISHED"}


class FRAMEVOX_OT_fill(Speaking, bpy.types.Operator):
    """Speak every placeholder line of the scene, each exactly in its place"""

    bl_idname = "framevox.fill"
    bl_label = "Fill Placeholder Dialogue"

    def act(self) -> Any:
        return fill


class FRAMEVOX_OT_revoice(Speaking, bpy.types.Operator):
    """Speak the selected lines again, else those under the playhead; a take that you moved is muted"""

    bl_idname = "framevox.revoice"
    bl_label = "Re-voice Selected"

    def act(self) -> Any:
        return revoice


class FRAMEVOX_OT_take_next(Speaking, bpy.types.Operator):
    """Put another delivery of the selected lines in place of their takes, else of those under the playhead"""

    bl_idname = "framevox.take_next"
    bl_label = "Next Take"

    def act(self) -> Any:
        return step_take(1)


class FRAMEVOX_OT_take_previous(Speaking, bpy.types.Operator):
    """Go back to the take before, of the selected lines, else of those under the playhead"""

    bl_idname = "framevox.take_previous"
    bl_label = "Previous Take"

    def act(self) -> Any:
        return step_take(-1)


class FRAMEVOX_OT_cancel(bpy.types.Operator):
    """Stop after the line that is being spoken; what was placed stays"""

    bl_idname = "framevox.cancel"
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        if works.current is not None:
            works.current.work.cancelled = True
        return {"FINISHED"}


class FRAMEVOX_OT_settings(bpy.types.Operator):
    """Show Framevox's preferences: where takes go, and how lines are spoken"""

    bl_idname = "framevox.settings"
    bl_label = "Framevox Preferences"

    def execute(self, context: Any) -> set[str]:
        if bpy.app.background:
            self.report({"ERROR"}, "Blender runs without a window: set the preferences with bpy.context.preferences")
            return {"CANCELLED"}
        bpy.ops.preferences.addon_show(module=__package__)
        return {"FINISHED"}


CLASSES = (
    FRAMEVOX_OT_fill,
    FRAMEVOX_OT_revoice,
    FRAMEVOX_OT_take_next,
    FRAMEVOX_OT_take_previous,
    FRAMEVOX_OT_cancel,
    FRAMEVOX_OT_settings,
)
