"""Filling a scene in a real Blender: what is spoken, where it lies, and what a second run does."""

from __future__ import annotations

from tests.provenance.marks import signed

from .conftest import Blender, each

pytestmark = each


def test_every_kind_of_placeholder_is_spoken_in_its_place(blender: Blender) -> None:
    told = blender.run("""
        text(101, 72, "ALICE: Hello there, how are you?")
        said = {"text": "Nice to see you.", "character": "BOB", "take_number": 2}
        effect("COLOR", "C", 2, 200, 60)["framevox"] = said
        effect("COLOR", "J", 2, 300, 60)["framevox"] = '{"text": "JSON speaks as well.", "character": "CARL"}'
        marker(400, "DORA: A marker bears me."), marker(450, "/"), marker(460, "Scene 3"), marker(470, "/")
        strips().new_sound("EVE: My file is missing.", "/nowhere/eve.wav", 4, 500).frame_final_duration = 50
        strips().new_sound("boom.wav", "/nowhere/boom.wav", 4, 600).frame_final_duration = 50
        text(700, 50, "The channel says who.", channel=9)
        scene().sequence_editor.channels[9].name = "FRED"
        text(800, 50, "The user muted me.", channel=9).mute = True
        save()
        said = run("fill")
        user = [strip for strip in scene().sequence_editor.strips_all if not strip.get("framevox_take")]
        out(said=said, takes=takes(), muted=sorted(strip.name for strip in user if strip.mute), count=len(user))
    """)
    assert [take[:6] for take in told["takes"]] == [
        ["ALICE", "FV ALICE", 101, 72, 1, False],
        ["BOB", "FV BOB", 200, 60, 2, False],
        ["CARL", "FV CARL", 300, 60, 1, False],
        ["DORA", "FV DORA", 400, 50, 1, False],
        ["EVE", "FV EVE", 500, 50, 1, False],
        ["FRED", "FV FRED", 700, 50, 1, False],
    ]
    assert told["said"].endswith("6 placed, 0 unchanged, 0 not placed")
    assert told["muted"] == ["C", "EVE: My file is missing.", "J", "Text", "Text.001", "Text.002"]
    assert told["count"] == 7
    files = list(blender.work.rglob("*_t[12]_*.wav"))
    assert len(files) == 6 and all(signed(file).line_matches for file in files)


def test_a_second_run_makes_only_what_changed(blender: Blender) -> None:
    told = blender.run("""
        for number, name in enumerate("ABCDE"):
            text(100 * number, 60, f"{name}{name}: This is my line.", name=name)
        save()
        first, before = run("fill"), takes()
        again, unchanged = run("fill"), takes()
        lines = scene().sequence_editor.strips
        lines["A"].text = "AA: This is another line."
        lines["B"].frame_start = 140                       # the placeholder alone: its take follows
        lines["C"].frame_start = 225; take_of("CC").frame_start += 25   # both, as in a ripple
        take_of("DD").frame_start += 7                     # the take alone: it stays as it is
        strips().remove(take_of("EE"))                     # deleted: it comes back
        said = run("fill")
        out(first=first, again=again, same=before == unchanged, said=said, takes=takes(), before=before)
    """)
    assert told["same"] and told["again"].endswith("0 placed, 5 unchanged, 0 not placed")
    assert [take[:4] for take in told["takes"]] == [
        ["AA", "FV AA", 0, 60],
        ["BB", "FV BB", 140, 60],
        ["CC", "FV CC", 225, 60],
        ["DD", "FV DD", 307, 60],
        ["EE", "FV EE", 400, 60],
    ]
    assert "DD at frame 300: you moved or trimmed its take, so it stays as it is" in told["said"]
    assert told["said"].endswith("3 placed, 1 unchanged, 0 not placed")
    assert told["takes"][0][6] != told["before"][0][6]


def test_renamed_pasted_and_copied_placeholders_keep_their_takes(blender: Blender) -> None:
    told = blender.run("""
        text(100, 60, "ALICE: This is my line.", name="One")
        save()
        run("fill")
        scene().sequence_editor.strips["One"].name = "Renamed"
        renamed, after = run("fill"), takes()
        twin = scene().copy()
        copied = part("run")
        bpy.context.window.scene = twin
        again = run("fill")
        out(renamed=renamed, after=after, again=again, twin=takes(twin))
    """)
    assert told["renamed"].endswith("0 placed, 1 unchanged, 0 not placed")
    assert len(told["after"]) == 1 and told["again"].endswith("0 placed, 1 unchanged, 0 not placed")
    assert [take[:4] for take in told["twin"]] == [["ALICE", "FV ALICE", 100, 60]]


def test_lines_that_overlap_lie_on_channels_of_their_own(blender: Blender) -> None:
    told = blender.run("""
        text(100, 60, "ALICE: This is my line.", name="One")
        text(130, 60, "ALICE: And so is this.", channel=2, name="Two")
        effect("COLOR", "Above", 7, 0, 500)
        save()
        run("fill")
        out(takes=takes(), channels={s.name: s.channel for s in scene().sequence_editor.strips_all})
    """)
    assert [take[:4] for take in told["takes"]] == [["ALICE", "FV ALICE", 100, 60], ["ALICE", "FV ALICE 2", 130, 60]]
    assert told["channels"]["Above"] == 7 and min(list(told["channels"].values())[3:]) > 7


def test_meta_strips_hold_their_own_takes(blender: Blender) -> None:
    told = blender.run("""
        meta = strips().new_meta("Meta", 3, 100)
        text(100, 60, "ALICE: Inside a meta strip.", owner=meta, name="In")
        text(200, 60, "BOB: Cut by its end.", owner=meta, name="Cut")
        text(300, 60, "CARL: Outside of what is shown.", owner=meta, name="Out")
        meta.frame_final_end = 240
        save()
        said = run("fill")
        span = [meta.frame_final_start, meta.frame_final_end]
        inside = sorted(strip.name for strip in meta.strips if strip.get("framevox_take"))
        meta.frame_start += 50
        moved, again = takes(), run("fill")
        out(said=said, span=span, inside=inside, moved=moved, again=again)
    """)
    assert told["span"] == [100, 240] and len(told["inside"]) == 2
    assert [take[:4] for take in told["moved"]] == [["ALICE", "FV ALICE", 150, 60], ["BOB", "FV BOB", 250, 40]]
    assert told["again"].endswith("0 placed, 2 unchanged, 0 not placed")


def test_several_scenes_and_scenes_that_start_anywhere(blender: Blender) -> None:
    told = blender.run("""
        found = []
        for first in (1, 1001, -500):
            one = bpy.data.scenes.new(f"From {first}")
            bpy.context.window.scene = one
            one.frame_start, one.render.fps, one.render.fps_base = first, 30, 1.001
            text(first + 3, 61, "ALICE: Wherever a scene begins.")
            save()
            found.append([run("fill"), takes()])
            found.append([run("fill"), takes()])
        out(found=found)
    """)
    for (first, (said, takes)), (_, (again, same)) in zip(
        [(first, told["found"][2 * index]) for index, first in enumerate((1, 1001, -500))],
        [(first, told["found"][2 * index + 1]) for index, first in enumerate((1, 1001, -500))],
        strict=True,
    ):
        assert [take[:4] for take in takes] == [["ALICE", "FV ALICE", first + 3, 61]], said
        assert same == takes and again.endswith("0 placed, 1 unchanged, 0 not placed")


def test_undo_takes_a_fill_back_and_saving_keeps_it(blender: Blender) -> None:
    told = blender.run("""
        text(100, 60, "ALICE: This is my line.", name="One")
        save()
        bpy.ops.ed.undo_push(message="built")
        run("fill", True)
        filled = takes()
        bpy.ops.ed.undo()
        undone, muted = takes(), scene().sequence_editor.strips["One"].mute
        bpy.ops.ed.redo()
        redone = takes()
        save()
        load()
        out(filled=filled, undone=undone, muted=muted, redone=redone, loaded=takes(), again=run("fill"))
    """)
    assert told["undone"] == [] and told["muted"] is False
    assert told["filled"] == told["redone"] == told["loaded"]
    assert told["again"].endswith("0 placed, 1 unchanged, 0 not placed")
