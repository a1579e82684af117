"""The options for files of lines, with what ``framevox.toml`` keeps of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from framevox.engine_daemon.project.file import change_project, project_file
from framevox.engine_daemon.project.options import Options
from framevox.engine_daemon.protocol.errors import OptionError
from framevox.otio_adapters.sources import SourceOptions, kind_of
from framevox.plugin.cli import exits

_KEPT = {"sheet": ("columns", "times"), "script": ("pause",)}
"""Options that a project file may hold, by the kind of file that they are for."""
_MAPPED_ONCE = ("columns", "times")


def source_options(kept: Options, source: Path, typed: SourceOptions) -> SourceOptions:
    """The options for ``source``: those that were typed, else those that are kept. Raises InputError for one that says
    nothing of such a file."""
    from framevox.otio_adapters.scripts.pauses import parse_pauses
    from framevox.otio_adapters.sheets.headings import parse_columns

    kind = kind_of(source)
    found = {}
    for owner, names in _KEPT.items():
        for name in names:
            given = getattr(typed, name)
            if owner == kind:
                found[name] = kept.value(name, given)
            elif given:
                kinds = "cue sheets" if owner == "sheet" else "scripts"
                raise OptionError(f"--{name} is for {kinds}, and {source} is none: leave it out")
    with kept.naming("columns"):
        parse_columns(found.get("columns") or "")
    with kept.naming("pause"):
        parse_pauses(found.get("pause") or "")
    return replace(typed, **found)


def keep_columns(source: Path, typed: SourceOptions) -> None:
    """Keeps what was typed of a sheet's columns in the project file, so that they are mapped once. Raises
    ProjectError."""
    changes = {name: value for name in _MAPPED_ONCE if (value := getattr(typed, name))}
    path = project_file(source)
    if changes and change_project(path, "fill", changes):
        exits.say(f"Kept in {path}: {', '.join(changes)}")
