"""The options for files of lines (subtitles, cue sheets, DAPT, scripts): what such a file does not say itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framevox.engine_daemon.client.values import parse_choice
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.plugin.cli.options import option

CaptionRateOption = Annotated[
    Rate | None,
    option(
        "--rate",
        parse=Rate.parse,
        metavar="R",
        help="For subtitles, sheets, scripts and EDLs: the timeline's frame rate, 23.976, 25, '29.97 DF' (drop), ...",
    ),
]
ReferenceOption = Annotated[
    Path | None,
    typer.Option(
        "--reference",
        metavar="TIMELINE",
        dir_okay=True,
        help="For subtitles, sheets and scripts: a timeline with the same frame rate and start timecode.",
        show_default=False,
    ),
]
PictureOption = Annotated[
    Path | None,
    typer.Option(
        "--picture",
        metavar="MOVIE",
        dir_okay=False,
        help="For subtitles, sheets, scripts and EDLs: the movie whose frame rate, start timecode and length the "
        "timeline gets.",
        show_default=False,
    ),
]
StartTimecodeOption = Annotated[
    str,
    typer.Option(
        "--start-timecode",
        metavar="TC",
        help="For subtitles, sheets and scripts: the timecode of the timeline's first frame (default: 00:00:00:00).",
        show_default=False,
    ),
]
OffsetOption = Annotated[
    str,
    typer.Option(
        "--offset",
        metavar="[-]TC|FRAMES",
        help="For subtitles, sheets and scripts: how much later than in the file every line lies on the timeline.",
        show_default=False,
    ),
]
LengthOption = Annotated[
    str,
    typer.Option(
        "--length",
        metavar="TC|FRAMES",
        help="For subtitles, sheets and scripts: the timeline's whole length (default: up to the last line).",
        show_default=False,
    ),
]
ColumnsOption = Annotated[
    str,
    typer.Option(
        "--columns",
        metavar="ROLE=HEADING,...",
        help="For cue sheets: columns that are not recognised, by heading or letter: number, character, in, out, "
        "length, line, translation, transcription, notes, emotion, voice, language. Kept in framevox.toml.",
        show_default=False,
    ),
]
TimesOption = Annotated[
    str | None,
    option(
        "--times",
        parse=parse_choice(("frames", "seconds", "milliseconds")),
        metavar="frames|seconds|milliseconds",
        help="For cue sheets: what plain numbers in the columns of times count. Kept in framevox.toml.",
    ),
]
PauseOption = Annotated[
    str,
    typer.Option(
        "--pause",
        metavar="S[,S]",
        help="For scripts: seconds between two lines, and between two scenes (default: 0.5,2).",
        show_default=False,
    ),
]
