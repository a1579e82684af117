"""What cannot be filled: one clear sentence, and nothing changed."""

from __future__ import annotations

import pytest

from .conftest import Blender, each

pytestmark = each
_LINE = 'text(100, 60, "ALICE: This is my line."), save()'


def test_scenes_that_cannot_be_filled(blender: Blender) -> None:
    told = blender.run("""
        said = {}
        bpy.context.window.scene = bpy.data.scenes.new("Bare")
        said["no sequencer"] = run("fill")
        text(100, 60, "ALICE: This is my line.")
        said["not saved"] = run("fill")
        save("library.blend")
        bpy.ops.wm.read_homefile(use_empty=True)
        with bpy.data.libraries.load(os.path.join(os.environ["WORK"], "library.blend"), link=True) as (source, target):
            target.scenes = source.scenes
        linked = next(one for one in bpy.data.scenes if one.library)
        bpy.context.window.scene = linked
        save()
        said["linked"] = run("fill")
        bpy.context.window.scene = bpy.data.scenes.new("Empty")
        scene().sequence_editor_create()
        said["nothing"] = run("fill")
        effect("COLOR", "C", 2, 200, 60)["framevox"] = "{not JSON"
        said["json"] = run("fill")
        scene().sequence_editor.strips["C"]["framevox"] = {"text": "Hello.", "voise": "x"}
        said["key"] = run("fill")
        scene().sequence_editor.strips["C"]["framevox"] = {"text": "Hello.", "take_number": "many"}
        said["value"] = run("fill")
        del scene().sequence_editor.strips["C"]["framevox"]
        scene().render.fps, scene().render.fps_base = 24, 1.3
        text(100, 60, "ALICE: This is my line.")
        said["rate"] = run("fill")
        out(said=said, linked=len(takes(linked)), takes=takes())
    """)
    said = told["said"]
    assert "This scene has no sequencer" in said["no sequencer"]
    assert "the blend file has not been saved yet" in said["not saved"]
    assert "is linked from another file and cannot be changed" in said["linked"]
    assert "there are no lines in this scene" in said["nothing"]
    assert 'strip["framevox"] must hold keys and values, or a JSON object' in said["json"]
    assert 'strip["framevox"]["voise"] is not a key that Framevox knows' in said["key"]
    assert 'strip["framevox"]["take_number"]' in said["value"]
    assert "unknown frame rate" in said["rate"]
    assert told["takes"] == [] and told["linked"] == 0


def test_locked_and_crowded_channels(blender: Blender) -> None:
    told = blender.run(f"""
        {_LINE}
        channels = scene().sequence_editor.channels
        channels[1].lock = True
        locked, muted = run("fill"), scene().sequence_editor.strips["Text"].mute
        channels[2].lock = True
        scene().sequence_editor.strips["Text"].text = "ALICE: Another line."
        kept = takes()
        said = run("fill")
        same = kept == takes()
        channels[1].lock = channels[2].lock = False
        text(300, 60, "BOB: There is no room for me.", channel=1)
        for channel in range(3, 129):
            effect("COLOR", "Full", channel, 0, 1000)
        full = run("fill")
        out(locked=locked, muted=muted, said=said, same=same, full=full, takes=takes())
    """)
    assert "is locked: mute it by hand" in told["locked"] and told["muted"] is False
    assert "is locked: unlock it" in told["said"] and told["same"]
    assert "there is no channel left for its take" in told["full"]
    assert [take[0] for take in told["takes"]] == ["ALICE"]


@pytest.mark.parametrize("fault", ["gone", "forbidden", "dies", "older", "nowhere"])
def test_helpers_that_cannot_be_used(blender: Blender, fault: str) -> None:
    told = blender.run(
        f"""
        {_LINE}
        import stat
        from pathlib import Path
        work = Path(os.environ["WORK"])
        python = work / "python"
        script = {{"dies": "#!/bin/sh\\necho broken >&2; exit 3\\n", "forbidden": "", "gone": None,
                  "older": None, "nowhere": None}}["{fault}"]
        choices = bpy.context.preferences.addons[MODULE].preferences
        if script is not None:
            python.write_text(script)
            python.chmod(0o755 if script else 0o644)
        if "{fault}" in ("gone", "dies", "forbidden"):
            choices.python = str(python)
        if "{fault}" == "older":
            part("session").version = lambda: "0.0.1"
        if "{fault}" == "nowhere":
            os.environ["FRAMEVOX_HOME"] = str(work / "empty")
            os.environ["PATH"] = ""
            os.environ["HOME"] = str(work)
        out(said=run("fill"), takes=takes(), muted=scene().sequence_editor.strips["Text"].mute)
        """
    )
    assert told["takes"] == [] and told["muted"] is False
    expected = {
        "gone": "which the settings name as Framevox's Python: choose another",
        "forbidden": "Framevox's helper does not start",
        "dies": "Framevox's helper ended unexpectedly (broken)",
        "older": "differ in version (0.0.1 and",
        "nowhere": "Framevox itself was not found",
    }[fault]
    assert expected in told["said"], told["said"]
    assert told["said"].count("\n") <= 1


def test_a_missing_font_and_an_odd_text_are_spoken_all_the_same(blender: Blender) -> None:
    told = blender.run("""
        strip = text(100, 60, "ALICE: This is my line.")
        strip.font = bpy.data.fonts.new("gone") if hasattr(bpy.data.fonts, "new") else None
        text(200, 60, "   ", channel=2)
        text(300, 60, "[door slams]", channel=2)
        save()
        out(said=run("fill"), takes=takes())
    """)
    assert len(told["takes"]) == 1 and "describes a sound" in told["said"]
