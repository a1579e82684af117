"""Next Take and Previous Take: other takes of a line in the same place, one of which sounds."""

from __future__ import annotations

import itertools
import signal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.fakes.resolve import Placed, World, start_entry
from tests.resolve.conftest import Editor
from tests.resolve.test_fill import VERSIONS

pytestmark = pytest.mark.timeout(120)


def stack(world: World) -> list[tuple[int, bool, int, int]]:
    """Every take: its number, whether it is enabled, its start and duration."""
    return sorted((number(take), take.enabled, int(take.start), int(take.duration)) for _, take in world.takes())


def number(take: Placed) -> int:
    return int(take.name.rpartition("_t")[2].partition("_")[0])


@pytest.fixture
def filled(editor: Editor) -> World:
    return fill(editor, World())


def fill(editor: Editor, world: World) -> World:
    world.caption("ALICE: Hello there.", 24, 36)
    world.caption("BOB: Not concerned.", 100, 40)
    world.timeline.playhead = world.timeline.start + 30
    editor.run(world)
    return world


def the_take(world: World, wanted: int) -> Placed:
    return next(take for _, take in world.takes() if "ALICE" in take.name and number(take) == wanted)


@pytest.mark.parametrize(("version", "studio"), VERSIONS)
def test_there_and_back_again(editor: Editor, version: str, studio: bool) -> None:
    world = fill(editor, World(version, studio=studio))
    ran = editor.run(world, "next")
    assert "ALICE at frame 86424: take 2" in ran.out
    assert stack(world) == [(1, False, 86424, 36), (1, True, 86500, 40), (2, True, 86424, 36)]
    first, second = the_take(world, 1), the_take(world, 2)
    assert first.media and second.media and Path(first.media.path).read_bytes() != Path(second.media.path).read_bytes()
    appended, uids = world.appended, {take.uid for _, take in world.takes()}
    editor.run(world, "previous")
    assert (first.enabled, second.enabled) == (True, False)
    editor.run(world, "next")
    assert (first.enabled, second.enabled) == (False, True)
    assert world.appended == appended and {take.uid for _, take in world.takes()} == uids, "nothing was made again"
    editor.run(world, "next")
    assert stack(world)[2:] == [(2, False, 86424, 36), (3, True, 86424, 36)]
    assert not world.modal


def test_before_the_first_there_is_none(editor: Editor, filled: World) -> None:
    before = stack(filled)
    assert "at its first take" in editor.run(filled, "previous").out
    assert stack(filled) == before


def test_a_take_keeps_the_place_that_the_editor_gave_it(editor: Editor, filled: World) -> None:
    take = the_take(filled, 1)
    take.start, take.duration = take.start + 200, Fraction(30)
    filled.timeline.playhead = 86400 + 230
    for way in ("next", "previous", "next"):
        editor.run(filled, way)
    assert stack(filled) == [(1, False, 86624, 30), (1, True, 86500, 40), (2, True, 86624, 30)]
    ran = editor.run(filled)
    assert "stays as it is" in ran.out and len(filled.takes()) == 3, "it is still a take that was moved"


def test_a_take_that_was_trimmed_among_others_goes_on_alone(editor: Editor, filled: World) -> None:
    editor.run(filled, "next")
    the_take(filled, 2).duration = Fraction(30)
    editor.run(filled, "next")
    assert stack(filled) == [
        (1, False, 86424, 36),
        (1, True, 86500, 40),
        (2, False, 86424, 30),
        (3, True, 86424, 30),
    ]


def test_filling_again_knows_which_take_is_in_use(editor: Editor, filled: World) -> None:
    editor.run(filled, "next")
    before = stack(filled)
    assert "0 placed, 2 unchanged" in editor.run(filled).out
    assert stack(filled) == before
    filled.timeline.tracks["subtitle"][0].items[0].name = "ALICE: Goodbye then."
    editor.run(filled)
    assert stack(filled) == [(1, False, 86424, 36), (1, True, 86500, 40), (2, True, 86424, 36)]


def test_a_take_in_use_that_was_moved_is_not_made_again_in_its_old_place(editor: Editor, filled: World) -> None:
    editor.run(filled, "next")
    the_take(filled, 2).start += 300
    filled.timeline.tracks["subtitle"][0].items[0].name = "ALICE: Goodbye then."
    before = stack(filled)
    editor.run(filled)
    assert stack(filled) == before


def test_a_take_that_was_deleted_is_placed_again_from_what_was_made(editor: Editor, filled: World) -> None:
    editor.run(filled, "next")
    path = the_take(filled, 1).media.path
    for track in filled.timeline.tracks["audio"]:
        track.items = [item for item in track.items if item.enabled]
    editor.run(filled, "previous")
    assert stack(filled) == [(1, True, 86424, 36), (1, True, 86500, 40), (2, False, 86424, 36)]
    assert the_take(filled, 1).media.path == path, "the very file"


def test_a_locked_track_is_refused_and_nothing_changes(editor: Editor, filled: World) -> None:
    filled.timeline.tracks["audio"][1].locked = True
    before = (stack(filled), filled.users())
    ran = editor.run(filled, "next")
    assert "“FV ALICE” is locked: unlock it" in ran.out
    assert (stack(filled), filled.users()) == before


def test_no_take_under_the_playhead(editor: Editor, filled: World) -> None:
    filled.timeline.playhead = 86400 + 90
    assert "no take under the playhead" in editor.run(filled, "next").out


def test_a_selected_take_goes_before_the_playhead(editor: Editor) -> None:
    world = fill(editor, World("21.1"))
    world.timeline.selected = [take for _, take in world.takes() if "BOB" in take.name]
    editor.run(world, "next")
    assert [n for n, enabled, start, _ in stack(world) if enabled and start == 86500] == [2]
    assert [n for n, enabled, start, _ in stack(world) if enabled and start == 86424] == [1]


def test_two_takes_of_one_line_are_not_stepped_at_once(editor: Editor) -> None:
    world = fill(editor, World("21.1"))
    take = the_take(world, 1)
    copy = Placed(take.name, take.start + 500, take.duration, take.media, uid="copy")
    world.timeline.tracks["audio"][1].items.append(copy)
    world.timeline.selected = [take, copy]
    before = stack(world)
    assert "another take of its line is chosen too" in editor.run(world, "next").out
    assert stack(world) == before


def test_a_selected_take_is_what_is_voiced_anew(editor: Editor) -> None:
    world = fill(editor, World("21.1"))
    world.timeline.selected = [take for _, take in world.takes() if "BOB" in take.name]
    world.timeline.tracks["subtitle"][0].items[1].name = "BOB: Said another way."
    world.timeline.tracks["subtitle"][0].items[0].name = "ALICE: Also changed."
    before = [take.uid for _, take in world.takes() if "ALICE" in take.name]
    assert "1 placed" in editor.run(world, "revoice").out
    assert [take.uid for _, take in world.takes() if "ALICE" in take.name] == before


def test_without_its_placeholder_only_takes_that_were_made_can_be_had(editor: Editor, filled: World) -> None:
    editor.run(filled, "next")
    del filled.timeline.tracks["subtitle"][0].items[0]
    assert "placeholder is gone" in editor.run(filled, "next").out
    editor.run(filled, "previous")
    assert the_take(filled, 1).enabled and not the_take(filled, 2).enabled


def test_without_any_placeholder_takes_are_gone_through_all_the_same(editor: Editor, filled: World) -> None:
    editor.run(filled, "next")
    filled.timeline.tracks["subtitle"].clear()
    editor.run(filled, "previous")
    assert the_take(filled, 1).enabled and not the_take(filled, 2).enabled
    assert "no placeholders" in editor.run(filled).out


def test_a_take_inside_a_frame_is_refused(editor: Editor, filled: World) -> None:
    the_take(filled, 1).start += Fraction(1, 2)
    before = stack(filled)
    assert "inside a frame" in editor.run(filled, "next").out
    assert stack(filled) == before


def test_a_clip_that_resolve_does_not_disable_is_said(editor: Editor, filled: World) -> None:
    filled.answers_none = lambda name: name == "SetClipEnabled"
    assert "Resolve does not disable take 1: disable it by hand" in editor.run(filled, "next").out


@pytest.mark.slow
def test_killed_at_any_moment_two_takes_never_stay_enabled(editor: Editor) -> None:
    for moment in range(20):
        world = fill(editor, World(studio=False))
        before = world.users()
        writes = itertools.count()
        running = []

        def strike(name: str, obj: object, args: object, moment: int = moment) -> None:
            if not name.startswith("Get") and next(writes) == moment and running:  # noqa: B023
                running[0].send_signal(signal.SIGKILL)  # noqa: B023
                running[0].wait()  # noqa: B023

        world.before = strike
        with start_entry(world, editor.entry("next"), editor.environment) as (process, _):
            running.append(process)
            process.wait(60)
        world.before = lambda name, obj, args: None
        editor.run(world)
        assert world.users() == before
        at = [(n, enabled) for n, enabled, start, _ in stack(world) if start == 86424]
        assert at in ([(1, True)], [(1, False), (2, True)]), (moment, at)
        editor.run(world, "next")
        assert sum(enabled for _, enabled, start, _ in stack(world) if start == 86424) == 1
