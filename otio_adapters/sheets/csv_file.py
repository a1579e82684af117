"""CSV files: read in whatever encoding and dialect they have, and written with both, and all else, kept."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framevox.engine_daemon.protocol.errors import InputError

from ..encodings import decoded
from .table import MOST_COLUMNS, MOST_ROWS, Table

DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class CsvFile:
    """A CSV file in memory. ``records`` are its rows as they are written, line ends included."""

    mark: bytes
    encoding: str
    delimiter: str
    records: Sequence[str]
    table: Table
    quotes: bool = True
    """Whether quotation marks hold a cell together; else no cell holds a delimiter or a line's end."""

    def with_cells(self, changes: Mapping[tuple[int, int], str | float]) -> bytes:
        """The file with cells, by row and column from 0, set to other values; all else is as it was, byte for byte.

        Cells may lie beyond the end of a row. Raises InputError for a text that the file's encoding does not have.
        """
        by_row: dict[int, dict[int, str]] = {}
        for (row, column), value in changes.items():
            by_row.setdefault(row, {})[column] = value if isinstance(value, str) else str(value)
        records = list(self.records)
        for row, cells in by_row.items():
            records[row] = self._with_cells(records[row], cells)
        try:
            return self.mark + "".join(records).encode(self.encoding)
        except UnicodeEncodeError as error:
            bad = error.object[error.start]
            raise InputError(
                f"the encoding {self.encoding} does not have {bad!r}: save the sheet as UTF-8 and run the command again"
            ) from None

    def _with_cells(self, record: str, cells: Mapping[int, str]) -> str:
        content = record.rstrip("\r\n")
        end = record[len(content) :]
        fields = _fields(content, self.delimiter) if self.quotes else content.split(self.delimiter)
        fields += [""] * (max(cells) + 1 - len(fields))
        for column, text in cells.items():
            if not self.quotes:
                fields[column] = " ".join(text.split())
                continue
            quoted = re.search(rf'["\r\n{re.escape(self.delimiter)}]', text) is not None
            fields[column] = '"' + text.replace('"', '""') + '"' if quoted else text
        return self.delimiter.join(fields) + end


def read_csv(content: bytes, delimiter: str = "", *, quotes: bool = True) -> CsvFile:
    """Reads a CSV file, by default with the delimiter that it seems to have; without ``quotes``, quotation marks are
    text. Raises InputError, naming the row, for one that is broken or in several encodings."""
    mark, encoding, text = _decoded(content)
    if "\0" in text:
        raise InputError("it holds zero bytes: it is no CSV file; export the sheet again")
    delimiter = delimiter or _delimiter(text)
    lines = text.splitlines(keepends=True) if "\n" in text else re.findall(r"[^\r]*\r|[^\r]+", text)
    lines = _joined(lines)
    rows: list[list[str]] = []
    records: list[str] = []
    begun = 0
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE)
    try:
        for row in reader:
            rows.append(row)
            records.append("".join(lines[begun : reader.line_num]))
            begun = reader.line_num
            if len(rows) > MOST_ROWS or len(row) > MOST_COLUMNS:
                raise InputError(f"it has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns: is it a cue sheet?")
    except csv.Error as error:
        raise InputError(f"row {len(rows) + 1} cannot be read ({error}): is a quotation mark missing?") from None
    return CsvFile(mark, encoding, delimiter, records, Table(rows), quotes)


def _joined(lines: Sequence[str]) -> list[str]:
    """Lines that end where a row may: what else Python takes for a line's end stays inside (U+2028, form feeds)."""
    joined: list[str] = []
    for line in lines:
        if joined and not joined[-1].endswith(("\n", "\r")):
            joined[-1] += line
        else:
            joined.append(line)
    return joined


def _fields(record: str, delimiter: str) -> list[str]:
    """The fields of a record as they are written, quotation marks included."""
    fields = []
    position = 0
    pattern = re.compile(rf'(?:"(?:[^"]|"")*"?)?[^{re.escape(delimiter)}]*')
    while True:
        match = pattern.match(record, position)
        assert match is not None  # it matches the empty text as well
        fields.append(match[0])
        position = match.end() + 1
        if match.end() >= len(record):
            return fields


def _decoded(content: bytes) -> tuple[bytes, str, str]:
    """The byte order mark, the encoding and the text. Raises InputError for text in several encodings."""
    mark, encoding, text = decoded(content)
    try:
        # Only an encoding that gives back the very bytes can be written back to.
        if mark + text.encode(encoding) == content:
            return mark, encoding, text
    except UnicodeError:
        pass
    raise InputError(f"its encoding, which looks like {encoding}, is not used cleanly: save it as UTF-8")


def _delimiter(text: str) -> str:
    """What stands between the cells: what most lines of the beginning have, and have equally often."""
    lines = [line for line in text[:20_000].splitlines()[:30] if line.strip()]

    def score(delimiter: str) -> tuple[int, int, int]:
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0, 0
        wide = [count for count in counts if count > 1]
        usual = max(set(wide), key=wide.count) if wide else 0
        return len(wide), wide.count(usual), usual

    return max(DELIMITERS, key=score)
