"""What a daemon that lost its engine leaves for the next one: how often in a row that happened, and why.

A GPU whose process cannot use it any more ends the daemon, and clients start another. Without this note that could go
on for ever, and a daemon that finds no GPU any more could not tell lines for which one was promised from others.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.files import put_file, remove_file

MOST = 3
"""So many daemons in a row may lose an engine that has not spoken a line between."""


@dataclass(frozen=True)
class Losses:
    """``times`` in a row that ``engine`` was lost without having spoken a line since, and the last reason."""

    engine: str
    times: int
    why: str


def read_losses(home: Home) -> Losses | None:
    """Returns what earlier daemons left, None where all is well or the note cannot be read."""
    try:
        return msgspec.json.decode(_file(home).read_bytes(), type=Losses)
    except (OSError, msgspec.MsgspecError):
        return None


def add_loss(home: Home, engine: str, why: str) -> None:
    """Notes that the engine was lost. A note that cannot be written costs one more try."""
    before = read_losses(home)
    times = before.times if before is not None and before.engine == engine else 0
    with contextlib.suppress(OSError):
        put_file(_file(home), msgspec.json.encode(Losses(engine, times + 1, why)))


def forget_losses(home: Home) -> None:
    """Takes the note away: the engine has spoken, or a daemon ended as it should."""
    with contextlib.suppress(OSError):
        remove_file(_file(home))


def _file(home: Home) -> Path:
    return home.run / "lost.json"
