"""What all operators that ask the helper have in common: invoked, they run beside the window on a timer; executed, as
scripts do, they end when the work is done."""

from __future__ import annotations

from typing import Any

import bpy

from . import work as works
from .compat import scene_of
from .shared.errors import CancelledError, HostError
from .shared.steps import finish
from .work import Running, Work

_INTERVAL = 0.05
_WAIT = 0.05


class Beside:
    """An operator without its Blender class: ``steps`` says what is done, and ``finish`` what came of it."""

    _timer: Any = None
    _running: Any = None

    def steps(self, work: Work, context: Any) -> Any:
        raise NotImplementedError

    def finish(self, context: Any, work: Work) -> set[str]:
        raise NotImplementedError

    @classmethod
    def is_free(cls) -> bool:
        """Whether nothing else is at work; what the button says of it otherwise."""
        if works.current is not None:
            cls.poll_message_set("Framevox is at work: wait until it is done, or press Esc to stop it")
        return works.current is None

    @classmethod
    def has_sequencer(cls, context: Any) -> bool:
        scene = scene_of(context)
        if scene is None or scene.sequence_editor is None:
            cls.poll_message_set("This scene has no sequencer: add a text strip with a line")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        try:
            work = Work(_WAIT)
            finish(self.steps(work, context))
            return self.finish(context, work)
        except (HostError, CancelledError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def invoke(self, context: Any, event: Any) -> set[str]:
        return self.run(context)

    def run(self, context: Any) -> set[str]:
        """Runs beside the window, and at once where there is none."""
        if not has_window(context):
            return self.execute(context)
        work = Work(0)
        try:
            self._running = Running(work, self.steps(work, context))
        except HostError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
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
        try:
            return self.finish(context, running.work)
        except HostError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def cancel(self, context: Any) -> None:
        if self._running is not None:
            self._running.stop()
            self._leave(context)

    def _show(self, context: Any, work: Work) -> None:
        context.window_manager.progress_update(work.part)
        if context.workspace is not None:
            context.workspace.status_text_set(f"Framevox: {work.title} · {work.line} · Esc to stop")
        _redraw(context)

    def _leave(self, context: Any) -> None:
        if works.current is self._running:
            works.end()
        manager = context.window_manager
        if self._timer is not None:
            manager.event_timer_remove(self._timer)
            self._timer = None
        manager.progress_end()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        _redraw(context)


def has_window(context: Any) -> bool:
    """Whether there is a window to run beside."""
    return not bpy.app.background and context.window is not None


def _redraw(context: Any) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "SEQUENCE_EDITOR":
                area.tag_redraw()
