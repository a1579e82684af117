"""Which clips are enabled: one take of several in a place, and the placeholders of lines that have no take."""

from __future__ import annotations

from typing import Any

from ...host.errors import CueError
from ...host.takes import Outcome, Take
from .gateway import Session, ask, maybe, patiently
from .placed_takes import PlacedTakes
from .scan import Item, Snapshot
from .underway import UnderWay


class Enabling:
    """Enables and disables clips, and with that finishes a cue: placed, or failed."""

    def __init__(
        self,
        session: Session,
        snapshot: Snapshot,
        takes: PlacedTakes,
        under_way: UnderWay,
        outcome: Outcome,
        settings: dict[str, Any],
    ) -> None:
        self._session = session
        self._behind = snapshot.behind
        self._takes = takes
        self._under_way = under_way
        self._outcome = outcome
        self._disables_captions = bool(settings["disable_captions"])
        self.silent: set[str] = set()
        """Cues whose earlier take was deleted or disabled in this run for another."""

    def use(self, item: Item) -> None:
        """Enables one take of those in a place and disables the others. Raises CueError where Resolve does not."""
        self._session.check()
        self._under_way.note(item.cue)
        for one in sorted(self._takes.beside(item), key=lambda one: one is not item):  # first sound, then silence
            wanted = one is item
            if ask(one.handle, "GetClipEnabled") is not wanted:
                patiently(one.handle, "SetClipEnabled", wanted)
                if ask(one.handle, "GetClipEnabled") is not wanted:
                    verb = "enable" if wanted else "disable"
                    raise CueError(f"Resolve does not {verb} take {one.number}: {verb} it by hand")
        self._under_way.finish(item.cue)

    def silence(self, item: Item) -> None:
        """Disables a take for another. Raises CueError where Resolve does not."""
        if maybe(item.handle, "GetClipEnabled") is False:
            return
        patiently(item.handle, "SetClipEnabled", False)
        if ask(item.handle, "GetClipEnabled"):
            raise CueError(
                f"Resolve does not disable its take at frame {int(item.start)}: unlock the track, or disable it by "
                "hand, and run the entry again"
            )
        self.silent.add(item.cue)

    def finish(self, take: Take) -> None:
        """The take is in its place: disables its placeholder, which is never deleted."""
        cue = take.cue
        self._under_way.finish(cue.id)
        placeholder = self._behind.get(cue.key)
        if placeholder is None or (placeholder.kind == "caption" and not self._disables_captions):
            return
        if placeholder.locked:
            self._outcome.notes[cue.id] = (
                "its placeholder is on a locked track and stays enabled: unlock the track and disable it by hand"
            )
            return
        if not _disable(placeholder.handle):
            self._outcome.notes[cue.id] = "Resolve does not disable its placeholder: disable it by hand"

    def hide(self, take: Take, item: Item) -> None:
        """Disables the placeholder of a take that was in place already, as where its track was locked until now."""
        placeholder = self._behind.get(take.cue.key)
        if placeholder is None or placeholder.locked or (placeholder.kind == "caption" and not self._disables_captions):
            return
        if maybe(placeholder.handle, "GetClipEnabled") and maybe(item.handle, "GetClipEnabled"):
            _disable(placeholder.handle)

    def fail(self, take: Take, message: str) -> None:
        """The take cannot be placed: enables the placeholder again if the line has no take any more."""
        cue = take.cue
        self._outcome.failed[cue.id] = message
        self._under_way.give_up(cue.id)
        placeholder = self._behind.get(cue.key)
        if cue.id not in self.silent or placeholder is None or placeholder.locked:
            return
        if any(maybe(item.handle, "GetClipEnabled") for item in self._takes.of(cue.id)):
            return
        # A clip with media is a placeholder only while it is disabled.
        if placeholder.kind == "caption" or maybe(placeholder.handle, "GetMediaPoolItem") is None:
            patiently(placeholder.handle, "SetClipEnabled", True)


def _disable(handle: Any) -> bool:
    """Disables a clip. Returns whether it is; a call that answers nothing is made again."""
    patiently(handle, "SetClipEnabled", False)
    return patiently(handle, "GetClipEnabled") is False
