"""Every trap of docs/resolve.md, set in the fake: each test fails without what the host side does about it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from framevox.plugin.resolve.host.gateway import has
from tests.fakes.resolve import Placed, Traps, World
from tests.resolve.conftest import Editor
from tests.resolve.test_fill import SLOW, VERSIONS, placed

pytestmark = pytest.mark.timeout(60)
HOST = Path(__file__).parents[2] / "plugin" / "resolve"
F23, F24, F25, F50 = Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(50)
F29, F30, F59 = Fraction(30000, 1001), Fraction(30), Fraction(60000, 1001)


@pytest.mark.parametrize("start", [0, 86400, 107892])
def test_1_frames_are_absolute_wherever_the_timeline_starts(editor: Editor, start: int) -> None:
    world = World(start=start)
    world.caption("ALICE: At the very start.", 0, 60)
    world.caption("ALICE: A little later.", 100, 47)
    editor.run(world)
    assert placed(world) == [("FV ALICE", start, 60), ("FV ALICE", start + 100, 47)]


@pytest.mark.parametrize(
    "rate", [F23, F29, F59, *(pytest.param(rate, marks=SLOW) for rate in (F24, F25, F30, F50))], ids=float
)
def test_2_the_end_is_exclusive_and_no_frame_is_lost(editor: Editor, rate: Fraction) -> None:
    world = World(rate=rate)
    slots = [(100 * i, 29 + i) for i in range(5)]
    for start, duration in slots:
        world.caption("ALICE: Say it.", start, duration)
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86400 + start, duration) for start, duration in slots]
    assert "DeleteClips" not in world.calls, "nothing had to be corrected"


@pytest.mark.parametrize(
    ("project", "rate"),
    [(F25, F50), (F50, F25), (F24, F23), (F29, F59), (F30, F24)],
    ids=lambda rate: f"{float(rate):g}",
)
def test_3_media_that_count_at_the_projects_rate_land_on_the_timelines_frames(
    editor: Editor, project: Fraction, rate: Fraction
) -> None:
    world = World(rate=rate, project_rate=project)
    slots = [(200 * i, 40 + 2 * i) for i in range(5)]
    for start, duration in slots:
        world.caption("ALICE: Say it.", start, duration)
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86400 + start, duration) for start, duration in slots]
    assert "DeleteClips" not in world.calls, "nothing had to be corrected"


def test_4_whole_numbers_are_appended(editor: Editor) -> None:
    world = World(rate=F59, project_rate=F29)
    world.caption("ALICE: Say it.", 10, 40)
    kinds: set[type] = set()

    def look(name: str, obj: object, args: tuple[object, ...]) -> None:
        if name == "AppendToTimeline":
            kinds.update(type(clip[key]) for clip in args[0] for key in ("startFrame", "endFrame", "recordFrame"))  # type: ignore[attr-defined]

    world.before = look
    editor.run(world)
    assert kinds == {int} and len(world.takes()) == 1


def test_5_files_end_in_silence_past_the_slot(editor: Editor) -> None:
    world = World(rate=F29)
    world.caption("ALICE: Say it.", 1, 31)
    editor.run(world)
    ((_, take),) = world.takes()
    assert take.duration == 31 and take.media is not None
    assert take.media.frames >= take.source_start + 31 + 1


def test_6_a_slot_that_is_taken_gets_another_track(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Say it.", 100, 40)
    track = world.timeline.tracks["audio"]
    world.clip("room tone.wav", 90, 100, track=2)
    track[1].name = "FV ALICE"
    editor.run(world)
    assert ("FV ALICE 2", 86500, 40) in placed(world)
    assert world.calls["AppendToTimeline"] == 1, "nothing is appended where something lies"


def test_6_a_slot_that_gets_taken_on_the_way_gets_another_track(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Say it.", 100, 40)

    def occupy(name: str, obj: object, args: object) -> None:
        tracks = world.timeline.tracks["audio"]
        if name == "AppendToTimeline" and len(tracks) == 2 and not tracks[1].items:
            tracks[1].items.append(Placed("mine.wav", Fraction(86490), Fraction(100), uid="mine"))

    world.before = occupy
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86490, 100), ("FV ALICE 2", 86500, 40)]


@pytest.mark.parametrize(
    "traps",
    [Traps(lying_returns=True), Traps(vanishing=3), Traps(reimport_makes_new=True), Traps(properties_at_once=False)],
    ids=["lying", "vanishing", "imported anew", "property by property"],
)
def test_7_what_calls_return_is_not_believed(editor: Editor, traps: Traps) -> None:
    world = World(traps=traps)
    slots = [(100 * i, 40) for i in range(9)]
    for start, duration in slots:
        world.caption("ALICE: Say it.", start, duration)
    for _ in range(2):
        editor.run(world)
        for track in world.timeline.tracks["audio"]:
            track.items = [item for item in track.items if item.seen_until != 0]
        assert placed(world) == [("FV ALICE", 86400 + start, duration) for start, duration in slots]


def test_6_a_track_that_takes_nothing_is_given_up_for_another(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Say it.", 100, 40)

    def lock(name: str, obj: object, args: object) -> None:
        if name == "AppendToTimeline" and world.calls[name] == 1:
            world.timeline.tracks["audio"][1].locked = True

    world.before = lock
    editor.run(world)
    assert placed(world) == [("FV ALICE 2", 86500, 40)]
    assert world.timeline.tracks["audio"][1].locked


def test_8_and_13_no_position_is_taken_from_source_frames(editor: Editor) -> None:
    world = World()
    world.caption("ALICE: Say it.", 100, 40)
    editor.run(world)
    assert not {"GetSourceStartFrame", "GetSourceEndFrame", "GetLeftOffset", "GetRightOffset"} & set(world.calls)


@pytest.mark.parametrize("form", ["text", "float", "text DF"])
def test_9_rates_come_in_every_form(editor: Editor, form: str) -> None:
    world = World(rate=F29, drop_frame=True, start=107892, traps=Traps(rate_form=form))
    world.caption("ALICE: Say it.", 100, 40)
    world.timeline.playhead = 107892 + 110
    editor.run(world, "revoice")
    assert placed(world) == [("FV ALICE", 107992, 40)]


@pytest.mark.parametrize("what", ["switched", "closed"])
def test_10_another_timeline_gets_nothing(editor: Editor, what: str) -> None:
    world = World()
    first = world.timeline
    for i in range(6):
        world.caption("ALICE: Say it.", 100 * i, 40)
    other = world.another_timeline()

    def switch(name: str, obj: object, args: object) -> None:
        if name == "SetTrackName":
            world.timeline = other if what == "switched" else None

    world.before = switch
    ran = editor.run(world)
    assert [t.name for t in other.tracks["audio"]] == ["Audio 1"] and not other.tracks["audio"][0].items
    assert "no longer the open one" in ran.out
    world.before, world.timeline = lambda name, obj, args: None, first
    editor.run(world)
    assert len(world.takes()) == 6


def test_10_no_file_is_ever_overwritten(editor: Editor) -> None:
    world = World()
    said = world.caption("ALICE: Say it.", 100, 40)
    editor.run(world)
    ((_, take),) = world.takes()
    assert take.media is not None
    content = Path(take.media.path).read_bytes()
    said.name = "ALICE: Say something else."
    editor.run(world)
    ((_, other),) = world.takes()
    assert other.media is not None and other.media.path != take.media.path
    assert Path(take.media.path).read_bytes() == content


def test_11_a_length_that_cannot_be_hit_is_said_and_overlaps_nothing(editor: Editor) -> None:
    world = World(rate=F50, project_rate=F25)
    world.caption("ALICE: An odd length.", 100, 51)
    world.caption("ALICE: Its neighbour.", 151, 50)
    said = world.timeline.tracks["subtitle"][0].items[0]
    ran = editor.run(world)
    assert placed(world) == [("FV ALICE", 86500, 50), ("FV ALICE", 86551, 50)]
    assert "51 frames cannot be hit" in ran.out
    said.name = "ALICE: An odd length again."
    editor.run(world)
    assert len(world.takes()) == 2, "a take of such a length is still ours to replace"


@pytest.mark.parametrize(
    ("project", "rate"), [(F24, F23), (F23, F24), (F29, F29), (F29, F25)], ids=lambda r: f"{float(r):g}"
)
def test_12_the_slot_begins_on_a_whole_frame_of_the_clip_to_the_sample(
    editor: Editor, project: Fraction, rate: Fraction
) -> None:
    world = World(rate=rate, project_rate=project)
    world.caption("ALICE: Say it.", 100, 40)
    editor.run(world)
    ((_, take),) = world.takes()
    head = take.source_start * 48000 / project
    assert head.denominator == 1
    assert time_reference(take) == sample_of(86500, rate) - head


@pytest.mark.parametrize(
    ("project", "rate"),
    [(F29, F29), (F24, F23), pytest.param(F24, F24, marks=SLOW), pytest.param(F23, F24, marks=SLOW)],
)
def test_12_a_handle_before_timecode_zero_is_shorter_and_the_time_is_right(
    editor: Editor, project: Fraction, rate: Fraction
) -> None:
    world = World(rate=rate, project_rate=project, start=0)
    frames = [0, 1, 7, 14]
    for frame in frames:
        world.caption(f"{'ABCD'[frames.index(frame)]}: Say it.", frame, 40)
    editor.run(world)
    takes = sorted((int(take.start), take) for _, take in world.takes())
    assert [(start, take.duration) for start, take in takes] == [(frame, 40) for frame in frames]
    for frame, take in takes:
        assert 0 <= time_reference(take) == sample_of(frame, rate) - sample_of(take.source_start, project)
        left_over = frame / rate - take.source_start / project  # in seconds; less than a frame, or all was asked for
        assert 0 <= left_over < 1 / project or take.source_start >= 12


def time_reference(take: Placed) -> int:
    from wavinfo import WavInfoReader

    assert take.media is not None
    return int(WavInfoReader(take.media.path).bext.time_reference)


def sample_of(frame: int, rate: Fraction) -> int:
    return int((2 * (frame * 48000 / rate) + 1) // 2)


def test_14_a_clip_that_came_out_wrong_is_placed_anew_and_takes_no_neighbour_along(editor: Editor) -> None:
    world = World(traps=Traps(end_inclusive=True))
    for index in range(4):
        world.caption("ALICE: Say it.", 100 + 40 * index, 40)
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86500 + 40 * index, 40) for index in range(4)]
    assert world.calls["DeleteClips"] == 4


def test_14_deleting_is_tried_twice(editor: Editor) -> None:
    world = World(traps=Traps(failing_deletes=True))
    said = world.caption("ALICE: Say it.", 100, 40)
    editor.run(world)
    said.name = "ALICE: Say something else."
    editor.run(world)
    assert len(world.takes()) == 1 and world.calls["DeleteClips"] == 2


def test_14_deleting_happens_off_the_fairlight_page(editor: Editor) -> None:
    world = World()
    said = world.caption("ALICE: Say it.", 100, 40)
    editor.run(world)
    said.name, world.page = "ALICE: Say something else.", "fairlight"
    assert "1 placed" in editor.run(world).out
    assert len(world.takes()) == 1 and world.page == "fairlight"


@pytest.mark.parametrize(("version", "studio"), VERSIONS)
def test_15_an_edition_is_asked_for_nothing_that_it_does_not_have(editor: Editor, version: str, studio: bool) -> None:
    world = World(version, studio=studio)
    world.caption("ALICE: Say it.", 0, 40)
    world.timeline.playhead = 86410
    # The others are run in every version and edition by tests of their own.
    for entry, says in (
        ("revoice", "1 placed"),
        ("export", "--for resolve"),
        ("settings", ""),
    ):
        assert says in editor.run(world, entry).out
    assert not world.modal


@pytest.mark.parametrize(("version", "asked"), [("20.3.2", False), ("21.0", False), ("21.1", True)])
def test_15_methods_are_called_only_where_they_exist(editor: Editor, version: str, asked: bool) -> None:
    world = World(version)
    chosen = world.caption("ALICE: Selected.", 0, 40)
    world.caption("BOB: Under the playhead.", 100, 40)
    world.timeline.selected, world.timeline.playhead = [chosen], 86510
    editor.run(world, "revoice")
    assert ("GetSelectedClips" in world.calls) is asked
    assert [name for name, *_ in placed(world)] == (["FV ALICE"] if asked else ["FV BOB"])


def test_15_a_method_that_only_seems_to_be_there_is_not() -> None:
    class Timeline:
        def GetName(self) -> str:  # noqa: N802 (a name of Resolve's)
            return "Scene 1"

        def __getattr__(self, name: str) -> Callable[[], None]:
            return lambda: None

    timeline = Timeline()
    assert hasattr(timeline, "GetSelectedClips")
    assert has(timeline, "GetName") and not has(timeline, "GetSelectedClips")


def test_15_windows_older_than_20_3_2_are_refused(editor: Editor) -> None:
    world = World("20.3.1")
    world.caption("ALICE: Say it.", 0, 40)
    assert "update to 20.3.2" in editor.run(world).out
    assert world.takes() == []


def test_16_cross_fades_are_no_placeholders_and_a_frame_holds_one_marker(editor: Editor) -> None:
    world = World(studio=False)
    world.cross_fade(70, 10)
    world.marker("ALICE: Say it.", 100, 40, name="mine")
    editor.run(world)
    assert placed(world) == [("FV ALICE", 86500, 40)]
    assert {frame: marker["name"] for frame, marker in world.timeline.markers.items()} == {100: "mine"}


def test_captions_that_cannot_be_disabled_are_said(editor: Editor) -> None:
    world = World(traps=Traps(captions_enable=False))
    world.caption("ALICE: Say it.", 100, 40)
    ran = editor.run(world)
    assert len(world.takes()) == 1 and "disable it by hand" in ran.out


def test_what_runs_inside_resolve_imports_the_standard_library_and_itself() -> None:
    for path in (*HOST.glob("host/*.py"), HOST / "launcher.py"):
        for node in ast.walk(ast.parse(path.read_text(), feature_version=(3, 9))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module or "")
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names, path
