"""What hooks and the media linker are told: ``voice=jf_alpha fit=natural``, or the same as a mapping."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from framevox.engine_daemon.client.disk import slug
from framevox.engine_daemon.client.given_voices import VoiceFiles, read_given
from framevox.engine_daemon.client.values import (
    emotion_of,
    fit_within,
    loudness_target,
    parse_choice,
    parse_fit,
    parse_handles,
    parse_loudness,
    parse_positive,
    parse_sample_rate,
    parse_strength,
    parse_take_number,
)
from framevox.engine_daemon.emotion.library import user_presets
from framevox.engine_daemon.protocol.cues import FORMATS, LANGUAGE_CHOICES, Fit, Output
from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.filling import Settings

_FIT, _OUTPUT = Fit(), Output()
_ON = ("1", "true", "yes", "on")

_PARSERS: dict[str, Callable[[str], Any]] = {
    "fit": parse_fit,
    "min_ratio": parse_positive,
    "max_ratio": parse_positive,
    "handles": parse_handles,
    "sample_rate": parse_sample_rate,
    "media_dir": lambda text: Path(text).expanduser(),
    "language": parse_choice(LANGUAGE_CHOICES),
    "emotion": str,
    "emotion_voice": str,
    "emotion_strength": parse_strength,
    "take": parse_take_number,
    "format": parse_choice(FORMATS),
    "loudness": parse_loudness,
}
NAMES = ("voice", *_PARSERS)


def read_text(asked: Any) -> dict[str, Any]:
    """Arguments as a mapping gives them, or as text does; none for ``True`` and words such as ``yes``."""
    if isinstance(asked, Mapping):
        return dict(asked)
    text = str(asked).strip()
    if text.lower() in _ON or not text:
        return {}
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError(f"{text!r} cannot be read ({error}): write name=value, with quotes around spaces") from None
    given: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise InputError(f"{word!r} is no name=value: write 1, or settings such as voice=jf_alpha fit=natural")
        # Several voices are several arguments: voice=MEI=jf_alpha voice=jm_kumo.
        given[name] = [*given.get(name, []), value] if name == "voice" else value
    return given


def read_arguments(given: Mapping[str, Any]) -> tuple[Settings, Path | None]:
    """The settings that arguments ask for, and the folder for takes, None where none is named. Raises InputError."""
    for name in given:
        if name not in NAMES:
            raise InputError(f"{name!r} is no argument of Framevox: use one of {', '.join(NAMES)}")
    values = {name: _value(name, given[name]) for name in given if name != "voice"}
    files = VoiceFiles()
    fit = values.get("fit", Fit())
    output = Output(
        values.get("sample_rate", _OUTPUT.sample_rate),
        values.get("handles", _OUTPUT.handles),
        loudness_target(values["loudness"]) if "loudness" in values else _OUTPUT.loudness,
        values.get("format", _OUTPUT.format),
    )
    output.check()
    settings = Settings(
        voices=read_given(_voices(given.get("voice", [])), files, option="voice"),
        files=files,
        fit=fit_within(fit, values.get("min_ratio", _FIT.min_ratio), values.get("max_ratio", _FIT.max_ratio)),
        language=values.get("language", "auto"),
        emotion=emotion_of(
            values.get("emotion", ""),
            files.resolve(values.get("emotion_voice", ""), Path.cwd()),
            values.get("emotion_strength", 1.0),
            files,
            user_presets(),
        ),
        take_number=values.get("take", 1),
        output=output,
    )
    return settings, values.get("media_dir")


def default_media_dir(timeline_name: str) -> Path:
    """The folder for takes where none is named: a hook is not told where the timeline lies, so the current one."""
    return Path.cwd() / f"{slug(timeline_name) or 'timeline'}_media"


def _value(name: str, value: Any) -> Any:
    # Programs read -H fit=1 as a number before it gets here.
    try:
        return _PARSERS[name](str(value))
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def _voices(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{character}={voice}" if character else str(voice) for character, voice in value.items()]
    return [str(voice) for voice in value] if isinstance(value, (list, tuple)) else [str(value)]
