"""Progress where no window is allowed: a marker at each line, yellow until its take is in place, then green."""

from __future__ import annotations

from collections.abc import Iterable

from ...host.takes import Cue
from .gateway import Session, maybe
from .scan import MARK, Snapshot


class Markers:
    """Our markers. Frames with a marker of the editor get none, because a frame holds one (trap 16)."""

    def __init__(self, session: Session, snapshot: Snapshot) -> None:
        self._timeline = session.timeline
        self._snapshot = snapshot
        self._waiting: dict[str, Cue] = {}

    def wait_for(self, cues: Iterable[Cue]) -> None:
        """Puts a yellow marker at each cue's first frame."""
        where = {custom: offset for offset, custom in self._snapshot.marked.items()}
        for cue in cues:
            offset = cue.start - self._snapshot.start
            old = where.get(MARK + cue.id, offset)
            if old != offset and self._delete(cue):  # where the line was before it was moved
                del self._snapshot.marked[old]
            there = self._snapshot.marked.get(offset)
            if there is None and self._mark(cue, "Yellow"):
                self._snapshot.marked[offset] = MARK + cue.id
            if there in (None, MARK + cue.id):
                self._waiting[cue.id] = cue

    def turn(self, ids: Iterable[str]) -> None:
        """Turns the markers of these cues green."""
        for id_ in ids:
            cue = self._waiting.pop(id_, None)
            if cue is not None and self._delete(cue):
                self._mark(cue, "Green")

    def _delete(self, cue: Cue) -> bool:
        # Not by its frame: the editor may have put another marker there meanwhile.
        return bool(maybe(self._timeline, "DeleteMarkerByCustomData", MARK + cue.id))

    def _mark(self, cue: Cue, color: str) -> bool:
        offset = cue.start - self._snapshot.start
        return bool(maybe(self._timeline, "AddMarker", offset, color, "Framevox", cue.text[:200], 1, MARK + cue.id))
