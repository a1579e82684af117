"""``framevox voice``: the user's own voices, made from clips."""

from __future__ import annotations

import json as json_text
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framevox.plugin.cli.exits import say

if TYPE_CHECKING:
    from framevox.engine_daemon.client.voice_library import OwnVoice, VoiceLibrary

voice = typer.Typer(no_args_is_help=True, help="Your own voices, made from clips.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The voice.", show_default=False)]
ForceOption = Annotated[bool, typer.Option("--force", help="Go on although the clip has faults.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _library() -> VoiceLibrary:
    from framevox.plugin.common.enrolling import own_voices

    return own_voices()


def seconds_of(text: str) -> Fraction:
    """A time in a recording: ``12.5`` seconds, ``1:02.5`` or ``1:00:02``. Raises typer.BadParameter."""
    parts = text.split(":")
    try:
        numbers = [Fraction(part) for part in parts]
        if len(numbers) > 3 or any(number < 0 for number in numbers) or any(n >= 60 for n in numbers[1:]):
            raise ValueError
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{text!r} is no time: write seconds (12.5) or minutes and seconds (1:02.5)") from None
    total = Fraction(0)
    for number in numbers:
        total = 60 * total + number
    return total


@voice.command()
def add(
    name: NameArgument,
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A recording of one speaker.", show_default=False)],
    from_: Annotated[str, typer.Option("--from", metavar="T", help="Where in it to begin.", show_default=False)] = "",
    to: Annotated[str, typer.Option("--to", metavar="T", help="Where in it to end.", show_default=False)] = "",
    consent: Annotated[
        str, typer.Option("--consent", metavar="TEXT", help="What the speaker agreed to.", show_default=False)
    ] = "",
    force: ForceOption = False,
) -> None:
    """Make a voice out of a recording, 5 to 15 s of one speaker. A long one gives its best stretch."""
    from framevox.plugin.common.enrolling import add_voice

    start, end = seconds_of(from_) if from_ else None, seconds_of(to) if to else None
    own, made = add_voice(name, clip, start, end, consent=consent, force=force)
    for finding in made.condition.findings:
        say(f"note: {finding}")
    print(f"{own.name}: {float(made.seconds):.1f} s of {clip.name}, from {float(made.start):.1f} s on")
    if not consent:
        say(f"note: no consent is recorded: `framevox voice consent {own.name} TEXT` keeps what the speaker agreed to")


@voice.command(name="list")
def list_(json: JsonOption = False) -> None:
    """List your voices."""
    voices = _library().voices()
    if json:
        print(json_text.dumps([_as_json(voice) for voice in voices], ensure_ascii=False, indent=2))
        return
    if not voices:
        say("there is no voice of your own yet: `framevox voice add NAME CLIP` makes one")
    for own in voices:
        about = own.record
        seconds = f"{about.measured.get('speech_seconds', 0):.1f} s of speech" if about else "no record"
        consent = "consent recorded" if about and about.consent else "no consent recorded"
        print(f"{own.name}  {seconds}, {consent}{f', from {about.source}' if about and about.source else ''}")


@voice.command()
def show(name: NameArgument, json: JsonOption = False) -> None:
    """Show what is known of a voice."""
    own = _library().find(name)
    if json:
        print(json_text.dumps(_as_json(own), ensure_ascii=False, indent=2))
        return
    print(f"{own.name}: {own.clip}")
    if own.record is None:
        print("no record: the clip was put there without `framevox voice add`")
        return
    about = own.record
    part = f", {about.part[0]} to {about.part[1]} s" if about.part else ""
    print(f"source: {about.source or 'unknown'}{part}")
    print(f"added: {about.added or 'unknown'}")
    print(f"consent: {about.consent or 'none recorded'}")
    for key, value in about.measured.items():
        print(f"{key.replace('_', ' ')}: {value:g}")
    for finding in about.findings:
        print(f"fault: {finding}")


@voice.command()
def rename(
    name: NameArgument, new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.", show_default=False)]
) -> None:
    """Give a voice another name. Timelines that name the old one have to be changed."""
    renamed = _library().rename(name, new)
    print(f"{name} is now {renamed.name}")


@voice.command()
def consent(
    name: NameArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the speaker agreed to.", show_default=False)],
) -> None:
    """Keep what the speaker of a voice agreed to."""
    print(f"{_library().consent(name, text).name}: consent recorded")


@voice.command()
def remove(name: NameArgument) -> None:
    """Remove a voice. Lines that name it can no longer be spoken; takes that are made stay."""
    _library().remove(name)
    print(f"{name} is removed")


@voice.command()
def export(
    name: NameArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="The file to write (default: NAME.fvoice).", show_default=False
        ),
    ] = None,
) -> None:
    """Write a voice as one file that `framevox voice import` reads on another computer."""
    from framevox.engine_daemon.client.disk import write_new
    from framevox.engine_daemon.client.voice_library import EXPORT_SUFFIX

    path = out or Path(f"{name}{EXPORT_SUFFIX}")
    library = _library()
    content = library.export(name)
    write_new(path, content)
    print(f"{name}: {path}, {len(content) / 1024:.0f} KiB")


@voice.command(name="import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `framevox voice export` wrote.", show_default=False)
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Another name for it.", show_default=False)] = "",
) -> None:
    """Add a voice that was exported. Its clip is checked again, and nothing in the file is run."""
    import msgspec

    from framevox.engine_daemon.audio.condition import condition
    from framevox.engine_daemon.audio.enrolment import encode, read_sound
    from framevox.engine_daemon.client.voice_library import read_export

    sound, record = read_export(file)
    wave, rate = read_sound(sound, f"{file.name}: clip.wav")
    checked = condition(wave, rate)
    for finding in checked.findings:
        say(f"note: {finding}")
    # Written anew: what else a WAV file can hold stays out.
    own = _library().add(
        encode(wave, rate),
        msgspec.structs.replace(
            record,
            name=name or record.name,
            measured=checked.measured,
            findings=[str(finding) for finding in checked.refused],
        ),
    )
    print(f"{own.name}: {len(wave) / rate:.1f} s, {'consent recorded' if record.consent else 'no consent recorded'}")


def _as_json(own: OwnVoice) -> dict[str, Any]:
    import msgspec

    about: dict[str, Any] = {"name": own.name, "clip": str(own.clip)}
    return about | ({"record": msgspec.to_builtins(own.record)} if own.record else {"record": None})
