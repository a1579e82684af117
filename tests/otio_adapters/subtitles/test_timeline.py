"""Captions on a timeline: placeholders on the right frames, on tracks without overlaps."""

from __future__ import annotations

import warnings
from fractions import Fraction

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders
from framevox.otio_adapters.subtitles import Caption, Layout, timeline_of

FILM = Layout(Rate.parse("25"))


def caption(number: int, start: int, end: int, text: str = "Hello.", speaker: str = "") -> Caption:
    return Caption(number, Fraction(start, 1000), Fraction(end, 1000), text, speaker)


def found(captions: list[Caption], layout: Layout = FILM) -> list[tuple[object, ...]]:
    placeholders = find_placeholders(timeline_of(captions, layout))
    return [(p.text, p.character, p.track, p.start, p.duration, p.problem) for p in placeholders]


def test_every_caption_is_a_placeholder_where_it_is_shown() -> None:
    assert found([caption(1, 1000, 2000, "One."), caption(2, 2000, 2500, "Two.", "BOB")]) == [
        ("One.", "", "Captions", 25, 25, ""),
        ("Two.", "BOB", "Captions", 50, 13, ""),
    ]


def test_captions_out_of_order_are_sorted() -> None:
    assert [row[0] for row in found([caption(1, 5000, 6000, "Late."), caption(2, 1000, 2000, "Early.")])] == [
        "Early.",
        "Late.",
    ]


def test_captions_that_overlap_lie_on_tracks_of_their_characters_and_that_is_said() -> None:
    captions = [
        caption(1, 1000, 4000, "A"),
        caption(2, 2000, 3000, "B", "BOB"),
        caption(3, 2500, 3500, "C", "BOB"),
        caption(4, 2600, 3500, "D"),
        caption(5, 4000, 5000, "E"),
    ]
    with pytest.warns(
        TimelineWarning, match=r"caption 2 \(00:00:02:00\) on 'BOB', caption 3 .* on 'BOB 2', caption 4 .* on"
    ):
        timeline = timeline_of(captions, FILM)
    assert [track.name for track in timeline.tracks] == ["Captions", "BOB", "BOB 2", "Captions 2"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [row[3:5] for row in found(captions)] == [(25, 75), (50, 25), (62, 26), (65, 23), (100, 25)]


def test_a_caption_that_does_not_last_fails_alone() -> None:
    one, two, three = found([caption(1, 1000, 1000), caption(2, 2000, 1500), caption(3, 3000, 4000)])
    assert "0 frames" in one[-1] and "0 frames" in two[-1] and not three[-1]


def test_offset_start_and_length_are_where_they_belong() -> None:
    layout = Layout(Rate.parse("29.97 DF"), start=107892, offset=30, length=300)
    timeline = timeline_of([caption(1, 1001, 2002)], layout)
    assert timeline.global_start_time.value == 107892 and timeline.tracks[0].duration().value == 300
    (placeholder,) = find_placeholders(timeline)
    assert (placeholder.start, placeholder.duration, placeholder.origin) == (60, 30, 107892)
    assert placeholder.rate == Rate.parse("29.97 DF")


def test_what_lies_outside_of_the_timeline_is_said() -> None:
    with pytest.raises(InputError, match="caption 1 begins 25 frames before the timeline: raise --offset"):
        timeline_of([caption(1, 1000, 2000)], Layout(Rate.parse("25"), offset=-50))
    with pytest.raises(InputError, match="ends after 100 hours"):
        timeline_of([caption(1, 1000, 360_001_000)], FILM)
    with pytest.warns(TimelineWarning, match="caption 1 ends 10 frames behind the timeline's end"):
        timeline_of([caption(1, 1000, 2000)], Layout(Rate.parse("25"), length=40))
