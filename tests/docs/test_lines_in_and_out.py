"""The tables of docs/exchange.md on files of lines, read and written: each cell is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.otio_adapters import lines_in, lines_out

from .pages import page, table

PAGE = page("exchange")
IN = table(PAGE, "format")
OUT = table(PAGE, "written")


def test_the_tables_have_every_format_and_feature() -> None:
    assert set(IN) == {(suffix, says) for suffix in lines_in.FILES for says in lines_in.SAYS}
    assert list(OUT) == [(file, kept) for file in lines_out.FILES for kept in lines_out.KEEPS]


@pytest.mark.parametrize("suffix", lines_in.FILES)
def test_a_format_says_what_its_row_says(tmp_path: Path, suffix: str) -> None:
    found = lines_in.read(suffix, tmp_path)
    assert {says: measure(found) for says, measure in lines_in.SAYS.items()} == {
        says: cell for (name, says), cell in IN.items() if name == suffix
    }


@pytest.mark.parametrize("file", lines_out.FILES)
def test_a_written_file_keeps_what_its_row_says(tmp_path: Path, file: str) -> None:
    assert {kept: lines_out.cell(file, kept, tmp_path) for kept in lines_out.KEEPS} == {
        kept: cell for (name, kept), cell in OUT.items() if name == file
    }
