"""What a daemon that lost its engine leaves for the next one: how often in a row that happened, and why.

A GPU whose process cannot use it any more ends the daemon, and clients start another. Without this note that could go
on for ever, and a daemon that finds no GPU any more could not tell lines for which one was promised from others. A
process that dies at its work writes no note: while an engine loads or speaks there is a mark, which the next daemon
finds.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.files import put_file, remove_file

MOST = 3
"""So many daemons in a row may lose an engine that has not spoken a line between. Of those whose process died one more
may: a line that ends every process is given up after three, and is no fault of the engine's."""
DIED = "its process died while it was at work"


@dataclass(frozen=True)
class Losses:
    """``times`` in a row that ``engine`` was lost without having spoken a line since, and the last reason. ``card``
    says whether a card that failed was ever the reason, or processes just died."""

    engine: str
    times: int
    why: str
    card: bool = True

    @property
    def too_many(self) -> bool:
        """Whether the engine is not to be tried again."""
        return self.times >= (MOST if self.card else MOST + 1)


def read_losses(home: Home) -> Losses | None:
    """Returns what earlier daemons left, None where all is well or the note cannot be read."""
    try:
        return msgspec.json.decode(_file(home).read_bytes(), type=Losses)
    except (OSError, msgspec.MsgspecError):
        return None


def add_loss(home: Home, engine: str, why: str, card: bool = True) -> None:
    """Notes that the engine was lost. A note that cannot be written costs one more try."""
    before = read_losses(home)
    if before is None or before.engine != engine:
        before = Losses(engine, 0, "", card=False)
    with contextlib.suppress(OSError):
        put_file(_file(home), msgspec.json.encode(Losses(engine, before.times + 1, why, before.card or card)))


def forget_losses(home: Home) -> None:
    """Takes the note away: the engine has spoken, or a daemon ended as it should."""
    with contextlib.suppress(OSError):
        remove_file(_file(home))


def mark_work(home: Home, engine: str, at_work: bool) -> None:
    """Marks that this daemon's engine loads or speaks, or takes the mark away."""
    with contextlib.suppress(OSError):
        if at_work:
            put_file(_mark(home), engine.encode())
        else:
            remove_file(_mark(home))


def count_death(home: Home) -> None:
    """Counts an engine as lost whose daemon died at its work. To be asked before a daemon starts, while none lives."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        engine = _mark(home).read_bytes().decode()
        _mark(home).unlink()  # Whoever takes it away counts it.
        add_loss(home, engine, DIED, card=False)


def _file(home: Home) -> Path:
    return home.run / "lost.json"


def _mark(home: Home) -> Path:
    return home.run / "at-work"
