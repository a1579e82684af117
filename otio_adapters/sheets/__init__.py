"""Cue sheets as timelines, and back: CSV and XLSX, ADR cue sheets and dub sheets.

``csv_file`` and ``workbook`` read a file into a ``Table`` and write cells into it with everything else kept;
``headings`` finds the columns, ``cell_times`` reads their times, ``reading`` makes lines of the rows, ``results``
writes down what became of them.
"""

from .reading import Sheet, read_sheet
from .results import Outcome, check_sheet_path, new_sheet, write_back
from .table import SUFFIXES

__all__ = ["SUFFIXES", "Outcome", "Sheet", "check_sheet_path", "new_sheet", "read_sheet", "write_back"]
