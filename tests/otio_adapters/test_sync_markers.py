"""Markers and metadata that put words on frames, and the markers that go on being what they are."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.sync import SyncPoint
from framevox.otio_adapters import TimelineWarning, find_placeholders
from framevox.otio_adapters.filling import Settings, fill
from framevox.otio_adapters.placeholders import Placeholder

from .timelines import gap, line, marker, timeline, track


def clip(name: str, *markers: otio.schema.Marker, length: float = 60, start: float = 0, **said: Any) -> Any:
    made = line(name, length, **said)
    made.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, made.source_range.duration.rate), made.source_range.duration
    )
    made.markers.extend(markers)
    return made


def only(*items: Any) -> Placeholder:
    (found,) = find_placeholders(timeline(track("ALICE", *items)))
    return found


@pytest.mark.parametrize(
    ("marked", "point"),
    [
        (marker("now", 42, 1), SyncPoint("now", 42)),
        (marker("", 42, 1, name="now"), SyncPoint("now", 42)),
        (marker("check", 42, 0, name="Now!"), SyncPoint("Now!", 42)),
        (marker("send it", 20, 1, name="Marker 3"), SyncPoint("send it", 20)),
        (marker("now", 42, 12), SyncPoint("now", 42)),
        (marker("now", 42.5, 1), SyncPoint("now", Fraction(85, 2))),
    ],
)
def test_a_marker_that_bears_a_word_puts_it_on_its_frame(marked: Any, point: SyncPoint) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = only(gap(100), clip("BOB: Then send it now.", marked))
    assert (found.text, found.sync, found.start, found.problem) == ("Then send it now.", (point,), 100, "")


@pytest.mark.parametrize("text", ["TODO", "too loud", "Then send it now.", "no", "Marker 4", ""])
def test_other_markers_are_what_they_were(text: str) -> None:
    before = clip("Then send it now.", marker(text, 10, 1), marker("", 12, 1, name=text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert only(before).sync == ()
    beside = timeline(track("A", clip("Then send it now.", marker("Yes, at once.", 10, 20))))
    assert [(p.text, p.sync) for p in find_placeholders(beside)] == [("Then send it now.", ()), ("Yes, at once.", ())]


def test_a_marker_that_holds_the_line_holds_it_still_and_others_its_words() -> None:
    found = only(clip("slug 07", marker("Then send it now.", 0, 1, name="DLG"), marker("now", 42, 1)))
    assert (found.text, found.sync) == ("Then send it now.", (SyncPoint("now", 42),))
    one = only(clip("slug 07", marker("Now!", 7, 1, name="DLG")))
    assert (one.text, one.sync) == ("Now!", ())
    # A stand-in whose markers are the lines is spoken by them.
    lines = find_placeholders(timeline(track("A", clip("slug 07", marker("One now.", 0, 20), marker("now", 5, 20)))))
    assert [p.text for p in lines] == ["One now.", "now"]


def test_a_clips_markers_count_in_its_medias_time_and_in_frames_of_the_timeline() -> None:
    shown = clip("Then send it now.", marker("now", 1042, 1), marker("it", 999, 1), start=1000)
    with pytest.warns(TimelineWarning, match="“it” lies outside of what is seen of it"):
        assert only(shown).sync == (SyncPoint("now", 42),)
    slower = clip("Then send it now.")
    other = otio.schema.Marker(
        "now", otio.opentime.TimeRange(otio.opentime.RationalTime(1, 1), otio.opentime.RationalTime(1, 24))
    )
    slower.markers.append(other)
    assert only(slower).sync == (SyncPoint("now", Fraction(24000, 1001)),)


def test_metadata_say_the_same_and_come_first() -> None:
    said = [{"word": "now", "frame": 42}, {"word": "it", "frame": 20, "nth": 1}]
    found = only(clip("Then send it now.", marker("send", 10, 1), sync=said))
    assert found.sync == (SyncPoint("now", 42), SyncPoint("it", 20, 1)) and not found.problem
    assert only(clip("Then send it now.", marker("send", 10, 1), sync=[])).sync == ()
    ranged = marker("ALICE: Then send it now.", 0, 60)
    ranged.metadata["framevox"] = {"sync": [{"word": "now", "frame": 42}]}
    bed = gap(100)
    bed.markers.append(ranged)
    assert only(bed).sync == (SyncPoint("now", 42),)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("now@42", '["sync"]: must be a list such as'),
        ([{"word": "now", "frame": 42.5}], '"frame" of “now” must be a whole number'),
        ([{"word": "now"}], 'point 1 must have "word", "frame"'),
    ],
)
def test_metadata_that_are_no_points_are_the_cues_problem(said: Any, problem: str) -> None:
    found = only(clip("Then send it now.", sync=said))
    assert problem in found.problem and "Then send it now." in found.problem


def test_a_filled_timeline_keeps_its_points_and_finds_them_again(tmp_path: Any) -> None:
    from tests.rendering.test_renderer import Studio

    studio = Studio(tmp_path / "store")

    def speak(lines: Any, output: Any, files: Any, keep: Any) -> Any:
        from framevox.engine_daemon.client.speaking import Result

        made = [studio.take(one.cue, output) for one in lines]
        return [
            Result(one.cue, one.track, "placed", "", each.take, keep(one.cue, each.take, each.media))
            for one, each in zip(lines, made, strict=True)
        ]

    before = timeline(track("ALICE", gap(10), clip("We leave at noon.", marker("at", 19, 1), length=40, voice="alto")))
    filled = fill(before, tmp_path / "media", Settings(), speak=speak)
    (take,) = (placed.take for placed in filled.takes.values())
    assert (take.sync[0].word, take.sync[0].start_sample) == ("at", 19 * 2002)
    kept = filled.timeline.tracks[0][1].metadata["framevox"]["take"]
    assert kept["sync"][0]["start_sample"] == 19 * 2002
    assert kept["settings"]["sync"][0]["word"] == "at"
    (again,) = find_placeholders(filled.timeline)
    assert again.sync == (SyncPoint("at", 19),)
