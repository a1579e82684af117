"""What an edit did to the lines of a timeline."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio

from framevox.otio_adapters import find_placeholders, place
from framevox.otio_adapters.comparing import compare

from .timelines import gap, line, takes, timeline, track

FPS = 25.0


def film(*clips: otio.core.Item) -> otio.schema.Timeline:
    return timeline(track("ALICE", *clips), start=90000, rate=FPS)


def told(old: otio.schema.Timeline, new: otio.schema.Timeline) -> list[tuple[str, str, list[str], bool]]:
    return [(d.kind, d.line.text, sorted(d.changes), d.stale) for d in compare(old, new)]


def test_lines_are_added_removed_changed_and_moved() -> None:
    words = (("Two.", 40), ("Three.", 30), ("Four.", 20))
    old = film(line("One.", 50, FPS), gap(10, FPS), *(line(text, length, FPS) for text, length in words))
    new = film(
        line("One.", 50, FPS),
        gap(10, FPS),
        line("Two, changed.", 40, FPS),
        line("New.", 25, FPS),
        line("Four.", 22, FPS, voice="alto"),
    )
    assert told(old, new) == [
        ("same", "One.", [], False),
        ("changed", "Two, changed.", ["text"], False),
        ("changed", "New.", ["duration", "text"], False),
        ("changed", "Four.", ["duration", "start", "voice"], False),
    ]
    assert told(new, old)[-1][0] == "changed"
    assert told(old, film(line("One.", 50, FPS))) == [
        ("same", "One.", [], False),
        ("removed", "Two.", [], False),
        ("removed", "Three.", [], False),
        ("removed", "Four.", [], False),
    ]
    assert told(film(), old)[0] == ("added", "One.", [], False)


def test_of_lines_with_the_same_words_the_nearest_is_the_same(tmp_path: Path) -> None:
    old = film(line("Yes.", 10, FPS), gap(90, FPS), line("Yes.", 10, FPS))
    new = film(gap(95, FPS), line("Yes.", 10, FPS))
    found = compare(old, new)
    assert [(d.kind, d.old.start if d.old else None) for d in found] == [("moved", 100), ("removed", 0)]


def test_a_filled_line_is_known_by_its_cue_and_its_take_is_stale_after_an_edit(
    tmp_path: Path,
) -> None:
    old = film(line("One.", 50, FPS), gap(10, FPS), line("Two.", 40, FPS), line("Three.", 30, FPS))
    found = find_placeholders(old)
    filled = place(old, found, takes(found, tmp_path))
    assert {d.kind for d in compare(old, filled)} == {"same"} and not any(d.stale for d in compare(old, filled))
    edited = filled.deepcopy()
    one, pause, two, _ = edited.tracks[0]
    one.name = "Quite other words."
    pause.source_range = otio.opentime.TimeRange(pause.source_range.start_time, otio.opentime.RationalTime(12, FPS))
    start = two.source_range.start_time
    two.source_range = otio.opentime.TimeRange(start, otio.opentime.RationalTime(38, FPS))
    assert told(old, edited) == [
        ("changed", "Quite other words.", ["text"], True),
        ("changed", "Two.", ["duration", "start"], True),
        ("same", "Three.", [], False),
    ]


def test_timelines_of_two_rates_are_compared_in_time() -> None:
    other = timeline(track("ALICE", line("One.", 100, 50)), start=180000, rate=50)
    assert told(film(line("One.", 50, FPS)), other) == [("same", "One.", [], False)]
