"""The options for what is written beside OUT."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from framevox.engine_daemon.audio.delivery import parse_delivery
from framevox.engine_daemon.client.values import parse_choice
from framevox.plugin.cli.options import option

SheetOption = Annotated[
    Path | None,
    typer.Option(
        "--sheet",
        metavar="FILE",
        dir_okay=False,
        help="Write the cue sheet with the status, take, length and ratio of every cue in columns of its own; of "
        "another IN, a new sheet: .csv or .xlsx.",
        show_default=False,
    ),
]
SubtitlesOption = Annotated[
    list[Path],
    typer.Option(
        "--subtitles",
        metavar="FILE",
        dir_okay=False,
        help="Write subtitles of what was spoken, each word when it is heard: .srt, .vtt, .ass or .ttml; may be "
        "repeated.",
        show_default=False,
    ),
]
SubtitleStyleOption = Annotated[
    str,
    option(
        "--subtitle-style",
        parse=parse_choice(("netflix", "bbc", "plain")),
        metavar="netflix|bbc|plain",
        default="plain",
        help="Whose rules for line lengths, times on screen and gaps the subtitles follow.",
    ),
]
StemOption = Annotated[
    list[str],
    typer.Option(
        "--stem",
        metavar="FILE.wav",
        help="Write one continuous WAV as long as the timeline; with {character} in its name, one for each character; "
        "may be repeated.",
        show_default=False,
    ),
]
StemLoudnessOption = Annotated[
    Any,
    option(
        "--stem-loudness",
        parse=parse_delivery,
        metavar="netflix|ebu|atsc|LUFS",
        help="Bring stems to -27 LUFS of speech, -23 of the programme, -24 of speech, or LUFS of the programme.",
    ),
]
DuckingOption = Annotated[
    Path | None,
    typer.Option(
        "--ducking",
        metavar="FILE.csv",
        dir_okay=False,
        help="Write where somebody speaks, for music and effects that make room.",
        show_default=False,
    ),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        dir_okay=False,
        help="Write a page that shows, explains and plays every line.",
        show_default=False,
    ),
]
MouthOption = Annotated[
    str,
    typer.Option(
        "--mouth",
        metavar="FILE.json|.tsv|.dat",
        help="Write mouth cues in Rhubarb Lip Sync's formats.",
        show_default=False,
    ),
]
MouthsOption = Annotated[
    list[str],
    typer.Option(
        "--mouth",
        metavar="FILE.json|.tsv|.dat",
        help="Write mouth cues in Rhubarb Lip Sync's formats; with {character} in the name, one file for each "
        "character; may be repeated.",
        show_default=False,
    ),
]
