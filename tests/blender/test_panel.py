"""The panel, menus and registration, as far as Blender without a window has them; and Blender's check of the zip."""

from __future__ import annotations

import subprocess
from pathlib import Path

from framevox.plugin.blender.building import build

from .conftest import Blender, each

pytestmark = each


def test_the_panel_draws_and_every_operator_has_a_tooltip(blender: Blender) -> None:
    told = blender.run("""
        drawn = []
        class Layout:
            def __getattr__(self, name):
                def call(*args, **options):
                    drawn.append([name, *map(str, args), *(str(one) for one in options.values())])
                    return Layout()
                return call
        text(100, 60, "ALICE: This is my line.")
        save()
        part("panel").draw(Layout(), bpy.context)
        run("fill")
        scene().sequence_editor.active_strip = take_of("ALICE")
        part("panel").draw(Layout(), bpy.context)
        before = len(drawn)
        running = steps_of()
        running.step()
        part("panel").draw(Layout(), bpy.context)
        part("work").abandon()
        names = ["fill", "revoice", "take_next", "take_previous", "voice_from_strip", "cast", "settings", "mouth"]
        tips = {name: getattr(bpy.ops.framevox, name).get_rna_type().description for name in names}
        undo = {name: "UNDO" in getattr(getattr(bpy.types, f"FRAMEVOX_OT_{name}"), "bl_options", ()) for name in names}
        panel = bpy.types.FRAMEVOX_PT_sequencer
        place = [panel.bl_space_type, panel.bl_region_type, panel.bl_category]
        import addon_utils
        addon_utils.disable(MODULE)
        off = hasattr(bpy.types, "FRAMEVOX_PT_sequencer")
        addon_utils.enable(MODULE)
        out(drawn=drawn[:before], busy=drawn[before:], tips=tips, undo=undo, place=place, off=off,
            on=hasattr(bpy.types, "FRAMEVOX_PT_sequencer"))
    """)
    operators = {line[1] for line in told["drawn"] if line[0] == "operator"}
    assert {"framevox.fill", "framevox.cast", "framevox.settings", "framevox.take_next"} <= operators
    assert ["label", "Take 1: ALICE"] in told["drawn"]
    assert ["label", "1 placed, 0 unchanged, 0 not placed"] in told["drawn"]
    assert any(line[:2] == ["operator", "framevox.cancel"] for line in told["busy"])
    assert all(tip and not tip.endswith(".") for tip in told["tips"].values())
    assert all(told["undo"][name] for name in ("fill", "revoice", "take_next", "take_previous", "mouth"))
    assert told["place"] == ["SEQUENCE_EDITOR", "UI", "Framevox"] and not told["off"] and told["on"]


def test_blenders_own_check_takes_the_zip(blender: Blender) -> None:
    zip_ = blender.work / "framevox.zip"
    build(zip_)
    scripts = "import bpy; print(bpy.utils.system_resource('SCRIPTS'))"
    site = Path(subprocess.check_output([blender.python, "-c", scripts], encoding="utf-8").splitlines()[-1])
    check = site / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    done = subprocess.run([blender.python, check, "validate", zip_], capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and "Success" in done.stdout, done.stdout + done.stderr


def test_ten_thousand_strips_are_read_in_seconds(blender: Blender) -> None:
    told = blender.run("""
        import time
        for number in range(10000):
            effect("COLOR", "C", 1 + number % 8, 100 * number // 8, 10)
        for number in range(20):
            text(1000 * number, 60, f"P{number}: This is my line.", channel=20)
        save()
        began = time.perf_counter()
        part("shared.steps").finish(part("scan").reading(scene().name))
        read = time.perf_counter() - began
        run("fill")
        began = time.perf_counter()
        said = run("fill")
        out(read=read, again=time.perf_counter() - began, said=said)
    """)
    print(told)
    assert told["said"].endswith("0 placed, 20 unchanged, 0 not placed")
    assert told["read"] < 5 and told["again"] < 20
