"""What is a placeholder, where it lies to the frame, what it says, and what identifies it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters import TimelineWarning, find_placeholders

from .timelines import FILM, gap, line, marker, span, time, timeline, track


def found(*tracks: object, **options: object) -> list[tuple[object, ...]]:
    return [(p.start, p.duration, p.text) for p in find_placeholders(timeline(*tracks, **options))]  # type: ignore[arg-type]


# What counts.


def test_audio_clips_with_missing_or_generated_media_are_placeholders() -> None:
    slug = otio.schema.Clip("Slug line", otio.schema.GeneratorReference(generator_kind="Slug"), span(0, 20))
    empty = otio.schema.Clip("No reference", None, span(0, 30))
    assert found(track("A", line("Missing"), slug, empty)) == [
        (0, 50, "Missing"),
        (50, 20, "Slug line"),
        (70, 30, "No reference"),
    ]


def test_offline_files_and_pictures_are_none_unless_metadata_says_so() -> None:
    offline = otio.schema.Clip("Wind", otio.schema.ExternalReference("wind.wav"), span(0, 10))
    said = offline.deepcopy()
    said.metadata["framevox"] = {"text": "Replace me"}
    shot = line("Shot 1", 10)
    caption = line("Caption", 10, text="Read me")
    a, v = track("A", offline, said), track("V", shot, caption, kind="Video")
    assert found(v, a) == [(10, 10, "Read me"), (10, 10, "Replace me")]


def test_the_name_of_a_file_is_not_read_out_but_reported() -> None:
    music, said = find_placeholders(timeline(track("A", line("A001_C003.wav"), line("b.wav", text="Say this"))))
    assert "A001_C003.wav" in music.problem and "not a line" in music.problem
    assert (said.text, said.problem) == ("Say this", "")


@pytest.mark.parametrize("written", ["[MUSIC PLAYING]", "(door slams)", "♪ la la ♪", "【音乐】"])
def test_what_only_describes_a_sound_is_passed_over_with_a_warning(written: str) -> None:
    a = track("A", line(written, 10), line("ALICE: <i>Who's &quot;there&quot;?</i>", 20))
    with pytest.warns(TimelineWarning, match="describes a sound") as told:
        assert found(a) == [(10, 20, 'Who\'s "there"?')]
    assert written in str(told[0].message)
    with pytest.warns(TimelineWarning, match="describes a sound"):
        assert found(track("B", line("Shot", 10, text=written))) == []


def test_two_people_in_one_clip_are_a_problem_where_they_are_named_and_told_where_not() -> None:
    (both,) = find_placeholders(timeline(track("A", line("ALICE: Coming?\nBOB: No."))))
    assert "ALICE and BOB" in both.problem and "split it" in both.problem
    with pytest.warns(TimelineWarning, match="two people"):
        assert found(track("A", line("- Coming?\n- No.", 10))) == [(0, 10, "Coming? No.")]
    (twice,) = find_placeholders(timeline(track("A", line("ALICE: Coming?\nALICE: Say it."))))
    assert (twice.character, twice.text, twice.problem) == ("ALICE", "Coming? Say it.", "")


def test_what_is_disabled_is_silent_and_still_takes_its_time() -> None:
    off = line("Off", 10)
    off.enabled = False
    muted = track("B", line("Muted"))
    muted.enabled = False
    assert found(track("A", off, line("On")), muted) == [(10, 50, "On")]


def test_ranged_markers_are_placeholders_and_points_are_not() -> None:
    a = track("Bo", gap(100))
    a.markers.extend([marker("On the track", 10, 20), marker("A point", 10, 0), marker("Resolve's point", 10, 1)])
    a[0].markers.append(marker("On a gap", 30, 5))
    built = timeline(a)
    built.tracks.markers.append(marker("ALICE: Past the end", 500, 24))
    assert [(p.start, p.duration, p.text, p.character) for p in find_placeholders(built)] == [
        (10, 20, "On the track", "Bo"),
        (30, 5, "On a gap", "Bo"),
        (500, 24, "Past the end", "ALICE"),
    ]


def test_a_markers_line_is_its_comment_wherever_the_adapter_left_it_else_its_name() -> None:
    a = track("A", gap(100))
    a.markers.extend(
        [
            otio.schema.Marker("Name", span(0, 5)),
            otio.schema.Marker("Name", span(10, 5), metadata={"fcp_xml": {"comment": "From XML"}}),
            otio.schema.Marker("Name", span(20, 5), metadata={"Resolve_OTIO": {"Note": "From Resolve"}}),
            otio.schema.Marker("Marker 4", span(30, 5)),  # Resolve names markers so
            otio.schema.Marker("Name", span(40, 5), comment="Comment", metadata={"framevox": {"text": "Metadata"}}),
        ]
    )
    assert found(a) == [(0, 5, "Name"), (10, 5, "From XML"), (20, 5, "From Resolve"), (40, 5, "Metadata")]


# Where it lies.


def test_transitions_take_no_time_and_overlap_nothing() -> None:
    dissolve = otio.schema.Transition(in_offset=time(5), out_offset=time(5))
    assert found(track("A", line("One"), dissolve, line("Two"))) == [(0, 50, "One"), (50, 50, "Two")]


@pytest.mark.filterwarnings("ignore:1 line lies outside")
def test_nested_compositions_are_walked_through_their_own_ranges() -> None:
    inner = track("Inner", line("Trimmed away", 20), line("Half", 40), line("Whole", 30), line("Cut", 50), gap(100))
    nest = otio.schema.Stack("Nest", children=[inner], source_range=span(40, 70))
    assert found(track("A", gap(7), nest, line("After"))) == [
        (7, 20, "Half"),
        (27, 30, "Whole"),
        (57, 20, "Cut"),
        (77, 50, "After"),
    ]


def test_trims_inside_trims_meet() -> None:
    inner = track("Inner", line("Line", 100))
    inner.source_range = span(10, 80)
    middle = otio.schema.Stack("Middle", children=[inner], source_range=span(20, 40))
    built = timeline(track("A", gap(5), middle))
    built.tracks.source_range = span(15, 100)
    # Of the line's 100 frames 10 and then 20 are cut at the head; then the timeline begins 15 frames late.
    assert [(p.start, p.duration, p.in_place) for p in find_placeholders(built)] == [(0, 30, False)]


def test_the_track_of_a_nested_line_is_the_innermost() -> None:
    nest = otio.schema.Stack("Nest", children=[track("Maya", line("Hello"))])
    (placeholder,) = find_placeholders(timeline(track("Dialogue", nest)))
    assert (placeholder.track, placeholder.character) == ("Maya", "Maya")


@pytest.mark.filterwarnings("ignore:1 line lies outside")
def test_markers_of_a_clip_count_in_its_medias_time_and_show_only_where_it_does() -> None:
    clip = otio.schema.Clip("Shot", otio.schema.ExternalReference("a.mov"), span(1000, 50))
    clip.markers.extend([marker("Inside", 1010, 20), marker("Half", 1040, 30), marker("Outside", 900, 50)])
    assert found(track("V", gap(100), clip, kind="Video")) == [(110, 20, "Inside"), (140, 10, "Half")]


def test_mixed_rates_meet_as_exact_fractions() -> None:
    sound = otio.schema.Clip("Room", otio.schema.ExternalReference("a.wav"), span(0, 2002 * 10 + 1, 48000))
    a = track("A", gap(10), gap(24, 24), sound, line("Line", 25, 25))
    start = 10 + Fraction(24000, 1001) + Fraction(20021, 2002)
    assert found(a, start=0) == [(start, Fraction(24000, 1001), "Line")]


def test_the_noise_of_doubles_is_no_sub_frame_position_and_a_third_of_a_frame_is() -> None:
    a = track("A", gap(100 * (1 + 1e-12)), gap(1 / 3), gap(2 / 3), line("Whole", 30.0000000004), line("Half", 10.5))
    assert found(a) == [(101, 30, "Whole"), (131, Fraction(21, 2), "Half")]


def test_rates_written_in_any_way_are_one_rate() -> None:
    a = track("A", gap(10, 23.976), gap(10, 23.98), gap(10, 23.976023976), line("Line", 24, 23.976024))
    assert found(a, start=0, rate=23.976) == [(30, 24, "Line")]


def test_the_rate_is_the_start_times_else_the_pictures_else_the_sounds() -> None:
    v = track("V", otio.schema.Clip("Shot", otio.schema.MissingReference(), span(0, 10, 25)), kind="Video")
    a = track("A", line("Line", 48000, 48000), line("Line", 24, 24))
    rates = [
        find_placeholders(timeline(v, a.deepcopy(), start=0, rate=30))[0].rate.fps,
        find_placeholders(timeline(v.deepcopy(), a.deepcopy()))[0].rate.fps,
        find_placeholders(timeline(a.deepcopy()))[0].rate.fps,
        find_placeholders(timeline(track("A", line("Line", 48000, 48000))))[0].rate.fps,
    ]
    assert rates == [30, 25, 24, 48000]


def test_the_start_timecode_is_the_origin_and_moves_no_position() -> None:
    (placeholder,) = find_placeholders(timeline(track("A", gap(10), line("Line")), start=86400))
    assert (placeholder.origin, placeholder.start) == (86400, 10)


def test_drop_frame_is_taken_from_metadata_and_never_guessed() -> None:
    built = timeline(track("A", line("Line", 30, 30000 / 1001)), start=0, rate=30000 / 1001)
    assert not find_placeholders(built)[0].rate.drop_frame
    built.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    assert find_placeholders(built)[0].rate.drop_frame


# What is said, and by whom.


def test_metadata_comes_before_the_name_and_the_name_before_the_track() -> None:
    a = track(
        "Bo",
        line("ALICE: One"),
        line("Two"),
        line("ALICE: Three", character="Carl"),
        line("ignored", text="Dora：四", voice="jf_alpha", language="zh", fit="ratio:1.1"),
    )
    cues = find_placeholders(timeline(a))
    assert [(p.character, p.text) for p in cues] == [("ALICE", "One"), ("Bo", "Two"), ("Carl", "Three"), ("Dora", "四")]
    assert (cues[3].voice, cues[3].language, cues[3].fit) == ("jf_alpha", "zh", "ratio:1.1")
    assert (cues[0].voice, cues[0].language, cues[0].fit) == (None, None, None)


def test_keys_of_later_versions_are_warned_of_and_wrong_types_are_a_problem() -> None:
    with pytest.warns(TimelineWarning, match="mood"):
        (placeholder,) = find_placeholders(timeline(track("A", line("Line", mood={"sad": 1}))))
    assert not placeholder.problem
    (placeholder,) = find_placeholders(timeline(track("A", line("Line", voice=3))))
    assert "voice" in placeholder.problem and "Line" in placeholder.problem
    clip = line("Line")
    clip.metadata["framevox"] = "jf_alpha"
    assert "must be an object" in find_placeholders(timeline(track("A", clip)))[0].problem


# Bad input is reported line by line.


@pytest.mark.parametrize("name", ["", "   ", "ALICE:", "ALICE:  "])
def test_a_line_without_words_is_a_problem_of_that_line(name: str) -> None:
    bad, good = find_placeholders(timeline(track("A", line(name), line("Good"))))
    assert "no line" in bad.problem
    assert (good.problem, good.start) == ("", 50)


@pytest.mark.parametrize("length", [0, -10])
def test_no_length_is_a_problem_of_that_line_alone(length: float) -> None:
    built = timeline(track("A", line("One"), line("Bad", length), line("Good"), line("Last")), start=0)
    cues = {p.text: p for p in find_placeholders(built)}
    assert "“Bad”" in cues["Bad"].problem
    assert [text for text, cue in cues.items() if not cue.problem] == ["One", "Good", "Last"]
    # What follows lies where OpenTimelineIO puts it.
    for clip in built.tracks[0][2:]:
        assert cues[clip.name].start == clip.range_in_parent().start_time.value


def test_what_a_negative_length_moves_before_the_beginning_is_reported_and_not_dropped() -> None:
    bad, lost, found_again = find_placeholders(timeline(track("A", line("Bad", -60), line("Lost"), line("Lost too"))))
    assert "negative" in bad.problem
    assert "“Bad” before it" in lost.problem and "“Bad” before it" in found_again.problem


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_a_start_that_is_no_number_is_a_problem_of_that_line_alone(value: float) -> None:
    built = timeline(track("A", line("One"), line("Bad", 30, start=value), line("Good")), start=0)
    one, bad, good = find_placeholders(built)
    assert "is not a time" in bad.problem and "“Bad”" in bad.problem and "start" in bad.problem
    assert (one.problem, good.problem, good.start) == ("", "", 80)


BROKEN = {
    "nan": lambda: line("Bad", float("nan")),
    "infinite": lambda: line("Bad", float("inf")),
    "huge": lambda: line("Bad", 1e300),
    "unknown rate": lambda: line("Bad", 10, 23.5),
    "rate zero": lambda: line("Bad", 10, 0),
    "no range at all": lambda: otio.schema.Clip("Bad", otio.schema.MissingReference()),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_behind_a_clip_of_unknown_length_no_position_is_guessed(broken: Callable[[], otio.schema.Clip]) -> None:
    behind = line("Behind")
    behind.markers.append(marker("Marked behind", 0, 10))
    a = track("A", line("Before"), broken(), behind)
    a.markers.append(marker("On the track", 120, 10))
    b = track("B", gap(200), line("Elsewhere"))
    cues = {p.text: p for p in find_placeholders(timeline(a, b, start=0))}
    assert len(cues) == 6
    assert "“Bad”" in cues["Bad"].problem
    for text in ("Behind", "Marked behind"):
        assert "“Bad” before it has no usable length" in cues[text].problem
    # What has a place of its own is spoken: before it, on other tracks, and markers of the track.
    good = [(text, cue.start) for text, cue in cues.items() if not cue.problem]
    assert good == [("Before", 0), ("On the track", 120), ("Elsewhere", 200)]


def test_behind_a_nest_with_a_range_of_its_own_positions_are_known_whatever_it_holds() -> None:
    inner = track("Inner", line("First", 20), line("Bad", float("nan")), line("Behind", 30))
    nest = otio.schema.Stack("Nest", children=[inner])
    trimmed = otio.schema.Stack("Nest", children=[inner.deepcopy()], source_range=span(0, 70))
    cues = find_placeholders(timeline(track("A", trimmed, line("After")), start=0))
    assert {p.text: p.start for p in cues if not p.problem} == {"First": 0, "After": 70}
    cues = find_placeholders(timeline(track("A", nest, line("After")), start=0))
    (after,) = (p for p in cues if p.text == "After")
    assert "“Nest” before it" in after.problem and "“Bad” inside it" in after.problem


def test_one_clip_of_unknown_rate_does_not_decide_the_timelines() -> None:
    cues = find_placeholders(timeline(track("A", line("Odd", 10, 23.5)), track("B", line("Line", 25, 25))))
    assert {p.text: bool(p.problem) for p in cues} == {"Odd": True, "Line": False}
    assert all(p.rate.fps == 25 for p in cues)
    with pytest.raises(InputError, match=r"timeline's rate.*23\.5"):
        find_placeholders(timeline(track("A", line("Odd", 10, 23.5))))


def test_a_timelines_own_start_or_range_that_is_no_time_is_named() -> None:
    with pytest.raises(InputError, match="global_start_time"):
        find_placeholders(timeline(track("A", line("Line")), start=float("nan")))
    built = timeline(track("A", line("Line")))
    built.tracks.source_range = span(0, float("nan"))
    with pytest.raises(InputError, match="range of the timeline"):
        find_placeholders(built)


def test_an_unknown_timeline_rate_is_an_error_that_names_the_known() -> None:
    with pytest.raises(InputError, match=r"23\.976"):
        find_placeholders(timeline(track("A", line("Line")), start=0, rate=12.5))


def test_a_line_inside_a_retimed_composition_is_a_problem() -> None:
    nest = otio.schema.Stack("Nest", children=[track("B", line("Line"))], effects=[otio.schema.LinearTimeWarp("", 2.0)])
    (placeholder,) = find_placeholders(timeline(track("A", nest)))
    assert "retimed" in placeholder.problem


# Identity.


def test_ids_are_short_ascii_unique_and_the_same_in_every_run() -> None:
    built = timeline(*(track("A", *(line("The same words", 10) for _ in range(20))) for _ in range(3)))
    built.tracks.markers.extend([marker("The same words", 0, 10), marker("The same words", 0, 10)])
    ids = [p.cue_id for p in find_placeholders(built)]
    assert len(set(ids)) == 62
    assert all(i.isascii() and len(i) <= 32 for i in ids)
    assert ids == [p.cue_id for p in find_placeholders(built.deepcopy())]


def test_a_copied_clip_gets_an_id_of_its_own() -> None:
    original = line("Line", cue="fv-kept")
    first, second = find_placeholders(timeline(track("A", original, original.deepcopy())))
    assert first.cue_id == "fv-kept" and second.cue_id not in ("", "fv-kept")


@pytest.mark.parametrize("kept", ["", "x" * 33, "线", "a b", 7])
def test_an_id_that_no_file_could_carry_is_replaced(kept: object) -> None:
    (placeholder,) = find_placeholders(timeline(track("A", line("Line", cue=kept))))
    assert placeholder.cue_id.startswith("fv-")


def test_own_samples_hold_no_surprise(tmp_path: Path) -> None:
    built = timeline(track("A", line("Line", 48, FILM)), start=FILM * 0)
    assert find_placeholders(built)[0].rate.fraction == "24000/1001"


def test_how_a_line_is_delivered_is_read_from_its_metadata() -> None:
    said = line("Go", emotion="happy=0.5", emotion_strength=0.75, take_number=2)
    shown = line("Go", emotion_voice="angry.wav", take_number="3")
    first, second = find_placeholders(timeline(track("A", said, shown)))
    assert (first.emotion, first.emotion_strength, first.take_number) == ("happy=0.5", "0.75", "2")
    assert (second.emotion, second.emotion_voice, second.take_number) == (None, "angry.wav", "3")
    assert not first.problem and not second.problem
    (wrong,) = find_placeholders(timeline(track("A", line("Go", emotion=0.5))))
    assert '["emotion"] must be text' in wrong.problem


# What was spoken wrongly, or passed over without a word.


def test_a_length_of_zero_at_no_rate_is_unknown_so_what_follows_has_no_place(tmp_path: Path) -> None:
    """How the FCP 7 XML adapter reads a slug whose rate is 0."""
    slug = otio.schema.Clip(
        "Hello there.",
        otio.schema.GeneratorReference("Slug"),
        otio.opentime.TimeRange(otio.opentime.RationalTime(float("nan"), 0), otio.opentime.RationalTime(0, 0)),
    )
    first, second = find_placeholders(timeline(track("A", slug, line("Second line.")), start=0))
    assert "its length" in first.problem and "0" in first.problem
    assert "“Hello there.” before it has no usable length" in second.problem
    (shown,) = find_placeholders(timeline(track("A", line("Hi.", 50, start=0)), start=0))
    assert not shown.problem


@pytest.mark.parametrize(
    ("length", "rate", "is_line"),
    [(1, 1, True), (1, FILM, False), (1, 24, False), (1, 25, False), (0, 1, False), (2, FILM, True), (1, 10, True),
     (2002, 48000, False), (4004, 48000, True), (1, 48000, False)],
)  # fmt: skip
def test_a_point_is_one_frame_at_the_timelines_rate(length: float, rate: float, is_line: bool) -> None:
    built = timeline(track("A", gap(500)), start=0)
    built.tracks.markers.append(
        otio.schema.Marker(
            marked_range=otio.opentime.TimeRange(time(24), otio.opentime.RationalTime(length, rate)), comment="Hello."
        )
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = find_placeholders(built)
    assert [p.text for p in found] == (["Hello."] if is_line else [])
    assert len(said) == (0 if is_line else 1)


def test_lines_outside_of_the_range_that_is_shown_are_warned_of() -> None:
    """How the CMX 3600 adapter reads an EDL whose record time begins at an hour: a track range before its content."""
    layer = track("A1", line("Hello there."), line("Second line."))
    layer.source_range = span(-90000, 100)
    with pytest.warns(TimelineWarning, match=r"2 lines lie outside .* \(“Hello there\.”, “Second line\.”\)"):
        assert not find_placeholders(timeline(layer, start=0))
    layer = track("A1", gap(100))
    layer.markers.append(marker("BOB: Far away.", 200, 50))
    layer.source_range = span(0, 100)
    with pytest.warns(TimelineWarning, match="1 line lies outside"):
        assert not find_placeholders(timeline(layer, start=0))


def clip_with(name: str, *markers: otio.schema.Marker) -> otio.schema.Clip:
    clip = line(name)
    clip.markers.extend(markers)
    return clip


@pytest.mark.parametrize(
    ("clip", "spoken"),
    [
        (clip_with("slug 07", marker("ALICE: Hello there.", 10, 1, name="DLG")), "Hello there."),
        (clip_with("slug 07", marker("Hello there.", 0, 0)), "Hello there."),
        (clip_with("A001.wav", marker("Hello there.", 0, 1)), "Hello there."),
        (clip_with("", marker("Hello there.", 0, 1)), "Hello there."),
        (clip_with("Scene two", marker("Hello there.", 0, 1, name="DLG 3")), "Hello there."),
        (clip_with("slug 07", marker("too loud", 0, 1), marker("Hello there.", 5, 1, name="Dialogue")), "Hello there."),
        (clip_with("Hello there", marker("too loud", 0, 1)), "Hello there"),
        (clip_with("Line", marker("too loud", 0, 1)), "Line"),
        (clip_with("slug 07"), "slug 07"),
    ],
)
def test_a_clips_line_may_stand_in_a_point_marker_on_it(clip: otio.schema.Clip, spoken: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (found,) = find_placeholders(timeline(track("A", clip.deepcopy()), start=0))
    assert found.text == spoken and found.in_place and not found.problem


def test_a_clip_named_slug_is_not_spoken_beside_the_ranged_markers_on_it() -> None:
    clip = clip_with("slug 07", marker("One.", 0, 20), marker("Two.", 25, 20))
    assert [p.text for p in find_placeholders(timeline(track("A", clip), start=0))] == ["One.", "Two."]
    clip = clip_with("Zero.", marker("One.", 0, 20))
    assert [p.text for p in find_placeholders(timeline(track("A", clip), start=0))] == ["Zero.", "One."]


@pytest.mark.parametrize(
    ("marked", "warned"),
    [
        (marker("ALICE: Hello there", 0, 1), True),
        (marker("Hello there.", 0, 1), True),
        (marker("we leave tonight", 0, 1), True),
        (marker("今晚就走", 0, 0), True),
        (marker("", 0, 1, name="Hello there."), True),
        (marker("", 0, 1, name="Scene 3"), False),
        (marker("", 0, 1, name="Marker 3"), False),
        (marker("too loud", 0, 1), False),
        (marker("Grade: colder", 0, 1), False),
        (marker("VFX check: replace the sky in this one", 0, 1), False),
        (marker("A001.wav", 0, 1), False),
    ],
)
def test_points_that_read_like_lines_are_warned_of(marked: otio.schema.Marker, warned: bool) -> None:
    layer = track("A", gap(100))
    layer.markers.append(marked.deepcopy())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert not find_placeholders(timeline(layer, start=0))
    assert [str(w.message).split(" (")[0] for w in said] == (
        ["1 marker of one frame reads like a line and is not spoken"] if warned else []
    )


def test_clips_without_media_that_are_on_no_audio_track_are_warned_of_where_they_read_like_lines() -> None:
    pictures = track("V", line("ALICE: Hello."), line("Bars and tone"), line("A001.mov"), kind="Video")
    captions = track("S", line("Hello there"), kind="Subtitle")
    with pytest.warns(TimelineWarning, match=r"2 clips without media .*\(“ALICE: Hello\.”, “Hello there”\)"):
        assert not find_placeholders(timeline(pictures, captions, start=0))
