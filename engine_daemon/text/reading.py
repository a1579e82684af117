"""What a language's front end says of one word of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """``run[start:end]`` is a word; ``spoken`` and ``reading`` as in :class:`framevox.engine_daemon.text.line.Word`."""

    start: int
    end: int
    spoken: str
    reading: tuple[str, ...] = ()
