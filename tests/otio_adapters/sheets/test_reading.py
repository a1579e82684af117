"""A sheet's rows as lines on a timeline, and every fault named by file, row and column."""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters import TimelineWarning, find_placeholders
from framevox.otio_adapters.sheets import read_sheet
from framevox.otio_adapters.sources import SourceOptions, read_source

from .workbooks import HEAD, ROWS, workbook

PAL = Rate.parse("25")


def lines(path: Path, rate: Rate = PAL, **options: Any) -> list[tuple[str, str, str, Any, Any]]:
    found = find_placeholders(read_source(path, SourceOptions(rate, **options)))
    return [(p.cue_id, p.character, p.text, p.start, p.duration) for p in found]


def csv(folder: Path, *rows: str) -> Path:
    path = folder / "cues.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


@pytest.mark.filterwarnings("ignore:.*the hour of the first cue")
def test_the_same_cues_come_out_of_csv_and_xlsx(tmp_path: Path) -> None:
    expected = [
        ("A001", "ALICE", "Good to know, thank you very much.", 125, 75),
        ("A002", "BOB", "Then we go home.", 200, 62),
    ]
    path = tmp_path / "cues.xlsx"
    path.write_bytes(workbook())
    assert lines(path) == expected
    rows = [",".join(f'"{cell or ""}"' for cell in row) for row in (HEAD, *ROWS)]
    assert lines(csv(tmp_path, *rows)) == expected


def test_of_a_dub_sheet_the_translation_is_the_line_else_the_transcription(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "speaker,start_time,end_time,transcription,translation",
        "Adam,0.1,1.2,Hello there.,你好。",
        "Eve,1.5,2.0,Yes.,",
        "Adam,0:00:02.500,0:00:03.500,No.,不。",
    )
    assert [row[1:] for row in lines(path)] == [
        ("Adam", "你好。", 2, 28), ("Eve", "Yes.", 37, 13), ("Adam", "不。", 62, 26),
    ]  # fmt: skip
    timeline = read_source(path, SourceOptions(PAL))
    kept = [clip.metadata["sheet"] for clip in timeline.find_clips()]
    assert kept[0]["row"] == 2 and kept[0]["transcription"] == "Hello there."


def test_the_timeline_starts_at_the_hour_of_the_first_timecode(tmp_path: Path) -> None:
    path = csv(tmp_path, "In,Out,Line", "10:02:00;02,10:02:02;00,One.", "10:01:30;00,10:01:31;00,Two.")
    rate = Rate.parse("29.97 DF")
    with pytest.warns(TimelineWarning, match="the timeline starts at 10:00:00;00, the hour of the first cue"):
        timeline = read_source(path, SourceOptions(rate))
    assert timeline.global_start_time.value == 1078920
    assert [row[3] for row in lines(path, rate, start_timecode="10:01:00;02")] == [900 - 2, 1800 - 2]
    with pytest.raises(InputError, match=r"cues.csv: row 3 begins 900 frames before the timeline"):
        lines(path, rate, start_timecode="10:02:00;02")


@pytest.mark.parametrize(
    ("head", "cells", "options", "span"),
    [
        ("In (frames),Out (frames),Line", "50,75", {}, (50, 25)),
        ("入点（毫秒）,出点（毫秒）,台词", "2000,3000", {}, (50, 25)),
        ("Start,End,Line", "50,75", {"times": "frames"}, (50, 25)),
        ("Start,End,Line", "2,3", {"times": "seconds"}, (50, 25)),
        ("Start,End,Line", "2.0,3", {}, (50, 25)),
        ("Start,Duration,Line", "00:00:02:00,00:00:01:00", {}, (50, 25)),
        ("Start,Duration,Line", "00:00:02:00,1.0", {}, (50, 25)),
        ("Start,Duration,Line", "2.0,25f", {}, (50, 25)),
        ("Von,Bis,Text", "2.0,3.0", {"columns": "in=Von,out=Bis"}, (50, 25)),
    ],
)
def test_times_in_every_way(tmp_path: Path, head: str, cells: str, options: dict[str, str], span: Any) -> None:
    assert lines(csv(tmp_path, head, f"{cells},Hello."), **options)[0][3:] == span


def test_a_cue_without_length_fails_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = csv(tmp_path, "In,Out,Line", "1.0,2.0,One.", "3.0,3.0,Two.", "5.0,4.0,Three.", "6.0,7.0,Four.")
    with pytest.warns(TimelineWarning) as said:
        timeline = read_source(path, SourceOptions(PAL))
    assert [str(warning.message) for warning in said] == [
        f"{path}, row 3, column B (Out): the cue ends where it begins, and fails",
        f"{path}, row 4, column B (Out): the cue ends before it begins, and fails",
    ]
    found = find_placeholders(timeline)
    assert [(p.text, bool(p.problem)) for p in found] == [
        ("One.", False), ("Two.", True), ("Three.", True), ("Four.", False),
    ]  # fmt: skip
    assert found[3].start == 150


def test_a_cue_without_a_line_fails_and_is_named(tmp_path: Path) -> None:
    path = csv(tmp_path, "In,Out,Line", "1.0,2.0,", "3.0,4.0,Two.")
    with pytest.warns(TimelineWarning, match=r"row 2, column C \(Line\): there is no line, and the cue fails"):
        assert [bool(p.problem) for p in find_placeholders(read_source(path, SourceOptions(PAL)))] == [True, False]


def test_empty_rows_titles_and_a_second_row_of_headings_are_no_cues(tmp_path: Path) -> None:
    path = csv(
        tmp_path, "ADR REEL 3", "Role,In,Out,Line", "角色,入点,出点,台词", "", "SCENE 12", "ALICE,1.0,2.0,Hello.", ",,,"
    )
    with pytest.warns(TimelineWarning, match="neither a time nor a line: row 5$"):
        assert [row[1:] for row in lines(path)] == [("ALICE", "Hello.", 25, 25)]


def test_cells_that_are_merged_over_rows_name_the_character_of_each(tmp_path: Path) -> None:
    def merge(book: Any) -> None:
        book.active.merge_cells("B2:B3")
        book.active.append(["SCENE 3"])
        book.active.merge_cells("A4:F4")

    path = tmp_path / "cues.xlsx"
    path.write_bytes(workbook(change=merge))
    with pytest.warns(TimelineWarning):
        assert [row[1] for row in lines(path)] == ["ALICE", "ALICE"]


def test_numbers_that_are_used_twice_identify_no_cue(tmp_path: Path) -> None:
    path = csv(tmp_path, "No,In,Out,Line", "7,1.0,2.0,One.", "7,3.0,4.0,Two.", "第8,5.0,6.0,Three.", "9,7.0,8.0,Four.")
    with pytest.warns(TimelineWarning, match="several cues have the number '7'"):
        found = lines(path)
    assert len({row[0] for row in found}) == 4 and found[3][0] == "9"


def test_two_speakers_in_a_cell_are_two_cues_of_one_row(tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    path.write_text('No,In,Out,Line\nX1,1.0,3.0,"- BOB: Go.\n- EVE: No."\n')
    found = lines(path)
    assert found[0][:3] == ("X1", "BOB", "Go.") and found[1][1:3] == ("EVE", "No.")
    clips = read_source(path, SourceOptions(PAL)).find_clips()
    assert [clip.metadata["sheet"]["row"] for clip in clips] == [2, 2]


def test_mapped_emotion_voice_and_language_are_those_of_the_cue(tmp_path: Path) -> None:
    path = csv(tmp_path, "In,Out,Line,How,Who,Lang", "1.0,2.0,Hola.,sadly,tenor,es")
    found = find_placeholders(read_source(path, SourceOptions(PAL, columns="emotion=How,voice=Who,language=Lang")))[0]
    assert (found.emotion, found.voice, found.language) == ("sadly", "tenor", "es")


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (("Who,Says", "A,Hi"), {}, r"cues\.csv: no column is known as in \(where a line begins\); row 1 has A 'Who'"),
        (("In,Out,Line", "1,2,Hi"), {}, r"cues\.csv, row 2, column A \(In\): what does 1 count\? give --times frames"),
        (("In,Out,Line", "1.0,,Hi"), {}, r"cues\.csv, row 2, column B \(Out\): there is no time"),
        (("In,Out,Line", ",2.0,Hi"), {}, r"cues\.csv, row 2, column A \(In\): there is no time"),
        (("In,Out,Line", "1.0,soon,Hi"), {}, r"cues\.csv, row 2, column B \(Out\): 'soon' is no time"),
        (("In,Out,Line", "00:00:01:00,2.0,Hi"), {}, r"row 2, column B \(Out\): one of the times is timecode"),
        (("In,Out,Line",), {}, "cues.csv holds no cues below its headings"),
        (("In,Out,Line", "1.0,2.0,Hi"), {"columns": "line=Zeile"}, r"cues\.csv: row 1 has no column called 'Zeile'"),
    ],
)
def test_faults_name_file_row_and_column(
    tmp_path: Path, rows: tuple[str, ...], options: dict[str, str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        lines(csv(tmp_path, *rows), **options)


def test_a_timecode_that_drop_frame_skips_fails_its_cue_alone(tmp_path: Path) -> None:
    rows = (
        "00:00:01;00,00:00:02;00,One.", "00:01:00;01,00:01:02;00,Two.", "00:01:10;00,00:02:00;00,Three.",
        "00:03:01;00,00:03:02;00,Four.",
    )  # fmt: skip
    path = csv(tmp_path, "In,Out,Line", *rows)
    with pytest.warns(TimelineWarning) as noted:
        timeline = read_source(path, SourceOptions(rate=Rate.parse("29.97 DF")))
        found = find_placeholders(timeline)
    first = rf"{path}, row 3, column A (In): timecode '00:01:00;01' does not exist: drop-frame skips it"
    second = rf"{path}, row 4, column B (Out): timecode '00:02:00;00' does not exist: drop-frame skips it"
    assert [(p.text, p.start, p.duration) for p in found] == [
        ("One.", 30, 30), ("Two.", 1800, 0), ("Three.", 2098, 0), ("Four.", 5424, 30)
    ]  # fmt: skip
    assert [p.problem.partition(": ")[2] for p in found] == ["", first, second, ""]
    said = [str(warning.message) for warning in noted]
    assert f"{first}, and the cue fails" in said and f"{second}, and the cue fails" in said
    # Once somebody gave the clip a length, nothing is wrong with it.
    clip = timeline.tracks[0].find_clips()[1]
    clip.source_range = otio.opentime.TimeRange(
        clip.source_range.start_time, otio.opentime.RationalTime(20, clip.source_range.duration.rate)
    )
    assert find_placeholders(timeline)[1].problem == ""


def change_merge(book: Any) -> None:
    book.active.merge_cells("E2:E3")


def change_formula(book: Any) -> None:
    book.active["C2"] = "=D1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_merge, r"row 2, column E \(Line\): the cells E2:E3 are merged.*unmerge them"),
        (change_formula, r"row 2, column C \(TC In\): its formula has no stored value"),
    ],
)
def test_cells_of_a_workbook_that_say_nothing_are_named(tmp_path: Path, change: Any, said: str) -> None:
    path = tmp_path / "cues.xlsx"
    path.write_bytes(workbook(change=change))
    with pytest.raises(InputError, match=said):
        lines(path)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    for name, content, said in (
        ("a.xlsx", b"In,Out\n", "a.xlsx: it is no XLSX file"),
        ("b.csv", b"", "b.csv is empty"),
        ("c.csv", b"a,b\0", "c.csv: it holds zero bytes"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=said):
            read_sheet(tmp_path / name)
    with pytest.raises(InputError, match="there is no such file"):
        read_sheet(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder: name the sheet's file"):
        read_sheet(tmp_path)


def test_a_sheet_of_ten_thousand_cues_is_read_quickly(tmp_path: Path) -> None:
    import time

    rows = [f"{n},A,{n}.0,{n}.5,Line number {n}." for n in range(10_000)]
    path = csv(tmp_path, "No,Role,In,Out,Line", *rows)
    begun = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        captions, _ = read_sheet(path).lines(PAL)
    assert len(captions) == 10_000 and captions[-1].start == Fraction(9999)
    assert time.monotonic() - begun < 10
