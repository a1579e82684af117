"""Columns are found by their headings, in English and Chinese, and mapped where they are not."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.sheets.headings import find_columns, parse_columns
from framevox.otio_adapters.sheets.table import Table, column_letters, column_number


def roles(*rows: str, mapped: str = "") -> dict[str, int]:
    return dict(find_columns(Table([row.split("|") for row in rows]), parse_columns(mapped)).roles)


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        # ADR sheets, as the common programs for them export and name their fields.
        ("Cue #|Character|TC In|TC Out|Line|Notes", "number character in out line notes"),
        ("Cue No.|Char Name|Start|End|Dialogue|Reason", "number character in out line notes"),
        ("CUE_ID|ROLE|TIMECODE_IN|TIMECODE_OUT|TEXT|COMMENTS", "number character in out line notes"),
        ("Loop #|Actor / Character|In Time|Out Time|ADR Line|Direction", "number character in out line notes"),
        ("Number|Speaker|Start (ms)|Duration (ms)|Text|Note", "number character in length line notes"),
        # Dub sheets.
        ("speaker|start_time|end_time|transcription|translation", "character in out transcription translation"),
        ("ID|Source Speaker|Begin|Stop|Original|Adaptation", "number character in out transcription translation"),
        # Chinese ones.
        ("序号|角色|入点|出点|台词|备注", "number character in out line notes"),
        ("编号|人物|开始时间|结束时间|原文|译文", "number character in out transcription translation"),
        ("台词号|配音角色|起始时间码|终止时间|英文|中文", "number character in out transcription translation"),
        ("編號|說話人|開始時間|結束時間|臺詞|備註", "number character in out line notes"),
        ("序号 No.|角色 Character|入点/In|出点/Out|台词 Dialogue|备注 Notes", "number character in out line notes"),
        # A clearer heading goes before a vague one.
        ("Name|Timecode|TC In|TC Out|Line|Character", "x x in out line character"),
    ],
)
def test_common_headings_are_recognised(headings: str, expected: str) -> None:
    assert roles(headings) == {role: index for index, role in enumerate(expected.split()) if role != "x"}


def test_headings_may_stand_below_a_title_and_in_two_rows() -> None:
    assert roles("ADR – Reel 3||", "", "Who|In|Out|What|Line") == {"character": 0, "in": 1, "out": 2, "line": 4}
    joined = find_columns(Table([["Character", "", "", "Line"], ["", "In", "Out", ""], ["A", "1", "2", "Hi"]]), {})
    assert (dict(joined.roles), joined.first_row) == ({"character": 0, "in": 1, "out": 2, "line": 3}, 2)


def test_a_second_row_in_another_language_is_no_cue() -> None:
    found = find_columns(
        Table([["Role", "In", "Out", "Line"], ["角色", "入点", "出点", "台词"], ["A", "1", "2", "Hi"]]), {}
    )
    assert found.first_row == 2


def test_columns_are_mapped_by_heading_letter_and_without_headings() -> None:
    assert roles("Wer|Von|Bis|Was", mapped="character=Wer,in=von,out=C,line=D") == {
        "character": 0, "in": 1, "out": 2, "line": 3,
    }  # fmt: skip
    bare = find_columns(Table([["0:01.5", "0:02.5", "Hello."]]), parse_columns("in=A,out=B,line=C"))
    assert (dict(bare.roles), bare.first_row) == ({"in": 0, "out": 1, "line": 2}, 0)
    # A mapped column is not taken for anything else.
    assert roles("Line|In|Out|Text", mapped="line=Text")["line"] == 3
    assert parse_columns('in="Time, in",line=E') == {"in": "Time, in", "line": "E"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("line", "is no list of columns: write in=HEADING"),
        ("line=", "is no list of columns"),
        ("lien=E", "'lien' is nothing that a column can be: did you mean 'line'"),
    ],
)
def test_a_broken_mapping_says_how_to_write_it(written: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_columns(written)


@pytest.mark.parametrize(
    ("rows", "mapped", "said"),
    [
        (["Character|In|Out"], "", r"no column is known as line \(what is said\); row 1 has A 'Character', B 'In'"),
        (["Who|Beginn|Out|Line"], "", r"no column is known as in \(where a line begins\).* --columns in=LETTER"),
        (["In|Line"], "", r"no column is known as out \(where a line ends\), or length"),
        (["In|Out|Dialogue|Text"], "", r"the columns C \(Dialogue\) and D \(Text\) could each be 'line'"),
        (["In|Out|X|X"], "line=X", "the columns C and D are both called 'X': give the letter, line=C"),
        (["In|Out|Z"], "line=Zeile", "row 1 has no column called 'Zeile'"),
        ([""], "", "it is empty: is this the right sheet"),
    ],
)
def test_columns_that_are_not_known_are_asked_for(rows: list[str], mapped: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        roles(*rows, mapped=mapped)


def test_letters_and_numbers_of_columns() -> None:
    for number in (0, 25, 26, 51, 52, 701, 702, 16383):
        assert column_number(column_letters(number)) == number
    assert [column_letters(number) for number in (0, 25, 26, 702)] == ["A", "Z", "AA", "AAA"]
