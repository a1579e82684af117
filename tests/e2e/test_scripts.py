"""Scripts and DAPT, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import opentimelineio as otio
import pytest
import soundfile

from tests.otio_adapters.dapt.rules import broken_rules
from tests.otio_adapters.dapt.scripts import script as dapt
from tests.otio_adapters.scripts.test_reading import FDX, FOUNTAIN, TEXT

from .conftest import Framevox

RATES = ("23.976", "24", "25", "29.97 DF", "59.94")


@pytest.fixture
def fountain(tmp_path: Path) -> Path:
    path = tmp_path / "film.fountain"
    path.write_text(FOUNTAIN, "utf-8")
    return path


@pytest.mark.parametrize("rate", RATES)
def test_every_line_has_its_natural_length_in_whole_frames(served: Framevox, fountain: Path, rate: str) -> None:
    ran = served.run("fill", fountain, fountain.with_name("radio.otio"), "--rate", rate, "--json")
    cues = ran.json["cues"]
    assert [cue["character"] for cue in cues] == ["MARY", "BRICK", "STEEL", "小明", "McCLANE"]
    fps = {"23.976": 24000 / 1001, "29.97 DF": 30000 / 1001, "59.94": 60000 / 1001}.get(rate) or float(rate)
    end = 0
    for cue in cues:
        assert cue["status"] == "placed" and cue["fit_ratio"] == 1.0
        speech = (cue["speech_end_sample"] - cue["speech_start_sample"]) / 48000
        room = cue["duration_frames"] / fps - speech
        assert 0.02 < room < 0.045 + 2 / fps, "as short as its speech and its silences allow, in whole frames"
        assert isinstance(cue["start_frame"], int) and cue["start_frame"] >= 0
        if cue["character"] != "STEEL":
            assert cue["start_frame"] >= end
            end = cue["start_frame"] + cue["duration_frames"]
    assert cues[1]["start_frame"] == cues[2]["start_frame"]
    timeline = otio.adapters.read_from_file(str(fountain.with_name("radio.otio")))
    assert [track.name for track in timeline.tracks] == ["Dialogue", "Dialogue 2"]
    assert "2 blocks left out in which nothing is said" in ran.err and "Measuring" in ran.err


def test_a_ratio_lengthens_every_line(served: Framevox, fountain: Path) -> None:
    arguments = ("fill", fountain, fountain.with_name("radio.otio"), "--rate", "25", "--json")
    natural = served.run(*arguments).json["cues"]
    longer = served.run(*arguments, "--fit", "ratio:1.2").json["cues"]
    # Within half a step of the engine.
    assert all(abs(cue["fit_ratio"] - 1.2) * cue["natural_seconds"] <= 0.013 for cue in longer)
    assert all(b["duration_frames"] > a["duration_frames"] for a, b in zip(natural, longer, strict=True))


def test_final_draft_and_text_with_all_that_fill_can_do(served: Framevox, tmp_path: Path) -> None:
    for name, text in (("film.fdx", FDX), ("film.txt", TEXT)):
        source = tmp_path / name
        source.write_text(text, "utf-8")
        served.run(
            "fill", source, tmp_path / "out.otio", "--rate", "25", "--pause", "0.2,1",
            "--start-timecode", "01:00:00:00", "--subtitles", tmp_path / "out.srt", "--stem", tmp_path / "out.wav",
            "--sheet", tmp_path / f"{name}.csv",
        )  # fmt: skip
        assert "retirement" in (tmp_path / "out.srt").read_text("utf-8")
        assert "01:00:00:00" in (tmp_path / f"{name}.csv").read_text("utf-8-sig")
        assert (tmp_path / "out.wav").stat().st_size > 48000
        cast = served.run("cast", source, "--rate", "25", "--json").json["cast"]
        assert {"Mary", "MARY"} & {member["character"] for member in cast}


def test_a_line_that_cannot_be_spoken_fails_alone(served: Framevox, tmp_path: Path) -> None:
    source = tmp_path / "film.txt"
    source.write_text("MARY: Hello.\nBOB: UNSAYABLE words.\nMARY: Bye.\n")
    cues = served.run("fill", source, tmp_path / "out.otio", "--rate", "25", "--json", code=3).json["cues"]
    assert [cue["status"] for cue in cues] == ["placed", "failed", "placed"]


def test_pauses_are_kept_in_the_project_file(served: Framevox, fountain: Path) -> None:
    arguments = ("fill", fountain, fountain.with_name("radio.otio"), "--rate", "25", "--json")
    (fountain.parent / "framevox.toml").write_text('[fill]\npause = "0,0"\n')
    cues = served.run(*arguments).json["cues"]
    assert cues[1]["start_frame"] == cues[0]["duration_frames"]
    assert "--pause x: write seconds" in served.run(*arguments, "--pause", "x", code=2).err


def test_opentimelineio_reads_scripts_through_the_daemon(
    served: Framevox, fountain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in served.environment.items():
        monkeypatch.setenv(key, value)
    for pause in ("0,0", (0, 0)):  # otioconvert makes numbers of what is typed
        timeline = otio.adapters.read_from_file(str(fountain), rate=25, voice="tenor", pause=pause)
        one, two = list(timeline.tracks[0].find_clips())[:2]
        assert two.range_in_parent().start_time == one.range_in_parent().end_time_exclusive()
    with pytest.raises(otio.exceptions.OTIOError, match="unknown voice"):
        otio.adapters.read_from_file(str(fountain), rate="25", voice="nobody")


def test_a_dapt_script_comes_in_and_goes_out(served: Framevox, tmp_path: Path) -> None:
    source, out = tmp_path / "script.ttml", tmp_path / "recorded.ttml"
    source.write_text(dapt(rate='ttp:frameRate="25" ', origin="10:00:00:00"), "utf-8")
    ran = served.run("fill", source, out, "--json")
    assert [(cue["id"], cue["start_frame"], cue["status"]) for cue in ran.json["cues"]] == [
        ("d1", 250, "placed"), ("d2", 537, "placed"),
    ]  # fmt: skip
    content = out.read_bytes()
    assert broken_rules(content) == []
    assert Path(ran.json["cues"][0]["media"]).as_uri() in content.decode()
    again = served.run("fill", out, tmp_path / "again.otio", "--json").json["cues"]
    assert [(cue["id"], cue["text"], cue["start_frame"]) for cue in again] == [
        (cue["id"], cue["text"], cue["start_frame"]) for cue in ran.json["cues"]
    ]
    assert "is what is read, and no timeline" in served.run("fill", out, out, code=2).err
    assert out.read_bytes() == content


def test_mouth_cues_of_a_programme_and_of_a_line(served: Framevox, fountain: Path) -> None:
    pattern, stems = fountain.with_name("{character}.json"), fountain.with_name("{character}.wav")
    ran = served.run(
        "fill", fountain, fountain.with_name("o.otio"), "--rate", "25", "--mouth", pattern, "--stem", stems, "--json"
    )
    brick = json.loads(fountain.with_name("BRICK.json").read_text("utf-8"))
    assert brick["metadata"]["soundFile"] == str(fountain.with_name("BRICK.wav"))
    length = sum(1 for _ in soundfile.blocks(brick["metadata"]["soundFile"], 480)) / 100
    assert brick["metadata"]["duration"] == pytest.approx(length, abs=0.02)
    cue = next(cue for cue in ran.json["cues"] if cue["character"] == "BRICK")
    speaks = [mouth for mouth in brick["mouthCues"] if mouth["value"] != "X"]
    assert speaks[0]["start"] == pytest.approx(
        (cue["slot_start_sample"] + cue["speech_start_sample"]) / 48000, abs=0.011
    )
    assert speaks[-1]["end"] == pytest.approx((cue["slot_start_sample"] + cue["speech_end_sample"]) / 48000, abs=0.011)
    served.run("speak", "Hello there.", "-o", fountain.with_name("a.wav"), "--mouth", fountain.with_name("a.dat"))
    assert fountain.with_name("a.dat").read_text().startswith("MohoSwitch1\n1 ")
    for command in (("fill", fountain, fountain.with_name("p.otio"), "--rate", "25"), ("speak", "Hi.", "-o", "b.wav")):
        ran = served.run(*command, "--mouth", "mouth.xml", code=2, cwd=fountain.parent)
        assert "--mouth mouth.xml: mouth cues are written as .json, .tsv, .dat" in ran.err
    assert not fountain.with_name("p.otio").exists() and not fountain.with_name("b.wav").exists()
