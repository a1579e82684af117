"""What became of the cues, in columns of our own; a second run writes over them."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.sheets import Outcome, check_sheet_path, new_sheet, read_sheet, write_back
from framevox.otio_adapters.sheets.results import HEADINGS

from .workbooks import workbook

CSV = '\ufeffNo;In;Out;Line\r\n1;1,0;2,0;"Hi; there"\r\n\r\n2;3,0;4,0;Bye\r\n'
PLACED = Outcome("placed", Path("/film/out_media/a.wav"), 1.2345, 1.0812)


def test_a_csv_sheet_gets_five_columns_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    path.write_bytes(CSV.encode())
    out = tmp_path / "out.csv"
    outcomes = {
        2: [Outcome("placed", tmp_path / "m" / "a.wav", 1.2345, 1.0812)],
        4: [Outcome("failed", note='no; "why"')],
    }
    written = write_back(read_sheet(path), outcomes, out)
    assert written.decode() == (
        f"\ufeffNo;In;Out;Line;{';'.join(HEADINGS)}\r\n"
        '1;1,0;2,0;"Hi; there";placed;m/a.wav;1.234;1.08;\r\n\r\n'
        '2;3,0;4,0;Bye;failed;;;;"no; ""why"""\r\n'
    )
    out.write_bytes(written)
    again = read_sheet(out)
    assert dict(again.columns.roles) == dict(read_sheet(path).columns.roles)
    assert write_back(again, outcomes, tmp_path / "third.csv") == written


def test_a_workbook_gets_them_behind_its_last_column(tmp_path: Path) -> None:
    path = tmp_path / "cues.xlsx"
    path.write_bytes(workbook())
    outcomes = {2: [PLACED], 3: [PLACED, Outcome("needs attention", note="too short")]}
    out = tmp_path / "out.xlsx"
    out.write_bytes(write_back(read_sheet(path), outcomes, out))
    sheet = openpyxl.load_workbook(out).active
    assert [cell.value for cell in sheet[1]][6:] == list(HEADINGS)
    assert [cell.value for cell in sheet[2]][6:] == ["placed", "/film/out_media/a.wav", 1.234, 1.08, None]
    assert [cell.value for cell in sheet[3]][6:] == [
        "placed / needs attention", "/film/out_media/a.wav", 1.234, 1.08, "too short",
    ]  # fmt: skip
    again = write_back(read_sheet(out), outcomes, tmp_path / "third.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(again)).active.max_column == 11


def test_a_new_sheet_is_read_as_one(tmp_path: Path) -> None:
    row = (("0001", "小明", "00:00:01:00", "00:00:02:00", "=你好"), PLACED)
    for name in ("new.csv", "new.tsv", "new.xlsx"):
        path = tmp_path / name
        path.write_bytes(new_sheet([row], path))
        sheet = read_sheet(path)
        assert sheet.table.cell(1, sheet.columns.roles["line"]) == "=你好" and not sheet.table.faults


@pytest.mark.parametrize(
    ("path", "source", "said"),
    [
        ("a.csv", "a.csv", "is the sheet that is read: choose another file"),
        ("b.xlsx", "a.csv", "is written back as one: let the name end in .csv"),
        ("b.xlsm", "a.xlsx", "sheets are written as"),
        ("b.ods", "a.otio", "sheets are written as .csv, .tsv, .tab, .xlsx"),
    ],
)
def test_a_sheet_is_never_written_where_it_would_lose(tmp_path: Path, path: str, source: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_sheet_path(tmp_path / path, tmp_path / source)
