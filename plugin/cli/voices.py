"""``framevox voices``: what there is to speak with, and a sample of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framevox.engine_daemon.protocol.cues import FORMATS, LANGUAGE_CHOICES, Cue, Output, Take
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.plugin.cli import exits, options
from framevox.plugin.cli.aigc import AigcOption
from framevox.plugin.cli.notes import Notes

if TYPE_CHECKING:
    from framevox.engine_daemon.client.marking import Marking

SAMPLES = {
    "zh": "你好，这是我的声音。今天的故事，就从这里开始。",
    "en": "Hello, this is my voice. The story begins right here.",
    "ja": "こんにちは、これが私の声です。物語はここから始まります。",
    "ko": "안녕하세요, 이것이 제 목소리예요. 이야기는 여기서 시작돼요.",
    "es": "Hola, esta es mi voz. La historia empieza aquí mismo.",
    "fr-fr": "Bonjour, voici ma voix. L'histoire commence ici même.",
    "it": "Ciao, questa è la mia voce. La storia comincia proprio qui.",
    "pt-br": "Olá, esta é a minha voz. A história começa aqui mesmo.",
    "hi": "नमस्ते, यह मेरी आवाज़ है। कहानी यहीं से शुरू होती है।",
    "ar": "مرحبا، هذا صوتي. القصة تبدأ من هنا.",
}
"""What a voice says to be heard, in its own language."""


def voices(
    language: Annotated[
        str, typer.Option("--language", metavar="LANGUAGE", help="Only those of this language.", show_default=False)
    ] = "",
    play: Annotated[
        str, typer.Option("--play", metavar="VOICE", help="Speak a sample of this voice.", show_default=False)
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            dir_okay=False,
            help="With --play: write the sample to a .wav, .flac or .mp3 file instead.",
            show_default=False,
        ),
    ] = None,
    aigc: AigcOption = "",
    json: options.JsonOption = False,
) -> None:
    """List the voices: how each sounds, and how much of it was understood by a speech recogniser."""
    from framevox.engine_daemon.client import Client
    from framevox.engine_daemon.project.film import Film
    from framevox.engine_daemon.project.options import Options

    if language and language not in LANGUAGE_CHOICES[1:]:
        raise InputError(f"unknown language {language!r}: use one of {', '.join(LANGUAGE_CHOICES[1:])}")
    if out is not None and not play:
        raise InputError("-o goes with --play VOICE: name the voice whose sample is to be written")
    form = "wav" if out is None else out.suffix.lower().lstrip(".")
    if form not in FORMATS:
        raise InputError(f"-o {out}: the name must end in {', '.join('.' + known for known in FORMATS)}")
    if aigc and out is None:
        raise InputError("--aigc goes with -o FILE: sound that is only played holds no metadata")
    marking = None if out is None else Options(Film.of(Path.cwd()), {"aigc": aigc}).marking(exits.say)
    if marking is not None:
        marking.check()
    player = _player() if play and out is None else None
    notes = Notes()
    with Client.connect(say=notes.told) as client:
        known = client.voices()
    if play:
        _sample(play, language or _language_of(play, known), out, form, player, marking, notes)
        return
    found = of_language(known, language)
    if json:
        _print_json(found, notes)
    else:
        _print_table(found)


def of_language(known: Sequence[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """The voices that speak ``language``, all for none. Raises InputError naming the languages when none does."""
    found = [voice for voice in known if not language or language in voice["languages"]]
    if found or not language:
        return found
    spoken = sorted({spoken for voice in known for spoken in voice["languages"]})
    if not spoken:
        raise InputError("there is no voice yet: name a clip of 5 to 15 s with --voice")
    raise InputError(f"no voice speaks {language}: there are voices of {', '.join(spoken)}")


def _language_of(spec: str, known: Sequence[dict[str, Any]]) -> str:
    """The first language of the voice, or of the first one in a blend."""
    first = spec.split("+")[0].partition(":")[0].strip()
    return next((voice["languages"][0] for voice in known if voice["name"] == first), "en")


def _sample(
    spec: str, language: str, out: Path | None, form: str, player: Any, marking: Marking | None, notes: Notes
) -> None:
    from framevox.engine_daemon.client.disk import make_folder, write_media
    from framevox.engine_daemon.client.given_voices import VoiceFiles
    from framevox.engine_daemon.client.speaking import Line
    from framevox.plugin.cli.screen import Screen
    from framevox.plugin.cli.session import speak

    files = VoiceFiles()
    voice = files.resolve(spec, Path.cwd())
    cue = Cue("sample", SAMPLES[language], Rate(Fraction(24)), 0, None, voice=voice, language=language)
    cue.check()
    heard: list[bytes] = []

    def keep(cue: Cue, take: Take, content: bytes) -> Path:
        heard.append(content)
        if out is None or marking is None:
            return Path()
        make_folder(out.absolute().parent)
        write_media(out.absolute(), marking.of(cue.text, take, content, out.name))
        return out.absolute()

    [result] = speak(Screen(each=False), notes, [Line(cue, voice_option="--play")], Output(format=form), files, keep)
    if result.take is None:
        exits.complain(f"{spec}: {result.message}")
        raise typer.Exit(exits.ATTENTION)
    if out is None:
        _play(player, heard[0])
    else:
        print(f"{out}: {spec}, {result.take.media_samples / result.take.sample_rate:.1f} s")


def _player() -> Any:
    """The sounddevice module. Raises InputError where this machine cannot play, before anything is spoken."""
    try:
        import sounddevice
    except ImportError:
        raise InputError(
            "--play needs sounddevice: pip install 'framevox[play]', or write the sample to a file with -o FILE"
        ) from None
    except OSError as error:  # the module is there and PortAudio is not
        raise InputError(f"--play: {error}: install PortAudio, or write the sample to a file with -o FILE") from None
    return sounddevice


def _play(player: Any, content: bytes) -> None:
    import io

    import soundfile

    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    try:
        player.play(samples, rate)
        player.wait()
    except player.PortAudioError as error:
        raise InputError(f"--play: the sound cannot be played ({error}): write it to a file with -o FILE") from None


def _print_json(found: Sequence[dict[str, Any]], notes: Notes) -> None:
    print(json.dumps({"voices": list(found), "notes": notes.to_json()}, ensure_ascii=False))


def _print_table(found: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    widest = max((len(voice["name"]) for voice in found), default=0)
    table.add_column("Voice", min_width=widest)  # a name is copied, so it is never cut
    # Where there is one engine, it needs no saying.
    several = len({voice["engine"] for voice in found}) > 1
    headings = ("Languages", "Gender", "Default for", "How it sounds, how much of it was misheard")
    for heading in (*(("Engine",) if several else ()), *headings):
        table.add_column(heading)
    for voice in found:
        languages = "all" if len(voice["languages"]) == len(SAMPLES) else ", ".join(voice["languages"])
        default_for = ", ".join(voice.get("default_for", ()))
        engine = (voice["engine"],) if several else ()
        table.add_row(*map(Text, (voice["name"], *engine, languages, voice["gender"], default_for, voice["about"])))
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "\nWithout --voice, a line gets the default voice of its language; --voice female or male picks one of the two."
        "\nAny Kokoro voice file works too: --voice PATH. Blends: --voice zf_xiaobei:0.6+zf_xiaoxiao:0.4",
        soft_wrap=True,
    )
