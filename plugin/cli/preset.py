"""``framevox preset``: who speaks live lines, and how, kept by name."""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framevox.engine_daemon.protocol.cues import Fit
from framevox.engine_daemon.protocol.errors import InputError
from framevox.plugin.cli import exits, options

if TYPE_CHECKING:
    from framevox.engine_daemon.project.live_presets import LivePreset

preset = typer.Typer(no_args_is_help=True, help="Keep voice, emotion and pace by name, for live lines.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The preset.", show_default=False)]

_NATURAL = Fit("natural")


@preset.command()
def add(
    context: typer.Context,
    name: NameArgument,
    voice: options.OneVoiceOption = "",
    language: options.LanguageOption = "auto",
    emotion: options.EmotionOption = "",
    emotion_voice: options.EmotionVoiceOption = "",
    emotion_strength: options.EmotionStrengthOption = 1.0,
    fit: options.LiveFitOption = _NATURAL,
    min_ratio: options.MinRatioOption = options.DEFAULT_FIT.min_ratio,
    max_ratio: options.MaxRatioOption = options.DEFAULT_FIT.max_ratio,
    take: options.TakeNumberOption = 1,
    loudness: options.LoudnessOption = options.DEFAULT_OUTPUT.loudness,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of one that has the name.")] = False,
) -> None:
    """Keep a preset, and speak a word with it, so that its first line need not wait: framevox live --preset NAME."""
    from framevox.engine_daemon.project.live_presets import LivePreset, user_presets
    from framevox.plugin.cli.live_cues import Preset
    from framevox.plugin.cli.live_session import warmed

    given: dict[str, Any] = {
        "voice": _whole_path(voice),
        "language": "" if language == "auto" else language,
        "emotion": emotion,
        "emotion_voice": _whole_path(emotion_voice),
        "emotion_strength": "" if emotion_strength == 1 else f"{emotion_strength:g}",
        "fit": "" if fit == _NATURAL else f"ratio:{fit.ratio}",
        "min_ratio": "" if min_ratio == options.DEFAULT_FIT.min_ratio else str(min_ratio),
        "max_ratio": "" if max_ratio == options.DEFAULT_FIT.max_ratio else str(max_ratio),
        "take": "" if take == 1 else str(take),
        "loudness": "" if loudness == options.DEFAULT_OUTPUT.loudness else str(loudness),
    }
    presets = user_presets()
    presets.check_free(name, replace=replace)
    kept = LivePreset(name=name, **given)
    warmed(Preset(kept))
    presets.add(kept, replace=replace)
    print(_sentence(kept))


@preset.command("list")
def show_all(json: options.JsonOption = False) -> None:
    """List the presets."""
    from framevox.engine_daemon.project.live_presets import user_presets

    presets = user_presets()
    kept = []
    for name in presets.names():
        try:
            kept.append(presets.get(name))
        except InputError as error:
            exits.complain(str(error))
    if json:
        _print_json({"presets": [_about(each) for each in kept]})
        return
    for each in kept:
        print(_sentence(each))


@preset.command()
def show(name: NameArgument, json: options.JsonOption = False) -> None:
    """Show one preset."""
    from framevox.engine_daemon.project.live_presets import user_presets

    kept = user_presets().get(name)
    if json:
        _print_json(_about(kept))
        return
    for key, value in kept.said().items():
        print(f"{key.replace('_', '-'):<17}{value}")


@preset.command()
def remove(name: NameArgument) -> None:
    """Forget a preset. What was spoken with it stays."""
    from framevox.engine_daemon.project.live_presets import user_presets

    user_presets().remove(name)


def _whole_path(voice: str) -> str:
    """A voice or blend with whole paths in it, so that it means the same from every folder."""
    path = Path(voice).expanduser()
    if ("/" in voice or "\\" in voice or "." in voice) and path.is_file():
        return str(path.absolute())
    name, colon, share = voice.partition(":")
    if "+" in voice:
        return "+".join(_whole_path(part) for part in voice.split("+"))
    return _whole_path(name) + colon + share if colon and share.replace(".", "").isdigit() else voice


def _sentence(kept: LivePreset) -> str:
    said = ", ".join(f"{key.replace('_', '-')} {value}" for key, value in kept.said().items())
    return f"{kept.name}: {said or 'the voice of each line, at its own pace'}"


def _about(kept: LivePreset) -> Mapping[str, Any]:
    return {"name": kept.name, **kept.said()}


def _print_json(value: Any) -> None:
    print(json_text.dumps(value, ensure_ascii=False))
