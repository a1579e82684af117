"""``framevox speak``: one line, to a file of exactly the length asked for."""

from __future__ import annotations

import sys
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from msgspec import structs

from framevox.engine_daemon.captions import Caption, read_caption
from framevox.engine_daemon.protocol.cues import FORMATS, Cue, Take
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate
from framevox.plugin.cli import exits, export_options, options, report
from framevox.plugin.cli.aigc import AigcOption
from framevox.plugin.cli.notes import Notes

DEFAULT_RATE = Rate(Fraction(24))
"""Where no rate is named: --seconds is then an exact fraction of its frames, and a breath of two frames is 83 ms."""


def speak(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What is said; - reads it from standard input.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="FILE", dir_okay=False, help="A .wav, .flac or .mp3 file.", show_default=False
        ),
    ],
    voice: options.OneVoiceOption = "",
    seconds: options.SecondsOption = None,
    frames: options.FramesOption = None,
    rate: options.RateOption = None,
    fit: options.FitOption = options.DEFAULT_FIT,
    min_ratio: options.MinRatioOption = options.DEFAULT_FIT.min_ratio,
    max_ratio: options.MaxRatioOption = options.DEFAULT_FIT.max_ratio,
    handles: options.HandlesOption = 0,
    sample_rate: options.SampleRateOption = options.DEFAULT_OUTPUT.sample_rate,
    language: options.LanguageOption = "auto",
    emotion: options.EmotionOption = "",
    emotion_voice: options.EmotionVoiceOption = "",
    emotion_strength: options.EmotionStrengthOption = 1.0,
    take: options.TakeNumberOption = 1,
    sync: options.SyncOption = [],  # noqa: B006 - typer's own idiom
    loudness: options.LoudnessOption = options.DEFAULT_OUTPUT.loudness,
    mouth: export_options.MouthOption = "",
    aigc: AigcOption = "",
    json: options.JsonOption = False,
) -> None:
    """Speak one line, to exactly --seconds or --frames, or at its own length.

    The file has --seconds times the sample rate samples (rounded to the nearest), or those of --frames at --rate.

    Options that you leave out are those of framevox.toml in the current folder, else of your own defaults, but for
    handles and format. A name in front (ALICE: ...) is the character, who has the same voice as in that folder's film.
    """
    from framevox.engine_daemon.client.disk import make_folder, write_media
    from framevox.engine_daemon.client.given_voices import VoiceFiles
    from framevox.engine_daemon.client.speaking import Line
    from framevox.engine_daemon.emotion.library import user_presets
    from framevox.engine_daemon.project.casting import CastLine, Source
    from framevox.engine_daemon.project.readings import with_readings
    from framevox.otio_adapters.filling import daemon_voices
    from framevox.plugin.cli.kept import options_of
    from framevox.plugin.cli.mouths import write_mouth
    from framevox.plugin.cli.screen import Screen
    from framevox.plugin.cli.session import speak as speak_lines
    from framevox.plugin.common.mouth import check_mouth_path

    form = out.suffix.lower().lstrip(".")
    if form not in FORMATS:
        raise InputError(f"-o {out}: the name must end in {', '.join('.' + known for known in FORMATS)}")
    if mouth:
        check_mouth_path(mouth)
    duration, at = slot(seconds, frames, rate)
    if sync and rate is None:
        raise InputError("--sync needs --rate: how many frames are a second?")
    notes = Notes()
    caption = read_line(_standard_input() if text == "-" else text, notes)
    screen, files, typed = Screen(each=False), VoiceFiles(), options_of(context, Path.cwd())
    cue = Cue(
        id="line",
        text=caption.text,
        character=caption.character,
        rate=at,
        start=0,
        duration=duration,
        language=typed.value("language", language),
        fit=typed.fit(),
        emotion=typed.emotion(files, typed.film.presets(user_presets())),
        take_number=typed.value("take", 1),
        sync=tuple(sync),
    )
    cue = with_readings(cue, typed.film.project.readings)
    cue.check()
    # Handles belong to a slot on a timeline: a file has them only where they are typed.
    output = typed.output(handles=handles, format=form, align=bool(mouth))
    asked = Source(default=files.resolve(voice, Path.cwd()))
    lines = [CastLine(cue.character, cue.text, cue.language)]
    [choice] = typed.film.cast(lines, partial(daemon_voices, notes.told), asked, files.resolve)
    line = Line(structs.replace(cue, voice=choice.voice), voice_option=choice.option)
    marking = typed.marking(notes.told)
    marking.check()
    make_folder(out.absolute().parent)

    def keep(cue: Cue, take: Take, content: bytes) -> Path:
        write_media(out.absolute(), marking.of(cue.text, take, content, out.name))
        return out.absolute()

    # A user who gave seconds is told of seconds: frames would be those of a rate of ours.
    results = speak_lines(screen, notes, [line], output, files, keep, frames=rate is not None)
    result = results[0]
    if result.message:
        exits.complain(f"{result.status}: {result.message}")
    if mouth and result.take is not None and (note := write_mouth(Path(mouth), result.take, at, out)):
        exits.complain(f"{mouth}: {note}")
        notes.keep(f"{mouth}: {note}")
    if json:
        report.print_json(results, output.sample_rate, notes)
    elif result.take is not None:
        length = result.take.media_samples
        print(f"{out}: {length} samples, {length / output.sample_rate:.3f} s at {output.sample_rate} Hz")
    raise typer.Exit(report.exit_code(results))


def read_line(text: str, notes: Notes) -> Caption:
    """The line without markup and without the name in front. Raises InputError where one voice cannot speak it."""
    caption = read_caption(text)
    if caption.different_speakers:
        raise InputError(f"{caption.different_speakers} speak in TEXT: speak each line with a command of its own")
    if caption.is_sound_only:
        raise InputError("TEXT describes a sound and says nothing: write the line outside of the brackets")
    if caption.left_out:
        left_out = f"left out, as it describes a sound: {', '.join(caption.left_out)}"
        exits.complain(left_out)
        notes.keep(left_out)
    return caption


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode().strip()
    except UnicodeDecodeError:
        raise InputError("standard input is not UTF-8 text: convert it first, as with iconv -t utf-8") from None


def slot(seconds: Fraction | None, frames: int | None, rate: Rate | None) -> tuple[Frames | None, Rate]:
    """The slot's length in frames (None for the line's own length) and their rate. Raises InputError.

    ``seconds`` times the rate is exact, so that ``edge`` rounds seconds times the sample rate, and nothing before.
    """
    if seconds is not None and frames is not None:
        raise InputError("--seconds and --frames both give the length: use one of them")
    if frames is not None and rate is None:
        raise InputError("--frames needs --rate: how many frames are a second?")
    at = rate or DEFAULT_RATE
    if seconds is not None:
        return seconds * at.fps, at
    return frames, at
