"""How a daemon that starts in the background tells whoever started it how far it is.

The starter names a file in the run folder; the daemon adds lines of JSON to it, ``{"doing": text}`` while something
takes long, and at last ``{"serving": true}`` (``false``: another daemon serves) or ``{"failed": text}``. A file works
the same way on every system, where inherited pipes do not.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .connection import Home
from .files import remove_file

_STALE_SECONDS = 3600.0


@dataclass(frozen=True)
class StartReport:
    """The file at ``path``."""

    path: Path

    @classmethod
    def new(cls, home: Home) -> StartReport:
        """A report of a start that is about to begin; removes those that a killed process left."""
        for left in home.run.glob("start-*.jsonl"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                    left.unlink()
        return cls(home.run / f"start-{uuid.uuid4().hex}.jsonl")

    def add(self, **line: Any) -> None:
        """Adds a line; one that cannot be written is lost, and the starter notices when the process ends."""
        with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """Every whole line so far."""
        try:
            whole, _, _ = self.path.read_text("utf-8").rpartition("\n")
        except OSError:
            return []
        return [json.loads(line) for line in whole.splitlines()]

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            remove_file(self.path)
