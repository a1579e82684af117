"""``framevox emotion``: what a description means, and the emotions that a user keeps by name."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any

import typer

from framevox.engine_daemon.protocol.emotion import AUTO, EMOTIONS, MOST, Emotion, resolve_preset
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli.options import JsonOption

emotion = typer.Typer(no_args_is_help=True, help="Read emotions in words, and keep emotions by name.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The emotion's name, without the @.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Take the place of one that has the name.")]


@emotion.command()
def read(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words, weights, or @NAME.")],
    line: Annotated[
        bool, typer.Option("--line", help="TEXT is a line to speak: show what --emotion auto reads in it.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show the weights, the pace and the loudness that an emotion in words gives."""
    from framevox.engine_daemon.emotion.library import user_presets
    from framevox.engine_daemon.emotion.read import Reading, read_description, read_line_emotion

    said = ""
    if line:
        reading = read_line_emotion(text)
    else:
        written = resolve_preset(text, user_presets())
        if _clip(written):
            raise InputError(f"{text} is a clip: its emotion is heard by the engine, not read")
        parsed = Emotion.parse(written)
        if parsed.total > MOST:
            said = f"the emotion's weights add up to {parsed.total:g}: they were scaled down to 1"
        if parsed.description == AUTO:
            raise InputError("auto is read in a line: use --line with the line as TEXT")
        reading = (
            read_description(parsed.description) if parsed.weights is None else Reading(parsed.scaled().weights or ())
        )
    weights = dict(zip(EMOTIONS, reading.weights, strict=True))
    if json:
        _print_json({"weights": weights, "pace": reading.pace, "loudness": reading.loudness, "message": said})
        return
    for name, weight in sorted(weights.items(), key=lambda item: -item[1]):
        if weight:
            print(f"{name:<12}{weight:.2f}")
    if not any(weights.values()):
        print("no emotion: the voice's own tone")
    for name, value, words in (
        ("pace", reading.pace, ("slow", "fast")),
        ("loudness", reading.loudness, ("soft", "loud")),
    ):
        if value:
            print(f"{name:<12}{words[value > 0]} ({value:+.2f})")
    if said:
        print(said)


@emotion.command()
def add(
    name: NameArgument,
    what: Annotated[str, typer.Argument(metavar="EMOTION|CLIP", help="Weights, words, @NAME, or a clip's path.")],
    replace: ReplaceOption = False,
) -> None:
    """Keep an emotion by name: --emotion @NAME."""
    from framevox.engine_daemon.emotion.library import Preset, user_library

    path = Path(what).expanduser()
    preset = Preset(name, clip=_sound(path), suffix=path.suffix.lower()) if _clip(what) else Preset(name, what)
    user_library().add(preset, replace=replace)
    print(f"@{name}")


@emotion.command("list")
def show_all(json: JsonOption = False) -> None:
    """List the emotions kept by name."""
    from framevox.engine_daemon.emotion.library import user_library

    kept = [user_library().get(name) for name in user_library().names()]
    if json:
        _print_json({"emotions": [_about(preset) for preset in kept]})
        return
    for preset in kept:
        print(f"@{preset.name}  {preset.emotion or _clip_length(preset.clip)}")


@emotion.command()
def show(name: NameArgument, json: JsonOption = False) -> None:
    """Show one emotion kept by name."""
    from framevox.engine_daemon.emotion.library import user_library

    preset = user_library().get(name.removeprefix("@"))
    if json:
        _print_json(_about(preset))
        return
    print(preset.emotion or _clip_length(preset.clip))


@emotion.command()
def remove(name: NameArgument) -> None:
    """Forget an emotion kept by name. Takes that were made with it stay."""
    from framevox.engine_daemon.emotion.library import user_library

    user_library().remove(name.removeprefix("@"))


@emotion.command("export")
def export_one(name: NameArgument, out: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Write an emotion kept by name, with its clip, to one file."""
    from framevox.engine_daemon.client.disk import write_file
    from framevox.engine_daemon.emotion.library import exported, user_library

    write_file(out.absolute(), exported(user_library().get(name.removeprefix("@"))))
    print(out)


@emotion.command("import")
def import_one(
    source: Annotated[Path, typer.Argument(metavar="FILE")],
    replace: ReplaceOption = False,
) -> None:
    """Keep the emotion of an exported file."""
    from framevox.engine_daemon.emotion.library import imported, user_library

    preset = imported(source)
    if preset.clip:
        _check_sound(preset.clip, source)
    user_library().add(preset, replace=replace)
    print(f"@{preset.name}")


def _clip(written: str) -> bool:
    from framevox.engine_daemon.emotion.library import SUFFIXES

    return written.lower().endswith(SUFFIXES)


def _sound(path: Path) -> bytes:
    from framevox.engine_daemon.emotion.library import MAX_CLIP_BYTES

    try:
        with path.open("rb") as file:
            content = file.read(MAX_CLIP_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: the clip cannot be read ({error.strerror})") from None
    if len(content) <= MAX_CLIP_BYTES:  # a larger one is refused by the library, with its reason
        _check_sound(content, path)
    return content


def _check_sound(content: bytes, path: Path) -> None:
    """Raises InputError for what is no clip of a voice."""
    import soundfile

    from framevox.engine_daemon.audio.reference import check_clip

    try:
        wave, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise InputError(f"{path}: this is no sound that can be read ({error}): render the clip as WAV") from None
    try:
        check_clip(wave.mean(1), rate)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _clip_length(clip: bytes) -> str:
    import soundfile

    return f"a clip of {soundfile.info(io.BytesIO(clip)).duration:.1f} s"


def _about(preset: Any) -> dict[str, Any]:
    return {
        "name": preset.name,
        "emotion": preset.emotion or None,
        "clip": _clip_length(preset.clip) if preset.clip else None,
    }


def _print_json(value: Any) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False))
