"""Avid Log Exchange: a log of clips as a sheet. Each row that says something is a cue from its Start to its End.

Heading
FIELD_DELIM TABS
FPS         23.976

Column
Name    Start        End          Comments

Data
A001    01:00:05:12  01:00:07:20  MEI: Then send it now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

from .csv_file import CsvFile, read_csv
from .headings import LINES, Columns, find_columns
from .table import Table

SUFFIX = ".ale"
_SAID_IN = ("description", "comments", "comment", "notes")
"""Columns that hold the lines where none is called as in a cue sheet, the first that there is and that has text."""
_SECTIONS = ("Heading", "Column", "Data")


def read_ale(content: bytes) -> CsvFile:
    """Reads an ALE as a table whose headings are its columns. Raises InputError for what is no ALE."""
    file = read_csv(content, "\t", quotes=False)
    names = [row[0].strip() if len(row) == 1 else "" for row in file.table.rows]
    if any(section not in names for section in _SECTIONS):
        raise InputError("it is no Avid log: its sections Heading, Column and Data are not all there; export it again")
    # Names of sections are no cells of the table that lies between them.
    rows = [[""] if name in _SECTIONS else row for name, row in zip(names, file.table.rows, strict=True)]
    return replace(file, table=Table(rows))


def ale_rate(table: Table) -> Rate | None:
    """The rate in an ALE's heading, drop-frame where its timecode is; None where it is not said. Raises InputError."""
    written = next((row[1].strip() for row in table.rows if len(row) > 1 and row[0].strip().upper() == "FPS"), "")
    if not written:
        return None
    rate = Rate.parse(written)
    drops = any(";" in cell and cell.strip()[:1].isdigit() for row in table.rows for cell in row if len(cell) <= 12)
    possible = rate.fps.denominator == 1001 and rate.nominal in (30, 60)
    return Rate(rate.fps, possible and drops)


def ale_columns(table: Table, mapped: Mapping[str, str]) -> tuple[Columns, str]:
    """The columns of an ALE, and the heading of the lines' where it was chosen here. Raises InputError.

    ``Name`` is the clip's and no character, unless ``mapped`` says so.
    """
    chosen = ""
    try:
        columns = find_columns(table, mapped)
    except InputError:
        chosen = _line_column(table.rows) if not any(role in mapped for role in LINES) else ""
        if not chosen:
            raise
        columns = find_columns(table, {**mapped, "line": chosen})
    roles = dict(columns.roles)
    named = columns.headings.get(roles.get("character", -1), "").strip().casefold()
    if "character" not in mapped and named == "name":
        del roles["character"]
    return replace(columns, roles=roles), chosen


def _line_column(rows: Sequence[Sequence[str]]) -> str:
    head = next(
        (n for n, row in enumerate(rows) if {"start", "end"} <= {cell.strip().casefold() for cell in row}), None
    )
    if head is None:
        return ""
    cells = [cell.strip().casefold() for cell in rows[head]]
    found = [cells.index(name) for name in _SAID_IN if name in cells]
    full = [c for c in found if any(c < len(row) and row[c].strip() for row in rows[head + 1 :])]
    return rows[head][(full or found)[0]].strip() if found else ""
