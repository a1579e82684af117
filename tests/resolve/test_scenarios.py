"""What a whole session with Resolve showed to be wrong once, each as the editor meets it."""

from __future__ import annotations

import itertools
import re
import stat
from fractions import Fraction
from pathlib import Path

import pytest

from tests.fakes.resolve import Traps, World, start_entry
from tests.resolve.conftest import Editor
from tests.resolve.test_enrol import minute as minute
from tests.resolve.test_enrol import put
from tests.resolve.test_fill import placed
from tests.resolve.test_meanwhile import once
from tests.resolve.test_retake import fill, stack

pytestmark = pytest.mark.timeout(90)


def captions(world: World, track: int = 1) -> list[bool]:
    return [item.enabled for item in world.timeline.tracks["subtitle"][track - 1].items]


def test_a_finished_window_that_is_left_open_refuses_no_other_entry(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    with start_entry(world, editor.entry("fill"), editor.environment, clicks={"open": 60}) as (process, _):
        assert process.stdout is not None
        assert any("1 placed" in line for line in process.stdout)
        assert "0 placed, 1 unchanged" in editor.run(world).out


def test_a_message_that_is_left_open_refuses_no_other_entry(editor: Editor) -> None:
    world = World()
    with start_entry(world, editor.entry("export"), editor.environment, clicks={"open": 60}) as (process, _):
        assert process.stdout is not None
        assert any("exported" in line for line in process.stdout)
        assert "exported" in editor.run(world, "export").out


@pytest.mark.slow
def test_a_dialog_in_the_middle_leaves_page_and_bin_to_the_next_run(editor: Editor) -> None:
    world = World()
    world.page = "color"
    world.caption("ALICE: Hello there.", 24, 36)
    left = itertools.count()
    started: list[bool] = []

    def none(name: str) -> bool:
        started.extend([True] * (name == "AppendToTimeline"))
        return bool(started) and next(left) < 75

    world.answers_none = none
    said = editor.run(world).out
    assert "close" in said and "dialog" in said
    assert (world.page, world.bin) == ("color", 1) or "run the entry again, which does" in said
    world.answers_none = lambda name: False
    assert editor.run(world).out and (world.page, world.bin) == ("color", 1)
    assert captions(world) == [False] and not list(editor.state.glob("journal*"))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_one_call_that_answers_nothing_leaves_no_placeholder_enabled_without_a_word(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    for late in range(sum(world.calls.values())):
        _one_call_answers_nothing(editor, late)


@pytest.mark.parametrize("call", ["SetClipEnabled", "GetClipEnabled", "GetItemListInTrack", "GetUniqueId"])
def test_a_late_call_that_answers_nothing_leaves_no_placeholder_enabled(editor: Editor, call: str) -> None:
    world = World()
    for index in range(3):
        world.caption(f"ALICE: Line {index}.", 24 + 100 * index, 36)
    numbers = itertools.count()
    world.answers_none = lambda name: name == call and "AppendToTimeline" in world.calls and next(numbers) == 1
    editor.run(world)
    assert captions(world) == [False] * 3 and len(world.takes()) == 3


def _one_call_answers_nothing(editor: Editor, late: int) -> None:
    world = World()
    caption = world.caption("ALICE: Hello there.", 24, 36)
    numbers = itertools.count()
    world.answers_none = lambda name: next(numbers) == late
    said = editor.run(world).out
    if caption.enabled and world.takes():
        assert "placeholder" in said or "run the entry again" in said, (late, said)
    assert world.takes() or "run the entry again" in said, (late, said)


def test_killed_in_next_take_whatever_runs_next_leaves_one_take_enabled(editor: Editor) -> None:
    world = fill(editor, World(studio=False))
    world.caption("BOB: Elsewhere.", 400, 40)
    before = stack(world)
    editor.killed(world, lambda name: name == "GetClipEnabled" and len(stack(world)) > len(before), "next")
    assert sum(enabled for _, enabled, start, _ in stack(world) if start == 86424) == 2
    world.timeline.playhead = 86400 + 410
    editor.run(world, "revoice")  # of another line
    assert sum(enabled for _, enabled, start, _ in stack(world) if start == 86424) == 1


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\v"])
def test_two_speakers_in_one_caption_are_told_apart_however_its_lines_end(editor: Editor, between: str) -> None:
    world = World()
    world.caption(f"- Hi.{between}- BOB: Hello.", 24, 36)
    assert "split it" in editor.run(world).out
    assert not world.takes() and captions(world) == [True]


def test_captions_on_a_hidden_track_are_neither_spoken_nor_disabled(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.caption("ALICE: Guten Tag.", 24, 36, track=2)
    world.timeline.tracks["subtitle"][1].enabled = False
    said = editor.run(world).out
    assert placed(world) == [("FV ALICE", 86424, 36)] and captions(world, 2) == [True]
    assert "“Subtitle 2” is hidden" in said
    world.timeline.tracks["subtitle"][0].enabled = False
    world.timeline.tracks["subtitle"][1].enabled = True
    world.timeline.tracks["audio"].clear()
    assert "1 placed" in editor.run(world).out and captions(world, 2) == [False]


def test_only_hidden_captions_are_named(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.timeline.tracks["subtitle"][0].enabled = False
    assert "“Subtitle 1” is hidden: show it" in editor.run(world).out and not world.takes()


def test_a_character_with_a_number_keeps_to_a_track_of_their_own(editor: Editor) -> None:
    world = World()
    world.caption("GUARD: Halt.", 24, 36)
    world.caption("GUARD: Who goes there?", 30, 36, track=2)
    world.caption("GUARD 2: A friend.", 200, 36)
    editor.run(world)
    assert placed(world) == [("FV GUARD", 86424, 36), ("FV GUARD 2", 86600, 36), ("FV GUARD 3", 86430, 36)]
    editor.run(world)
    assert len(world.takes()) == 3


def test_a_line_that_changes_its_speaker_changes_its_track(editor: Editor) -> None:
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text('{"voice": "tenor"}')  # so that nothing is to be heard of it
    world = World()
    lines = [world.caption("ALICE: Hello there.", 24, 36), world.caption("BOB: Hello there.", 100, 36)]
    editor.run(world)
    lines[0].name, lines[1].name = "CAROL: Hello there.", "ALICE: Hello there."
    lines[1].start += 40
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86540, 36), ("FV CAROL", 86424, 36)]


def test_locked_bins_are_named(editor: Editor) -> None:
    world = World(traps=Traps(locked_bins=True))
    world.caption("ALICE: Hello there.", 24, 36)
    said = editor.run(world).out
    assert "unlock" in said and "“Framevox”" in said and "AddSubFolder" not in said and not world.takes()


def test_a_timer_that_fires_while_a_call_is_under_way_takes_no_second_step(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    assert "1 placed" in editor.run(world, clicks={"reenter": 1}).out


@pytest.mark.slow
def test_a_helper_that_freezes_leaves_what_was_placed_finished(editor: Editor, tmp_path: Path) -> None:
    world = World()
    for index in range(4):
        world.caption(f"ALICE: Line {index}.", 24 + 100 * index, 36)
    # A helper that says nothing more once the third take of four is made.
    python = tmp_path / "python"
    freezing = (
        "import subprocess, sys\n"
        f"real = subprocess.Popen([{editor.python!r}, *sys.argv[1:]], stdout=subprocess.PIPE)\n"
        "takes = 0\n"
        "for line in real.stdout:\n"
        "    takes += b'\"take\"' in line and b'\"event\"' in line\n"
        "    if takes < 3: sys.stdout.buffer.write(line); sys.stdout.flush()\n"
    )
    python.write_text(f"#!{editor.python}\n{freezing}")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    root = tmp_path / "root"
    for folder in ("plugin", "plugin/host", "plugin/resolve", "plugin/resolve/host"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for file in (Path(__file__).parents[2] / folder).glob("*.py"):
            text = file.read_text().replace("SILENT_SECONDS = 15.0", "SILENT_SECONDS = 3.0")
            (root / folder / file.name).write_text(text)
    (root / "framevox").symlink_to(Path(__file__).parents[2] / "framevox")
    entry = editor.entry("fill")
    text = re.sub(r"^PYTHON = .*$", f"PYTHON = {str(python)!r}", entry.read_text("utf-8"), flags=re.M)
    entry.write_text(re.sub(r"^ROOT = .*$", f"ROOT = {str(root)!r}", text, flags=re.M), "utf-8")
    said = editor.run(world).out
    assert "has not answered" in said and "only the rest" in said
    assert len(world.takes()) == 2 and captions(world) == [False, False, True, True]


def test_captions_that_were_locked_are_disabled_by_the_next_run(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.timeline.tracks["subtitle"][0].locked = True
    assert "locked track" in editor.run(world).out and captions(world) == [True]
    world.timeline.tracks["subtitle"][0].locked = False
    assert "1 unchanged" in editor.run(world).out and captions(world) == [False]


def test_a_disabled_clip_that_was_only_renamed_is_not_spoken(editor: Editor) -> None:
    world = World()
    world.clip("CU alt", 24, 36, media=world.add_media("/rushes/boom.wav"), enabled=False)
    world.clip("DORA: A line.", 100, 36, media=world.add_media("/rushes/b.wav"), enabled=False)
    world.clip("So is this.", 200, 36, media=world.add_media("/rushes/c.wav"), enabled=False)
    said = editor.run(world).out
    assert [start for _, start, _ in placed(world)] == [86500, 86600] and "“CU alt”" in said


@pytest.mark.parametrize("text", ["", "Subtitle", "Subtitle 1", "字幕 3"])
def test_captions_whose_text_is_not_told_are_named_and_stay_enabled(editor: Editor, text: str) -> None:
    world = World()
    world.caption(text, 24, 36)
    world.caption("ALICE: Hello there.", 100, 36)
    said = editor.run(world).out
    assert captions(world) == [True, False] and "its text is not told" in said


def test_lengths_that_are_told_in_fractions_are_whole_slots(editor: Editor) -> None:
    world = World(rate=Fraction(24000, 1001), project_rate=Fraction(24), traps=Traps(fractions_told=True))
    for index in range(3):
        world.caption("ALICE: Say it.", 48 * index, 48)
    assert "3 placed" in editor.run(world).out
    assert placed(world) == [("FV ALICE", 86400 + 48 * index, 48) for index in range(3)]
    assert "DeleteClips" not in world.calls and "3 unchanged" in editor.run(world).out


def test_clips_of_a_disabled_track_are_not_in_the_way_of_a_voice(editor: Editor, minute: Path) -> None:
    world = World(studio=False)
    put(world, minute)
    put(world, minute, track=3)
    world.timeline.tracks["audio"][2].enabled = False
    assert "is ready" in editor.run(world, "enrol").out


@pytest.mark.slow
def test_nothing_changes_under_a_dialog_that_stays(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    once(world, "AppendToTimeline", lambda: setattr(world, "modal", True))
    assert "close" in editor.run(world).out
    world.modal = False
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86424, 36)] and (world.page, world.bin) == ("edit", 1)
