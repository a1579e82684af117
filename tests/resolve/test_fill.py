"""Fill Placeholder Dialogue, as an editor sees it: what is spoken, where it lies, and what a second run does."""

from __future__ import annotations

import itertools
import json
import random
import re
import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.resolve import Placed, Traps, World, run_entry, start_entry
from tests.provenance.marks import signed
from tests.resolve.conftest import Editor

SLOW = pytest.mark.slow
# The oldest free one and the newest Studio every time, all of them where there is time.
VERSIONS = [
    pytest.param(version, studio, marks=() if (version, studio) == ("21.1", True) else SLOW)
    for version in ("20.3.2", "21.0", "21.1")
    for studio in (True, False)
]
PYENV = Path.home() / ".pyenv" / "versions"
PYTHONS = [path for minor in range(9, 15) for path in sorted(PYENV.glob(f"3.{minor}.*/bin/python"))]
NTSC = Fraction(30000, 1001)


def placed(world: World) -> list[tuple[str, int, int]]:
    return sorted((name, int(take.start), int(take.duration)) for name, take in world.takes())


def files(world: World) -> list[str]:
    return sorted(take.media.name for _, take in world.takes() if take.media)


@pytest.mark.parametrize(("version", "studio"), VERSIONS)
def test_every_kind_of_placeholder_is_spoken_on_its_own_frames(editor: Editor, version: str, studio: bool) -> None:
    world = World(version, studio=studio, rate=NTSC, drop_frame=True, start=107892)
    caption = world.caption("ALICE: Hello there.", 24, 37)
    world.marker("BOB: Over here.", 100, 31)
    empty = world.clip("CARL: An empty clip.", 200, 53)
    named = world.clip("DORA: A named one.", 300, 41, media=world.add_media("/rushes/boom.wav"), enabled=False)
    ran = editor.run(world)
    assert placed(world) == [
        ("FV ALICE", 107916, 37),
        ("FV BOB", 107992, 31),
        ("FV CARL", 108092, 53),
        ("FV DORA", 108192, 41),
    ]
    assert "4 placed, 0 unchanged, 0 not placed" in ran.out
    assert all(signed(Path(take.media.path)).line_matches for _, take in world.takes())
    assert not (caption.enabled or empty.enabled or named.enabled)
    assert not world.modal, "a call that only Studio has was made in the free edition"


@pytest.mark.parametrize(
    "python",
    [pytest.param(path, marks=SLOW if path in PYTHONS[1:] else ()) for path in PYTHONS],
    ids=lambda path: path.parent.parent.name,
)
def test_the_host_side_runs_in_a_python_of_resolves_own(editor: Editor, python: Path) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor.python = str(python)
    world.timeline.playhead = 86430
    for entry in ("fill", "next", "enrol"):
        editor.run(world, entry)
    assert placed(world) == [("FV ALICE", 86424, 36), ("FV ALICE 2", 86424, 36)]


def test_what_is_not_a_placeholder_is_left_alone(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.cross_fade(70, 10)
    world.marker("a note without a length", 90, 1)
    world.marker("", 95, 20)
    world.clip("boom_03.wav", 100, 20)
    enabled = world.clip("BOB: This one sounds.", 130, 40, media=world.add_media("/rushes/boom.wav"))
    own_name = world.clip("boom", 200, 40, media=world.add_media("/rushes/boom"), enabled=False)
    before = world.users()
    editor.run(world)
    assert [name for name, *_ in placed(world)] == ["FV ALICE"]
    assert world.users() == before
    assert enabled.enabled and not own_name.enabled


def test_markers_over_a_placeholder_put_its_words_on_their_frames(editor: Editor) -> None:
    world = World(rate=NTSC, start=107892)
    world.caption("ALICE: Hello there.", 24, 60)
    world.caption("ALICE: Hello again.", 100, 60)
    world.caption("ALICE: Hello, hello, you.", 200, 60)
    world.marker("there", 24 + 31, 1)
    world.marker("TODO", 24 + 40, 1)
    world.marker("", 100 + 27, 1, name="again")
    world.marker("hello", 200 + 27, 1)
    ran = editor.run(world)
    takes = {int(take.start): take for _, take in world.takes()}
    assert sorted(takes) == [107916, 107992]
    # Half of the characters hum before the second word, at their own pace. At this rate handles are 15 frames.
    for start, at in ((107916, 31), (107992, 27)):
        sound, rate = soundfile.read(takes[start].media.path)
        first = np.flatnonzero(np.abs(sound) > 1e-3)[0] / rate - 15 * 1001 / 30000
        assert abs(first - (at * 1001 / 30000 - len("Hello there.") * 0.08 / 2)) < 0.02
    assert "“hello” is in the line 2 times (#1 “[Hello], hello, you.”, #2 “Hello, [hello], you.”)" in ran.out


def test_a_second_run_changes_nothing(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.marker("BOB: Over here.", 100, 31)
    editor.run(world)
    before, appended = [(t.uid, t.start, t.enabled) for _, t in world.takes()], world.appended
    ran = editor.run(world)
    assert [(t.uid, t.start, t.enabled) for _, t in world.takes()] == before
    assert world.appended == appended
    assert "0 placed, 2 unchanged" in ran.out


def test_a_second_run_touches_only_what_changed(editor: Editor) -> None:
    world = World()
    said = world.caption("ALICE: Hello there.", 24, 36)
    moved = world.caption("ALICE: And again.", 100, 40)
    world.caption("ALICE: Stays as it is.", 200, 60)
    editor.run(world)
    first = files(world)
    kept = [t.uid for _, t in world.takes() if t.start == 86600]
    said.name, moved.start, moved.duration = "ALICE: Hello, you.", moved.start + 10, Fraction(44)
    ran = editor.run(world)
    assert placed(world) == [("FV ALICE", 86424, 36), ("FV ALICE", 86510, 44), ("FV ALICE", 86600, 60)]
    assert [t.uid for _, t in world.takes() if t.start == 86600] == kept
    assert len(set(files(world)) & set(first)) == 1
    assert "2 placed, 1 unchanged" in ran.out


@pytest.mark.parametrize("by_hand", ["moved", "trimmed", "to another track"])
def test_a_take_that_the_editor_moved_or_trimmed_is_left_alone(editor: Editor, by_hand: str) -> None:
    world = World()
    said = world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    ((_, take),) = world.takes()
    if by_hand == "moved":
        take.start += 5
    elif by_hand == "trimmed":
        take.duration -= 3
    else:
        world.timeline.tracks["audio"][0].items.append(take)
        world.timeline.tracks["audio"][1].items.remove(take)
    said.name = "ALICE: Something else."
    before = (take.uid, take.start, take.duration, world.appended)
    ran = editor.run(world)
    assert (take.uid, take.start, take.duration, world.appended) == before
    assert "stays as it is" in ran.out


def test_a_copy_of_a_take_stays_and_the_take_goes_on(editor: Editor) -> None:
    world = World()
    said = world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    ((_, take),) = world.takes()
    track = world.timeline.tracks["audio"][1]
    copy = Placed(take.name, take.start + 500, take.duration, take.media, uid="copy")
    track.items.append(copy)
    said.name = "ALICE: Something else."
    editor.run(world)
    assert copy in track.items and copy.enabled
    assert placed(world) == [("FV ALICE", 86424, 36), ("FV ALICE", 86924, 36)]


def test_lines_of_one_character_that_overlap_get_layers(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    world.caption("ALICE: And over it.", 40, 36, track=2)
    world.caption("ALICE: Right after it.", 60, 36)
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86424, 36), ("FV ALICE", 86460, 36), ("FV ALICE 2", 86440, 36)]
    assert world.swallowed == 0, "nothing is appended where something lies, or where something was just appended"


def test_what_there_is_to_say_of_a_take_is_said(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hi.", 24, 200)
    ran = editor.run(world)
    assert placed(world) == [("FV ALICE", 86424, 200)] and "loose" in ran.out


def test_page_bin_and_locks_are_as_before(editor: Editor) -> None:
    world = World()
    said = world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    world.page, world.bin = "fairlight", 1
    world.timeline.tracks["audio"][1].locked = True
    said.name = "ALICE: Something else."
    editor.run(world)
    assert (world.page, world.bin) == ("fairlight", 1)
    assert [track.locked for track in world.timeline.tracks["audio"]] == [False, True]
    assert len(world.takes()) == 1 and not list(editor.state.glob("journal*"))


def test_a_placeholder_on_a_locked_track_is_spoken_and_the_track_stays_locked(editor: Editor) -> None:
    world = World()
    empty = world.clip("CARL: An empty clip.", 200, 53)
    world.timeline.tracks["audio"][0].locked = True
    ran = editor.run(world)
    assert placed(world) == [("FV CARL", 86600, 53)]
    assert empty.enabled and world.timeline.tracks["audio"][0].locked
    assert "locked track" in ran.out


def test_captions_stay_enabled_where_the_settings_say_so(editor: Editor) -> None:
    world = World()
    caption = world.caption("ALICE: Hello there.", 24, 36)
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text('{"disable_captions": false, "voice": "tenor"}')
    editor.run(world)
    assert len(world.takes()) == 1 and caption.enabled


def test_a_second_instance_steps_aside(editor: Editor) -> None:
    world, other = World(), World()
    for one in (world, other):
        one.caption("ALICE: Hello there.", 24, 36)
    go = threading.Event()
    world.before = lambda name, obj, args: go.wait(30) if name == "AppendToTimeline" else None
    with start_entry(world, editor.entry("fill"), editor.environment) as (process, _):
        deadline = time.monotonic() + 30
        while "AppendToTimeline" not in world.calls and time.monotonic() < deadline:
            time.sleep(0.02)
        ran = editor.run(other)
        go.set()
        process.communicate(timeout=30)
    assert "another Framevox entry is running" in ran.out
    assert other.takes() == [] and len(world.takes()) == 1


def test_a_window_shows_the_line_and_the_bar_in_studio_only(editor: Editor) -> None:
    shown, said = {}, {}
    for studio in (True, False):
        world = World(studio=studio)
        world.caption("ALICE: Hello there.", 24, 36)
        ran = editor.run(world)
        shown[studio], said[studio] = ran.windows, ran.out
        assert bool(world.timeline.markers) is not studio
    assert shown[False] == []
    # On a busy machine the line is done by the time it is said.
    assert re.search(r"Framevox: ALICE at frame 86424: Hello there\. \([01] of 1 done\)", said[False])
    assert "Hello there" not in said[True], "the window shows it"
    texts = json.dumps(shown[True], ensure_ascii=False)
    assert "░" in texts and "1 of 1" in texts and "1 placed" in texts


def test_cancel_keeps_what_was_placed_and_the_next_run_makes_the_rest(editor: Editor) -> None:
    world = World()
    for index in range(40):
        world.caption(f"ALICE: This is line number {index}.", 60 * index, 50)
    # Placing is held up until Cancel was pressed, so that there is something left to cancel.
    world.before = lambda name, obj, args: time.sleep(0.05) if name == "AppendToTimeline" else None
    ran = run_entry(
        world,
        editor.entry("fill"),
        editor.environment,
        clicks={"12": [("Cancel", "Clicked")]},
    )
    assert ran.code == 0, ran.err
    first = world.takes()
    assert "stopped" in ran.out and len(first) < 40
    listed = re.search(r"^Framevox: placed: (.*)$", ran.out, re.M)
    said = listed[1].split(", ") if listed else []
    assert sorted(said) == sorted(f"ALICE at frame {int(take.start)}" for _, take in first)
    world.before = lambda name, obj, args: None
    editor.run(world, clicks={})
    assert len(world.takes()) == len(set(files(world))) == 40


def test_progress_markers_turn_green_and_the_editors_stay(editor: Editor) -> None:
    world = World(studio=False)
    world.caption("ALICE: Hello there.", 24, 36)
    world.caption("ALICE: Under a marker.", 100, 36)
    world.marker("", 100, 1, name="mine")
    colors: list[str] = []
    world.before = lambda name, obj, args: colors.append(args[1]) if name == "AddMarker" else None
    editor.run(world)
    assert colors == ["Yellow", "Green"]
    assert {frame: m["name"] for frame, m in world.timeline.markers.items()} == {24: "Framevox", 100: "mine"}
    editor.run(world)
    assert len(world.timeline.markers) == 2 and len(world.takes()) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "moments"), [(6, "at each write"), (40, "at random")])
def test_killed_at_twenty_five_moments_and_run_again(editor: Editor, lines: int, moments: str) -> None:
    chance = random.Random(4)
    for moment in range(25):
        world = World(studio=False)
        clips = [
            world.clip(f"{'ALICE' if i % 2 else 'BOB'}: Line number {i}.", 60 * i, 40 + i % 7) for i in range(lines)
        ]
        before = world.users()
        world.page = "color"
        # The timeline is read by some ten calls a line, and as many place it.
        left = chance.randrange(20 * lines) if moments == "at random" else moment
        count = itertools.count()
        only_writes = moments == "at each write"
        editor.killed(
            world,
            lambda name: not (only_writes and name.startswith(("Get", "_"))) and next(count) == left,  # noqa: B023
        )
        editor.run(world)
        assert placed(world) == sorted(
            (f"FV {clip.name.partition(':')[0]}", int(clip.start), int(clip.duration)) for clip in clips
        ), left
        assert world.users() == before, left
        assert not any(clip.enabled for clip in clips), left
        assert (world.page, world.bin) == ("color", 1), left
        assert not list(editor.state.glob("journal*"))


@pytest.mark.slow
@pytest.mark.parametrize(("version", "studio"), VERSIONS)
def test_a_thousand_cues_over_two_hours(editor: Editor, version: str, studio: bool) -> None:
    world = World(version, studio=studio, rate=NTSC, drop_frame=True, start=107892)
    slots = [(index * 215 + index % 13, 30 + index * 7 % 120) for index in range(1000)]
    for index, (start, duration) in enumerate(slots):
        world.caption(f"{'ALICE' if index % 3 else 'BOB'}: Line number {index}.", start, duration)
    read: dict[str, int] = {}

    def look(name: str, obj: object, args: object) -> None:
        if name == "ImportMedia" and not read:
            read.update(world.calls)  # what it took to read the timeline

    world.before = look
    ran = editor.run(world, seconds=280)
    assert sorted((int(t.start), int(t.duration)) for _, t in world.takes()) == [(107892 + s, d) for s, d in slots]
    said = re.search(r"1000 placed, .* \((\d+) clips read back; placing took ([0-9.]+) s\)", ran.out)
    assert said, ran.out
    assert int(said[1]) == 1000, "each clip is read back, once"
    calls = sum(count - read.get(name, 0) for name, count in world.calls.items() if "Marker" not in name)
    # The fewer takes a slow machine has ready at a time, the more often they are placed.
    assert calls < 10 * 1000 + 40 * world.calls["AppendToTimeline"], dict(world.calls)
    fake = ran.waited * calls / sum(world.calls.values())
    print(
        f"\n{version}{' Studio' if studio else ''}: {calls / 1000:.1f} calls a take, {said[1]} clips read back, "
        f"placing took {said[2]} s, of which {fake:.1f} s went by until the fake had answered"
    )
    assert float(said[2]) - fake < 2.5, "what Framevox itself adds"


def test_captions_that_are_imported_again_find_their_takes(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    world.timeline.tracks["subtitle"].clear()
    world.caption("ALICE: Hello there.", 24, 36)
    ran = editor.run(world)
    assert placed(world) == [("FV ALICE", 86424, 36)] and "delete or disable it" not in ran.out
    assert "0 placed, 1 unchanged" in editor.run(world).out


def test_a_caption_that_is_copied_along_with_its_take_is_not_spoken_beside_it(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor.run(world)
    ((_, take),) = world.takes()
    world.caption("ALICE: Hello there.", 524, 36)
    copy = Placed(take.name, take.start + 500, take.duration, take.media, uid="copy")
    world.timeline.tracks["audio"][1].items.append(copy)
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86424, 36), ("FV ALICE", 86924, 36)]


def test_a_take_that_is_left_without_a_placeholder_is_named(editor: Editor) -> None:
    world = World()
    world.marker("BOB: Over here.", 100, 31)
    editor.run(world)
    world.timeline.markers[150] = world.timeline.markers.pop(100)
    ran = editor.run(world)
    assert placed(world) == [("FV BOB", 86500, 31), ("FV BOB", 86550, 31)]
    assert "“FV BOB” at frame 86500: the placeholder of this take is gone" in ran.out


def test_clips_whose_media_were_deleted_are_no_placeholders(editor: Editor) -> None:
    world = World()
    lost = [world.clip(name, 300 + 100 * i, 50) for i, name in enumerate(["A003_C012", "Interview Mara", "boom.wav"])]
    line = world.clip("What a day, isn't it?", 24, 60)
    named = world.clip("BOB: What a day", 100, 60)
    off = world.clip("What a day", 200, 60, enabled=False)
    ran = editor.run(world)
    assert sorted(int(take.start) for _, take in world.takes()) == [86424, 86500, 86600]
    assert all(clip.enabled for clip in lost) and not (line.enabled or named.enabled or off.enabled)
    assert "“A003_C012” and 1 more: its name does not read as a line" in ran.out


def test_files_whose_path_resolve_tells_in_another_way_are_known(editor: Editor) -> None:
    world = World(traps=Traps(other_paths=True))
    world.caption("ALICE: Hello there.", 24, 36)
    assert "1 placed" in editor.run(world).out
    assert "0 placed, 1 unchanged" in editor.run(world).out
    assert placed(world) == [("FV ALICE", 86424, 36)]


def test_long_names_of_characters_get_tracks_that_are_found_again(editor: Editor) -> None:
    world = World(traps=Traps(longest_name=50))
    for index, name in enumerate(["X" * 190 + "A", "X" * 190 + "B", "BOB"]):
        world.marker("Hello there.", 24 + 100 * index, 36, name=name)
    assert "3 placed" in editor.run(world).out
    assert "3 unchanged" in editor.run(world).out
    assert len(world.timeline.tracks["audio"]) == 4


def test_a_voice_file_is_called_as_the_settings_have_it(editor: Editor) -> None:
    (editor.home / "Mara Lund.wav").write_bytes(b"RIFF")
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text('{"voice": "~/Mara Lund.wav"}')
    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    ran = editor.run(world)
    assert "~/Mara Lund.wav" in ran.out and "Mara_Lund" not in ran.out
