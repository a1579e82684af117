"""What became of a sheet's cues, written back into columns of its own; and new sheets out of timelines."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.protocol.errors import InputError

from .csv_file import CsvFile
from .table import CSV_SUFFIXES, LOG_SUFFIXES, SUFFIXES, WORKBOOK_SUFFIXES, Table

if TYPE_CHECKING:
    from .reading import Sheet

HEADINGS = ("Framevox status", "Framevox take", "Framevox length (s)", "Framevox ratio", "Framevox note")
"""Our own columns. A later run finds them by these headings and writes over them."""


@dataclass(frozen=True)
class Outcome:
    """What became of a cue. ``seconds`` is the speech's length and ``ratio`` that over the natural one, None where
    nothing was placed; ``media`` is the take's file."""

    status: str
    media: Path | None = None
    seconds: float | None = None
    ratio: float | None = None
    note: str = ""


@dataclass(frozen=True)
class OwnColumns:
    """Where our columns are from an earlier run, by heading; ``row`` is that of the headings, None for none."""

    row: int | None
    columns: Mapping[str, int]

    def left_out(self, table: Table) -> Table:
        """The table as it was before: our headings are none of the sheet's."""
        if self.row is None:
            return table
        ours = set(self.columns.values())
        rows = [["" if index in ours else cell for index, cell in enumerate(row)] for row in table.rows]
        return replace(table, rows=rows)


def own_columns(table: Table) -> OwnColumns:
    """Finds our columns of an earlier run."""
    for number, row in enumerate(table.rows):
        found = {cell.strip(): column for column, cell in enumerate(row) if cell.strip() in HEADINGS}
        if found:
            return OwnColumns(number, found)
    return OwnColumns(None, {})


def check_sheet_path(path: Path, source: Path) -> None:
    """Raises InputError for a file that the sheet ``source``, or a new one, could not be written to."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or (suffix in (".xlsm", *LOG_SUFFIXES) and suffix != source.suffix.lower()):
        raise InputError(f"{path}: sheets are written as {', '.join((*CSV_SUFFIXES, '.xlsx'))}: choose one of these")
    if path.resolve() == source.resolve():
        raise InputError(f"{path} is the sheet that is read: choose another file, so that nothing in it is lost")
    was = source.suffix.lower()
    if was in SUFFIXES and suffix != was:
        raise InputError(f"{path}: the sheet is a {was} and is written back as one: let the name end in {was}")


def write_back(sheet: Sheet, outcomes: Mapping[int, Sequence[Outcome]], path: Path) -> bytes:
    """The sheet's file with what became of its cues, by row from 1, in our own columns; all else is as it was.

    ``path`` is where it will lie: takes below its folder are named from there. Raises InputError.
    """
    own = own_columns(sheet.table)
    heading_row = own.row if own.row is not None else max(sheet.columns.first_row - 1, 0)
    width = max((len(row) for row in sheet.table.rows), default=0)
    columns = dict(own.columns)
    for heading in HEADINGS:
        if heading not in columns:
            columns[heading] = max(width, *(column + 1 for column in columns.values()), 0)
    changes: dict[tuple[int, int], str | float] = {}
    if sheet.columns.first_row > 0:
        changes |= {(heading_row, columns[heading]): heading for heading in HEADINGS}
    for row, found in outcomes.items():
        cells = _cells(found, path)
        changes |= {(row - 1, columns[heading]): value for heading, value in zip(HEADINGS, cells, strict=True)}
    try:
        if isinstance(sheet.file, CsvFile):
            return sheet.file.with_cells(changes)
        return sheet.file.with_cells(sheet.table, changes, (heading_row, width - 1))
    except InputError as error:
        raise InputError(f"{sheet.path}: {error}") from None


def new_sheet(rows: Sequence[tuple[Sequence[str], Outcome]], path: Path) -> bytes:
    """A new sheet in the format of ``path``: number, character, in, out and line of each cue, and what became of it."""
    heads = ("Number", "Character", "In", "Out", "Line", *HEADINGS)
    lines = [[*cells, *_cells([outcome], path)] for cells, outcome in rows]
    if path.suffix.lower() in WORKBOOK_SUFFIXES:
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Cues"
        sheet.append(heads)
        for line in lines:
            sheet.append(line)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.data_type = "s"  # a line that begins with = is no formula
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()
    text = io.StringIO()
    writer = csv.writer(text, delimiter="," if path.suffix.lower() == ".csv" else "\t")
    writer.writerows([heads, *lines])
    # The mark tells spreadsheet programs that this is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _cells(outcomes: Sequence[Outcome], path: Path) -> list[str | float]:
    """The five cells of a row. A row of two speakers has two cues."""
    statuses = list(dict.fromkeys(outcome.status for outcome in outcomes))
    lengths = [outcome.seconds for outcome in outcomes if outcome.seconds is not None]
    ratios = [outcome.ratio for outcome in outcomes if outcome.ratio is not None]
    return [
        " / ".join(statuses),
        " / ".join(_relative(outcome.media, path) for outcome in outcomes if outcome.media is not None),
        _numbers(lengths, 3),
        _numbers(ratios, 2),
        " / ".join(outcome.note for outcome in outcomes if outcome.note),
    ]


def _numbers(values: Sequence[float], digits: int) -> str | float:
    if len(values) == 1:
        return round(values[0], digits)
    return " / ".join(f"{value:.{digits}f}" for value in values)


def _relative(media: Path, path: Path) -> str:
    folder = path.absolute().parent
    return Path(os.path.relpath(media, folder)).as_posix() if media.is_relative_to(folder) else str(media)
