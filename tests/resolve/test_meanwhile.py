"""What the editor does while an entry runs, what fails on the way, and what becomes of the old take."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from tests.fakes.resolve import Placed, World, start_entry
from tests.fakes.resolve.world import TrackState
from tests.resolve.conftest import Editor
from tests.resolve.test_fill import files, placed

pytestmark = pytest.mark.timeout(60)
ALICE, BOB = ("FV ALICE", 86424, 36), ("FV BOB", 86500, 40)


@pytest.fixture
def world(editor: Editor) -> World:
    return two_lines(World())


def two_lines(world: World) -> World:
    world.caption("ALICE: Hello there.", 24, 36)
    world.caption("BOB: Not concerned.", 100, 40)
    world.timeline.playhead = 86430
    return world


def caption(world: World) -> Placed:
    return world.timeline.tracks["subtitle"][0].items[0]


def alices(world: World) -> Placed:
    return next(take for _, take in world.takes() if "ALICE" in take.name)


def once(world: World, call: str, act: Callable[[], Any]) -> None:
    """Does something right ahead of the first call of that name."""
    done: list[Any] = []

    def before(name: str, obj: object, args: object) -> None:
        if name == call and not done:
            done.append(True)
            act()

    world.before = before


# Tracks.


def test_a_track_that_the_editor_inserts_meanwhile_gets_no_take_on_another(editor: Editor, world: World) -> None:
    world.timeline.tracks["audio"].append(TrackState("MUSIC"))
    once(world, "AppendToTimeline", lambda: world.timeline.tracks["audio"].insert(0, TrackState("New")))
    assert "2 placed" in editor.run(world).out
    assert placed(world) == [ALICE, BOB]
    assert not [t.name for t in world.timeline.tracks["audio"] if t.items and not t.name.startswith("FV ")]


def test_a_track_that_the_editor_deletes_meanwhile_shifts_neither_takes_nor_locks(editor: Editor, world: World) -> None:
    editor.run(world)
    tracks = world.timeline.tracks["audio"]
    tracks[1].locked = True
    caption(world).name = "ALICE: Something else."
    tracks.insert(0, TrackState("Room tone"))
    once(world, "AppendToTimeline", lambda: tracks.pop(0))
    editor.run(world)
    assert placed(world) == [ALICE, BOB]
    assert [(t.name, t.locked) for t in tracks] == [("Audio 1", False), ("FV ALICE", True), ("FV BOB", False)]


def test_a_killed_runs_lock_is_put_back_by_name(editor: Editor, world: World) -> None:
    editor.run(world)
    tracks = world.timeline.tracks["audio"]
    tracks[1].locked = True
    caption(world).name = "ALICE: Something else."
    killed_at(editor, world, "AppendToTimeline")
    assert not tracks[1].locked
    tracks.insert(0, TrackState("New"))
    editor.run(world)
    assert [t.name for t in tracks if t.locked] == ["FV ALICE"]
    assert placed(world) == [ALICE, BOB]


# The old take.


def test_an_old_take_stays_where_the_new_one_is_not_imported(editor: Editor, world: World) -> None:
    editor.run(world)
    take = alices(world)
    caption(world).name = "ALICE: Something else."
    world.answers_none = lambda name: name == "ImportMedia"
    assert "does not import" in editor.run(world).out
    assert alices(world) is take and take.enabled


def test_a_line_whose_new_take_finds_no_place_gets_its_placeholder_back(editor: Editor, world: World) -> None:
    editor.run(world)
    assert not caption(world).enabled
    caption(world).name = "ALICE: Something else."
    world.answers_none = lambda name: name == "AppendToTimeline"
    assert "takes no clip there" in editor.run(world).out
    assert placed(world) == [BOB] and caption(world).enabled
    world.answers_none = lambda name: False
    editor.run(world)
    assert placed(world) == [ALICE, BOB] and not caption(world).enabled


def test_a_take_that_the_editor_moves_meanwhile_is_not_deleted(editor: Editor, world: World) -> None:
    editor.run(world)
    take = alices(world)
    caption(world).name = "ALICE: Something else."
    once(world, "ImportMedia", lambda: setattr(take, "start", take.start + 500))
    assert "moved or trimmed its take meanwhile" in editor.run(world).out
    assert alices(world) is take and take.enabled


def test_only_the_take_that_is_replaced_is_deleted(editor: Editor, world: World) -> None:
    editor.state.mkdir(exist_ok=True)
    (editor.state / "settings.json").write_text('{"voice": "alto"}')
    editor.run(world)
    for way in ("next", "next", "previous"):
        editor.run(world, way)
    before = {take.uid: take.name for _, take in world.takes()}
    (editor.state / "settings.json").write_text('{"voice": "tenor"}')
    editor.run(world, "revoice")
    after = {take.uid: take.name for _, take in world.takes()}
    assert ["_t2_" in before[uid] for uid in before.keys() - after.keys()] == [True]
    assert ["_t2_" in after[uid] for uid in after.keys() - before.keys()] == [True]
    assert [("_t2_" in take.name) for _, take in world.takes() if take.enabled and take.start == 86424] == [True]


def test_on_a_renamed_track_a_take_is_the_editors(editor: Editor, world: World) -> None:
    editor.run(world)
    world.timeline.tracks["audio"][1].name = "Dialogue Alice"
    caption(world).name = "ALICE: Something else."
    assert "stays as it is" in editor.run(world).out
    assert placed(world) == [BOB]


# Takes that moved with their placeholders.


def shift(world: World, frames: int) -> None:
    for tracks in world.timeline.tracks.values():
        for track in tracks:
            for item in track.items:
                item.start += frames


@pytest.mark.parametrize("what", ["ripple", "start timecode"])
def test_takes_that_moved_with_their_placeholders_are_in_their_place(editor: Editor, world: World, what: str) -> None:
    editor.run(world)
    by = 100 if what == "ripple" else -43200
    shift(world, by)
    if what == "start timecode":
        world.timeline.start += by
    appended, uids = world.appended, {take.uid for _, take in world.takes()}
    assert "0 placed, 2 unchanged" in editor.run(world).out
    assert world.appended == appended and {take.uid for _, take in world.takes()} == uids
    caption(world).name = "ALICE: Something else."
    assert "1 placed, 1 unchanged" in editor.run(world).out
    assert placed(world) == [("FV ALICE", 86424 + by, 36), ("FV BOB", 86500 + by, 40)]


# What Re-voice disables.


def test_voicing_anew_leaves_copies_alone(editor: Editor, world: World) -> None:
    editor.run(world)
    take = alices(world)
    copy = Placed(take.name, take.start + 500, take.duration, take.media, uid="copy")
    world.timeline.tracks["audio"][1].items.append(copy)
    caption(world).name = "ALICE: Something else."
    editor.run(world, "revoice")
    assert copy.enabled and placed(world) == [ALICE, ("FV ALICE", 86924, 36), BOB]


def test_a_moved_take_that_cannot_be_disabled_gets_none_beside_it(editor: Editor, world: World) -> None:
    editor.run(world)
    take = alices(world)
    take.start += 5
    world.timeline.tracks["audio"][1].locked = True
    caption(world).name = "ALICE: Something else."
    assert "does not disable its take" in editor.run(world, "revoice").out
    assert [one for _, one in world.takes() if one.start < 86460] == [take]


# Page, bin and journal.


def test_a_page_and_a_bin_that_the_editor_opens_meanwhile_stay_open(editor: Editor) -> None:
    world = World()
    for index in range(60):
        world.caption(f"ALICE: Line number {index}.", 60 * index, 50)
    once(world, "AppendToTimeline", lambda: (setattr(world, "bin", 0), setattr(world, "page", "color")))
    editor.run(world)
    assert {world.bins[media.bin] for media in world.media} == {"Framevox"}
    assert (world.page, world.bin) == ("color", 0)


def test_clips_go_to_our_bin_when_it_is_there_already(editor: Editor, world: World) -> None:
    editor.run(world)
    caption(world).name = "ALICE: Something else."
    editor.run(world)
    assert {world.bins[media.bin] for media in world.media} == {"Framevox"} and world.bin == 1


def test_fairlight_opened_meanwhile_is_left_to_delete_and_opened_again(editor: Editor, world: World) -> None:
    editor.run(world)
    caption(world).name = "ALICE: Something else."
    once(world, "ImportMedia", lambda: setattr(world, "page", "fairlight"))
    editor.run(world)
    assert placed(world) == [ALICE, BOB] and len(set(files(world))) == 2
    assert world.page == "fairlight"


def killed_at(editor: Editor, world: World, call: str) -> None:
    running: list[subprocess.Popen[str]] = []
    once(world, call, lambda: (running[0].kill(), running[0].wait()))
    with start_entry(world, editor.entry("fill"), editor.environment) as (process, _):
        running.append(process)
        assert process.wait(60) == -9
    world.before = lambda name, obj, args: None


def test_a_run_on_another_timeline_leaves_the_journal_of_a_killed_one(editor: Editor, world: World) -> None:
    editor.run(world)
    first, tracks = world.timeline, world.timeline.tracks["audio"]
    tracks[1].locked = True
    caption(world).name = "ALICE: Something else."
    killed_at(editor, world, "AppendToTimeline")
    world.timeline = world.another_timeline()
    world.caption("CARL: On another timeline.", 10, 40)
    editor.run(world)
    world.timeline = first
    editor.run(world)
    assert tracks[1].locked and placed(world) == [ALICE, BOB]
    assert not list(editor.state.glob("journal*"))


def test_without_placeholders_a_killed_run_is_put_right_all_the_same(editor: Editor, world: World) -> None:
    world.page = "color"
    killed_at(editor, world, "AppendToTimeline")
    assert world.page == "edit"
    world.timeline.tracks["subtitle"].clear()
    editor.run(world)
    assert (world.page, world.bin) == ("color", 1)


# Markers, and clips that do not stay.


def test_a_marker_of_the_editors_on_the_frame_of_ours_stays(editor: Editor) -> None:
    world = two_lines(World(studio=False))
    mine = {"color": "Red", "name": "mine", "note": "", "duration": 1.0, "customData": ""}
    once(world, "AppendToTimeline", lambda: world.timeline.markers.__setitem__(24, mine))
    editor.run(world)
    assert world.timeline.markers[24] == mine and world.timeline.markers[100]["color"] == "Green"


def test_the_marker_of_a_line_that_was_moved_goes_with_it(editor: Editor) -> None:
    world = two_lines(World(studio=False))
    editor.run(world)
    caption(world).start += Fraction(10)
    editor.run(world)
    assert {frame: marker["color"] for frame, marker in world.timeline.markers.items()} == {34: "Green", 100: "Green"}


def test_a_clip_that_is_seen_and_then_gone_is_placed_again_before_its_placeholder_is_disabled(
    editor: Editor, world: World
) -> None:
    enabled: list[int] = []

    def look(name: str, obj: object, args: object) -> None:
        if name == "SetClipEnabled":
            enabled.append(sum(item.seen_until is None for _, item in world.takes()))

    world.before, world.traps.vanishing = look, 2
    assert "2 placed" in editor.run(world).out
    assert placed(world) == [ALICE, BOB] and enabled == [2, 2]
