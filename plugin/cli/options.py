"""Every option of the command line, defined once, and how its text becomes a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from framevox.engine_daemon.audio.delivery import parse_delivery
from framevox.engine_daemon.client.values import (
    parse_choice,
    parse_fit,
    parse_live_fit,
    parse_loudness,
    parse_positive,
    parse_sample_rate,
    parse_strength,
    parse_take_number,
)
from framevox.engine_daemon.protocol.cues import FORMATS, LANGUAGE_CHOICES, MAX_HANDLES, Fit, Output
from framevox.engine_daemon.protocol.emotion import EMOTIONS
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.sync import parse_point
from framevox.engine_daemon.protocol.timebase import Rate

Value = TypeVar("Value")

DEFAULT_FIT = Fit()
DEFAULT_OUTPUT = Output()


def _reader(parse: Callable[[str], Value]) -> Callable[[Any], Value]:
    """``parse`` as typer wants it: bad text is a usage error that names the option."""

    def read(value: Any) -> Value:
        # A default comes through here too, and is already a value.
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        try:
            return parse(value)
        except InputError as error:
            raise typer.BadParameter(str(error)) from None

    return read


def _option(*names: str, parse: Callable[[str], Any], metavar: str, help: str, default: str | None = None) -> Any:
    # Typer would show the value as Python writes it: 3/4 for 0.75.
    shown = help if default is None else f"{help} (default: {default})"
    return typer.Option(*names, parser=_reader(parse), metavar=metavar, help=shown, show_default=False)


def choice(name: str, choices: Sequence[str], *, default: str, help: str) -> Any:
    """An option that is one word of ``choices``."""
    return _option(name, parse=parse_choice(choices), metavar="|".join(choices), default=default, help=help)


VoiceOption = Annotated[
    list[str],
    typer.Option(
        "--voice",
        metavar="[CHARACTER=]VOICE",
        help="The voice for every line, or for one character; may be repeated. VOICE is a name, female or "
        "male, the path of a voice file or clip, or a blend such as zf_xiaobei:0.6+zf_xiaoxiao:0.4. Without it, each "
        "line gets the voice of its language.",
        show_default=False,
    ),
]
OneVoiceOption = Annotated[
    str,
    typer.Option(
        "--voice",
        metavar="VOICE",
        help="A name, female or male, the path of a voice file or clip, or a blend such as "
        "zf_xiaobei:0.6+zf_xiaoxiao:0.4. Without it, the voice of the line's language.",
        show_default=False,
    ),
]
SecondsOption = Annotated[
    Fraction | None,
    _option("--seconds", parse=parse_positive, metavar="S", help="The exact length in seconds."),
]
FramesOption = Annotated[
    int | None,
    typer.Option("--frames", metavar="N", min=1, help="The exact length in frames at --rate.", show_default=False),
]
HostOption = Annotated[
    str | None,
    _option(
        "--for",
        parse=parse_choice(("resolve",)),
        metavar="resolve",
        help="Write the timeline the way this program reads it: media in their own timecode, and files by their path.",
    ),
]
FitOption = Annotated[
    Fit,
    _option(
        "--fit",
        parse=parse_fit,
        metavar="fill|natural|ratio:X",
        default="fill",
        help="How speech fits its slot: all of it, at its own pace, or X times its natural length.",
    ),
]
LiveFitOption = Annotated[
    Fit,
    _option(
        "--fit",
        parse=parse_live_fit,
        metavar="natural|ratio:X",
        default="natural",
        help="The lines' pace: their own, or X times their natural length.",
    ),
]
MinRatioOption = Annotated[
    Fraction,
    _option(
        "--min-ratio",
        parse=parse_positive,
        metavar="X",
        default="0.75",
        help="The shortest a line may be spoken, as a share of its natural length.",
    ),
]
MaxRatioOption = Annotated[
    Fraction,
    _option(
        "--max-ratio",
        parse=parse_positive,
        metavar="X",
        default="1.35",
        help="The longest a line may be spoken, as a share of its natural length.",
    ),
]
HandlesOption = Annotated[
    int,
    typer.Option("--handles", metavar="FRAMES", min=0, max=MAX_HANDLES, help="Silence before and after each slot."),
]
SampleRateOption = Annotated[
    int,
    _option("--sample-rate", parse=parse_sample_rate, metavar="HZ", default="48000", help="The takes' sample rate."),
]
LanguageOption = Annotated[
    str,
    _option(
        "--language",
        parse=parse_choice(LANGUAGE_CHOICES),
        metavar="|".join(LANGUAGE_CHOICES),
        default="auto",
        help="The lines' language; auto reads each word as what it is written in, Latin letters as English.",
    ),
]
EmotionOption = Annotated[
    str,
    typer.Option(
        "--emotion",
        metavar="EMOTION",
        help=f"The lines' emotion: weights such as happy=0.6,sad=0.2 (of {', '.join(EMOTIONS)}), words such as 'sadly "
        "and slowly', @NAME for one that you added, or auto for what each line's own words say.",
        show_default=False,
    ),
]
EmotionVoiceOption = Annotated[
    str,
    typer.Option(
        "--emotion-voice",
        metavar="VOICE",
        help="A voice, or the path of a clip, whose emotion the lines take.",
        show_default=False,
    ),
]
EmotionStrengthOption = Annotated[
    float,
    _option(
        "--emotion-strength",
        parse=parse_strength,
        metavar="X",
        default="1",
        help="How much of the emotion is heard, 0 to 1.",
    ),
]
TakeNumberOption = Annotated[
    int,
    _option(
        "--take",
        parse=parse_take_number,
        metavar="N",
        default="1",
        help="Another delivery of the same lines; a number is the same delivery every time.",
    ),
]
SyncOption = Annotated[
    list[Any],
    typer.Option(
        "--sync",
        parser=_reader(parse_point),
        metavar="WORD@FRAME",
        help="Begin a word on a frame of --rate, counted from 0: now@42, or now#2@42 for the second “now”; may be "
        "repeated.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    str,
    _option(
        "--format", parse=parse_choice(FORMATS), metavar="|".join(FORMATS), default="wav", help="The files' format."
    ),
]
LoudnessOption = Annotated[
    Any,
    _option(
        "--loudness",
        parse=parse_loudness,
        metavar="LUFS|off",
        default="-23",
        help="The level of a voice's neutral speech, or off for the model's own.",
    ),
]
RateOption = Annotated[
    Rate | None,
    _option("--rate", parse=Rate.parse, metavar="R", help="The frame rate: 23.976, 25, '29.97 DF', ..."),
]
CaptionRateOption = Annotated[
    Rate | None,
    _option(
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
    _option(
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
MouthOption = Annotated[
    str,
    typer.Option(
        "--mouth",
        metavar="FILE.json|.tsv|.dat",
        help="Write mouth cues in Rhubarb Lip Sync's formats; of a timeline, with {character} in the name one for each "
        "character.",
        show_default=False,
    ),
]
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
    Path | None,
    typer.Option(
        "--subtitles",
        metavar="FILE",
        dir_okay=False,
        help="Write subtitles of what was spoken, each word when it is heard: .srt, .vtt, .ass or .ttml.",
        show_default=False,
    ),
]
SubtitleStyleOption = Annotated[
    str,
    _option(
        "--subtitle-style",
        parse=parse_choice(("netflix", "bbc", "plain")),
        metavar="netflix|bbc|plain",
        default="plain",
        help="Whose rules for line lengths, times on screen and gaps the subtitles follow.",
    ),
]
StemOption = Annotated[
    str,
    typer.Option(
        "--stem",
        metavar="FILE.wav",
        help="Write one continuous WAV as long as the timeline; with {character} in its name, one for each character.",
        show_default=False,
    ),
]
StemLoudnessOption = Annotated[
    Any,
    _option(
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
MediaDirOption = Annotated[
    Path | None,
    typer.Option(
        "--media-dir",
        metavar="DIR",
        file_okay=False,
        help="The takes' folder (default: beside OUT).",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object, and nothing else, on standard output.", show_default=False),
]
