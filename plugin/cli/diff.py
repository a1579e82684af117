"""``framevox diff``: what an edit of the timeline did to its lines."""

from __future__ import annotations

import json as json_format
import math
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import Options
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, format_frames, format_timecode
from framevox.otio_adapters.sources import RATELESS, SourceOptions, kind_of, read_source
from framevox.plugin.cli import line_options, options
from framevox.plugin.cli.notes import Notes
from framevox.plugin.cli.sources import source_options

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

    from framevox.otio_adapters.comparing import Difference

KINDS = ("added", "changed", "moved", "removed", "same")


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The timeline before the edit.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The timeline after it.")],
    rate: line_options.CaptionRateOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show which lines an edit added, changed, moved and removed, and whose takes it made stale.

    A stale take was made for other words or another slot: the next fill makes it again, and nothing else. OLD and NEW
    may be timelines, filled or not, subtitles, cue sheets, scripts, or one of each.
    """
    from framevox.otio_adapters import warnings_heard
    from framevox.otio_adapters.comparing import compare
    from framevox.plugin.cli.screen import Screen

    notes = Notes(Screen().say)
    with warnings_heard(notes.warn):
        timelines = [_read(path, rate) for path in (old, new)]
        try:
            found = compare(*timelines)
        except InputError as error:
            raise InputError(f"{new}: {error}") from None
    if json:
        lines = [_to_json(difference) for difference in found]
        answer = {"lines": lines, "counts": _counts(found), "notes": notes.to_json()}
        sys.stdout.write(json_format.dumps(answer) + "\n")
    else:
        _print(found)


def _read(path: Path, rate: Rate | None) -> Timeline:
    kept = Options(Film.of(path.absolute().parent))
    return read_source(path, source_options(kept, path, SourceOptions(rate if _wants_rate(path) else None)))


def _wants_rate(path: Path) -> bool:
    return bool(kind_of(path)) or path.suffix.lower() in RATELESS


def _counts(found: Sequence[Difference]) -> dict[str, int]:
    counted = Counter(difference.kind for difference in found)
    return {**{kind: counted[kind] for kind in KINDS}, "stale": sum(difference.stale for difference in found)}


def _to_json(difference: Difference) -> dict[str, Any]:
    line = difference.line
    return {
        "kind": difference.kind,
        "stale": difference.stale,
        "id": line.cue_id,
        "text": line.text,
        "character": line.character or None,
        "track": line.track,
        "timecode": _timecode(difference),
        "start_frame": format_frames(line.start),
        "duration_frames": format_frames(line.duration),
        "changes": {
            name: [format_frames(value) if name in ("start", "duration") else value for value in values]
            for name, values in difference.changes.items()
        },
    }


def _timecode(difference: Difference) -> str:
    line = difference.line
    return format_timecode(math.floor(line.origin + line.start), line.rate)


def _print(found: Sequence[Difference]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from framevox.plugin.cli.screen import shortened

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "Start", "Character", "Line", "What"):
        table.add_column(heading)
    shown = [difference for difference in found if difference.kind != "same" or difference.stale]
    for difference in shown:
        table.add_row(
            difference.kind,
            _timecode(difference),
            Text(shortened(difference.line.character, 24)),
            Text(shortened(difference.line.text)),
            Text("; ".join([*_said(difference), *(["its take is stale"] if difference.stale else [])])),
        )
    if shown:
        console.print(table)
        console.print()
    counts = _counts(found)
    console.print(", ".join(f"{counts[kind]} {kind}" for kind in KINDS) + f"; {counts['stale']} takes are stale")


def _said(difference: Difference) -> list[str]:
    old, new = difference.old, difference.new
    said: list[str] = []
    for name, (before, _) in difference.changes.items():
        assert old is not None and new is not None
        if name == "start":
            later = Fraction(new.start + new.origin) - (old.start + old.origin)
            way = "later" if later > 0 else "earlier"
            said.append(f"{format_frames(abs(later))} frames {way}" if old.rate.fps == new.rate.fps else "moved")
        elif name == "duration":
            said.append(f"{format_frames(old.duration)} frames, now {format_frames(new.duration)}")
        else:
            key = name.replace("_", " ")
            said.append(f"{key} was {before!r}" if before else f"{key} is new")
    return said
