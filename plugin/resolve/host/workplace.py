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
        self._ours = ours or patiently(pool, "AddSubFolder", root, BIN)
        if self._ours is None:
            raise HostError(
                f"Resolve makes no bin “{BIN}”: unlock the media pool's bins if they are locked, close every dialog, "
                "and run the entry again"
            )
        self._ours_id = ask(self._ours, "GetUniqueId")
        self._open()
        return list(ask(self._ours, "GetClipList"))

    def _open(self) -> None:
        if not ask(self._session.pool, "SetCurrentFolder", self._ours):
            raise HostError(
                f"Resolve does not open the bin “{BIN}”: unlock the media pool's bins if they are locked, close every "
                "dialog, and run the entry again"
            )

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
        """Puts back what the journal names and the editor did not change. Returns the tracks that are locked again.

        What Resolve does not put back, as while a dialog is up, stays in the journal for the next run.
        """
        entries = self._journal.entries
        locks = list(entries.get("locks") or [])
        for key, put_back in (("locks", self._lock_again), ("bin", self._open_bin), ("page", self._open_page)):
            if entries.get(key) and put_back(entries[key]):
                del entries[key]
        self._ours = None
        return [name for name in locks if name not in entries.get("locks", ())]

    @property
    def is_left(self) -> bool:
        """Whether something is still to be put back."""
        return any(self._journal.entries.get(key) for key in ("locks", "bin", "page"))

    def _lock_again(self, names: list[str]) -> bool:
        timeline, waiting = self._session.timeline, set(names)
        count = patiently(timeline, "GetTrackCount", "audio")
        for index in range(1, int(count or 0) + 1):
            name = patiently(timeline, "GetTrackName", "audio", index)
            if name in waiting:
                maybe(timeline, "SetTrackLock", "audio", index, True)
                if not patiently(timeline, "GetIsTrackLocked", "audio", index):
                    return False
                waiting.remove(name)
        return count is not None

    def _open_bin(self, wanted: str) -> bool:
        pool = self._session.pool
        current = patiently(pool, "GetCurrentFolder")
        name = None if current is None else patiently(current, "GetName")
        if name is None:
            return False
        if name != BIN:
            return True  # the editor opened another
        root = patiently(pool, "GetRootFolder")
        if root is None:
            return False
        folder, complete = _find_bin(root, wanted)
        if folder is None:
            return complete  # the editor deleted it
        return bool(patiently(pool, "SetCurrentFolder", folder))

    def _open_page(self, wanted: str) -> bool:
        resolve = self._session.resolve
        current = patiently(resolve, "GetCurrentPage")
        if current is None or current != "edit" or wanted == "edit":
            return current is not None  # the editor opened another
        return bool(patiently(resolve, "OpenPage", wanted))


def _find_bin(folder: Any, wanted: str) -> tuple[Any, bool]:
    """The bin of an id at or below a folder, None if it is not found, and whether all of them answered."""
    found = patiently(folder, "GetUniqueId")
    if found == wanted:
        return folder, True
    below = patiently(folder, "GetSubFolderList")
    complete = found is not None and below is not None
    for child in below or []:
        bin_, answered = _find_bin(child, wanted)
        if bin_ is not None:
            return bin_, True
        complete = complete and answered
    return None, complete
