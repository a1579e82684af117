"""What is under way on a timeline."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .state import state_folder, write_json


class Journal:
    """What is under way on a timeline, on disk before it is done, so that the next run there can recover from a crash.

    Keys: ``project`` and ``timeline`` (ids), ``page``, ``bin``, ``locks`` (names of audio tracks that were unlocked),
    ``tracks`` (how many there were before one is added), ``placing`` (cues whose placing is not finished).
    """

    def __init__(self, project: str, timeline: str) -> None:
        name = hashlib.sha256(f"{project}\n{timeline}".encode("utf-8", "replace")).hexdigest()[:16]
        self._path = state_folder() / f"journal-{name}.json"
        self.entries: dict[str, Any] = {}

    def left_behind(self) -> dict[str, Any]:
        """Returns what an earlier run did not finish; empty if it finished, or if the file cannot be used."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def note(self, **entries: Any) -> None:
        self.entries.update(entries)
        write_json(self._path, self.entries)

    def close(self) -> None:
        if self._path.exists():
            self._path.unlink()
