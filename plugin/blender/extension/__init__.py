"""Framevox in Blender's Video Sequencer: what runs inside Blender, with the standard library and bpy alone.

compat         where Blender's versions differ
scan, words    a scene's placeholders, and the takes that lie in it
channels       which channel has room for a take
place          takes onto the timeline, on the frame, and never twice
session        the helper process, as steps that never wait
run            fill, re-voice, next and previous take, from the scan to the report
work           what runs now: a modal operator's timer or a script takes it from step to step
operators, panel, cast, mouth, preferences   what the user sees
shared         the package that every host has a copy of
"""

from __future__ import annotations

from .shared import state

state.HOST = "blender"


def register() -> None:
    from . import registering

    registering.register()


def unregister() -> None:
    from . import registering

    registering.unregister()
