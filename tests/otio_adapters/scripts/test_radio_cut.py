"""A script's lines one after the other, on whole frames."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import find_placeholders
from framevox.otio_adapters.scripts import Scene, Screenplay, Speech, estimates, lay, parse_pauses
from framevox.otio_adapters.subtitles import Layout

SCRIPT = Screenplay(
    [
        Scene(
            "INT. HOUSE. Night: later.",
            [Speech("A", "One."), Speech("B", "Two.", "sadly"), Speech("C", "At once.", "", True)],
        ),
        Scene("EXT. PARK", [Speech("A", "Three.")]),
    ]
)
PAL = Layout(Rate.parse("25"))


def test_lines_follow_each_other_with_pauses() -> None:
    timeline = lay(SCRIPT, [20, 30, 40, 10], PAL, parse_pauses("0.5,2"), "film")
    found = find_placeholders(timeline)
    assert [(p.text, p.character, p.emotion, p.track, p.start, p.duration) for p in found] == [
        ("One.", "A", None, "Dialogue", 0, 20),
        ("Two.", "B", "sadly", "Dialogue", 33, 30),
        ("At once.", "C", None, "Dialogue 2", 33, 40),
        ("Three.", "A", None, "Dialogue", 123, 10),
    ]
    assert timeline.duration().value == 133
    markers = [
        (m.name, m.marked_range.start_time.value, m.marked_range.duration.value) for m in timeline.tracks[0].markers
    ]
    assert markers == [("INT. HOUSE. Night: later.", 0, 1), ("EXT. PARK", 123, 1)]


@pytest.mark.filterwarnings("error")
def test_a_scene_s_marker_is_no_line() -> None:
    assert len(find_placeholders(lay(SCRIPT, [1, 1, 1, 1], PAL, parse_pauses("0")))) == 4


def test_start_offset_and_length() -> None:
    layout = Layout(Rate.parse("29.97 DF"), 107_892, 15, 500)
    timeline = lay(SCRIPT, [20, 30, 40, 10], layout, parse_pauses("0.001"))
    assert [p.start for p in find_placeholders(timeline)] == [15, 36, 36, 77]
    assert timeline.global_start_time.value == 107_892 and timeline.duration().value == 500
    assert timeline.metadata["fcp_xml"]["timecode"]["displayformat"] == "DF"
    with pytest.raises(InputError, match="the first line begins 5 frames before the timeline: raise --offset"):
        lay(SCRIPT, [1, 1, 1, 1], Layout(PAL.rate, 0, -5), parse_pauses(""))


def test_pauses() -> None:
    assert parse_pauses("").frames(PAL.rate) == (13, 50)
    assert parse_pauses("0.3").frames(PAL.rate) == (8, 30)
    assert parse_pauses("0,0").frames(PAL.rate) == (0, 0)
    for wrong in ("1,2,3", "-1", "soon", "601", "0.5;2"):
        with pytest.raises(InputError, match="--pause"):
            parse_pauses(wrong)


def test_estimates_are_of_the_right_size() -> None:
    script = Screenplay([Scene("", [Speech("A", "Good to know, thank you very much."), Speech("B", "我们现在就走。")])])
    assert [length / 25 for length in estimates(script, PAL.rate)] == [
        pytest.approx(2.1, abs=0.3),
        pytest.approx(1.7, abs=0.3),
    ]
