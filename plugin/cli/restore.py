"""``framevox restore``: a filled timeline in, the same timeline with its placeholders as they were out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.sources import kind_of
from framevox.plugin.cli.fill import check_out, save_timeline

_LINES = {"subtitles": "a file of subtitles", "sheet": "a cue sheet", "dapt": "a script in DAPT", "script": "a script"}


def restore(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A timeline or project that framevox filled.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where the restored one goes; may be IN itself.")],
) -> None:
    """Put the placeholders of a filled timeline back as they were before. The takes' files stay.

    Ends with 2 where nothing in IN was filled; OUT is then as it was.
    """
    from framevox.engine_daemon.client.disk import make_folder
    from framevox.engine_daemon.client.outputs import writing
    from framevox.otio_adapters import load, warnings_said
    from framevox.otio_adapters import restore as restore_placeholders
    from framevox.otio_adapters.saving import written_for
    from framevox.plugin.cli.screen import Screen

    if kind := kind_of(source):
        raise InputError(
            f"{source} is {_LINES[kind]} and no timeline, so there are no takes to take off: name the timeline that "
            "framevox fill wrote"
        )
    check_out(out, source)
    screen = Screen()
    with warnings_said(lambda message: screen.say(f"note: {message}")):
        timeline = load(source)
        try:
            restored, count = restore_placeholders(timeline)
        except InputError as error:
            raise InputError(f"{source}: {error}: {_advice(source)}") from None
        make_folder(out.absolute().parent)
        with writing(written_for(out), f"framevox restore of {source.absolute()}"):
            save_timeline(restored, out, source)
    print(f"{count} placeholder{'s' if count != 1 else ''} restored.")
    print(f"Timeline: {out.absolute()}")


def _advice(source: Path) -> str:
    """What to do where nothing in a file was filled; what placeholders were is kept in another place for each kind."""
    from framevox.otio_adapters.formats import LOSSLESS, PROJECTS
    from framevox.otio_adapters.side_file import side_path

    if source.suffix.lower() in PROJECTS:
        return "name the project that framevox fill wrote, which has the takes on tracks called FV"
    side = side_path(source)
    if source.suffix.lower() in LOSSLESS or side.exists():
        return "name the timeline that framevox fill wrote"
    return (
        f"name the timeline that framevox fill wrote; of this format, what placeholders were is kept in {side.name} "
        "beside it, and there is none"
    )
