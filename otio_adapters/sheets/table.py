"""A sheet as rows of text, whatever its file is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

CSV_SUFFIXES = (".csv", ".tsv", ".tab")
LOG_SUFFIXES = (".ale",)
"""Avid Log Exchange: read, and written back, but not written anew."""
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
SUFFIXES = (*CSV_SUFFIXES, *LOG_SUFFIXES, *WORKBOOK_SUFFIXES)
"""The files that are read, by how their names end."""

MOST_ROWS = 200_000
MOST_COLUMNS = 1_000
"""A series has tens of thousands of cues and a sheet a few dozen columns; what is larger is something else."""


@dataclass(frozen=True)
class Merge:
    """A merged range, rows and columns from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Table:
    """The cells of one sheet as text, ``rows[row][column]`` from 0. Rows may end early.

    ``name`` is the sheet's name in its workbook, empty for CSV. ``merges`` are merged ranges, whose text stands in the
    first cell. ``faults`` says of a cell, by row and column, why its text is not known.
    """

    rows: Sequence[Sequence[str]]
    name: str = ""
    merges: Sequence[Merge] = ()
    faults: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def cell(self, row: int, column: int) -> str:
        """The text of a cell, empty where there is none."""
        cells = self.rows[row]
        return cells[column].strip() if column < len(cells) else ""


def column_letters(column: int) -> str:
    """``A`` for 0, ``AB`` for 27, as spreadsheets write columns."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The inverse of ``column_letters``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
