"""What the user sees while a batch is spoken, and at its end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from engine_daemon.protocol.cues import Cue
from engine_daemon.protocol.timebase import Frames, Rate, format_timecode

from .report import Result, counts

_STYLES = {"placed": "green", "attention": "yellow", "failed": "red"}
_LABELS = {"placed": "placed", "attention": "need attention", "failed": "failed"}
_MAX_ROWS = 40
_SHOWN_TEXT = 60


def printable(text: str) -> str:
    """``text`` on one line, without the characters that could move a terminal's cursor or turn its text around."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def shortened(text: str) -> str:
    """The beginning of ``text``, as messages and tables quote it."""
    text = printable(text)
    return text if len(text) <= _SHOWN_TEXT else text[: _SHOWN_TEXT - 1] + "…"


def timecode(cue: Cue) -> str:
    """The timecode of the frame in which a cue's slot begins."""
    return format_timecode(int(cue.origin + cue.start), cue.rate)


def seconds(frames: Frames, rate: Rate) -> str:
    """A length for reading only."""
    return f"{float(frames / rate.fps):.2f} s"


class Screen:
    """Standard error: a bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        # Where lines go to a file, nothing is cut to the width of a terminal that is not there.
        self._wrap = self._console.is_terminal

    def say(self, line: str | Text) -> None:
        """One message, whole."""
        self._console.print(line if isinstance(line, Text) else Text(line), soft_wrap=not self._wrap)

    @contextlib.contextmanager
    def bar(self, total: int) -> Iterator[None]:
        """A bar of ``total`` cues inside the block; lines appear above it, and each ``result`` moves it on."""
        self._progress = Progress(
            TextColumn("Speaking"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=total)
        with self._progress:
            yield

    def result(self, result: Result) -> None:
        """One line for a cue that is done."""
        line = Text.assemble(
            (f"{result.status:<9}", _STYLES[result.status]),
            f" {timecode(result.cue)}  ",
            (printable(result.cue.character), "bold"),
        )
        if result.take is not None:
            line.append(f"  {result.take.fit_ratio:.2f}x  {shortened(result.cue.text)}")
            if result.cached:
                line.append("  (made before)", "dim")
        else:
            line.append(f"  {shortened(result.cue.text)!r}")
        if result.message:
            line.append(f": {result.message}")
        self.say(line)
        self._progress.advance(self._bar)


def results_table(results: Sequence[Result]) -> Table:
    """The cues as a table; of long timelines only those that were not placed."""
    shown = [result for result in results if len(results) <= _MAX_ROWS or result.status != "placed"]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Start", "Character", "Voice", "Slot", "Ratio", "Result"):
        table.add_column(heading, no_wrap=True, justify="right" if heading in ("Slot", "Ratio") else "left")
    table.add_column("Line", no_wrap=True, overflow="ellipsis", ratio=1)
    for result in shown:
        cue, take = result.cue, result.take
        table.add_row(
            timecode(cue),
            Text(printable(cue.character)),
            Text(printable(take.voice if take else cue.voice)),
            "" if cue.duration is None else seconds(cue.duration, cue.rate),
            f"{take.fit_ratio:.2f}x" if take else "",
            Text(result.status, _STYLES[result.status]),
            Text(shortened(cue.text)),
        )
    return table


def counts_line(results: Sequence[Result]) -> str:
    """``12 cues: 11 placed, 1 need attention``."""
    parts = [f"{number} {_LABELS[status]}" for status, number in counts(results).items() if number]
    return f"{len(results)} {'cue' if len(results) == 1 else 'cues'}: {', '.join(parts)}"
