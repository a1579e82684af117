"""``framevox demo``: the example timeline, filled."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from framevox.plugin.cli.fill import fill_timeline, settings_of


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where it goes.", file_okay=False)] = Path(
        "framevox-demo"
    ),
) -> None:
    """Fill the example timeline: two characters, Chinese and English, 23.976 fps.

    A framevox.toml in DIR, and your own defaults, hold as they do for fill.
    """
    from framevox.engine_daemon.client.disk import make_folder, write_file
    from framevox.engine_daemon.project.film import Film
    from framevox.engine_daemon.project.options import Options

    make_folder(folder)
    kept = Options(Film.of(folder))
    source = folder / "example.otio"
    with as_file(files("framevox.plugin.cli") / "example.otio") as example:
        write_file(source, example.read_bytes())
    raise typer.Exit(fill_timeline(source, folder / "filled.otio", kept.value("media-dir"), settings_of(kept)))
