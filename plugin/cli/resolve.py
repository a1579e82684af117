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


@resolve.command()
def report(
    answers: Annotated[
        Path | None,
        typer.Argument(metavar="[ANSWERS]", help="The filled-in checklist; without it, an empty one is made."),
    ] = None,
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FILE")] = Path("framevox-resolve.txt"),
    console: Annotated[
        Path | None, typer.Option("--console", metavar="FILE", help="What Resolve's console showed, as text.")
    ] = None,
) -> None:
    """Collect what was seen in a real Resolve into one file to send: versions, answers and logs, no private data.

    First without ANSWERS: FILE is then the checklist of docs/resolve.md to fill in.
    """
    from framevox.engine_daemon.client.disk import write_file
    from framevox.engine_daemon.protocol.connection import Home
    from framevox.engine_daemon.protocol.errors import InputError
    from framevox.plugin.host import state
    from framevox.plugin.resolve import report as reports

    state.HOST = "resolve"

    def read(path: Path) -> str:
        try:
            return path.read_text("utf-8", "replace")
        except OSError as error:
            raise InputError(f"cannot read {path} ({error.strerror}): name the file that you filled in") from None

    if out.exists():
        raise InputError(f"{out} is there already: name another file with -o")
    if answers is None:
        write_file(out, reports.form().encode())
        print(f"{out} is the checklist: fill it in, then run framevox resolve report {out} -o report.txt")
        return
    given = reports.answers_in(read(answers))
    if not given:
        raise InputError(f"{answers} has no answers: write one behind a number, as in “3: yes”")
    log = Home.find().log
    text = reports.report(given, read(console) if console else "", read(log) if log.is_file() else "")
    write_file(out, text.encode())
    print(f"{out}: {len(given)} answers; read it before you send it")
