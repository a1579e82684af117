"""``framevox resolve install`` and ``uninstall``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AllUsers = Annotated[bool, typer.Option("--all-users", help="Resolve's folder for all users of this machine.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Another scripts folder.", show_default=False)
]

resolve = typer.Typer(no_args_is_help=True, help="Put the menu entries into DaVinci Resolve, or take them out.")


@resolve.command()
def install(all_users: AllUsers = False, folder: Folder = None) -> None:
    """Put the menu entries into Resolve: Workspace ▸ Scripts."""
    from framevox.plugin.resolve import install as resolve_install

    folder = folder or resolve_install.scripts_folder(all_users=all_users)
    for path in resolve_install.install(folder):
        print(path)
    print("Restart Resolve if it is running; the entries are in Workspace ▸ Scripts.")


@resolve.command()
def uninstall(all_users: AllUsers = False, folder: Folder = None) -> None:
    """Take the menu entries out of Resolve. Settings, takes and timelines stay."""
    from framevox.plugin.resolve import install as resolve_install

    removed = resolve_install.uninstall(folder or resolve_install.scripts_folder(all_users=all_users))
    for path in removed:
        print(path)
    print(f"{len(removed)} menu {'entry' if len(removed) == 1 else 'entries'} removed.")
