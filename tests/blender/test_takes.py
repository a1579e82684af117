"""Other takes, re-voicing, the cast, voices from strips, and mouths, in a real Blender."""

from __future__ import annotations

from .conftest import Blender, each

pytestmark = each


def test_takes_go_forth_and_back_in_the_same_strip(blender: Blender) -> None:
    told = blender.run("""
        text(100, 60, "ALICE: This is my line.", name="One")
        text(200, 60, "BOB: This is my line.", name="Two")
        save()
        run("fill")
        take_of("ALICE").volume = 0.5
        scene().frame_set(130)
        first = takes()
        run("take_next"); second = takes()
        run("take_previous"); back = takes()
        low = run("take_previous")
        run("take_next")
        again, kept = run("fill"), takes()
        out(first=first, second=second, back=back, low=low, again=again, kept=kept, volume=take_of("ALICE").volume,
            sounds=len(bpy.data.sounds))
    """)
    assert [take[4] for take in told["second"]] == [2, 1] and told["second"][0][6] != told["first"][0][6]
    assert told["back"] == told["first"]
    assert "is at its first take" in told["low"]
    assert told["again"].endswith("0 placed, 2 unchanged, 0 not placed") and told["kept"] == told["second"]
    assert told["volume"] == 0.5 and told["sounds"] == 2


def test_a_take_that_was_trimmed_gets_another_for_the_frames_it_has(blender: Blender) -> None:
    told = blender.run("""
        text(100, 90, "ALICE: This is my line.", name="One")
        save()
        run("fill")
        take = take_of("ALICE")
        take.frame_final_start = 110
        take.frame_start += 5
        take.select = True
        said = run("take_next")
        trimmed = takes()
        scene().sequence_editor.strips["One"].select = True
        revoiced = run("revoice")
        out(said=said, trimmed=trimmed, revoiced=revoiced, after=takes())
    """)
    assert [take[:5] for take in told["trimmed"]] == [["ALICE", "FV ALICE", 115, 80, 2]], told["said"]
    assert told["after"][0][:4] == ["ALICE", "FV ALICE", 100, 90] or told["after"][0][1] == "FV ALICE 2"
    assert [take[5] for take in told["after"] if take[3] == 90] == [False]


def test_the_cast_is_shown_and_changed(blender: Blender) -> None:
    told = blender.run("""
        text(100, 60, "ALICE: This is my line.")
        text(200, 60, "BOB: This is my line.")
        save()
        run("fill")
        before = takes()
        said = run("cast", voices='{"ALICE": "en_male_2"}')
        filled = run("fill")
        kept = open(os.path.join(os.environ["WORK"], "framevox.toml")).read()
        out(said=said, filled=filled, kept=kept, wrong=run("cast", voices="[1]"), again=run("fill"),
            cast=[[one.character, one.voice, one.lines] for one in bpy.context.window_manager.framevox_cast])
    """)
    assert 'ALICE = "en_male_2"' in told["kept"]
    assert ["ALICE", "en_male_2", 1] in told["cast"] and len(told["cast"]) == 2
    assert "must be a JSON object" in told["wrong"]
    assert told["again"].endswith("0 placed, 2 unchanged, 0 not placed")


def test_words_and_mouths_become_markers_and_keyframes(blender: Blender) -> None:
    told = blender.run("""
        text(100, 60, "ALICE: One two three four.", name="One")
        save()
        run("fill")
        bpy.ops.mesh.primitive_cube_add()
        target = bpy.context.object
        nothing = run("mouth", to="SHAPE_KEYS")
        target.shape_key_add(name="Basis")
        for name in "ABCX":
            target.shape_key_add(name=name)
        run("mouth", to="WORDS"), run("mouth", to="WORDS")
        run("mouth", to="MARKERS")
        run("mouth", to="SHAPE_KEYS")
        run("mouth", to="PROPERTY")
        again = run("fill")
        scene().frame_set(99)
        rest = target.data.shape_keys.key_blocks["X"].value
        values = []
        for frame in range(100, 160):
            scene().frame_set(frame)
            values.append(sum(block.value for block in target.data.shape_keys.key_blocks[1:]))
        markers = sorted([m.frame, m.name] for m in scene().timeline_markers)
        out(nothing=nothing, markers=markers, again=again, rest=rest,
            property=target["framevox_mouth"], open=max(values))
    """)
    words = [name for _, name in told["markers"] if name.startswith("· ")]
    assert words == ["· One", "· two", "· three", "· four"]
    assert all(100 <= frame < 160 for frame, _ in told["markers"])
    assert any(name.startswith("mouth ") for _, name in told["markers"])
    assert "has no shape keys called A to H and X" in told["nothing"]
    assert told["again"].endswith("0 placed, 1 unchanged, 0 not placed"), "written markers are not read as words"
    assert told["rest"] == 1.0 and told["open"] > 0.99


def test_a_strip_becomes_a_voice(blender: Blender) -> None:
    told = blender.run("""
        import math, random, struct
        path = os.path.join(os.environ["WORK"], "speech.wav")
        with wave.open(path, "wb") as file:
            file.setnchannels(1); file.setsampwidth(2); file.setframerate(48000)
            random.seed(1)
            sound = [math.sin(i / 48000 * 880) * (i // 9600 % 3 > 0) for i in range(480000)]
            noise = [int(8000 * one + random.gauss(0, 3)) for one in sound]
            file.writeframes(struct.pack("<480000h", *noise))
        save()
        text(1, 50, "ALICE: A line.")
        none = run("voice_from_strip", name="ZOE")
        strip = strips().new_sound("speech", path, 3, 1)
        scene().sequence_editor.active_strip = strip
        strip.frame_offset_start = 24
        said = run("voice_from_strip", name="ZOE", consent="yes", force=True)
        out(none=none, said=said)
    """)
    assert "there is no active sound strip" in told["none"]
    assert told["said"] == "" or "ZOE" in told["said"], told["said"]
