"""What the user typed, and what the files of a film keep beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import Options


def options_of(context: typer.Context, folder: Path) -> Options:
    """The options of a command for the film in ``folder``. Raises InputError for a file that cannot be used."""
    typed: dict[str, Any] = {}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name) if parameter.name else None
        if source is not None and source.name not in ("DEFAULT", "DEFAULT_MAP"):
            typed |= {option.lstrip("-"): context.params[parameter.name] for option in parameter.opts}
    return Options(Film.of(folder), typed)
