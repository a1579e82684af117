"""XLSX files: read in every shape that programs leave, written with nothing else touched."""

from __future__ import annotations

import datetime
import io
from typing import Any

import openpyxl
import pytest
from openpyxl.drawing.image import Image
from openpyxl.styles import Font

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.sheets.workbook import read_workbook

from .workbooks import HEAD, ROWS, package, parts, workbook

SHEET = "xl/worksheets/sheet1.xml"


def test_cells_are_text_whatever_they_are() -> None:
    rows = [
        HEAD,
        (7, "ALICE", datetime.time(1, 0, 5, 480_000), datetime.timedelta(hours=25, seconds=1.5), 12.5, True),
    ]
    assert list(read_workbook(workbook(rows)).tables[0].rows[1]) == [
        "7", "ALICE", "1:00:05.480", "25:00:01.500", "12.5", "TRUE",
    ]  # fmt: skip


def test_rows_keep_their_numbers_over_empty_ones() -> None:
    table = read_workbook(workbook([("title",), (), (), HEAD, *ROWS])).tables[0]
    assert table.rows[3][0] == "Cue" and not table.rows[1] and len(table.rows) == 6


def test_the_open_sheet_comes_first() -> None:
    def add(book: Any) -> None:
        book.create_sheet("Cues").append(["In"])
        book.active = 1

    assert [table.name for table in read_workbook(workbook([("Cover",)], add)).tables] == ["Cues", "Sheet"]


def rich(book: Any) -> None:
    """Makes a workbook of what openpyxl would keep and of what it would drop."""
    sheet = book.active
    sheet["A1"].font = Font(bold=True, color="FF0000")
    sheet["G1"] = "Total"
    sheet["G2"] = "=COUNTA(E2:E99)"
    sheet.merge_cells("A5:F5")
    sheet["A5"] = "END OF REEL"
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["E"].width = 60
    sheet.auto_filter.ref = "A1:F3"
    picture = io.BytesIO()
    from PIL import Image as Pictures

    Pictures.new("RGB", (4, 4), "red").save(picture, "PNG")
    sheet.add_image(Image(io.BytesIO(picture.getvalue())), "I2")
    book.create_sheet("Budget")["B2"] = "=1+1"


def test_writing_touches_nothing_else() -> None:
    before = parts(workbook(change=rich))
    # A part that no library knows, and an extension inside the sheet.
    before["xl/custom/ours.xml"] = b"<ours/>"
    before[SHEET] = before[SHEET].replace(
        b"</worksheet>", b'<extLst><ext uri="{X}" xmlns:x14="urn:x"><x14:thing a="1"/></ext></extLst></worksheet>'
    )
    book = read_workbook(package(before))
    written = book.with_cells(book.tables[0], {(0, 7): "Status", (1, 7): "placed", (2, 7): 1.08}, (0, 6))
    after = parts(written)
    assert list(after) == list(before)
    assert {name for name in before if before[name] != after[name]} == {SHEET}
    assert b'<x14:thing a="1"/>' in after[SHEET]
    kept, found = (
        openpyxl.load_workbook(io.BytesIO(package(before)))["Sheet"],
        openpyxl.load_workbook(io.BytesIO(written))["Sheet"],
    )
    for row in kept.iter_rows():
        for cell in row:
            other = found.cell(cell.row, cell.column)
            if (cell.row, cell.column) not in ((1, 8), (2, 8), (3, 8)):
                assert (cell.value, cell.style_id) == (other.value, other.style_id)
    assert [found.cell(row, 8).value for row in (1, 2, 3)] == ["Status", "placed", 1.08]
    assert found["G2"].value == "=COUNTA(E2:E99)" and found.merged_cells == kept.merged_cells


def test_cells_without_addresses_and_rows_out_of_nowhere_are_written() -> None:
    found = parts(workbook())
    found[SHEET] = found[SHEET].replace(b' r="A1"', b"").replace(b' r="B1"', b"").replace(b'<row r="2"', b"<row")
    book = read_workbook(package(found))
    written = read_workbook(book.with_cells(book.tables[0], {(1, 1): "EVE", (0, 8): "new", (9, 0): "far"}, (0, 0)))
    rows = written.tables[0].rows
    assert rows[0][0] == "Cue" and rows[0][8] == "new" and rows[1][1] == "EVE" and rows[9][0] == "far"


def test_formulas_count_by_their_stored_value() -> None:
    def formula(book: Any) -> None:
        book.active["E2"] = "=CONCAT(E3,B2)"

    content = workbook(change=formula)
    table = read_workbook(content).tables[0]
    assert "no stored value: open the sheet in a spreadsheet program" in table.faults[1, 4]
    found = parts(content)
    found[SHEET] = found[SHEET].replace(b"<v/>", b"<v></v>").replace(b'r="E2"', b'r="E2" t="str"')
    found[SHEET] = (
        found[SHEET].replace(b"</f><v></v>", b"</f><v>Hello.</v>").replace(b"</f><v />", b"</f><v>Hello.</v>")
    )
    table = read_workbook(package(found)).tables[0]
    assert table.rows[1][4] == "Hello." and not table.faults


def bomb(_: Any = None) -> bytes:
    found = parts(workbook())
    found["xl/worksheets/sheet1.xml"] = b"<worksheet>" + b" " * (65 * 2**20) + b"</worksheet>"
    return package(found)


def damaged() -> bytes:
    """A package whose compressed data is broken."""
    content = bytearray(package({"xl/workbook.xml": bytes(range(256)) * 200}))
    content[60:90] = b"\xff" * 30
    return bytes(content)


def entities() -> bytes:
    found = parts(workbook())
    found["xl/sharedStrings.xml"] = b'<!DOCTYPE a [<!ENTITY b "c">]><sst>&b;</sst>'
    return package(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Cue,In,Out\n", "it is no XLSX file, whatever its name says"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "encrypted, or an old .xls"),
        (package({"a.txt": b"x"}), "a ZIP file without a workbook"),
        (package({f"p{n}": b"" for n in range(5001)}), "5001 parts.*zip bomb"),
        (bomb(), "unpacks to 65 MiB.*65 MiB of them XML.*zip bomb"),
        (entities(), "xl/sharedStrings.xml declares entities"),
        (damaged(), "its part xl/workbook.xml cannot be read"),
        (workbook()[:-200], "it is no XLSX file"),
        (package({**parts(workbook()), SHEET: b"<worksheet><sheetData>"}), "no workbook that can be read"),
    ],
)
def test_what_is_no_sheet_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_workbook(content)


def test_a_bomb_among_the_pictures_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framevox.otio_adapters.sheets.package.MOST_BYTES", 2**20)
    with pytest.raises(InputError, match=r"unpacks to 2 MiB.*zip bomb"):
        read_workbook(package({**parts(workbook()), "xl/media/a.png": bytes(2 * 2**20)}))


def test_a_sheet_with_a_cell_in_the_last_row_there_is_costs_nothing() -> None:
    def far(book: Any) -> None:
        book.active["A1048576"].font = Font(bold=True)

    assert len(read_workbook(workbook(change=far)).tables[0].rows) == 3
