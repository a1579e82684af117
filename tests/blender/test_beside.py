"""Operators beside the window: no step holds it up. Blender's module has no window, so the test plays its timer."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Blender, each

pytestmark = each

WINDOW = """
import time
from types import SimpleNamespace as Made

beside, works = part("beside"), part("work")
beside.has_window = part("enrol").has_window = lambda context: True

class Manager:
    windows = ()
    framevox_cast = bpy.context.window_manager.framevox_cast
    def __init__(self):
        self.timers = 0
    def event_timer_add(self, seconds, window):
        self.timers += 1
        return "timer"
    def event_timer_remove(self, timer):
        self.timers -= 1
    def modal_handler_add(self, operator):
        pass
    def progress_begin(self, *_):
        pass
    progress_update = progress_end = progress_begin

class Beside:
    "An operator in a window: what it answers, and how long each call took."
    def __init__(self, base, **properties):
        said = self.said = []
        class Operator(base):
            def report(self, kind, text):
                said.append([*kind, text])
            def show_list(self):
                said.append(["LIST"])
        self.operator = Operator()
        for name, value in properties.items():
            setattr(self.operator, name, value)
        self.manager = Manager()
        real = bpy.context
        self.context = Made(scene=real.scene, window=Made(), workspace=None, window_manager=self.manager,
                            preferences=real.preferences, sequencer_scene=real.scene)
        self.longest = 0.0

    def call(self, what, *more):
        began = time.perf_counter()
        answer = sorted(getattr(self.operator, what)(self.context, *more))
        self.longest = max(self.longest, time.perf_counter() - began)
        return answer

    def to_the_end(self, events=()):
        self.steps = 0
        answer = self.call("run")
        events = list(events)
        while answer != ["FINISHED"] and answer != ["CANCELLED"]:
            self.steps += 1
            event = events.pop(0) if events else Made(type="TIMER", value="NOTHING")
            answer = self.call("modal", event)
            time.sleep(0.01)
        return answer

def told(run, answer):
    return dict(answer=answer, said=run.said, steps=run.steps, longest=run.longest, timers=run.manager.timers,
                busy=works.current is not None)
"""
HELD_UP = 0.25
"""A second is what starting the helper took; a loaded machine may be late."""


def ran(blender: Blender, script: str) -> dict[str, Any]:
    return blender.run(WINDOW + script)


def aside(run: dict[str, Any]) -> None:
    """It took many short steps, and left nothing behind."""
    assert run["steps"] > 5 and run["longest"] < HELD_UP, run
    assert run["timers"] == 0 and not run["busy"]


def test_the_cast_is_read_and_written_beside_the_window(blender: Blender) -> None:
    found = ran(
        blender,
        """
text(100, 60, "ALICE: This is my line.")
save()
one = Beside(part("cast").Casting, voices="")
first = told(one, one.to_the_end())
two = Beside(part("cast").Casting, voices='{"ALICE": "en_male_2"}')
second = told(two, two.to_the_end())
out(first=first, second=second, cast=[[m.character, m.voice] for m in bpy.context.window_manager.framevox_cast],
    wrong=sorted(Beside(part("cast").Casting, voices="[1]").call("run")))
""",
    )
    aside(found["first"])
    assert found["first"]["answer"] == ["FINISHED"] and found["first"]["said"] == [["LIST"]]
    aside(found["second"])
    assert found["second"]["said"][-1][1].startswith("kept in ")
    assert found["cast"] == [["ALICE", "en_male_2"]] and found["wrong"] == ["CANCELLED"]


def test_a_voice_is_made_beside_the_window(blender: Blender) -> None:
    found = ran(
        blender,
        """
save()
path = os.path.join(os.environ["WORK"], "silence.wav")
wav(path, 48000 * 6)
strip = scene().sequence_editor_create().strips.new_sound(name="Talk", filepath=path, channel=1, frame_start=1)
scene().sequence_editor.active_strip = strip
run_ = Beside(part("enrol").VoiceFromStrip, name="ZOE", consent="", force=False)
silent = told(run_, run_.to_the_end())
scene().sequence_editor.active_strip = None
out(silent=silent, none=sorted(Beside(part("enrol").VoiceFromStrip, name="", consent="", force=False).call("run")))
""",
    )
    aside(found["silent"])
    assert found["silent"]["answer"] == ["CANCELLED"]
    assert "silence.wav is silent" in found["silent"]["said"][-1][1]
    assert found["none"] == ["CANCELLED"]


def test_it_is_stopped_by_escape_and_by_another_file(blender: Blender) -> None:
    found = ran(
        blender,
        """
text(100, 60, "ALICE: This is my line.")
save()
timer, escape = Made(type="TIMER", value="NOTHING"), Made(type="ESC", value="PRESS")
one = Beside(part("cast").Casting, voices="")
stopped = told(one, one.to_the_end([timer, escape]))
two = Beside(part("cast").Casting, voices="")
two.call("run")
two.call("modal", timer)
works.abandon()
two.steps = 0
gone = told(two, two.call("modal", timer))
out(stopped=stopped, gone=gone)
""",
    )
    assert found["stopped"]["answer"] == ["CANCELLED"]
    assert found["stopped"]["said"] == [["WARNING", "stopped: nothing was changed"]]
    for run in found.values():
        assert run["timers"] == 0 and not run["busy"]
    assert found["gone"]["answer"] == ["CANCELLED"] and not found["gone"]["said"]


@pytest.mark.parametrize("name", ["cast", "voice_from_strip"])
def test_one_thing_at_a_time(blender: Blender, name: str) -> None:
    found = blender.run(
        f"""
        text(100, 60, "ALICE: This is my line.")
        save()
        running = steps_of()
        busy = getattr(bpy.ops.framevox, "{name}").poll()
        part("work").abandon()
        out(busy=busy, free=getattr(bpy.ops.framevox, "{name}").poll())
        """
    )
    assert not found["busy"] and found["free"]
