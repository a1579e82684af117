"""What a format cannot carry comes back from the side file, also after an editing program wrote the timeline anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import Placeholder, TimelineWarning, find_placeholders, load, place, restore, save
from framevox.otio_adapters.side_file import side_path

from .timelines import as_json, gap, line, marker, takes, time, timeline, track, written_anew

SUFFIXES = (".xml", ".aaf", ".fcpxml", ".edl")
FPS = 25.0


def film() -> otio.schema.Timeline:
    directed = line("ALICE: Good to know.", 50, FPS)
    directed.metadata["framevox"] = {"voice": "alto", "fit": "natural", "emotion": "happy=0.5"}
    waiting = line("小明: 我们下周发布。", 40, FPS)
    waiting.metadata["framevox"] = {"language": "zh"}
    built = timeline(track("ALICE", gap(10, FPS), directed, gap(7, FPS), waiting), start=90000, rate=FPS)
    built.tracks.markers.append(marker("BOB: Marked", 120, 40, FPS, name="ADR"))
    return built


def filled(folder: Path, suffix: str) -> tuple[list[Placeholder], Path]:
    """The film with a take in its first line and for its marker, and a line that still waits."""
    built = film()
    found = find_placeholders(built)
    made = takes([p for p in found if p.character != "小明"], folder)
    path = folder / f"cut{suffix}"
    with pytest.warns(TimelineWarning, match=r"the rest lies in cut\.framevox\.json"):
        save(place(built, found, made), path)
    written_anew(path)
    return found, path


def told(found: list[Placeholder]) -> list[tuple[object, ...]]:
    return [
        (p.text, p.character, p.voice, p.language, p.fit, p.emotion, p.start, p.duration, p.origin, p.marker is None)
        for p in found
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_filled_again_it_gives_the_same_cues(tmp_path: Path, suffix: str) -> None:
    found, path = filled(tmp_path, suffix)
    again = find_placeholders(load(path))
    assert told(again) == told(found)
    assert [p.cue_id for p in again if p.character != "小明"] == [p.cue_id for p in found if p.character != "小明"]
    assert [p.spoken for p in again] == [p.character != "小明" for p in again]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_beside_a_file_as_it_was_written_it_is_the_timeline(tmp_path: Path, suffix: str) -> None:
    built = film()
    built.tracks[0][2].source_range = otio.opentime.TimeRange(time(0, FPS), time(7.5, FPS))
    found = find_placeholders(built)
    filled = place(built, found, takes(found, tmp_path))
    path = tmp_path / f"cut{suffix}"
    with pytest.warns(TimelineWarning):
        save(filled, path)
    assert as_json(load(path)) == as_json(filled)
    path.write_bytes(path.read_bytes().replace(b"Good to know.", b"Good to hear."))
    if suffix != ".aaf":
        assert "Good to hear." in [p.text for p in find_placeholders(load(path))]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_disabled_stays_unspoken_also_in_a_nest_without_lines(tmp_path: Path, suffix: str) -> None:
    off = line("ALICE: Not this one.", 20, FPS)
    off.enabled = False
    inside = line("BOB: Nor this.", 20, FPS)
    inside.enabled = False
    nest = otio.schema.Stack("Scene", children=[track("N", inside)])
    dark = track("CY", line("Nor that.", 20, FPS))
    dark.enabled = False
    built = timeline(track("A", off, nest, line("ALICE: This one.", 20, FPS)), dark, start=90000, rate=FPS)
    found = find_placeholders(built)
    with pytest.warns(TimelineWarning):
        save(place(built, found, takes(found, tmp_path)), tmp_path / f"cut{suffix}")
    side_path(tmp_path / f"cut{suffix}").unlink()
    told = [(p.text, p.origin + p.start) for p in find_placeholders(load(tmp_path / f"cut{suffix}", Rate.parse("25")))]
    assert told == [("This one.", 90040)]


def test_a_line_that_the_format_cannot_hold_is_named_when_it_is_written(tmp_path: Path) -> None:
    built = film()
    built.tracks[0][2].source_range = otio.opentime.TimeRange(time(0, FPS), time(7.25, FPS))
    found = find_placeholders(built)
    unspoken = place(built, found, takes(found[:1], tmp_path))
    advice = r": write an \.otio, or keep cut\.framevox\.json beside it, which has the line's own slot$"
    with pytest.warns(TimelineWarning) as said:
        save(unspoken, tmp_path / "cut.aaf")
    told = [str(warning.message) for warning in said][1:]
    assert told[0] == "cut.aaf: 1 clip moved to whole frames"
    assert re.match(r"小明 at 01:00:02:17 \(“我们下周发布。”\) is not in cut\.aaf" + advice, told[1])
    assert re.match(r"BOB at 01:00:04:20 \(“Marked”\) is not in cut\.aaf" + advice, told[2]) and len(told) == 3
    with pytest.warns(TimelineWarning) as said:
        save(place(built, found, takes(found, tmp_path)), tmp_path / "cut.xml")
    told = [str(warning.message) for warning in said][2:]
    moved = "begins 0.25 frames earlier and ends 0.25 frames earlier in cut.xml"
    assert len(told) == 1 and told[0].startswith(f"小明 at 01:00:02:17 (“我们下周发布。”) {moved}: write an .otio")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_can_be_restored(tmp_path: Path, suffix: str) -> None:
    found, path = filled(tmp_path, suffix)
    restored, count = restore(load(path))
    assert count == 2 and told(find_placeholders(restored)) == told(found)
    assert [track.name for track in restored.tracks] == ["ALICE"]
    assert isinstance(restored.tracks[0][1].media_reference, otio.schema.MissingReference)


def test_clips_that_an_editing_program_moved_and_renamed_are_found(tmp_path: Path) -> None:
    found, path = filled(tmp_path, ".xml")
    edited = otio.adapters.read_from_file(str(path))
    spoken = next(clip for clip in edited.find_clips() if clip.name.startswith("ALICE"))
    assert spoken.name == f"ALICE: Good to know. [{found[0].cue_id}]"
    spoken.parent()[0].source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, FPS), otio.opentime.RationalTime(15, FPS)
    )
    otio.adapters.write_to_file(edited, str(path))
    moved = find_placeholders(load(path))
    assert (moved[0].cue_id, moved[0].start, moved[0].voice) == (found[0].cue_id, 15, "alto")
    # Without the id in its name, the take's file tells.
    spoken.name = "renamed by hand"
    otio.adapters.write_to_file(edited, str(path))
    renamed = find_placeholders(load(path))
    assert (renamed[0].cue_id, renamed[0].text) == (found[0].cue_id, "renamed by hand")


def test_markers_on_clips_come_back_and_those_added_meanwhile_stay(tmp_path: Path) -> None:
    """An EDL holds where a marker is, and neither its length nor its comment."""
    built = film()
    built.tracks[0][1].markers.append(marker("EVE: In a marker", 5, 30, FPS, name="ADR"))
    found = find_placeholders(built)
    path = tmp_path / "cut.edl"
    with pytest.warns(TimelineWarning):
        save(place(built, found, takes(found, tmp_path)), path)
    text = path.read_text()
    assert text.count("* LOC: ") == 1
    path.write_text(text.replace("* LOC: ", "* LOC: 00:00:00:20 RED     SOFTER\n* LOC: "))
    read = load(path)
    (clip,) = (clip for clip in read.find_clips() if clip.name.startswith("ALICE"))
    assert [(m.name, m.comment, m.marked_range.duration.value) for m in clip.markers] == [
        ("ADR", "EVE: In a marker", 30),
        ("SOFTER", "", 0),
    ]
    assert told(find_placeholders(read)) == told(found)


def test_without_it_a_clip_still_says_whose_cue_it_is(tmp_path: Path) -> None:
    found, path = filled(tmp_path, ".xml")
    side_path(path).unlink()
    again = [p for p in find_placeholders(load(path)) if p.text == "Good to know."]
    assert [(p.cue_id, p.character) for p in again] == [(found[0].cue_id, "ALICE")]


def test_one_of_another_timeline_is_said_and_left_out(tmp_path: Path) -> None:
    _, path = filled(tmp_path, ".xml")
    other = timeline(track("X", line("Nothing of that.", 33, FPS)), start=0, rate=FPS)
    otio.adapters.write_to_file(other, str(path))
    with pytest.warns(TimelineWarning, match=r"cut\.framevox\.json is of another timeline"):
        read = load(path)
    assert [p.text for p in find_placeholders(read)] == ["Nothing of that."]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is broken: delete it, or fill into cut.xml again"),
        ("", "is broken"),
        ('{"OTIO_SCHEMA": "Timeline.1", "name": "x", "metadata": {}}', "is not a side file of framevox|is broken"),
        ("[" * 50_000, "nests more than 1000 levels"),
    ],
)
def test_a_broken_one_is_an_error_that_names_it(tmp_path: Path, content: str, says: str) -> None:
    _, path = filled(tmp_path, ".xml")
    side_path(path).write_text(content)
    with pytest.raises(InputError, match=says) as error:
        load(path)
    assert "cut.framevox.json" in str(error.value)


def test_one_of_a_newer_version_is_an_error(tmp_path: Path) -> None:
    _, path = filled(tmp_path, ".xml")
    content = json.loads(side_path(path).read_text())
    content["metadata"]["framevox_side_file"]["version"] = 2
    side_path(path).write_text(json.dumps(content))
    with pytest.raises(InputError, match="newer version of framevox"):
        load(path)


def test_an_edl_starts_where_its_timeline_did_and_needs_no_rate(tmp_path: Path) -> None:
    """An EDL begins with its first event and says no rate."""
    found, path = filled(tmp_path, ".edl")
    read = load(path)
    assert read.global_start_time.value == 90000 and find_placeholders(read)[0].start == found[0].start
    side_path(path).unlink()
    assert load(path, Rate.parse("25")).global_start_time.value == 90010
