"""What a run shows: its state, and lines on the console."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator
from typing import Any

_CELLS = 30

Steps = Generator[None, None, Any]
"""A run, in steps so short that a window stays responsive."""


class Progress:
    """The state of a run, as it is shown. ``cancelled`` turns true when the editor cancels."""

    def __init__(self) -> None:
        self.cancelled = False
        self.done = 0
        self.total = 0
        self.line = "Reading the timeline"
        self.said: list[str] = []

    def say(self, text: str) -> None:
        """One sentence for the editor: on the console, and kept for a window."""
        self.said.append(text)
        show(f"Framevox: {text}")

    @property
    def bar(self) -> str:
        filled = _CELLS * self.done // self.total if self.total else 0
        return "█" * filled + "░" * (_CELLS - filled) + (f"  {self.done} of {self.total}" if self.total else "")


def show(text: str) -> None:
    """Writes a line to the console. A standard output that cannot be written to must not end a run."""
    with contextlib.suppress(Exception):
        try:
            print(text)
        except UnicodeEncodeError:
            encoding = getattr(sys.stdout, "encoding", None) or "ascii"
            print(text.encode(encoding, "replace").decode(encoding))
    with contextlib.suppress(Exception):
        sys.stdout.flush()


def run_in_console(steps: Steps, progress: Progress) -> None:
    """Runs to the end without a window, with what is being done on the console."""
    shown = ""
    for _ in steps:
        if progress.line != shown:
            shown = progress.line
            show(f"Framevox: {shown}" + (f" ({progress.done} of {progress.total} done)" if progress.total else ""))
