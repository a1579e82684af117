"""CMX 3600 EDLs in and out: exact timecodes at every rate, lines in comments, several audio tracks."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, format_timecode
from framevox.otio_adapters import TimelineWarning, find_placeholders, load, save
from framevox.otio_adapters.rates import origin, timeline_rate

from ..timelines import gap, line, span, timeline, track

EDL = """TITLE: reel 3
FCM: NON-DROP FRAME

001  AX       A     C        00:00:00:00 00:00:02:00 01:00:01:00 01:00:03:00
* FROM CLIP NAME: ALICE: Good to know.
* COMMENT: softer
002  AX       A2    C        00:00:00:00 00:00:02:00 01:00:02:00 01:00:04:00
* FROM CLIP NAME: slug 7
* COMMENT: BOB: We leave now.
003  BL       A     C        00:00:00:00 00:00:02:00 01:00:05:00 01:00:07:00
* COMMENT: CAROL: In the black.
004  BL       A     C        00:00:00:00 00:00:01:00 01:00:07:00 01:00:08:00
005  AX       AA/V  C        00:00:00:00 00:00:02:00 01:00:08:00 01:00:10:00
* FROM CLIP NAME: DAN: On both channels.
006  TAPE07   A     C        04:00:00:00 04:00:02:00 01:00:10:00 01:00:12:00
* FROM CLIP NAME: A007C003 interview
* COMMENT: use the second half
007  TAPE07   A2    C        04:00:00:00 04:00:02:00 01:00:12:00 01:00:14:00
* DIALOGUE: EVE: Over the tape.
"""


def written(folder: Path, text: str = EDL) -> Path:
    path = folder / "reel.edl"
    path.write_text(text)
    return path


def test_events_without_footage_are_lines_where_they_are_recorded(tmp_path: Path) -> None:
    read = load(written(tmp_path), Rate(Fraction(25)))
    found = find_placeholders(read)
    assert [(p.text, p.character, p.start, p.duration, p.track) for p in found] == [
        ("Good to know.", "ALICE", 0, 50, "A1"),
        ("We leave now.", "BOB", 25, 50, "A2"),
        ("In the black.", "CAROL", 100, 50, "A1"),
        ("On both channels.", "DAN", 175, 50, "A1"),
        ("Over the tape.", "EVE", 275, 50, "A2"),
    ]
    assert {p.origin for p in found} == {90025}
    assert format_timecode(90025 + found[1].start, Rate(Fraction(25))) == "01:00:02:00"


def test_it_does_not_say_its_rate_so_it_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reel\.edl does not say its frame rate: give --rate 25"):
        load(written(tmp_path))


@pytest.mark.parametrize(
    ("head", "first", "rate", "drop", "start"),
    [
        ("FCM: DROP FRAME", "01:00:00;00", "29.97", True, 107892),
        ("FCM: NON-DROP FRAME", "01:00:00:00", "29.97", False, 108000),
        ("FCM: NON-DROP FRAME", "01:00:00:00", "23.976", False, 86400),
        ("FCM: NON-DROP FRAME", "10:00:00:00", "50", False, 1800000),
    ],
)
def test_timecodes_count_as_they_are_written(
    tmp_path: Path, head: str, first: str, rate: str, drop: bool, start: int
) -> None:
    last = first[:6] + "02" + first[8:]
    source = first.replace("01:", "00:").replace("10:", "00:"), last.replace("01:", "00:").replace("10:", "00:")
    event = f"001  AX       A     C        {source[0]} {source[1]} {first} {last}\n* FROM CLIP NAME: A: Hello there.\n"
    read = load(written(tmp_path, f"TITLE: x\n{head}\n\n{event}"), Rate.parse(rate))
    found_rate = timeline_rate(read)
    assert (found_rate.drop_frame, origin(read, found_rate)) == (drop, start)
    [found] = find_placeholders(read)
    assert found.duration == 2 * found_rate.nominal


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "29.97 DF", "30", "50", "59.94", "60"])
def test_all_audio_tracks_go_out_and_come_back_on_their_frames(tmp_path: Path, rate: str) -> None:
    parsed = Rate.parse(rate)
    fps = float(parsed.fps)
    shot = otio.schema.Clip(
        "Shot", otio.schema.ExternalReference("file:///a/shot.mov", span(0, 900, fps)), span(3, 900, fps)
    )
    built = timeline(
        track("V1", shot, kind="Video"),
        track("ALICE", gap(10, fps), line("First line.", 50, fps), gap(1790, fps), line("Past the minute.", 31, fps)),
        track("BOB", gap(33, fps), line("In between.", 20, fps)),
        start=parsed.nominal * 3600,
        rate=fps,
    )
    if parsed.drop_frame:
        built.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    with pytest.warns(TimelineWarning, match=r"out\.framevox\.json"):
        save(built, tmp_path / "out.edl")
    text = (tmp_path / "out.edl").read_text()
    channels = re.findall(r"^\d{3}  \S+ +(\S+) ", text, re.MULTILINE)
    assert channels == ["V", "A", "A2", "A"] and ("FCM: DROP FRAME" in text) == parsed.drop_frame
    assert (";" in text) == parsed.drop_frame
    (tmp_path / "out.framevox.json").unlink()
    read = load(tmp_path / "out.edl", parsed)
    assert [(p.text, p.start, p.duration) for p in find_placeholders(read)] == [
        (p.text, p.start, p.duration) for p in find_placeholders(built)
    ]
    assert timeline_rate(read) == parsed and read.global_start_time.value == built.global_start_time.value


def test_a_second_picture_track_is_named_and_left_out(tmp_path: Path) -> None:
    pictures = [
        track(name, otio.schema.Clip(name, otio.schema.ExternalReference("a.mov"), span(0, 50)), kind="Video")
        for name in ("V1", "V2")
    ]
    with pytest.warns(TimelineWarning) as said:
        save(timeline(*pictures, track("A", line("Line.")), start=0), tmp_path / "out.edl")
    assert any("left out: V2" in str(warning.message) for warning in said)


def test_a_broken_list_is_an_error_that_names_the_event(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reel\.edl is not a timeline .*ALICE"):
        load(written(tmp_path, EDL.replace("01:00:03:00", "01:00:03:07", 1)), Rate(Fraction(25)))


@pytest.mark.parametrize("rate", ["25", "29.97", "29.97 DF"])
def test_a_change_of_speed_is_read_again_at_every_rate(tmp_path: Path, rate: str) -> None:
    exact = Rate.parse(rate)
    fast = line("ALICE: On the double 2.0", 50, rate=float(exact.fps))
    fast.effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    path = tmp_path / "fast.edl"
    with pytest.warns(TimelineWarning):
        save(timeline(track("A1", fast), rate=float(exact.fps)), path)
    (clip,) = load(path, exact).find_clips()
    assert clip.name.startswith("ALICE: On the double 2.0") and clip.duration().value == 50
    assert len(clip.effects) == 1
