"""Voice from Clip: a part of a sound file becomes a voice of the user's own, as ``framevox voice add`` makes it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from framevox.engine_daemon.client import Client, which_engine
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.plugin.bridge.spoken_lines import is_default_track

_CLONES = "indextts2"


def enrol(
    file: Path,
    start: Fraction,
    duration: Fraction,
    name: str,
    consent: str,
    force: bool,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Makes the voice ``name`` out of ``duration`` seconds from ``start`` in ``file``.

    Returns the answer to the host: the voice, or, without ``force``, the ``faults`` of a clip that is not fit and the
    ``command`` that goes on all the same. Raises InputError for a name that is taken or says nobody's, and for sound
    that cannot be a voice; DiskError.
    """
    from framevox.engine_daemon.audio.enrolment import UnfitError
    from framevox.engine_daemon.client.voice_library import name_from
    from framevox.plugin.common.enrolling import add_voice

    if is_default_track(name):
        raise InputError(f"a voice cannot be called {name!r}, which is nobody's name: name the track after who speaks")
    name, end = name_from(name), start + duration
    try:
        own, made = add_voice(
            name, file, start, end, consent=consent, force=force, chosen_with="the timeline's in and out points"
        )
    except UnfitError as error:
        words = ["framevox", "voice", "add", name, str(file), "--from", _seconds(start), "--to", _seconds(end)]
        words += ["--consent", consent] if consent else []
        return {"name": name, "faults": [str(one) for one in error.findings], "command": _quoted([*words, "--force"])}
    notes = [str(one) for one in made.condition.findings]
    if not consent:
        keeps = f"`framevox voice consent {own.name} TEXT` keeps what the speaker agreed to"
        notes.append(f"no consent is recorded: {keeps}")
    return {
        "name": own.name,
        "file": str(own.clip),
        "seconds": float(made.seconds),
        "faults": [],
        "notes": notes + _how_to_speak_with(own.name, say),
    }


def _seconds(value: Fraction) -> str:
    """To the microsecond, which is less than a sample."""
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def _quoted(words: list[str]) -> str:
    """A command as the system's terminal takes it."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _how_to_speak_with(name: str, say: Callable[[str], None]) -> list[str]:
    """What to know of the engine that speaks with the voice ``name``, a clip; nothing where it clones."""
    engine, clones = _running_engine() or _next_engine(say)
    if clones:
        return []
    return [
        f"the engine {engine} does not clone: “{name}” will be an approximate voice, the nearest that it can make; to "
        f"clone it, run `framevox stop` and then `framevox serve --engine {_CLONES}` in a terminal"
    ]


def _running_engine() -> tuple[str, bool] | None:
    """The running daemon's engine, and whether it clones; None if no daemon runs."""
    try:
        with Client.connect(start=False) as client:
            status = client.status()
            return str(status["engine"]), bool(status["clones"])
    except DaemonError:
        return None


def _next_engine(say: Callable[[str], None]) -> tuple[str, bool]:
    """What a daemon that is started now would have."""
    choice = which_engine(say=say)
    return str(choice["engine"]), bool(choice["clones"])
