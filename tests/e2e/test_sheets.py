"""Cue sheets in and out, as a user meets them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import opentimelineio as otio
import pytest

from tests.otio_adapters.sheets.workbooks import workbook

from .conftest import Framevox, write_timeline

CSV = """Cue #,Character,TC In,TC Out,Dialogue,Notes
A001,ALICE,01:00:05:00,01:00:08:00,"Good to know, thank you very much.",tired
A002,BOB,01:00:08:00,01:00:10:12,Then we go home.,

A003,ALICE,01:00:12:00,01:00:12:00,We do.,
A004,小明,01:00:14:00,01:00:15:00,一二三四五六七八九十一二三四五六七八九十,
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "cues.csv"
    path.write_text(CSV, "utf-8")
    return path


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_sheet_becomes_a_filled_timeline_and_gets_what_was_done(served: Framevox, sheet: Path) -> None:
    out, back = sheet.with_name("out.otio"), sheet.with_name("back") / "done.csv"
    ran = served.run("fill", sheet, out, "--rate", "25", "--sheet", back, "--json", code=3)
    assert [(cue["id"], cue["start_frame"], cue["status"]) for cue in ran.json["cues"]] == [
        ("A001", 125, "placed"), ("A002", 200, "placed"), ("A003", 300, "failed"), ("A004", 350, "attention"),
    ]  # fmt: skip
    assert "cues.csv, row 5, column D (TC Out): the cue ends where it begins" in ran.err
    assert f"Written:  {back}" in ran.err
    rows, before = cells(back.read_bytes()), cells(sheet.read_bytes())
    assert [row[:6] for row in rows if row] == [row for row in before if row]
    assert [row[6:8] + row[8:9] for row in rows if row][1][0] == "placed"
    assert rows[1][7] == f"{ran.json['cues'][0]['media']}" and Path(rows[1][7]).is_file()
    length = ran.json["cues"][0]["speech_end_sample"] - ran.json["cues"][0]["speech_start_sample"]
    assert float(rows[1][8]) == pytest.approx(length / 48000, abs=1e-3)
    assert (rows[4][6], rows[5][6]) == ("failed", "needs attention") and "0 frames long" in rows[4][10]
    timeline = otio.adapters.read_from_file(str(out))
    assert timeline.global_start_time.value == 90000
    assert timeline.tracks[0].name == "Dialogue"


def test_a_sheet_as_out_is_the_sheet_with_what_was_done(served: Framevox, tmp_path: Path) -> None:
    source, out = tmp_path / "cues.xlsx", tmp_path / "done.xlsx"
    source.write_bytes(workbook())
    assert f"Sheet:    {out}" in served.run("fill", source, out, "--rate", "25").out
    found = openpyxl.load_workbook(out).active
    assert [found.cell(1, column).value for column in (1, 7)] == ["Cue", "Framevox status"]
    assert found["G2"].value == "placed" and (tmp_path / found["H2"].value).is_file()
    assert (tmp_path / "done_media").is_dir()
    # A second run, over the sheet that came out, changes only those columns.
    served.run("fill", out, tmp_path / "again.xlsx", "--rate", "25")
    assert openpyxl.load_workbook(tmp_path / "again.xlsx").active.max_column == 11


def test_columns_are_mapped_once(served: Framevox, tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    path.write_text("Wer,Von,Bis,Was\nALICE,50,125,Hello there.\n")
    first = served.run("fill", path, tmp_path / "a.otio", "--rate", "25", code=2)
    assert "no column is known as in (where a line begins); row 1 has A 'Wer'" in first.err
    mapped = ("--columns", "character=Wer,in=Von,out=Bis,line=Was")
    assert "--times frames" in served.run("fill", path, tmp_path / "a.otio", "--rate", "25", *mapped, code=2).err
    assert not (tmp_path / "framevox.toml").exists()
    ran = served.run("fill", path, tmp_path / "a.otio", "--rate", "25", *mapped, "--times", "frames")
    assert "Kept in" in ran.err
    served.run("fill", path, tmp_path / "b.otio", "--rate", "25")
    cast = served.run("cast", path, "--rate", "25", "--json").json["cast"]
    assert [(member["character"], member["seconds"]) for member in cast] == [("ALICE", 3.0)]


def test_a_sheet_has_subtitles_stems_and_a_reference_as_subtitles_have(served: Framevox, sheet: Path) -> None:
    reference = write_timeline(sheet.with_name("cut.otio"), [("A: b", 5)], 25.0, 90000)
    served.run(
        "fill", sheet, sheet.with_name("out.otio"), "--reference", reference, "--subtitles", sheet.with_name("out.srt"),
        "--stem", sheet.with_name("{character}.wav"), code=3,
    )  # fmt: skip
    assert "Good to know" in sheet.with_name("out.srt").read_text("utf-8")
    assert {path.name for path in sheet.parent.glob("*.wav")} == {"ALICE.wav", "BOB.wav"}


def test_a_timeline_can_be_written_as_a_new_sheet(served: Framevox, tmp_path: Path) -> None:
    film = write_timeline(tmp_path / "film.otio", [("MEI: Hello there, Jack.", 36), ("JACK: No.", 1)])
    out = tmp_path / "cues.csv"
    served.run("fill", film, tmp_path / "out.otio", "--sheet", out, code=3)
    rows = cells(out.read_bytes())
    assert rows[0][:6] == ["Number", "Character", "In", "Out", "Line", "Framevox status"]
    assert rows[1][:6] == ["0001", "MEI", "01:00:00:00", "01:00:01:12", "Hello there, Jack.", "placed"]
    assert rows[2][5] == "needs attention" and "too short" in rows[2][9]
    served.run("fill", film, tmp_path / "direct.xlsx", code=3)
    found = openpyxl.load_workbook(tmp_path / "direct.xlsx").active
    assert found["F2"].value == "placed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("out.otio",), "cues.csv does not say its frame rate: give --rate 25"),
        (("cues.csv", "--rate", "25"), "cues.csv is what is read, and no timeline: choose another OUT"),
        (("out.xlsx", "--rate", "25"), "let the name end in .csv"),
        (("out.otio", "--rate", "25", "--sheet", "cues.csv"), "--sheet cues.csv is the sheet that is read"),
        (("out.otio", "--rate", "25", "--pause", "1"), "--pause is for scripts, and cues.csv is none"),
        (("out.otio", "--rate", "25", "--times", "weeks"), "--times"),
        (("out.otio", "--rate", "29.97 DF"), "row 2, column C (TC In): timecode '01:00:05:00' does not fit 29.97 DF"),
    ],
)
def test_what_cannot_be_is_refused_first(served: Framevox, sheet: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = served.run("fill", "cues.csv", *arguments, code=2, cwd=sheet.parent)
    assert said in " ".join(ran.err.split())
    assert sheet.read_text("utf-8") == CSV and sorted(p.name for p in sheet.parent.iterdir()) == ["cues.csv"]


def test_opentimelineio_reads_and_writes_sheets(served: Framevox, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = otio.adapters.read_from_file(str(sheet), rate="25")
    assert [clip.name for clip in timeline.find_clips()][1] == "Then we go home."
    otio.adapters.write_to_file(timeline, str(sheet.with_name("new.tsv")))
    assert otio.adapters.read_from_file(str(sheet.with_name("new.tsv")), rate="25").duration() == timeline.duration()
    with pytest.raises(otio.exceptions.OTIOError, match="does not say its frame rate"):
        otio.adapters.read_from_file(str(sheet))
    with pytest.raises(otio.exceptions.OTIOError, match="'ratte' is no argument of this adapter"):
        otio.adapters.read_from_file(str(sheet), ratte="25")
