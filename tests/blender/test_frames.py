"""Frames at every rate, and Blender's own mixdown of them, beside one of clicks that Blender itself put there."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from .conftest import Blender, each
from .renderer import offset, read

pytestmark = each
RATES = [(24, 1.001), (24, 1.0), (25, 1.0), (30, 1.001), (30, 1.0), (60, 1.001)]
SLOTS = [(1, 61), (101, 73), (174, 50), (333, 97), (1002, 84)]


@pytest.mark.parametrize(("fps", "base"), RATES, ids=lambda value: str(value))
def test_takes_lie_on_their_frames_and_are_heard_there(blender: Blender, fps: int, base: float) -> None:
    told = blender.run(f"""
        scene().render.fps, scene().render.fps_base = {fps}, {base}
        slots = {SLOTS!r}
        for start, length in slots:
            text(start, length, "ALICE: Now.")
        scene().frame_start, scene().frame_end = 0, 1200
        save()
        said = run("fill")
        mix = lambda name: bpy.ops.sound.mixdown(
            filepath=os.path.join(os.environ["WORK"], name), container="WAV", codec="PCM", format="S24")
        mix("takes.wav")
        found, files, heads, clicks = takes(), [], [], []
        for strip in list(scene().sequence_editor.strips_all):
            if strip.get("framevox_take"):
                files.append(bpy.path.abspath(strip.sound.filepath))
                heads.append([int(strip.frame_offset_start), int(strip.frame_final_start)])
                strip.mute = True
        # A click in the same places, 480 samples into its file: what Blender's renderer does to any sound.
        wav(os.path.join(os.environ["WORK"], "click.wav"), 480000, at=480)
        for start, length in slots:
            click = strips().new_sound("click", os.path.join(os.environ["WORK"], "click.wav"), 60, start)
            click.frame_final_duration = 20
        mix("clicks.wav")
        out(said=said, takes=found, files=files, heads=heads)
    """)
    assert [take[2:4] for take in told["takes"]] == [list(slot) for slot in SLOTS], told["said"]
    rate = Fraction(fps * 1000, 1001) if base != 1.0 else Fraction(fps)
    takes, clicks = read(blender.work / "takes.wav"), read(blender.work / "clicks.wav")
    late = {}
    for file, (head, start) in zip(told["files"], told["heads"], strict=True):
        at = round(start * 48000 / rate)
        first = round(head * 48000 / rate)
        sound = read(blender.work / file)[first : first + round(30 * 48000 / rate)]
        around = np.abs(clicks[at + 380 : at + 580])
        click = int(np.argmax(around)) - 100
        late[start] = (offset(takes, sound, at), click)
    print(json.dumps({str(rate): late}))
    assert all(abs(take - click) <= 2 for take, click in late.values()), late
