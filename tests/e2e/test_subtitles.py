"""Subtitle files in and out, and stems, as a user meets them."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pyloudnorm
import pytest
import soundfile

from .conftest import Framevox, write_timeline

SRT = """1
00:00:01,000 --> 00:00:04,000
ALICE: Good to know, thank you very much.

2
00:00:04,000 --> 00:00:07,000
- BOB: Then we go home.
- ALICE: We do.

3
00:00:08,000 --> 00:00:09,000
[DOOR SLAMS]
"""


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    path = tmp_path / "captions.srt"
    path.write_text(SRT)
    return path


def spans(framevox: Framevox, *arguments: str | Path) -> list[tuple[str, str | None, int, int, str]]:
    cues = framevox.run("fill", *arguments, "--json").json["cues"]
    return [(c["text"], c["character"], c["start_frame"], c["duration_frames"], c["rate"]) for c in cues]


def test_captions_become_a_filled_timeline(served: Framevox, captions: Path) -> None:
    out = captions.with_name("out.otio")
    ran = served.run("fill", captions, out, "--rate", "25", "--json")
    found = [(c["text"], c["character"], c["start_frame"], c["duration_frames"]) for c in ran.json["cues"]]
    assert found == [
        ("Good to know, thank you very much.", "ALICE", 25, 75),
        ("Then we go home.", "BOB", 100, 56),
        ("We do.", "ALICE", 156, 19),
    ]
    assert "DOOR SLAMS" in ran.err and "describes a sound" in ran.err
    clips = [
        clip
        for clip in otio.adapters.read_from_file(str(out)).find_clips()
        if clip.media_reference.is_missing_reference
    ]
    assert [clip.name for clip in clips] == ["[DOOR SLAMS]"]
    assert [member["character"] for member in served.run("cast", captions, "--rate", "25", "--json").json["cast"]] == [
        "ALICE",
        "BOB",
    ]


def test_drop_frame_start_offset_and_length(served: Framevox, captions: Path) -> None:
    out = captions.with_name("out.otio")
    found = spans(
        served, captions, out, "--rate", "29.97 DF", "--start-timecode", "01:00:00;00", "--offset", "-15", "--length",
        "00:01:00;02",
    )  # fmt: skip
    assert next(one[2:] for one in found) == (15, 90, "30000/1001")
    timeline = otio.adapters.read_from_file(str(out))
    assert timeline.global_start_time.value == 107892
    assert timeline.duration().value == 1800
    assert spans(served, captions, out, "--rate", "25", "--offset", "00:00:10:00")[0][2] == 275


def test_a_reference_gives_rate_and_start(served: Framevox, captions: Path) -> None:
    reference = write_timeline(captions.with_name("cut.otio"), [("A: b", 5)], 24000 / 1001, 86400)
    out = captions.with_name("out.otio")
    assert spans(served, captions, out, "--reference", reference)[0][4] == "24000/1001"
    assert otio.adapters.read_from_file(str(out)).global_start_time.value == 86400


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "captions.srt does not say its frame rate: give --rate 25"),
        (("--rate", "25", "--reference", "cut.otio"), "--rate and --reference both give the frame rate"),
        (("--rate", "25", "--offset", "1.5"), "--offset 1.5: '1.5' is not a timecode"),
        (("--rate", "25", "--offset", "-00:00:02:00"), "begins 25 frames before the timeline: raise --offset"),
        (("--rate", "25", "--start-timecode", "-3"), "--start-timecode -3: a timecode is not negative"),
        (("--rate", "25", "--start-timecode", "01:00:00;00"), "write ':' before the frames"),
        (("--rate", "25", "--length", "0"), "--length 0: give the whole length"),
        (("--reference", "none.otio"), "none.otio: there is no such file"),
        (("--rate", "26.3"), "--rate"),
    ],
)
def test_bad_options_for_captions(served: Framevox, captions: Path, arguments: tuple[str, ...], said: str) -> None:
    write_timeline(captions.with_name("cut.otio"), [("A: b", 5)])
    ran = served.run("fill", captions, captions.with_name("out.otio"), *arguments, code=2, cwd=captions.parent)
    assert said in " ".join(ran.err.split())
    assert not captions.with_name("out.otio").exists()


def test_a_timeline_refuses_the_options_of_captions(served: Framevox, tmp_path: Path) -> None:
    film = write_timeline(tmp_path / "film.otio", [("A: Hello there.", 50)])
    ran = served.run("fill", film, tmp_path / "out.otio", "--rate", "25", code=2)
    assert "--rate is for subtitles, sheets and scripts" in ran.err


def test_captions_are_never_written_over(served: Framevox, captions: Path) -> None:
    served.run("fill", captions, captions, "--rate", "25", code=2)
    assert captions.read_text() == SRT


def test_subtitles_of_what_was_spoken_come_out(served: Framevox, captions: Path) -> None:
    for name in ("spoken.srt", "spoken.vtt", "spoken.ass", "spoken.ttml"):
        path = captions.with_name("sub") / name
        ran = served.run(
            "fill", captions, captions.with_name("out.otio"), "--rate", "25", "--subtitles", path, "--subtitle-style",
            "netflix", "--json",
        )  # fmt: skip
        assert f"Written:  {path}" in ran.err
    text = captions.with_name("sub").joinpath("spoken.srt").read_text("utf-8")
    cue = ran.json["cues"][0]
    first = Fraction(cue["start_frame"], 25) + Fraction(cue["speech_start_sample"], 48000)
    milliseconds = int(first * 25) * 40
    assert text.startswith(f"1\n00:00:0{milliseconds // 1000},{milliseconds % 1000:03} --> ")
    assert "Good to know, thank you very much." in text and "ALICE:" not in text
    assert "<v ALICE>" in captions.with_name("sub").joinpath("spoken.vtt").read_text("utf-8")


def speech_of(cue: dict[str, int]) -> tuple[int, int]:
    return cue["speech_start_sample"], cue["speech_end_sample"]


def test_a_stem_is_as_long_as_the_timeline_and_holds_every_slot(served: Framevox, captions: Path) -> None:
    stem = captions.with_name("dialogue.wav")
    arguments = ("fill", captions, captions.with_name("out.otio"), "--rate", "25", "--length", "250", "--json")
    cues = served.run(*arguments, "--stem", stem).json["cues"]
    whole, rate = soundfile.read(stem, dtype="int32")
    assert (rate, len(whole)) == (48000, 480000)
    expected = np.zeros(480000, dtype=np.int64)
    for cue in cues:
        take, _ = soundfile.read(cue["media"], dtype="int32")
        start, end, first = (cue[key] for key in ("slot_start_sample", "slot_end_sample", "media_slot_start_sample"))
        expected[start:end] += take[first : first + end - start]
    assert np.array_equal(whole, expected) and expected.any()
    pattern = str(captions.with_name("stems") / "{character}.wav")
    served.run(*arguments, "--stem", pattern)
    stems = captions.with_name("stems")
    alice, bob = (soundfile.read(stems / f"{name}.wav", dtype="int32")[0] for name in ("ALICE", "BOB"))
    assert np.array_equal(alice.astype(np.int64) + bob, expected) and alice.any() and bob.any()


def test_a_stem_comes_at_the_loudness_of_a_delivery(served: Framevox, captions: Path) -> None:
    stem = captions.with_name("dialogue.wav")
    arguments = ("fill", captions, captions.with_name("out.otio"), "--rate", "25", "--length", "250", "--json")
    ran = served.run(*arguments, "--stem", stem, "--stem-loudness", "netflix")
    assert f"Written:  {stem} (speech -27.0 LUFS, programme " in ran.err and "(-27 by speech asked for)" in ran.err
    sound, rate = soundfile.read(stem)
    spoken = [
        sound[
            cue["slot_start_sample"] + cue["speech_start_sample"] : cue["slot_start_sample"] + cue["speech_end_sample"]
        ]
        for cue in ran.json["cues"]
    ]
    speech = np.concatenate(spoken)
    meter = pyloudnorm.Meter(rate, block_size=len(speech) / rate)
    assert meter.integrated_loudness(speech) == pytest.approx(-27, abs=0.2)
    assert len(sound) == 480000


def test_the_ducking_list_says_where_somebody_speaks(served: Framevox, captions: Path) -> None:
    table = captions.with_name("lists") / "ducking.csv"
    out = captions.with_name("out.otio")
    ran = served.run("fill", captions, out, "--rate", "25", "--ducking", table, "--json")
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    cues = ran.json["cues"]
    spans = [tuple(np.add(cue["slot_start_sample"], speech_of(cue))) for cue in cues]
    # Every instant of speech lies in a row, and every row begins and ends with speech.
    for start, end in spans:
        assert any(int(row["in_sample"]) <= start and end <= int(row["out_sample"]) for row in rows)
    assert {int(row["in_sample"]) for row in rows} <= {start for start, _ in spans}
    assert {int(row["out_sample"]) for row in rows} <= {end for _, end in spans}
    for row in rows:
        assert int(row["in_frame"]) * 1920 <= int(row["in_sample"]) < (int(row["in_frame"]) + 1) * 1920
        assert (int(row["out_frame"]) - 1) * 1920 < int(row["out_sample"]) <= int(row["out_frame"]) * 1920
    for row, following in pairwise(rows):
        assert int(following["in_sample"]) - int(row["out_sample"]) >= 24000
    assert rows[0]["in"] == f"00:00:{int(rows[0]['in_frame']) // 25:02}:{int(rows[0]['in_frame']) % 25:02}"
    assert "ALICE" in rows[0]["characters"]


def test_the_report_tells_of_every_line(served: Framevox, captions: Path) -> None:
    report = captions.with_name("pages") / "report.html"
    ran = served.run("fill", captions, captions.with_name("out.otio"), "--rate", "25", "--report", report, "--json")
    page = report.read_text("utf-8")
    assert f"Written:  {report}" in ran.err and "<title>captions.srt</title>" in page
    for index, cue in enumerate(ran.json["cues"]):
        assert json.dumps(cue["text"], ensure_ascii=False) in page
        assert (f'id="sound-{index}"' in page) == (cue["status"] == "placed")


def test_every_file_that_is_named_is_written(served: Framevox, captions: Path) -> None:
    stems = ("--stem", "all.wav", "--stem", "stems/{character}.wav")
    others = ("--subtitles", "a.srt", "--subtitles", "a.vtt", "--mouth", "{character}.json", "--mouth", "all.tsv",
              "--mouth", "all.json")  # fmt: skip
    served.run("fill", captions, "out.otio", "--rate", "25", *stems, *others, cwd=captions.parent)
    made = captions.parent
    for name in ("all.wav", "stems/ALICE.wav", "a.srt", "a.vtt", "ALICE.json", "all.tsv", "all.json"):
        assert (made / name).stat().st_size, name
    sounds = [json.loads((made / name).read_text())["metadata"]["soundFile"] for name in ("ALICE.json", "all.json")]
    assert sounds == [str(made / "stems" / "ALICE.wav"), str(made / "all.wav")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--report", "captions.srt"), "is what is read: choose another file"),
        (("--stem-loudness", "ebu"), "say with --stem where the stem goes"),
        (("--stem", "a.wav", "--stem-loudness", "loud"), "is no delivery"),
        (("--ducking", "captions.srt"), "is what is read: choose another file"),
        (("--subtitles", "out.txt"), "subtitles are written as .srt, .vtt, .ass, .ttml"),
        (("--subtitles", "captions.srt"), "is what is read: choose another file"),
        (("--stem", "out.flac"), "a stem is a WAV file"),
        (("--stem", "{name}.wav"), "{name} is not known"),
        (("--stem", "a.wav", "--stem", "./a.wav"), "--stem and --stem both name a.wav: name two files"),
        (("--ducking", "a.csv", "--sheet", "a.csv"), "--ducking and --sheet both name a.csv: name two files"),
        (("--mouth", "out.otio"), "mouth cues are written as"),
        (("--report", "out.otio"), "OUT and --report both name out.otio: name two files, so that neither is lost"),
        (("--subtitle-style", "arte"), "--subtitle-style"),
    ],
)
def test_bad_files_to_write_are_refused_first(
    served: Framevox, captions: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = served.run("fill", captions, "out.otio", "--rate", "25", *arguments, code=2, cwd=captions.parent)
    assert said in " ".join(ran.err.split())
    assert captions.read_text() == SRT and not captions.with_name("out.otio").exists()
