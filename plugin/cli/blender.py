"""``framevox blender install``, ``build`` and ``uninstall``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="DIR",
        help="Another folder of extensions, such as ~/.config/blender/5.0/extensions.",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option("-o", "--output", metavar="ZIP", help="The zip file.", show_default=False)]

blender = typer.Typer(no_args_is_help=True, help="Put the extension into Blender, or take it out.")


@blender.command()
def install(folder: Folder = None) -> None:
    """Put the extension into every Blender from 4.5 on that you have started."""
    from framevox.plugin.blender import building

    for path in building.install([folder] if folder else building.extension_folders()):
        print(path)
    print("Restart Blender if it is running, then switch Framevox on: Edit ▸ Preferences ▸ Add-ons.")


@blender.command()
def build(output: Out) -> None:
    """Make the extension's zip, for Blender's Install from Disk, on this machine or another."""
    from framevox.plugin.blender import building

    building.build(output)
    print(output)


@blender.command()
def uninstall(folder: Folder = None) -> None:
    """Take the extension out of Blender. Takes and scenes stay."""
    from framevox.plugin.blender import building

    removed = building.uninstall([folder] if folder else building.extension_folders())
    for path in removed:
        print(path)
    print(f"{len(removed)} {'extension' if len(removed) == 1 else 'extensions'} removed.")
