"""``framevox live``: lines from standard input, spoken as they come."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli import exits, options
from framevox.plugin.cli.aigc import AigcOption

PCM = ("s16le", "s24le", "f32le")


def live(
    preset: Annotated[str, typer.Option("--preset", metavar="NAME", help="Who speaks, and how: see framevox preset.")],
    out: Annotated[
        str,
        typer.Option(
            "-o",
            "--out",
            metavar="-|DIR",
            help="-: raw samples behind a line of JSON for each piece, on standard output. A folder: one WAV a line.",
            show_default=False,
        ),
    ] = "",
    device: Annotated[
        str,
        typer.Option(
            "--device", metavar="D", help="Play on this sound device: a name, a number, or default.", show_default=False
        ),
    ] = "",
    barge_in: Annotated[
        bool, typer.Option("--barge-in", help="Each line stops the one that is being spoken.", show_default=False)
    ] = False,
    sample_rate: options.SampleRateOption = options.DEFAULT_OUTPUT.sample_rate,
    pcm: Annotated[
        str,
        options.choice("--pcm", PCM, default="s16le", help="How samples are written with -o -."),
    ] = "s16le",
    aigc: AigcOption = "",
) -> None:
    """Speak lines from standard input as they come, each from its first piece on.

    A line is plain text, or a JSON object: {"text", "id", "language", "emotion", "emotion_strength", "fit", "take"}, or
    {"stop": true} to silence the one before it.
    """
    from framevox.engine_daemon.project.film import Film
    from framevox.engine_daemon.project.live_presets import user_presets
    from framevox.engine_daemon.project.options import Options
    from framevox.plugin.cli.live_cues import Preset
    from framevox.plugin.cli.live_session import LineReader, Talk, opened
    from framevox.plugin.cli.live_sinks import Device, Folder, Pipe, standard_output

    if bool(out) == bool(device):
        raise InputError("say where the sound goes: -o - for a pipe, -o DIR for a folder, or --device D")
    if aigc and (device or out == "-"):
        raise InputError("--aigc goes with -o DIR: raw sound holds no metadata")
    chosen = Preset(user_presets().get(preset))
    sink: Pipe | Folder | Device
    if device:
        sink = Device(device, sample_rate)
    elif out == "-":
        sink = Pipe(standard_output(), sample_rate, pcm)
    else:
        marking = Options(Film.of(Path.cwd()), {"aigc": aigc}).marking(exits.say)
        sink = Folder(Path(out).absolute(), marking)
    with opened(chosen, sample_rate) as session:
        if isinstance(sink, Device):
            sink.wake = session.wake
        talk = Talk(session, chosen, LineReader(sys.stdin.fileno()), sink, barge_in=barge_in)
        exits.say(f"Speaking with {preset}: a line of text, or of JSON, at a time; end with Ctrl-D")
        try:
            talk.run()
            sink.close()
        except BrokenPipeError:
            # Nothing more can be written, not even when Python flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            exits.complain("whoever read the sound is gone: run the command again for the lines that are left")
            raise typer.Exit(exits.FAILED) from None
        except KeyboardInterrupt:
            sink.abort()
            raise
    raise typer.Exit(exits.ATTENTION if talk.unspoken else exits.PLACED)
