"""Voice from Clip: a part of a sound file becomes a voice in the folder of voices."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from framevox.engine_daemon.client import Client, which_engine
from framevox.engine_daemon.client.disk import write_new
from framevox.engine_daemon.protocol.connection import Home, private_folder
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.plugin.resolve.helper.spoken_lines import is_default_track

_CLONES = "indextts2"


def enrol(file: Path, start: Fraction, duration: Fraction, name: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Cuts ``duration`` seconds from ``start`` out of ``file`` and keeps them as the voice ``name``.

    Returns the answer to the host. Raises InputError for a name that is taken or says nobody's, and for sound that
    cannot be a voice; DiskError.
    """
    from framevox.engine_daemon.audio.clips import SUFFIX, cut_clip, voice_name

    if is_default_track(name):
        raise InputError(f"a voice cannot be called {name!r}, which is nobody's name: name the track after who speaks")
    name = voice_name(name)
    folder = Home.find().voices
    if folder.is_dir() and any(path.stem.lower() == name.lower() for path in folder.iterdir()):
        raise InputError(f"there is a voice “{name}” already: choose another name, or delete its file in {folder}")
    sound, seconds = cut_clip(file, start, duration)
    private_folder(folder)
    path = folder / f"{name}{SUFFIX}"
    write_new(path, sound)
    return {"name": name, "file": str(path), "seconds": seconds, "message": _how_to_speak_with(name, say)}


def _how_to_speak_with(name: str, say: Callable[[str], None]) -> str:
    """What to do so that the voice ``name``, a clip, can speak; empty where nothing is."""
    engine, clones = _running_engine(), False
    if engine is None:
        choice = which_engine(say=say)
        engine, clones = choice["engine"], choice["clones"]
    if clones or engine == _CLONES:
        return ""
    return (
        f"the engine {engine} does not clone: “{name}” will be an approximate voice, the nearest that it can make; to "
        f"clone it, run `framevox stop` and then `framevox serve --engine {_CLONES}` in a terminal"
    )


def _running_engine() -> str | None:
    try:
        with Client.connect(start=False) as client:
            return str(client.status()["engine"])
    except DaemonError:
        return None
