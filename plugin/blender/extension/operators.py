"""The operators. Invoked, they run beside the window on a timer; executed, they end when the work is done."""

from __future__ import annotations

from typing import Any

import bpy

from . import work as works
from .compat import scene_of
from .preferences import read_choices
from .run import fill, revoice, step_take, work_on
from .scan import check_scene
from .shared.errors import CancelledError, HostError
from .work import Running, Work

_INTERVAL = 0.05
_WAIT = 0.05


class Speaking:
    """What the operators that speak have in common."""

    bl_options = {"REGISTER", "UNDO"}
    _timer: Any = None
    _running: Any = None

    @classmethod
    def poll(cls, context: Any) -> bool:
        scene = scene_of(context)
        if works.current is not None:
            cls.poll_message_set("Framevox is at work: wait until it is done, or press Esc to stop it")
            return False
        if scene is None or scene.sequence_editor is None:
            cls.poll_message_set("This scene has no sequencer: add a text strip with a line")
            return False
        return True

    def steps(self, work: Work, context: Any) -> Any:
        return work_on(work, scene_of(context).name, read_choices(context), self.act())

    def execute(self, context: Any) -> set[str]:
        try:
            check_scene(scene_of(context))
            work = Work(_WAIT)
            running = Running(work, self.steps(work, context))
            while running.step():
                pass
        except (HostError, CancelledError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self._finish(work)

    def invoke(self, context: Any, event: Any) -> set[str]:
        if bpy.app.background or context.window is None:
            return self.execute(context)
        work = Work(0)
        self._running = Running(work, self.steps(work, context))
        works.begin(self._running)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_INTERVAL, window=context.window)
        manager.modal_handler_add(self)
        manager.progress_begin(0, 1)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        running = self._running
        if works.current is not running:  # another file was opened
            self._leave(context)
            return {"CANCELLED"}
        if event.type == "ESC" and event.value == "PRESS":
            running.work.cancelled = True
            running.work.line = "Stopping"
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            if running.step():
                self._show(context, running.work)
                return {"PASS_THROUGH"}
        except (HostError, CancelledError) as error:
            running.work.say(str(error))
            self.report({"ERROR" if isinstance(error, HostError) else "WARNING"}, str(error))
            self._leave(context)
            # What was placed can be undone in one step.
            return {"FINISHED"} if running.work.changed else {"CANCELLED"}
        except BaseException:
            self._leave(context)
            raise
        self._leave(context)
        return self._finish(running.work)

    def cancel(self, context: Any) -> None:
        if self._running is not None:
            self._running.stop()
            self._leave(context)

    def _finish(self, work: Work) -> set[str]:
        for sentence in work.said:
            self.report({"INFO"}, sentence)
        works.show_last(work)
        return {"FINISHED"}

    def _show(self, context: Any, work: Work) -> None:
        context.window_manager.progress_update(work.part)
        if context.workspace is not None:
            context.workspace.status_text_set(f"Framevox: {work.title} · {work.line} · Esc to stop")
        _redraw(context)

    def _leave(self, context: Any) -> None:
        works.end()
        manager = context.window_manager
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        manager.progress_end()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        _redraw(context)


def _redraw(context: Any) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "SEQUENCE_EDITOR":
                area.tag_redraw()


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
