"""Cues, their takes, and what came of them, as a host knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class Cue:
    """One line: its slot in absolute timeline frames, and the key of its placeholder.

    ``take`` is its number, from 1. ``belongs`` is the slot that the file's name says, where it is not this one.
    """

    id: str
    key: str
    character: str
    start: int
    duration: int
    text: str = ""
    take: int = 1
    belongs: Optional[tuple[int, int]] = None

    @property
    def where(self) -> str:
        return f"{self.character or 'the line'} at frame {self.start}"


@dataclass(frozen=True)
class Take:
    """A file to be placed for a cue. ``head`` is the sample at which the slot begins in it."""

    cue: Cue
    path: str
    head: int
    sample_rate: int
    message: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    """All that the helper says of it (docs/bridge.md)."""


@dataclass
class Outcome:
    """What came of the takes, cue by cue."""

    placed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    checks: int = 0
    """How many clips were read back: start, duration and media of each."""
    seconds: float = 0.0
    """How long placing took, without waiting for speech."""
