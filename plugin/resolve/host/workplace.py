"""Page, bin and locks: changed on the way, written down before, and put back as the editor had them."""

from __future__ import annotations

from typing import Any

from .errors import HostError
from .files import Journal
from .gateway import Session, ask, maybe
from .scan import Track

BIN = "Framevox"


class Workplace:
    """Where takes are placed from: the Edit page, with the bin ``Framevox`` open."""

    def __init__(self, session: Session, journal: Journal) -> None:
        self._session = session
        self._journal = journal
        self._ready = False

    def enter(self) -> list[Any]:
        """Goes there, once, and returns the clips of the bin; none where it was gone to before."""
        if self._ready:
            return []
        session, pool = self._session, self._session.pool
        page, current = ask(session.resolve, "GetCurrentPage"), ask(pool, "GetCurrentFolder")
        self._journal.note(
            project=session.project_id,
            timeline=session.timeline_id,
            page=page,
            bin=ask(current, "GetUniqueId"),
            locks=[],
        )
        self._ready = True
        if page != "edit":
            ask(session.resolve, "OpenPage", "edit")  # clips cannot be deleted on the Fairlight page
        root = ask(pool, "GetRootFolder")
        ours = next((f for f in ask(root, "GetSubFolderList") if ask(f, "GetName") == BIN), None)
        ours = ours or ask(pool, "AddSubFolder", root, BIN)
        if not ask(pool, "SetCurrentFolder", ours):
            raise HostError("Resolve does not open the bin “Framevox”: close its dialogs and run the entry again")
        return list(ask(ours, "GetClipList"))

    def unlock(self, track: Track) -> None:
        """Unlocks a track of ours until the end. Tracks of the editor are never unlocked."""
        if track.locked:
            self._journal.note(locks=[*self._journal.entries.get("locks", []), track.index])
            ask(self._session.timeline, "SetTrackLock", "audio", track.index, False)
            track.locked = False

    def leave(self) -> list[int]:
        """Puts everything back that the journal says. Returns the tracks that were locked again."""
        entries, session = self._journal.entries, self._session
        locks = list(entries.get("locks", ()))
        for index in locks:
            maybe(session.timeline, "SetTrackLock", "audio", index, True)
        where = entries.get("bin")
        if where:
            folder = _find_bin(maybe(session.pool, "GetRootFolder"), where)
            if folder is not None:
                maybe(session.pool, "SetCurrentFolder", folder)
        if entries.get("page") and entries["page"] != maybe(session.resolve, "GetCurrentPage"):
            maybe(session.resolve, "OpenPage", entries["page"])
        self._ready = False
        return locks


def _find_bin(folder: Any, wanted: str) -> Any:
    if folder is None or maybe(folder, "GetUniqueId") == wanted:
        return folder
    for child in maybe(folder, "GetSubFolderList") or []:
        found = _find_bin(child, wanted)
        if found is not None:
            return found
    return None
