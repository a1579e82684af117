"""What the user sees while a batch is spoken, and at its end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from framevox.engine_daemon.client.speaking import Result, counts_line, timecode
from framevox.engine_daemon.protocol.cues import Cue
from framevox.engine_daemon.protocol.timebase import Frames, Rate

NOTHING = (
    "No placeholders, so nothing to speak: a placeholder is an audio clip without media, a marker with a length and a "
    'text, or a clip with metadata["framevox"]'
)
NOTHING_IN_PROJECT = (
    "No lines, so nothing to speak: a line is a subtitle, a title, a marker or guide with a length and a text, the "
    "comment of a colour clip, or a missing clip"
)
_STYLES = {"placed": "green", "attention": "yellow", "failed": "red"}
_MAX_ROWS = 40
_SHOWN_CELLS = 60
_NAME_CELLS = 24
_PLAIN_WIDTH = 120


def printable(text: str) -> str:
    """``text`` on one line, without the characters that could move a terminal's cursor or turn its text around."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def shortened(text: str, cells: int = _SHOWN_CELLS) -> str:
    """The beginning of ``text``, as messages and tables quote it, in at most so many cells."""
    # A Chinese character takes two cells of a terminal's line.
    text = printable(text)
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"


def where(cue: Cue) -> str:
    """A cue as messages name it: ``MEI at 01:00:03:12``."""
    return f"{shortened(cue.character, _NAME_CELLS) or 'the line'} at {timecode(cue)}"


def seconds(frames: Frames, rate: Rate) -> str:
    """A length for reading only."""
    return f"{float(frames / rate.fps):.2f} s"


class Screen:
    """Standard error: a bar on a terminal, plain lines elsewhere. ``each`` says whether every cue gets a line."""

    def __init__(self, *, each: bool = True) -> None:
        self._each = each
        self._console = Console(stderr=True, highlight=False)
        # In a file, lines are not wrapped to the width of a terminal.
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
        self._progress.advance(self._bar)
        if not self._each:
            return
        line = Text.assemble(
            (f"{result.status:<9}", _STYLES[result.status]),
            f" {timecode(result.cue)}  ",
            (shortened(result.cue.character, _NAME_CELLS), "bold"),
        )
        if result.take is not None:
            line.append(f"  {result.take.fit_ratio:.2f}x")
        line.append(f"  {shortened(result.cue.text)}")
        if result.cached:
            line.append("  (made before)", "dim")
        self.say(line)

    def summary(
        self,
        results: Sequence[Result],
        out: Path,
        media_dir: Path | None,
        *,
        to_stderr: bool,
        kind: str = "Timeline",
        nothing: str = NOTHING,
    ) -> None:
        """The table of all cues, what there is to say of them, and where the files are; OUT is of this ``kind``, and
        ``nothing`` is said where there are no cues."""
        console = self._console if to_stderr else Console(highlight=False)
        if not console.is_terminal:
            console.width = _PLAIN_WIDTH
        if results:
            console.print()
            console.print(results_table(results))
            console.print()
        for result in results:
            if result.message:
                line = Text.assemble((result.status, _STYLES[result.status]), f" {where(result.cue)}: {result.message}")
                console.print(line, soft_wrap=not console.is_terminal)
        console.print(Text(counts_line(results) if results else nothing), soft_wrap=not console.is_terminal)
        console.print(Text(f"{kind + ':':<10}{out.absolute()}"), soft_wrap=True)
        if media_dir is not None:
            console.print(Text(f"Media:    {media_dir}"), soft_wrap=True)


def results_table(results: Sequence[Result]) -> Table:
    """The cues as a table; of long timelines only those that were not placed."""
    shown = [result for result in results if len(results) <= _MAX_ROWS or result.status != "placed"]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Start", "Character", "Voice", "Slot", "Ratio", "Result"):
        table.add_column(heading, no_wrap=True, justify="right" if heading in ("Slot", "Ratio") else "left")
    # The one column that may wrap, so that a narrow terminal cuts none of the others.
    table.add_column("Line")
    for result in shown:
        cue, take = result.cue, result.take
        table.add_row(
            timecode(cue),
            Text(shortened(cue.character, _NAME_CELLS)),
            Text(printable(take.voice if take else cue.voice)),
            "" if cue.duration is None else seconds(cue.duration, cue.rate),
            f"{take.fit_ratio:.2f}x" if take else "",
            _outcome(result),
            Text(shortened(cue.text)),
        )
    return table


def _outcome(result: Result) -> Text:
    shown = Text(result.status, _STYLES[result.status])
    return shown.append(", loose", "yellow") if result.take is not None and result.take.loose else shown
