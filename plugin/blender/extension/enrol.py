"""Voice from Strip: makes a voice of what a sound strip plays. The helper cuts it out and checks it."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any, NamedTuple

import bpy

from .beside import Beside, has_window
from .compat import file_of, scene_of
from .preferences import read_choices
from .scan import check_scene, rate_text
from .session import Session
from .shared.errors import HostError
from .shared.progress import Steps
from .work import Work


class VoiceFromStrip(Beside):
    """What the operator does, with its properties."""

    name: str
    consent: str
    force: bool

    @classmethod
    def poll(cls, context: Any) -> bool:
        return cls.is_free() and cls.has_sequencer(context)

    def steps(self, work: Work, context: Any) -> Steps:
        scene = scene_of(context)
        strip = _strip(scene)
        # Read now what the steps need: an undo between two of them invalidates what holds the strip.
        asked = {"name": self.name or os.path.splitext(strip.name)[0], "consent": self.consent, "force": self.force}
        return _enrol(work, read_choices(context).python, rate_text(scene), _part(strip), asked)

    def finish(self, context: Any, work: Work) -> set[str]:
        made = work.answer
        if made["faults"]:
            raise HostError(
                f"the recording is not fit for the voice “{made['name']}”: {'; '.join(made['faults'])}: choose another "
                "part, or set Even If Unfit"
            )
        said = f"the voice “{made['name']}” is ready, {made['seconds']:.1f} s: choose it under Cast"
        self.report({"INFO"}, said + "".join(f"; {note}" for note in made["notes"]))
        return {"FINISHED"}


_NAME = {"name": "Name", "description": "The name of the voice"}
_CONSENT = {"name": "Consent", "description": "What its speaker agreed to, which is kept with the voice"}
_FORCE = {
    "name": "Even If Unfit", "description": "Make the voice even if the recording has faults", "options": {"SKIP_SAVE"},
}  # fmt: skip


class FRAMEVOX_OT_voice_from_strip(VoiceFromStrip, bpy.types.Operator):
    """Make a voice of the active sound strip: what it plays, between its handles. Choose 5 to 15 s of one speaker"""

    bl_idname = "framevox.voice_from_strip"
    bl_label = "Voice from Strip"
    bl_options = {"REGISTER"}

    name: bpy.props.StringProperty(**_NAME)
    consent: bpy.props.StringProperty(**_CONSENT)
    force: bpy.props.BoolProperty(**_FORCE)
    asked: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Any, event: Any) -> set[str]:
        if has_window(context) and not self.asked:
            bpy.ops.framevox.voice_asked("INVOKE_DEFAULT")
            return {"FINISHED"}
        return self.run(context)


class FRAMEVOX_OT_voice_asked(bpy.types.Operator):
    """Ask what the voice is to be called, and what its speaker agreed to"""

    bl_idname = "framevox.voice_asked"
    bl_label = "Voice from Strip"
    bl_options = {"INTERNAL"}

    name: bpy.props.StringProperty(**_NAME)
    consent: bpy.props.StringProperty(**_CONSENT)
    force: bpy.props.BoolProperty(**_FORCE)

    def invoke(self, context: Any, event: Any) -> set[str]:
        try:
            strip = _strip(scene_of(context))
        except HostError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.name = os.path.splitext(strip.name)[0]
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Any) -> set[str]:
        bpy.ops.framevox.voice_from_strip(
            "INVOKE_DEFAULT", name=self.name, consent=self.consent, force=self.force, asked=True
        )
        return {"FINISHED"}


def _enrol(work: Work, python: str, rate: str, part: _Part, asked: dict[str, Any]) -> Steps:
    with Session(work, python) as session:
        yield from session.hello()
        told = yield from session.ask("rate", text=rate)
        fps = Fraction(told["numerator"], told["denominator"])
        start, length = max(Fraction(0), part.first / fps + part.offset), part.frames / fps
        work.line = "Making the voice"
        span = {"start": [start.numerator, start.denominator], "duration": [length.numerator, length.denominator]}
        work.answer = yield from session.ask("enrol", file=part.file, **span, **asked)
        yield from session.helper.closing()


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


class _Part(NamedTuple):
    """What a strip plays of its file: from which frame on and how many, and seconds that its sound is shifted."""

    file: str
    first: Fraction
    frames: int
    offset: Fraction


def _part(strip: Any) -> _Part:
    first = Fraction(strip.frame_offset_start) + int(strip.animation_offset_start)
    offset = Fraction(float(getattr(strip, "sound_offset", 0.0))).limit_denominator(1_000_000)
    return _Part(file_of(strip.sound), first, int(strip.frame_final_duration), offset)


CLASSES = (FRAMEVOX_OT_voice_from_strip, FRAMEVOX_OT_voice_asked)
