"""``framevox cast``: who speaks with which voice, and keeping it."""

from __future__ import annotations

import json as json_format
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framevox.engine_daemon.client.given_voices import VoiceFiles, read_given
from framevox.engine_daemon.project.file import NAME, change_project, project_file
from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.sources import SourceOptions, read_source
from framevox.plugin.cli import line_options, options
from framevox.plugin.cli.kept import options_of
from framevox.plugin.cli.notes import Notes
from framevox.plugin.cli.sources import source_options

if TYPE_CHECKING:
    from framevox.engine_daemon.project.casting import Member


def cast(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="TIMELINE", help="The timeline, as framevox fill reads it.")],
    voice: options.VoiceOption = [],  # noqa: B006
    language: options.LanguageOption = "auto",
    write: Annotated[
        bool, typer.Option("--write", help=f"Keep the cast in {NAME} beside TIMELINE.", show_default=False)
    ] = False,
    recast: Annotated[
        bool,
        typer.Option("--recast", help="Forget who was cast in earlier runs, and cast them again.", show_default=False),
    ] = False,
    rate: line_options.CaptionRateOption = None,
    reference: line_options.ReferenceOption = None,
    picture: line_options.PictureOption = None,
    start_timecode: line_options.StartTimecodeOption = "",
    offset: line_options.OffsetOption = "",
    length: line_options.LengthOption = "",
    columns: line_options.ColumnsOption = "",
    times: line_options.TimesOption = None,
    pause: line_options.PauseOption = "",
    json: options.JsonOption = False,
) -> None:
    """Show the cast of a timeline: every character, how much they say, their voice, and where it comes from.

    With --voice CHARACTER=VOICE another voice is tried; --write keeps it, so that fill uses it from then on. Who was
    cast keeps the voice in later runs, without --write too.
    """
    from framevox.otio_adapters import Settings, cast_of, find_placeholders, warnings_heard
    from framevox.otio_adapters.filling import daemon_voices
    from framevox.plugin.cli.screen import Screen

    screen = Screen()
    notes = Notes(screen.say)
    kept = options_of(context, source.absolute().parent)
    files = VoiceFiles()
    settings = Settings(
        voices=read_given(voice, files),
        files=files,
        language=kept.value("language", language),
        film=kept.film,
        stock=partial(daemon_voices, notes.told),
    )
    with warnings_heard(notes.warn):
        given = SourceOptions(rate, reference, start_timecode, offset, length, columns, times or "", pause, picture)
        timeline = read_source(source, source_options(kept, source, given))
        if recast and kept.film.record:
            kept.film.record.forget({placeholder.character for placeholder in find_placeholders(timeline)})
        try:
            found = cast_of(timeline, settings)
        except InputError as error:
            raise error if error.code != InputError.code else InputError(f"{source}: {error}") from None
    shown = [replace(member, voice=files.spec_as_written(member.voice)) for member in found]
    if json:
        answer = {"cast": [member.to_json() for member in shown], "notes": notes.to_json(find_placeholders(timeline))}
        sys.stdout.write(json_format.dumps(answer) + "\n")
    else:
        _print(shown)
    if write:
        path = project_file(source)
        voices = {
            member.character: rebased(
                member.voice, kept.film.defaults[-1].folder if member.why == "own defaults" else Path.cwd(), path.parent
            )
            for member in shown
            if member.character and member.why in ("asked for", "own defaults", "cast") and member.voice
        }
        changed = bool(voices) and change_project(path, "voices", voices)
        screen.say(f"{'Kept in' if changed else 'Nothing to change in'} {path}")


def rebased(voice: str, beside: Path, folder: Path) -> str:
    """A voice as it is written in a file in ``folder``, where its paths count from ``beside`` now."""
    parts = []
    for part in voice.split("+"):
        name, colon, share = part.partition(":")
        path = Path(name).expanduser()
        if not path.is_absolute() and (beside / path).is_file() and ("/" in name or path.suffix):
            path = Path(os.path.relpath((beside / path).absolute(), folder.absolute()))
            name = path.as_posix() if len(path.parts) > 1 else f"./{path}"
        parts.append(name + colon + share)
    return "+".join(parts)


def _print(members: Sequence[Member]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from framevox.plugin.cli.screen import printable, shortened

    console = Console(highlight=False)
    if not members:
        console.print("No placeholders: nobody speaks.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Character", "Lines", "Seconds", "Language", "Voice", "Why"):
        table.add_column(heading, justify="right" if heading in ("Lines", "Seconds") else "left")
    for member in members:
        table.add_row(
            Text(shortened(member.character, 40) or "(nobody)"),
            str(member.lines),
            f"{float(member.seconds):.1f}",
            member.language,
            Text(printable(member.voice) or "(the language's default)"),
            Text(member.why),
        )
    console.print(table)
