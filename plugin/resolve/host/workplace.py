"""Page, bin and locks: changed while takes are placed, noted in the journal first, and put back at the end."""

from __future__ import annotations

from typing import Any

from ...host.errors import HostError
from ...host.journal import Journal
from .gateway import Session, ask, maybe, patiently
from .scan import Track

BIN = "Framevox"


class Workplace:
    """Where takes are placed from: the Edit page, with the bin ``Framevox`` open."""

    def __init__(self, session: Session, journal: Journal) -> None:
        self._session = session
        self._journal = journal
        self._ours: Any = None
        self._ours_id = ""

    def enter(self) -> list[Any]:
        """Opens page and bin, and returns the bin's clips. Later calls open only the bin again, and return none."""
        session, pool = self._session, self._session.pool
        current = ask(ask(pool, "GetCurrentFolder"), "GetUniqueId")
        if self._ours is not None:
            if current != self._ours_id:  # the editor opened another meanwhile, which is put back at the end
                self._journal.note(bin=current)
                self._open()
            return []
        page = ask(session.resolve, "GetCurrentPage")
        self._journal.note(project=session.project_id, timeline=session.timeline_id, page=page, bin=current, locks=[])
        if page != "edit":
            ask(session.resolve, "OpenPage", "edit")  # clips cannot be deleted on the Fairlight page
        root = ask(pool, "GetRootFolder")
        ours = next((f for f in ask(root, "GetSubFolderList") if ask(f, "GetName") == BIN), None)
        self._ours = ours or ask(pool, "AddSubFolder", root, BIN)
        self._ours_id = ask(self._ours, "GetUniqueId")
        self._open()
        return list(ask(self._ours, "GetClipList"))

    def _open(self) -> None:
        if not ask(self._session.pool, "SetCurrentFolder", self._ours):
            raise HostError("Resolve does not open the bin “Framevox”: close its dialogs and run the entry again")

    def off_fairlight(self) -> None:
        """Opens the Edit page if the editor went to Fairlight meanwhile, where no clip can be deleted."""
        if ask(self._session.resolve, "GetCurrentPage") == "fairlight":
            self._journal.note(page="fairlight")
            ask(self._session.resolve, "OpenPage", "edit")

    def unlock(self, track: Track) -> None:
        """Unlocks one of our tracks until the end. The editor's own are never unlocked."""
        if track.locked:
            self._journal.note(locks=[*self._journal.entries.get("locks", []), track.name])
            ask(self._session.timeline, "SetTrackLock", "audio", track.index, False)
            track.locked = False

    def leave(self) -> list[str]:
        """Puts back what the journal names and the editor did not change. Returns the tracks that are locked again."""
        entries, session = self._journal.entries, self._session
        where, was, locks = entries.pop("bin", None), entries.pop("page", None), entries.pop("locks", [])
        if locks:
            waiting = set(locks)
            for index in range(1, int(patiently(session.timeline, "GetTrackCount", "audio") or 0) + 1):
                name = patiently(session.timeline, "GetTrackName", "audio", index)
                if name in waiting:
                    maybe(session.timeline, "SetTrackLock", "audio", index, True)
                    waiting.remove(name)
        current = patiently(session.pool, "GetCurrentFolder") if where else None
        if current is not None and maybe(current, "GetName") == BIN:
            folder = _find_bin(maybe(session.pool, "GetRootFolder"), where)
            if folder is not None:
                maybe(session.pool, "SetCurrentFolder", folder)
        if was and was != "edit" and patiently(session.resolve, "GetCurrentPage") == "edit":
            maybe(session.resolve, "OpenPage", was)
        self._ours = None
        return list(locks)


def _find_bin(folder: Any, wanted: str) -> Any:
    if folder is None or maybe(folder, "GetUniqueId") == wanted:
        return folder
    for child in maybe(folder, "GetSubFolderList") or []:
        found = _find_bin(child, wanted)
        if found is not None:
            return found
    return None
