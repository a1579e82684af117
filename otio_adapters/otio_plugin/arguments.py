"""What hooks and the media linker are told: ``voice=jf_alpha fit=natural``, or the same as a mapping."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framevox.engine_daemon.client.disk import slug
from framevox.engine_daemon.client.given_voices import VoiceFiles, read_given
from framevox.engine_daemon.client.launch import silent
from framevox.engine_daemon.emotion.library import user_presets
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import READERS, Options
from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.filling import Settings

_ON = ("1", "true", "yes", "on")

_ELSEWHERE = ("for", "subtitle-style", "columns", "times", "pause")
"""Options for what these plug-ins do not do; the last three are arguments of the adapters."""
_KEYS = {key.replace("-", "_"): key for key in READERS if key not in _ELSEWHERE}
"""Options of ``framevox fill``, by the names of the arguments."""
NAMES = ("voice", *_KEYS)


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
    """The settings that arguments ask for, and the folder for takes, None where none is named. Raises InputError.

    A plug-in is not told where the timeline lies: its film is that of the current folder, where its takes go as well.
    """
    for name in given:
        if name not in NAMES:
            raise InputError(f"{name!r} is no argument of Framevox: use one of {', '.join(NAMES)}")
    film = Film.of(Path.cwd())
    options = Options(film, {_KEYS[name]: _value(name, given[name]) for name in given if name != "voice"})
    files = VoiceFiles()
    presets = film.presets(user_presets())
    settings = Settings(
        voices=read_given(_voices(given.get("voice", [])), files, option="voice"),
        files=files,
        fit=options.fit(),
        language=options.value("language", "auto"),
        emotion=options.emotion(files, presets),
        presets=presets,
        take_number=options.value("take", 1),
        output=options.output(),
        film=film,
        marking=options.marking(silent),
    )
    return settings, options.value("media-dir")


def default_media_dir(timeline_name: str) -> Path:
    """The folder for takes where none is named: a hook is not told where the timeline lies, so the current one."""
    return Path.cwd() / f"{slug(timeline_name) or 'timeline'}_media"


def _value(name: str, value: Any) -> Any:
    # Programs read -H fit=1 as a number before it gets here.
    try:
        return READERS[_KEYS[name]](str(value))
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def _voices(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{character}={voice}" if character else str(voice) for character, voice in value.items()]
    return [str(voice) for voice in value] if isinstance(value, (list, tuple)) else [str(value)]
