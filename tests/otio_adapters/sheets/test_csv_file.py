"""CSV files in the encodings and dialects that there are, written back byte for byte."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.sheets.csv_file import read_csv

SHEET = '编号,角色,入点,出点,台词\r\n1,小明,00:00:01:00,00:00:02:00,"你好，""朋友""。"\r\n'


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_encodings_are_read_and_kept(mark: bytes, encoding: str) -> None:
    content = mark + SHEET.encode(encoding)
    file = read_csv(content)
    assert file.table.rows[1][4] == '你好，"朋友"。'
    assert file.with_cells({}) == content
    added = mark + SHEET.replace('。"\r\n', '。",好\r\n').encode(encoding)
    assert file.with_cells({(1, 5): "好"}) == added


def test_an_encoding_nobody_wrote_down_is_found_and_kept() -> None:
    text = "编号,角色,入点,出点,台词\r\n" + "".join(
        f"{n},小明,00:00:0{n}:00,00:00:0{n}:12,我们现在就走，不要再等了。\r\n" for n in range(1, 9)
    )
    file = read_csv(text.encode("gb18030"))
    assert file.table.rows[1][4] == "我们现在就走，不要再等了。"
    assert file.with_cells({(1, 5): "好"}) == text.replace("了。\r\n", "了。,好\r\n", 1).encode("gb18030")
    with pytest.raises(InputError, match="save the sheet as UTF-8"):
        read_csv("Cue,In,Out,Line\nA,1,2,Où êtes-vous, mon ami?\n".encode("latin-1")).with_cells({(1, 4): "小明"})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_dialects_and_line_ends_are_kept(delimiter: str, end: str) -> None:
    rows = [["In", "Out", "Line"], ["1.5", "2", f'"a{delimiter}b{end}c"'], [], ["3", "4", "plain"]]
    content = "".join(delimiter.join(row) + end for row in rows).encode()
    file = read_csv(content)
    assert [list(row) for row in file.table.rows][1][2] == f"a{delimiter}b{end}c"
    assert len(file.table.rows) == 4
    written = file.with_cells({(0, 3): "Status", (1, 3): f"x{delimiter}y", (3, 3): 'say "so"'}).decode()
    assert written == (
        f"In{delimiter}Out{delimiter}Line{delimiter}Status{end}"
        f'1.5{delimiter}2{delimiter}"a{delimiter}b{end}c"{delimiter}"x{delimiter}y"{end}{end}'
        f'3{delimiter}4{delimiter}plain{delimiter}"say ""so"""{end}'
    )


def test_short_rows_are_filled_up_and_cells_replaced_in_place() -> None:
    file = read_csv(b"In,Out,Line,S\n1,2\n3,4,x,old,more")
    assert file.with_cells({(1, 3): "new", (2, 3): "new"}) == b"In,Out,Line,S\n1,2,,new\n3,4,x,new,more"


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), min_size=2, max_size=4),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_a_writer_makes_of_cells_comes_back(rows: list[list[str]]) -> None:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([["In", "Out"], *rows])
    content = text.getvalue().encode()
    file = read_csv(content)
    assert file.with_cells({}) == content
    if file.delimiter == ",":
        assert [list(row) for row in file.table.rows[1:]] == rows
        again = read_csv(file.with_cells({(1, 5): "new"}))
        assert again.table.rows[1][5] == "new" and list(again.table.rows[1][: len(rows[0])]) == rows[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"In,Out\n" + "é".encode() * 3 + b",1\n" + b"\xe9\xe8,2\n",
            "line 3, byte 1 is not UTF-8, and 1 other line is",
        ),
        (b"\xff\xfeI\x00\xd8\xd8\x00\xd8", "utf-16-le"),
        (b"In,Out\n1,2\0\n", "zero bytes"),
        (b'In,Out\n1,"' + b"x" * 200_000 + b'"\n', "row 2 cannot be read"),
        (b"a,b\n" * 200_001, "more than 200000 rows"),
    ],
)
def test_broken_files_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_csv(content)
