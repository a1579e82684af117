"""A cue sheet's rows as lines: who says what, from when to when, with the row that each comes from."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, SkippedTimecodeError, format_timecode
from framevox.otio_adapters.whole_files import read_whole

from ..metadata import TimelineWarning
from ..subtitles import Caption
from .ale import ale_columns, ale_rate, read_ale
from .cell_times import CellTime, is_plain_number, is_whole_number, read_time, unit_in_heading
from .csv_file import CsvFile, read_csv
from .headings import LINES, Columns, find_columns, parse_columns
from .results import own_columns
from .table import LOG_SUFFIXES, MOST_COLUMNS, WORKBOOK_SUFFIXES, Merge, Table, column_letters
from .workbook import Workbook, read_workbook

SHEET_KEY = "sheet"
"""Where a clip keeps which row it comes from, and what else stands there: ``clip.metadata["sheet"]``."""
MOST_BYTES = 64 * 2**20
"""Of a file, packed as it may be."""
_FILLED_DOWN = ("number", "character", "notes", "voice", "emotion", "language")
"""Columns in which a cell that is merged over several rows holds for each of them."""
_SHOWN = 5


class _SkippedError(InputError):
    """A cell's timecode is one that drop-frame skips; ``at`` is where its cue lies, without a length."""

    def __init__(self, message: str, at: CellTime) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Sheet:
    """A cue sheet in memory: its file, the table in it that holds the cues, and what its columns are."""

    path: Path
    file: CsvFile | Workbook
    table: Table
    columns: Columns
    unit: str
    log: bool = False
    """Whether it is a log of clips, of which only those that say something are cues."""

    @property
    def rate(self) -> Rate | None:
        """The rate that the file says. Raises InputError for one that is none."""
        return ale_rate(self.table) if self.log else None

    @property
    def where(self) -> str:
        """How messages name it: its file, and its worksheet where there are several."""
        several = isinstance(self.file, Workbook) and len(self.file.tables) > 1
        return f"{self.path}, sheet {self.table.name!r}" if several else str(self.path)

    @cached_property
    def _merges(self) -> dict[int, list[Merge]]:
        """The merged ranges by the rows that they cover. Raises InputError for ranges that cannot all be there."""
        by_row: dict[int, list[Merge]] = {}
        for merge in self.table.merges:
            for row in range(max(merge.first_row, 0), min(merge.last_row + 1, len(self.table.rows))):
                by_row.setdefault(row, []).append(merge)
                if len(by_row[row]) > MOST_COLUMNS:
                    raise InputError(f"{self.where}, row {row + 1}: too many merged cells: is it a cue sheet?")
        return by_row

    def lines(self, rate: Rate, start: int | None = None) -> tuple[list[Caption], int]:
        """Returns the lines in the sheet's order, and the frame number of the timeline's first frame.

        That is ``start``; where None, the full hour in which the first timecode lies (a TimelineWarning says so), 0 for
        sheets without timecode. Warns of rows that hold no line and of lines without length. Raises InputError, naming
        row and column, for a time that is none. A cue whose timecode drop-frame skips gets no length, and fails.
        """
        rows = list(self._rows(rate))
        if start is None:
            start = _hour([begin for _, begin, _, _ in rows], rate)
            if start:
                _warn(
                    f"{self.where}: the timeline starts at {format_timecode(start, rate)}, the hour of the first cue: "
                    "give --start-timecode for another"
                )
        captions = [self._caption(row, begin, end, rate, start, fault) for row, begin, end, fault in rows]
        used = Counter(caption.keys["cue"] for caption in captions if "cue" in caption.keys)
        twice = {number for number, times in used.items() if times > 1}
        if not twice:
            return captions, start
        _warn(f"{self.where}: several cues have the number {min(twice)!r}: these are told apart by where they lie")
        return [_without_cue(caption) if caption.keys.get("cue") in twice else caption for caption in captions], start

    def _rows(self, rate: Rate) -> Iterator[tuple[int, CellTime, CellTime, str]]:
        """The rows that hold a line, with its begin and end, and why it fails where one of them does not exist."""
        passed: list[int] = []
        silent = 0
        found = False
        for row in range(self.columns.first_row, len(self.table.rows)):
            if not any(cell.strip() for cell in self.table.rows[row]):
                continue
            if self._is_title(row) or not (self._has_time(row) or self._text(row)):
                passed.append(row + 1)
                continue
            if self.log and not self._text(row):
                silent += 1
                continue
            found = True
            try:
                yield row, *self._span(row, rate), ""
            except _SkippedError as skipped:
                _warn(f"{skipped}, and the cue fails")
                yield row, skipped.at, skipped.at, str(skipped)
        if passed:
            shown = ", ".join(map(str, passed[:_SHOWN])) + (
                f" and {len(passed) - _SHOWN} more" * (len(passed) > _SHOWN)
            )
            _warn(f"{self.where}: passed over, for they have neither a time nor a line: row {shown}")
        if silent:
            _warn(f"{self.where}: {silent} clip{'s' * (silent > 1)} without a line, passed over")
        if not found:
            raise InputError(f"{self.where} holds no cues below its headings: is it the right sheet?")

    def _is_title(self, row: int) -> bool:
        """Whether a row is one text over all columns, such as a scene."""
        wanted = {self.columns.roles["in"], *(self.columns.roles[role] for role in LINES if role in self.columns.roles)}
        return any(
            merge.first_row == merge.last_row and all(_covers(merge, column) for column in wanted)
            for merge in self._merges.get(row, ())
        )

    def _has_time(self, row: int) -> bool:
        return any(self._cell(row, role) for role in ("in", "out", "length"))

    def _span(self, row: int, rate: Rate) -> tuple[CellTime, CellTime]:
        begin = self._time(row, "in", rate)
        try:
            end = self._end(row, begin, rate)
        except _SkippedError as skipped:
            raise _SkippedError(str(skipped), begin) from None
        if begin.timecode != end.timecode:
            raise InputError(
                f"{self._place(row, 'out')}: one of the times is timecode and the other is not: write both alike"
            )
        if end.value <= begin.value:
            how = "ends where it begins" if end.value == begin.value else "ends before it begins"
            _warn(f"{self._place(row, 'out' if 'out' in self.columns.roles else 'length')}: the cue {how}, and fails")
        return begin, end

    def _end(self, row: int, begin: CellTime, rate: Rate) -> CellTime:
        if "out" in self.columns.roles and (self._cell(row, "out") or "length" not in self.columns.roles):
            return self._time(row, "out", rate)
        length = self._time(row, "length", rate)
        seconds = length.value / rate.fps if length.timecode else length.value
        return CellTime(begin.value + (seconds * rate.fps if begin.timecode else seconds), begin.timecode)

    def _time(self, row: int, role: str, rate: Rate) -> CellTime:
        text = self._cell(row, role)
        if not text:
            raise InputError(f"{self._place(row, role)}: there is no time: write one, or delete the row's line")
        try:
            return read_time(text, rate, self.unit)
        except SkippedTimecodeError as error:
            raise _SkippedError(f"{self._place(row, role)}: {error}", CellTime(error.frame, True)) from None
        except InputError as error:
            raise InputError(f"{self._place(row, role)}: {error}") from None

    def _caption(self, row: int, begin: CellTime, end: CellTime, rate: Rate, start: int, fault: str) -> Caption:
        number, place = self._cell(row, "number"), row + 1
        kept: dict[str, Any] = {"row": place}
        kept |= {role: text for role in ("number", "notes", "transcription") if (text := self._cell(row, role))}
        keys = {role: text for role in ("emotion", "voice", "language") if (text := self._cell(row, role))}
        if re.fullmatch(r"[!-~]{1,32}", number):
            keys["cue"] = number
        if fault:
            keys["fault"] = fault
        text = self._text(row)
        if not text:
            line = next(role for role in LINES if role in self.columns.roles)
            _warn(f"{self._place(row, line)}: there is no line, and the cue fails")
        seconds = [(time.value - start) / rate.fps if time.timecode else Fraction(time.value) for time in (begin, end)]
        return Caption(
            place,
            seconds[0],
            seconds[1],
            text,
            self._cell(row, "character"),
            called="row",
            keys=keys,
            kept={SHEET_KEY: kept},
        )

    def _text(self, row: int) -> str:
        """What is said in a row: the translation, else the line, else the transcription."""
        return next(filter(None, (self._cell(row, role) for role in LINES)), "")

    def _cell(self, row: int, role: str) -> str:
        """The text of a row's cell. Raises InputError for one that is unknown or merged where that says nothing."""
        column = self.columns.roles.get(role)
        if column is None:
            return ""
        if self.table.faults and (fault := self.table.faults.get((row, column))):
            raise InputError(f"{self._place(row, role)}: {fault}")
        merges = self._merges.get(row)
        merge = next((merge for merge in merges if _covers(merge, column)), None) if merges else None
        if merge is None:
            return self.table.cell(row, column)
        if merge.first_row != merge.last_row and role not in _FILLED_DOWN:
            ref = f"{column_letters(merge.first_column)}{merge.first_row + 1}"
            last = f"{column_letters(merge.last_column)}{merge.last_row + 1}"
            raise InputError(
                f"{self._place(row, role)}: the cells {ref}:{last} are merged, and each row needs its own {role}: "
                "unmerge them"
            )
        # Merged across, a text belongs to the first of its columns.
        return self.table.cell(merge.first_row, column) if merge.first_column == column else ""

    def _place(self, row: int, role: str) -> str:
        return f"{self.where}, row {row + 1}, {self.columns.name(role)}"


def read_sheet(path: Path, columns: str = "", times: str = "") -> Sheet:
    """Reads a cue sheet. ``columns`` maps columns that are not recognised (``number=…,in=…``), ``times`` says what
    plain numbers count.

    Raises InputError, naming the file, for one that is missing, broken or dangerous, and for columns that are not
    known.
    """
    mapped = parse_columns(columns)
    content = _content(path)
    suffix = path.suffix.lower()
    log = suffix in LOG_SUFFIXES
    try:
        if suffix in WORKBOOK_SUFFIXES:
            file: CsvFile | Workbook = read_workbook(content)
        else:
            file = read_ale(content) if log else read_csv(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    tables = file.tables if isinstance(file, Workbook) else [file.table]
    problem: InputError | None = None
    for table in tables:
        try:
            cells = own_columns(table).left_out(table)
            found, chosen = ale_columns(cells, mapped) if log else (find_columns(cells, mapped), "")
        except InputError as error:
            problem = problem or error
            continue
        if chosen:
            _warn(f"{path}: the lines are in column {chosen!r}: name another one with --columns line=HEADING")
        sheet = Sheet(path, file, table, found, "", log)
        return replace(sheet, unit=_unit(sheet, times))
    raise InputError(f"{path}: {problem or 'it has no sheet in it'}")


def _unit(sheet: Sheet, times: str) -> str:
    """What plain numbers of a sheet count. Raises InputError where nothing says it."""
    roles = [role for role in ("in", "out", "length") if role in sheet.columns.roles]
    if times:
        return times
    named = {unit_in_heading(sheet.columns.headings.get(sheet.columns.roles[role], "")) for role in roles} - {""}
    if len(named) == 1:
        return named.pop()
    numbers = [
        (row, role, text)
        for row in range(sheet.columns.first_row, len(sheet.table.rows))
        for role in roles
        if is_plain_number(text := sheet.table.cell(row, sheet.columns.roles[role]))
    ]
    if not numbers or any(not is_whole_number(text) for _, _, text in numbers):
        return "seconds"
    row, role, text = numbers[0]
    raise InputError(
        f"{sheet.where}, row {row + 1}, {sheet.columns.name(role)}: what does {text} count? give --times frames, "
        "--times seconds or --times milliseconds"
    )


def _content(path: Path) -> bytes:
    content = read_whole(path, MOST_BYTES, "cue sheet", "sheet's file")
    if not content.strip():
        raise InputError(f"{path} is empty: export the sheet again")
    return content


def _hour(begins: Sequence[CellTime], rate: Rate) -> int:
    """The frame number of the full hour in which the first timecode lies; 0 where there is none."""
    codes = [int(begin.value) for begin in begins if begin.timecode]
    hour = rate.frames_per_day // 24
    return min(codes) // hour * hour if codes else 0


def _covers(merge: Merge, column: int) -> bool:
    return merge.first_column <= column <= merge.last_column


def _without_cue(caption: Caption) -> Caption:
    return replace(caption, keys={key: value for key, value in caption.keys.items() if key != "cue"})


def _warn(message: str) -> None:
    warnings.warn(message, TimelineWarning, stacklevel=3)
