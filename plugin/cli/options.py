"""The options that say how lines are spoken, each defined once, and how the text of any option becomes a value.

Those for files of lines are in ``line_options``, those for what is written beside OUT in ``export_options``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

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


def reader(parse: Callable[[str], Value]) -> Callable[[Any], Value]:
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


def option(*names: str, parse: Callable[[str], Any], metavar: str, help: str, default: str | None = None) -> Any:
    # Typer would show the value as Python writes it: 3/4 for 0.75.
    shown = help if default is None else f"{help} (default: {default})"
    return typer.Option(*names, parser=reader(parse), metavar=metavar, help=shown, show_default=False)


def choice(name: str, choices: Sequence[str], *, default: str, help: str) -> Any:
    """An option that is one word of ``choices``."""
    return option(name, parse=parse_choice(choices), metavar="|".join(choices), default=default, help=help)


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
    option("--seconds", parse=parse_positive, metavar="S", help="The exact length in seconds."),
]
FramesOption = Annotated[
    int | None,
    typer.Option("--frames", metavar="N", min=1, help="The exact length in frames at --rate.", show_default=False),
]
HostOption = Annotated[
    str | None,
    option(
        "--for",
        parse=parse_choice(("resolve",)),
        metavar="resolve",
        help="Write the timeline the way this program reads it: media in their own timecode, and files by their path.",
    ),
]
FitOption = Annotated[
    Fit,
    option(
        "--fit",
        parse=parse_fit,
        metavar="fill|natural|ratio:X",
        default="fill",
        help="How speech fits its slot: all of it, at its own pace, or X times its natural length.",
    ),
]
LiveFitOption = Annotated[
    Fit,
    option(
        "--fit",
        parse=parse_live_fit,
        metavar="natural|ratio:X",
        default="natural",
        help="The lines' pace: their own, or X times their natural length.",
    ),
]
MinRatioOption = Annotated[
    Fraction,
    option(
        "--min-ratio",
        parse=parse_positive,
        metavar="X",
        default="0.75",
        help="The shortest a line may be spoken, as a share of its natural length.",
    ),
]
MaxRatioOption = Annotated[
    Fraction,
    option(
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
    option("--sample-rate", parse=parse_sample_rate, metavar="HZ", default="48000", help="The takes' sample rate."),
]
LanguageOption = Annotated[
    str,
    option(
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
    option(
        "--emotion-strength",
        parse=parse_strength,
        metavar="X",
        default="1",
        help="How much of the emotion is heard, 0 to 1.",
    ),
]
TakeNumberOption = Annotated[
    int,
    option(
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
        parser=reader(parse_point),
        metavar="WORD@FRAME",
        help="Begin a word on a frame of --rate, counted from 0: now@42, or now#2@42 for the second “now”; may be "
        "repeated.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    str,
    option(
        "--format", parse=parse_choice(FORMATS), metavar="|".join(FORMATS), default="wav", help="The files' format."
    ),
]
LoudnessOption = Annotated[
    Any,
    option(
        "--loudness",
        parse=parse_loudness,
        metavar="LUFS|off",
        default="-23",
        help="The level of a voice's neutral speech, or off for the model's own.",
    ),
]
RateOption = Annotated[
    Rate | None,
    option("--rate", parse=Rate.parse, metavar="R", help="The frame rate: 23.976, 25, '29.97 DF', ..."),
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
