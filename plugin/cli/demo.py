"""``framevox demo``: the example timeline, filled."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from framevox.plugin.cli.fill import fill_timeline


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where it goes.", file_okay=False)] = Path(
        "framevox-demo"
    ),
) -> None:
    """Fill the example timeline: two characters, Chinese and English, 23.976 fps."""
    from framevox.engine_daemon.client.disk import make_folder, write_file
    from framevox.otio_adapters import Settings

    make_folder(folder)
    source = folder / "example.otio"
    with as_file(files("framevox.plugin.cli") / "example.otio") as example:
        write_file(source, example.read_bytes())
    raise typer.Exit(fill_timeline(source, folder / "filled.otio", None, Settings()))
