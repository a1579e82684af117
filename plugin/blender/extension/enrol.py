"""Voice from Strip: makes a voice of what a sound strip plays. The helper cuts it out and checks it."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any

import bpy

from .compat import file_of, scene_of
from .preferences import read_choices
from .scan import check_scene, rate_text
from .session import Session
from .shared.errors import HostError
from .shared.progress import Steps
from .work import Running, Work


class FRAMEVOX_OT_voice_from_strip(bpy.types.Operator):
    """Make a voice of the active sound strip: what it plays, between its handles. Choose 5 to 15 s of one speaker"""

    bl_idname = "framevox.voice_from_strip"
    bl_label = "Voice from Strip"
    bl_options = {"REGISTER"}

    name: bpy.props.StringProperty(name="Name", description="The name of the voice")
    consent: bpy.props.StringProperty(
        name="Consent", description="What its speaker agreed to, which is kept with the voice"
    )
    force: bpy.props.BoolProperty(
        name="Even If Unfit", description="Make the voice even if the recording has faults", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        try:
            strip = _strip(scene_of(context))
        except HostError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.name = os.path.splitext(strip.name)[0]
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Any) -> set[str]:
        work = Work(0.05)
        try:
            scene = scene_of(context)
            running = Running(work, self._steps(work, scene, read_choices(context).python))
            while running.step():
                pass
        except HostError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        made = work.answer
        if made["faults"]:
            self.report(
                {"ERROR"},
                f"the recording is not fit for the voice “{made['name']}”: {'; '.join(made['faults'])}: choose another "
                "part, or set Even If Unfit",
            )
            return {"CANCELLED"}
        self.report(
            {"INFO"},
            f"the voice “{made['name']}” is ready, {made['seconds']:.1f} s: choose it under Cast"
            + "".join(f"; {note}" for note in made["notes"]),
        )
        return {"FINISHED"}

    def _steps(self, work: Work, scene: Any, python: str) -> Steps:
        strip = _strip(scene)
        asked = {"name": self.name or os.path.splitext(strip.name)[0], "consent": self.consent, "force": self.force}
        file = file_of(strip.sound)
        with Session(work, python) as session:
            yield from session.hello()
            rate = yield from session.ask("rate", text=rate_text(scene))
            fps = Fraction(rate["numerator"], rate["denominator"])
            start, length = _part(strip, fps)
            work.answer = yield from session.ask(
                "enrol",
                file=file,
                start=[start.numerator, start.denominator],
                duration=[length.numerator, length.denominator],
                **asked,
            )


def _strip(scene: Any) -> Any:
    """The active sound strip. Raises HostError for one of which no voice can be made."""
    check_scene(scene)
    strip = scene.sequence_editor.active_strip
    if strip is None or strip.type != "SOUND":
        raise HostError("there is no active sound strip: click on one that plays 5 to 15 s of one speaker")
    if strip.sound is None or strip.sound.packed_file is not None:
        raise HostError(f"“{strip.name}” has no file of its own: unpack it (File ▸ External Data), and try again")
    if not os.path.isfile(file_of(strip.sound)):
        raise HostError(f"the file of “{strip.name}” is missing ({file_of(strip.sound)}): find it, and try again")
    if any(abs(key.timeline_frame - strip.frame_final_start) and key.timeline_frame < strip.frame_final_end - 1
           for key in getattr(strip, "retiming_keys", ())):  # fmt: skip
        raise HostError(f"“{strip.name}” is retimed: reset its speed (Strip ▸ Retiming ▸ Reset), and try again")
    return strip


def _part(strip: Any, fps: Fraction) -> tuple[Fraction, Fraction]:
    """Where in its file a strip begins and how much of it is played, in seconds."""
    first = Fraction(strip.frame_offset_start) + int(strip.animation_offset_start)
    offset = Fraction(float(getattr(strip, "sound_offset", 0.0))).limit_denominator(1_000_000)
    return max(Fraction(0), first / fps + offset), int(strip.frame_final_duration) / fps


CLASSES = (FRAMEVOX_OT_voice_from_strip,)
