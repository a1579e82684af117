"""What the adapters for subtitles, cue sheets, DAPT and scripts do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import Options
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.formats import timelines_in
from framevox.otio_adapters.metadata import warnings_said
from framevox.otio_adapters.sources import SourceOptions, kind_of, read_source

from .work import FramevoxPluginError, note

_KEPT = ("columns", "times", "pause")
PLACING = ("rate", "reference", "picture", "start_timecode", "offset", "length", *_KEPT)
"""The arguments of the adapters: the options of ``framevox fill`` for files of lines, with underscores."""


def read(filepath: str, arguments: Mapping[str, Any]) -> otio.schema.Timeline:
    """The timeline that a file of lines makes. A script's lines are measured by the daemon, in the voices that further
    arguments name as they do for ``framevox_fill``. Raises FramevoxPluginError."""
    path = Path(filepath)
    try:
        kept = Options(Film.of(path.absolute().parent))
        given = {key: kept.value(key, "") for key in _KEPT}
        given |= {key: _text(value) for key, value in arguments.items() if key in PLACING}
        others = {key: value for key, value in arguments.items() if key not in PLACING}
        if others and kind_of(path) != "script":
            raise InputError(f"{min(others)!r} is no argument of this adapter: use {', '.join(PLACING)}")
        rate = given.pop("rate", None)
        files: dict[str, Any] = {key: Path(given.pop(key)) for key in ("reference", "picture") if given.get(key)}
        options = SourceOptions(Rate.parse(rate) if rate else None, **files, **given)
        with warnings_said(note):
            return read_source(path, options, partial(_measure, others))
    except FramevoxError as error:
        raise FramevoxPluginError(str(error)) from error


def _text(value: Any) -> str:
    """An argument as it would be typed: ``otioconvert -a pause=0.5,2`` gives two numbers."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def write(timeline: Any, filepath: str) -> None:
    """Writes a timeline as a cue sheet or a DAPT script. Raises FramevoxPluginError."""
    from framevox.engine_daemon.client.disk import write_file
    from framevox.otio_adapters.dapt.writing import dapt_of
    from framevox.otio_adapters.sheets import SUFFIXES
    from framevox.otio_adapters.sheets.from_timeline import sheet_of

    path = Path(filepath)
    try:
        timelines = list(timelines_in(timeline))
        if len(timelines) != 1:
            raise InputError(f"{path} holds one timeline, and there are {len(timelines)}: write each on its own")
        is_sheet = path.suffix.lower() in SUFFIXES
        write_file(path, sheet_of(timelines[0], path) if is_sheet else dapt_of(timelines[0]))
    except FramevoxError as error:
        raise FramevoxPluginError(str(error)) from error


def _measure(settings: Mapping[str, Any], timeline: otio.schema.Timeline) -> Sequence[int]:
    from framevox.otio_adapters.filling import speak
    from framevox.otio_adapters.scripts.measuring import natural_lengths, settings_for_scripts

    from .arguments import read_arguments

    found, _ = read_arguments(settings)
    return natural_lengths(timeline, settings_for_scripts(found), Path.cwd(), speak)
