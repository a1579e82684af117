"""What scripts inside Blender begin with: a scene to build, the operators, and what is told to the test outside."""

import importlib
import json
import os
import sys
import wave

import bpy  # isort: skip
import addon_utils  # isort: skip  (bpy brings it)

FIVE = bpy.app.version >= (5, 0, 0)
MODULE = "bl_ext.user_default.framevox"


def part(name):
    return importlib.import_module(f"{MODULE}.{name}")


def scene():
    return bpy.context.scene


def strips(owner=None):
    return (owner or scene().sequence_editor_create()).strips


def effect(kind, name, channel, start, length, owner=None):
    span = {"length": length} if FIVE else {"frame_end": start + length}
    return strips(owner).new_effect(name=name, type=kind, channel=channel, frame_start=start, **span)


def text(start, length, line, channel=1, owner=None, name="Text"):
    strip = effect("TEXT", name, channel, start, length, owner)
    strip.text = line
    strip.select = False
    return strip


def marker(frame, name):
    return scene().timeline_markers.new(name, frame=frame)


def save(name="edit.blend"):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(os.environ["WORK"], name))


def load(name="edit.blend"):
    bpy.ops.wm.open_mainfile(filepath=os.path.join(os.environ["WORK"], name))


def run(operator, *undo, **options):
    """Runs an operator as a script does. Returns its error, or what it said."""
    said = []
    keep = part("work").Work.say

    def say(work, sentence):
        said.append(sentence)
        keep(work, sentence)

    part("work").Work.say = say
    try:
        getattr(bpy.ops.framevox, operator)("EXEC_DEFAULT", *undo, **options)
    except RuntimeError as error:
        return str(error).strip()
    finally:
        part("work").Work.say = keep
    return "\n".join(said)


def takes(of=None):
    """Every take: character, channel, first frame, length, number, mute, file."""
    found = []
    chosen = of or scene()
    for strip in chosen.sequence_editor.strips_all:
        told = strip.get("framevox_take")
        if told is None:
            continue
        owner = strip.parent_meta() or chosen.sequence_editor
        channel = owner.channels[strip.channel].name
        span = int(strip.frame_final_start), int(strip.frame_final_duration)
        file = os.path.basename(strip.sound.filepath)
        found.append([told["character"], channel, *span, int(told["take"]), bool(strip.mute), file])
    return sorted(found)


def take_of(character):
    strips_ = scene().sequence_editor.strips_all
    return next(one for one in strips_ if one.get("framevox_take") and one["framevox_take"]["character"] == character)


def wav(path, samples, at=None, rate=48000):
    """A file of silence, with one loud sample."""
    data = bytearray(2 * samples)
    if at is not None:
        data[2 * at : 2 * at + 2] = (30000).to_bytes(2, "little")
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(data))


def out(**told):
    with open(os.environ["OUT"], "w", encoding="utf-8") as file:
        json.dump(told, file)


def steps_of(wait=0.02):
    """A fill that the script takes from step to step, as the timer beside a window does."""
    work = part("work").Work(wait)
    run_ = part("run")
    choices = part("preferences").read_choices(bpy.context)
    running = part("work").Running(work, run_.work_on(work, scene().name, choices, run_.fill))
    part("work").begin(running)
    return running


def end_of(running):
    """Takes the rest of its steps. Returns what a cancelled one says, "" where it came to its end."""
    try:
        while running.step():
            pass
        return ""
    except part("shared.errors").CancelledError as caught:
        return str(caught)
    finally:
        part("work").end()


addon_utils.enable(MODULE, default_set=True)
assert MODULE in sys.modules, "the extension is not there"
