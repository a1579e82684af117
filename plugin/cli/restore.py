"""``framevox restore``: a filled timeline in, the same timeline with its placeholders as they were out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli.fill import check_out, save_timeline


def restore(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A timeline that framevox filled: .otio or .otioz.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where the restored one goes; may be IN itself.")],
) -> None:
    """Put the placeholders of a filled timeline back as they were before. The takes' files stay.

    Ends with 2 where nothing in IN was filled; OUT is then as it was.
    """
    from framevox.engine_daemon.client.disk import make_folder
    from framevox.otio_adapters import load, warnings_said
    from framevox.otio_adapters import restore as restore_placeholders
    from framevox.plugin.cli.screen import Screen

    check_out(out, source)
    screen = Screen()
    with warnings_said(lambda message: screen.say(f"note: {message}")):
        timeline = load(source)
        try:
            restored, count = restore_placeholders(timeline)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
        make_folder(out.absolute().parent)
        save_timeline(restored, out, source)
    print(f"{count} placeholder{'s' if count != 1 else ''} restored.")
    print(f"Timeline: {out.absolute()}")
