"""``--sheet`` and a sheet as OUT: what became of every cue, in the sheet that was read or in a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.sources import SourceOptions, kind_of

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

    from framevox.otio_adapters import Filled, Placeholder
    from framevox.otio_adapters.sheets import Outcome


def is_sheet(path: Path) -> bool:
    """Whether a file is a sheet, by its name."""
    from framevox.otio_adapters.sheets import SUFFIXES

    return path.suffix.lower() in SUFFIXES


def write_sheet(
    path: Path,
    source: Path,
    lines: SourceOptions,
    timeline: Timeline,
    placeholders: Sequence[Placeholder],
    filled: Filled,
) -> Path:
    """Writes the sheet ``source`` with what became of its cues; of another source, a new sheet of all its cues.

    ``placeholders`` are those of ``timeline``, which was read from ``source``. Returns the file. Raises InputError and
    DiskError; the file appears whole or not at all.
    """
    from framevox.engine_daemon.client.disk import make_folder, write_file
    from framevox.otio_adapters.placing import look_up
    from framevox.otio_adapters.sheets import read_sheet, write_back
    from framevox.otio_adapters.sheets.from_timeline import sheet_of
    from framevox.otio_adapters.sheets.reading import SHEET_KEY

    results = {result.cue.id: result for result in filled.results}
    outcomes = {identity: _outcome(result) for identity, result in results.items()}
    if kind_of(source) == "sheet":
        rows: dict[int, list[Outcome]] = {}
        for placeholder in placeholders:
            kept = look_up(timeline, placeholder).metadata.get(SHEET_KEY, {})
            if placeholder.cue_id in outcomes:
                rows.setdefault(int(kept["row"]), []).append(outcomes[placeholder.cue_id])
        content = write_back(read_sheet(source, lines.columns, lines.times), rows, path)
    else:
        content = sheet_of(filled.timeline, path, outcomes)
    make_folder(path.absolute().parent)
    write_file(path, content)
    return path.absolute()


def check_sheet(option: str, path: Path, source: Path) -> None:
    """Raises InputError for a sheet that could not be written, before anything is spoken for it."""
    from framevox.otio_adapters.sheets import check_sheet_path

    try:
        check_sheet_path(path, source)
    except InputError as error:
        raise InputError(f"{option} {error}" if option else str(error)) from None


def _outcome(result: Result) -> Outcome:
    from framevox.otio_adapters.sheets import Outcome

    take = result.take
    if take is None:
        status = "needs attention" if result.status == "attention" else result.status
        return Outcome(status, note=result.message)
    seconds = (take.speech_end_sample - take.speech_start_sample) / take.sample_rate
    return Outcome(result.status, result.media, seconds, take.fit_ratio, result.message)
