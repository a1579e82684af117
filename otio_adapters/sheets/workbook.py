"""XLSX files: cells read by openpyxl, written into the sheet's own XML so that all else stays what it is.

openpyxl saves what it knows of a workbook and drops the rest (shapes, some formatting, extensions), so it only reads.
"""

from __future__ import annotations

import datetime
import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from framevox.engine_daemon.protocol.errors import InputError

from .package import Package
from .table import MOST_COLUMNS, MOST_ROWS, Merge, Table, column_letters, column_number

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_EPOCH = datetime.datetime(1899, 12, 30)


@dataclass(frozen=True)
class Workbook:
    """An XLSX file in memory, and its worksheets as tables; the one that is open comes first."""

    package: Package
    tables: Sequence[Table]

    def with_cells(self, table: Table, changes: Mapping[tuple[int, int], str | float], like: tuple[int, int]) -> bytes:
        """The file with cells of one worksheet, by row and column from 0, set to other values.

        Cells in the row of the cell ``like`` get its style. Every other part of the file is as it was, and so is all
        else in the worksheet.
        """
        part = self.package.sheets()[table.name]
        root = self.package.parse(part)
        _write_cells(root, changes, like)
        content = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True)
        return self.package.with_part(part, content)


def read_workbook(content: bytes) -> Workbook:
    """Reads an XLSX file. Raises InputError for what is none, or is no sheet but an attack."""
    import openpyxl

    package = Package(content)
    sheets = package.sheets()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl would drop in saving
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            names = [sheet.title for sheet in book.worksheets if sheet.title in sheets]
            active = book.active.title if book.active is not None else ""
            names.sort(key=lambda name: name != active)
            tables = [_table(book[name], name, package, sheets[name]) for name in names]
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever its parts raise
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f"it is no workbook that can be read ({said[0][:200]}): save it as .xlsx again") from error
    return Workbook(package, tables)


def _table(sheet: Any, name: str, package: Package, part: str) -> Table:
    rows: list[list[str]] = []
    faults: dict[tuple[int, int], str] = {}
    formulas: set[tuple[int, int]] = set()
    merges: list[Merge] = []
    for element in package.elements(part, "c", "mergeCell"):
        if etree.QName(element).localname == "mergeCell":
            merges.append(_merge(element))
        elif element.find("{*}f") is not None:
            formulas.add(_position(element.get("r", "")))
    last = 0
    sheet.reset_dimensions()  # what a file says of its own size may be wrong
    for number, row in enumerate(sheet.iter_rows()):
        values: list[str] = []
        for column, cell in enumerate(row):
            value = cell.value
            if value is None and (number, column) in formulas:
                faults[number, column] = (
                    "its formula has no stored value: open the sheet in a spreadsheet program and save it"
                )
            if isinstance(value, str) and getattr(cell, "data_type", "") == "e":
                faults[number, column] = f"its formula gives {value}: correct it"
                value = ""
            values.append(_text(value))
        while values and not values[-1]:
            values.pop()
        if values and (number >= MOST_ROWS or len(values) > MOST_COLUMNS):
            raise InputError(f"it has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns: is it a cue sheet?")
        if number < MOST_ROWS:
            rows.append(values)
            last = number + 1 if values else last
    return Table(rows[:last], name, tuple(merges), faults)


def _text(value: Any) -> str:
    """A cell's value as text. A time of day is written as a clock time, and so is a length of time."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime.time):
        value = datetime.datetime.combine(_EPOCH, value)
    if isinstance(value, datetime.datetime) and value.year <= 1900:
        value = value - _EPOCH
    if isinstance(value, datetime.timedelta):
        milliseconds = round(value / datetime.timedelta(milliseconds=1))
        seconds, rest = divmod(milliseconds, 1000)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
    return str(value)


def _merge(element: etree._Element) -> Merge:
    first, _, last = str(element.get("ref", "")).partition(":")
    begin, end = _position(first), _position(last or first)
    return Merge(begin[0], begin[1], end[0], end[1])


def _position(reference: str) -> tuple[int, int]:
    """``(row, column)`` from 0 of a reference such as ``C7``; ``(-1, -1)`` for none."""
    match = _REFERENCE.fullmatch(reference)
    return (int(match[2]) - 1, column_number(match[1])) if match else (-1, -1)


# Writing.


def _write_cells(root: etree._Element, changes: Mapping[tuple[int, int], str | float], like: tuple[int, int]) -> None:
    namespace = etree.QName(root).namespace
    data = root.find(f"{{{namespace}}}sheetData")
    if data is None:
        raise InputError("it has no cells: is this the right sheet?")
    rows = dict(_numbered(data, "row"))
    by_row: dict[int, dict[int, str | float]] = {}
    for (row, column), value in changes.items():
        by_row.setdefault(row, {})[column] = value
    style = None
    if like[0] in rows:
        style = dict(_cells(rows[like[0]], like[0])).get(like[1])
    for row in sorted(by_row):
        element = rows.get(row)
        if element is None:
            element = etree.Element(f"{{{namespace}}}row", {"r": str(row + 1)})
            before = [number for number in rows if number < row]
            data.insert(data.index(rows[max(before)]) + 1 if before else 0, element)
            rows[row] = element
        element.attrib.pop("spans", None)  # only a hint, and wrong from now on
        cells = dict(_cells(element, row))
        for column in sorted(by_row[row]):
            cell = cells.get(column)
            if cell is None and by_row[row][column] == "":
                continue
            if cell is None:
                cell = etree.Element(f"{{{namespace}}}c", {"r": f"{column_letters(column)}{row + 1}"})
                before = [number for number in cells if number < column]
                element.insert(element.index(cells[max(before)]) + 1 if before else 0, cell)
                cells[column] = cell
                if row == like[0] and style is not None and style.get("s"):
                    cell.set("s", style.get("s"))
            _set(cell, by_row[row][column], str(namespace))
    _stretch_dimension(root, str(namespace), changes)


def _set(cell: etree._Element, value: str | float, namespace: str) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)
    if value == "":
        return
    if isinstance(value, str):
        cell.set("t", "inlineStr")
        text = etree.SubElement(etree.SubElement(cell, f"{{{namespace}}}is"), f"{{{namespace}}}t")
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        text.text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", " ", value)
    else:
        etree.SubElement(cell, f"{{{namespace}}}v").text = str(value)


def _numbered(data: etree._Element, kind: str) -> Iterator[tuple[int, etree._Element]]:
    """The rows by number from 0; a number that is not written is the one after the last."""
    number = -1
    for element in data.iterfind(f"{{*}}{kind}"):
        number = int(element.get("r") or number + 2) - 1
        yield number, element


def _cells(row: etree._Element, number: int) -> Iterator[tuple[int, etree._Element]]:
    column = -1
    for cell in row.iterfind("{*}c"):
        found = _position(cell.get("r", ""))
        column = found[1] if found != (-1, -1) else column + 1
        yield column, cell


def _stretch_dimension(root: etree._Element, namespace: str, changes: Mapping[tuple[int, int], Any]) -> None:
    """The range that the sheet says it covers takes in what was written."""
    dimension = root.find(f"{{{namespace}}}dimension")
    if dimension is None or not changes:
        return
    first, _, last = str(dimension.get("ref", "")).partition(":")
    begin, end = _position(first), _position(last or first)
    if -1 in (*begin, *end):
        return
    rows = [begin[0], end[0], *(row for row, _ in changes)]
    columns = [begin[1], end[1], *(column for _, column in changes)]
    dimension.set("ref", f"{column_letters(min(columns))}{min(rows) + 1}:{column_letters(max(columns))}{max(rows) + 1}")
