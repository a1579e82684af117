"""Cues whose placing has begun and is not finished: in the journal first, so that the next run finishes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...host.journal import Journal
from .gateway import Session


class UnderWay:
    """The cues that are being placed. What is left of them at the end, or after a crash, stays in the journal."""

    def __init__(self, session: Session, journal: Journal) -> None:
        self._journal = journal
        self._where = {"project": session.project_id, "timeline": session.timeline_id}
        self._begun: set[str] = set()
        self._left: set[str] = set()

    def recover(self) -> dict[str, Any]:
        """Takes over the journal of a run that was killed on this timeline. Returns its entries, which may be none."""
        left = self._journal.left_behind()
        if any(left.get(key) != id_ for key, id_ in self._where.items()):
            return {}
        self._journal.entries = left
        self._left = set(left.get("placing", ()))
        self._begun = set(self._left)
        return left

    def was_left(self, cue: str) -> bool:
        """Returns whether an earlier run was killed while it placed this cue."""
        return cue in self._left

    def begin(self, cues: Iterable[str]) -> None:
        self._begun |= set(cues)
        self.note()

    def finish(self, cue: str) -> None:
        """A cue is placed, and its placeholder is as it has to be."""
        self._begun.discard(cue)
        self._left.discard(cue)

    def give_up(self, cue: str) -> None:
        """A cue cannot be placed in this run."""
        self._begun.discard(cue)

    def note(self, *also: str) -> None:
        """Writes the journal; ``also`` are cues that only this write names."""
        self._journal.note(**self._where, placing=sorted(self._begun.union(also)))

    def close(self) -> None:
        """Removes the journal, unless something is left to be done or to be put back."""
        if self._begun or any(self._journal.entries.get(key) for key in ("locks", "bin", "page")):
            self.note()
        else:
            self._journal.close()
