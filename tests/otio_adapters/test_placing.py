"""What a filled timeline holds, and what it leaves as it was."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from msgspec import structs

from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.otio_adapters import find_placeholders, load, place, save
from framevox.otio_adapters.times import in_frames

from .timelines import FILM, as_json, gap, line, marker, rest, span, takes, time, timeline, track


def filled(built: otio.schema.Timeline) -> otio.schema.Timeline:
    found = find_placeholders(built)
    return place(built, found, takes(found))


def cues(built: otio.schema.Timeline) -> list[tuple[object, ...]]:
    return [
        (p.cue_id, p.start, p.duration, p.text, p.character, p.voice, p.fit, p.track) for p in find_placeholders(built)
    ]


def rich() -> otio.schema.Timeline:
    """Something of everything."""
    effect = otio.schema.Effect(name="EQ", effect_name="eq", metadata={"band": 3})
    scored = line("ALICE: With everything", 40, start=86400, voice="jf_alpha", emotion={"sad": 0.5})
    scored.effects.append(effect)
    scored.markers.append(otio.schema.Marker("breath", span(86410, 0)))
    scored.markers.append(marker("Carl: In a clip", 86405, 20))
    scored.metadata["other"] = {"kept": [1, 2.5, None, "中文"]}
    music = otio.schema.Clip("Music", otio.schema.ExternalReference("music.wav", span(0, 900)), span(10, 500))
    shot = otio.schema.Clip("Shot", otio.schema.MissingReference(), span(3, 300))
    caption = line("Caption", 48, text="BOB: From a caption")
    dissolve = otio.schema.Transition("fade", in_offset=time(4), out_offset=time(4))
    nest = otio.schema.Stack("Nest", children=[track("Inner", line("Cut away", 60), line("小林：里面", 50))])
    nest.source_range = span(30, 70)
    built = timeline(
        track("V1", shot, dissolve, shot.deepcopy(), kind="Video"),
        track("Captions", gap(200), caption, kind="Video"),
        track("Dora", gap(10), scored, dissolve.deepcopy(), line("Plain", 24.5), nest),
        track("M", music),
        start=86400,
    )
    built.tracks.markers.extend([marker("BOB: A marker", 400, 50), marker("BOB: Over it", 420, 50)])
    built.metadata["show"] = "Test"
    return built


def test_the_input_is_left_alone() -> None:
    built = rich()
    before = built.to_json_string()
    filled(built)
    assert built.to_json_string() == before


def test_a_take_replaces_the_media_and_keeps_all_else_of_the_clip() -> None:
    built = rich()
    before, after = built.tracks[2][1], filled(built).tracks[2][1]
    assert after.name == before.name
    assert as_json(after)["effects"] == as_json(before)["effects"]
    assert as_json(after)["metadata"]["other"] == as_json(before)["metadata"]["other"]
    assert after.duration() == before.duration()
    data = after.metadata["framevox"]
    assert (data["voice"], data["emotion"]) == ("jf_alpha", {"sad": 0.5})
    assert data["cue"] == data["take"]["id"].removeprefix("take-of-")
    assert data["take"]["settings"]["text"] == "With everything"
    words = as_json(after)["metadata"]["framevox"]["take"]["words"]
    assert words == [{"text": "word", "start_sample": 10, "end_sample": 200}]
    kept = data["placeholder"]
    assert isinstance(kept["media_reference"], otio.schema.MissingReference)
    assert (kept["source_range"], kept["name"]) == (before.source_range, before.name)


@pytest.mark.parametrize("rate", [24000 / 1001, 23.976, 24, 25, 30000 / 1001, 30, 60000 / 1001, 120])
def test_media_begin_at_zero_and_the_range_begins_where_the_slot_does(rate: float) -> None:
    built = timeline(track("A", gap(7, rate), line("Line", 31, rate)), start=0, rate=rate)
    (placeholder,) = find_placeholders(built)
    take = takes([placeholder])[placeholder.cue_id].take
    clip = filled(built).tracks[0][1]
    available, used = clip.media_reference.available_range, clip.source_range
    exact = Rate.parse(rate)
    assert available.start_time.value == 0
    assert edge(in_frames(used.start_time, exact), 48000, exact) == take.media_slot_start_sample
    assert used.duration == built.tracks[0][1].source_range.duration
    # A clip writes its rate as it did; only a length that is no whole number of frames is in samples.
    assert used.start_time.rate == rate and available.duration.rate in (rate, 48000)
    length = Fraction(available.duration.value) / Rate.parse(available.duration.rate).fps
    assert round(length * 48000) == take.media_samples


def test_a_head_that_is_no_whole_number_of_frames_is_written_in_samples() -> None:
    built = timeline(track("A", line("Line", 31.5)), start=0)
    found = find_placeholders(built)
    made = dict(takes(found))
    (cue,) = made
    taken = made[cue].take
    made[cue] = type(made[cue])(structs.replace(taken, media_slot_start_sample=24025), made[cue].media, {})
    start = place(built, found, made).tracks[0][0].source_range.start_time
    assert (start.value, start.rate) == (24025, 48000)


def test_filling_again_finds_and_makes_the_same() -> None:
    built = rich()
    once = filled(built)
    assert cues(once) == cues(built)
    twice = filled(once)
    assert cues(twice) == cues(built)
    assert as_json(twice) == as_json(once)


def test_filling_again_after_a_file_finds_the_same(tmp_path: Path) -> None:
    built = rich()
    for name in ("filled.otio", "filled.otioz"):
        save(filled(built), tmp_path / name)
        assert cues(load(tmp_path / name)) == cues(built)


def test_what_is_no_placeholder_comes_out_as_it_went_in() -> None:
    built = rich()
    assert rest(filled(built), built) == rest(built, built)


def test_a_markers_take_lies_on_a_track_of_its_character_and_the_marker_stays() -> None:
    built = timeline(track("V", gap(1000), kind="Video"), start=0)
    built.tracks.markers.extend(
        [marker("BOB: One", 100, 50), marker("ALICE: Two", 120, 50), marker("BOB: Three", 200, 30)]
    )
    result = filled(built)
    assert [t.name for t in result.tracks] == ["V", "FV BOB", "FV ALICE"]
    bob = result.tracks[1]
    ranges = [(bob.range_of_child(c).start_time.value, c.duration().value) for c in bob.find_clips()]
    assert ranges == [(100, 50), (200, 30)]
    assert [m.comment for m in result.tracks.markers] == ["BOB: One", "ALICE: Two", "BOB: Three"]


def test_a_marker_that_moved_takes_its_take_along() -> None:
    built = timeline(track("V", gap(1000), kind="Video"), start=0)
    built.tracks.markers.extend([marker("BOB: One", 100, 50), marker("BOB: Two", 200, 30), marker("BOB: 三", 300, 9)])
    moved = filled(built)
    moved.tracks.markers[1].marked_range = span(20, 40)
    moved.tracks.markers[2].marked_range = span(151, 60)
    result = filled(moved)
    assert [t.name for t in result.tracks] == ["V", "FV BOB"]
    bob = result.tracks[1]
    ranges = [(c.name, bob.range_of_child(c).start_time.value, c.duration().value) for c in bob.find_clips()]
    assert ranges == [("Two", 20, 40), ("One", 100, 50), ("三", 151, 60)]


def test_lines_of_one_character_that_overlap_lie_on_two_tracks() -> None:
    result = filled(rich())
    own = [t.name for t in result.tracks if t.name.startswith("FV ")]
    assert own == ["FV Carl", "FV Inner", "FV 小林", "FV BOB", "FV BOB 2"]


def test_a_line_that_its_parent_trims_keeps_its_clip_and_sounds_where_it_shows() -> None:
    nest = otio.schema.Stack("Nest", children=[track("Inner", line("Cut", 60), gap(30))], source_range=span(20, 70))
    built = timeline(track("A", gap(10), nest), start=0)
    built.tracks.source_range = span(4, 60)
    (placeholder,) = find_placeholders(built)
    result = filled(built)
    own = result.tracks[1]
    assert isinstance(result.tracks[0][1][0][0].media_reference, otio.schema.MissingReference)
    # 10 frames of gap, of which the timeline's own range takes 4: the line shows from frame 6 for 40 frames.
    assert (placeholder.start, placeholder.duration) == (6, 40)
    assert [(c.name, own.range_of_child(c).start_time.value) for c in own.find_clips()] == [("Cut", 10)]


def test_a_time_effect_would_bend_the_take_and_is_kept_aside() -> None:
    slow = line("Slow")
    slow.effects.extend([otio.schema.LinearTimeWarp("half", 0.5), otio.schema.Effect("EQ")])
    clip = filled(timeline(track("A", slow), start=0)).tracks[0][0]
    assert [e.name for e in clip.effects] == ["EQ"]
    assert [e.name for e in clip.metadata["framevox"]["placeholder"]["effects"]] == ["half", "EQ"]


def test_markers_on_a_filled_clip_stay_where_they_are_seen() -> None:
    clip = line("Line", 50, start=1000)
    clip.markers.append(otio.schema.Marker("breath", span(1010, 0)))
    result = filled(timeline(track("A", clip), start=0)).tracks[0][0]
    assert result.markers[0].marked_range.start_time.value - result.source_range.start_time.value == 10


def test_what_is_broken_beside_a_line_keeps_no_take_from_its_place() -> None:
    clip = line("Line", 50, start=1000)
    clip.markers.extend(otio.schema.Marker("broken", span(*numbers)) for numbers in ((1, 0, 23.5), (float("nan"), 0)))
    built = timeline(track("A", clip), start=0)
    built.tracks.markers.append(marker("BOB: One", 100, 50))
    once = filled(built)
    assert isinstance(once.tracks[0][0].media_reference, otio.schema.ExternalReference)
    assert as_json(once.tracks[0][0])["markers"] == as_json(clip)["markers"]
    # Somebody put a clip without a length on our track, and the marker moved.
    once.tracks[1].insert(0, line("Bad", float("nan")))
    once.tracks.markers[0].marked_range = span(10, 50)
    twice = filled(once)
    assert [t.name for t in twice.tracks] == ["A", "FV BOB", "FV BOB 2"]
    assert twice.tracks[2][1].range_in_parent().start_time.value == 10


def test_what_has_no_take_is_untouched() -> None:
    built = rich()
    found = find_placeholders(built)
    some = takes(found[:1])
    result = place(built, found, some)
    for p in found[1:]:
        before, after = built.tracks, result.tracks
        for index in p.where:
            before, after = before[index], after[index]
        if p.where != found[0].where:
            assert as_json(after) == as_json(before) or p.where == ()


def test_sub_frame_slots_stay_exact_in_a_file(tmp_path: Path) -> None:
    built = timeline(track("A", gap(1 / 3), line("Line", 24.5, FILM)), start=0)
    built.tracks.markers.append(marker("BOB: Marked", 10 + 1 / 3, 12))
    save(filled(built), tmp_path / "a.otio")
    assert [(p.start, p.duration) for p in find_placeholders(load(tmp_path / "a.otio"))] == [
        (Fraction(1, 3), Fraction(49, 2)),
        (Fraction(31, 3), 12),
    ]
