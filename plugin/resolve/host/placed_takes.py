"""The takes that lie on the timeline: whose they are, which is in use, and which the editor moved.

The timeline itself is the record of what was done: a take's file name says which cue it is, and at which frame and for
how long it was placed (``files.TAKE_NAME``). A clip on one of our tracks that lies there, or where its placeholder is
now, is ours to replace. Any other was moved or trimmed by the editor and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Optional

from ...host.helper_process import Helper
from ...host.takes import Cue
from .frames import best_length
from .gateway import ask, maybe
from .scan import Item, Snapshot
from .tracks import Tracks
from .underway import UnderWay


class PlacedTakes:
    """The takes on the timeline, by cue, as they were last read or changed."""

    def __init__(self, snapshot: Snapshot, tracks: Tracks, under_way: UnderWay, helper: Helper) -> None:
        self._tracks = tracks
        self._under_way = under_way
        self._helper = helper
        self._rate = Fraction(*helper.rate(snapshot.rate))
        self._takes: dict[str, list[Item]] = {}
        for item in snapshot.takes():
            self.add(item)
        self._slots: dict[str, tuple[int, int]] = {}
        """First frame and length of each cue's slot, as its placeholder has it now."""

    def of(self, cue: str) -> list[Item]:
        """Returns every take of a cue."""
        return list(self._takes.get(cue, []))

    def all(self) -> list[Item]:
        return [item for items in self._takes.values() for item in items]

    def add(self, item: Item) -> None:
        self._takes.setdefault(item.cue, []).append(item)

    def remove(self, item: Item) -> None:
        self._takes[item.cue] = [one for one in self._takes[item.cue] if one is not item]

    def assign(self, cues: Iterable[Cue]) -> None:
        """Notes where the cues' placeholders are now, and gives a cue without a take those that lie on its slot.

        A caption that is imported again, or copied along with its take, has another id in Resolve, and would be spoken
        beside the take that is there. Given are takes on a track of the cue's character, of exactly its slot, whose own
        placeholder is gone, and copies.
        """
        by_id = {cue.id: cue for cue in cues}
        self._tracks.know({cue.character for cue in by_id.values()})
        self._slots = {cue.id: (cue.start, cue.duration) for cue in by_id.values()}
        bare: dict[int | Fraction, list[Cue]] = {}
        for cue in by_id.values():
            if cue.id not in self._takes:
                bare.setdefault(cue.start, []).append(cue)
        for item in self.all():
            own = by_id.get(item.cue)
            copied = own is not None and item.start != own.start and len(self._of_one_file(item)) > 1
            for cue in bare.get(item.start, ()) if own is None or copied else ():
                exact = item.duration in (cue.duration, self._reachable(item, cue.duration))
                if exact and self._tracks.belongs(item, cue.character):
                    self.remove(item)
                    item.adopted = cue.id
                    self.add(item)
                    break

    def _of_one_file(self, item: Item) -> list[Item]:
        return [one for one in self.of(item.cue) if one.path == item.path]

    def orphans(self, cues: Iterable[Cue]) -> list[Item]:
        """Returns the enabled takes that belong to none of the cues."""
        known = {cue.id for cue in cues}
        return [item for item in self.all() if item.cue not in known and _is_enabled(item)]

    def number(self, cue: Cue) -> int:
        """Returns which take of a cue is in use: an enabled one in its slot, else any enabled one, else the latest."""
        items = self.of(cue.id)
        if all(item.number == 1 for item in items):
            return 1
        enabled = [item for item in items if _is_enabled(item)]
        choice = [item for item in enabled if self.is_untouched(item)] or enabled or items
        return max(item.number for item in choice)

    def beside(self, item: Item) -> list[Item]:
        """Returns the takes of one cue that lie in the same place, ``item`` among them. One of them is enabled."""
        return [one for one in self.of(item.cue) if (one.start, one.duration) == (item.start, item.duration)]

    def in_use(self, item: Item) -> Item:
        """Returns the enabled one of the takes that lie where ``item`` does."""
        items = self.beside(item)
        return max([one for one in items if _is_enabled(one)] or items, key=lambda one: one.number)

    def is_moved(self, cue: Cue) -> bool:
        """Returns whether the editor moved or trimmed the take in use, and none is left where it was placed."""
        items = [item for item in self.of(cue.id) if item.number == cue.take]
        return bool(items) and not any(self.is_replaceable(item) for item in items)

    def is_replaceable(self, item: Item) -> bool:
        """Returns whether a take may be deleted for a new one: on one of our tracks, as it was placed."""
        return self._tracks.ours(item) and self.is_untouched(item)

    def is_untouched(self, item: Item) -> bool:
        return self.slot(item) is not None

    def slot(self, item: Item) -> Optional[tuple[int, int]]:
        """Returns the slot that a take lies on: the one it was placed for, or that of its placeholder now.

        None where the editor moved or trimmed it. A run that was killed may have left it at another length.
        """
        for start, duration in (item.meant, self._slots.get(item.cue, item.meant)):
            if item.start == start and (
                item.duration == duration
                or self._under_way.was_left(item.cue)
                or item.duration == self._reachable(item, duration)
            ):
                return start, duration
        return None

    def _reachable(self, item: Item, duration: int) -> int:
        """The longest length up to the slot's that Resolve can give this clip (trap 11)."""
        media = maybe(item.handle, "GetMediaPoolItem")
        if media is None:
            return duration
        fps = Fraction(*self._helper.rate(ask(media, "GetClipProperty", "FPS")))
        return best_length(duration, fps, self._rate)[1]


def _is_enabled(item: Item) -> bool:
    return bool(ask(item.handle, "GetClipEnabled"))
