"""Audio tracks, and above all ours: ``FV ALICE`` for a character, ``FV ALICE 2`` where two of her clips overlap."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from typing import Any, Optional

from ...host.errors import CueError, HostError
from ...host.journal import Journal
from ...host.take_files import file_of
from .gateway import Session, ask, maybe, patiently
from .scan import Item, Track, exact, length_of, read_track
from .workplace import Workplace

PREFIX = "FV"
_LONGEST = 40


def track_name(character: str) -> str:
    """Returns the name of a character's first track. A long one is cut, or Resolve might cut it."""
    name = " ".join(character.split()) or "Dialogue"
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 9].rstrip()} {hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
    return f"{PREFIX} {name}"


class Tracks:
    """What lies on each track, as it was last read or changed.

    Resolve knows a track by its index, which changes when the editor adds or removes another. Our tracks are known by
    their names, which are checked before an index is used.
    """

    def __init__(self, session: Session, tracks: Collection[Track], journal: Journal, workplace: Workplace) -> None:
        self._session = session
        self._timeline = session.timeline
        self._journal = journal
        self._workplace = workplace
        self._tracks = {track.index: track for track in tracks}
        self._characters: set[str] = set()
        """The names of the first tracks of those who speak on this timeline."""
        self._refused: set[str] = set()
        """Names of tracks that Resolve did not add."""
        self._before = {item.uid for track in tracks for item in track.items}
        """The clips that were there when the run began."""

    def __getitem__(self, index: int) -> Track:
        return self._tracks[index]

    def named(self, name: str) -> Optional[Track]:
        return next((track for track in self._tracks.values() if track.name == name), None)

    def locked_again(self, names: Collection[str]) -> None:
        for name in names:
            track = self.named(name)
            if track is not None:
                track.locked = True

    def ours(self, item: Item) -> bool:
        track = self._tracks.get(item.track)
        return track is not None and _is_ours(track)

    def know(self, characters: Collection[str]) -> None:
        """Notes who speaks, so that ``FV GUARD 2`` is not a second track of GUARD where there is a GUARD 2."""
        self._characters = {track_name(character) for character in characters}

    def belongs(self, item: Item, character: str) -> bool:
        """Returns whether a clip lies on a track of a character."""
        name, base = self._tracks[item.track].name, track_name(character)
        if name != base and name in self._characters:
            return False
        return re.fullmatch(re.escape(base) + r"( \d+)?", name) is not None

    def check(self) -> None:
        """Reads the tracks again if the editor added, removed or renamed one."""
        same = int(ask(self._timeline, "GetTrackCount", "audio")) == len(self._tracks) and all(
            patiently(self._timeline, "GetTrackName", "audio", track.index) == track.name
            for track in self._tracks.values()
            if _is_ours(track)
        )
        if not same:
            self._refresh()

    def _refresh(self) -> None:
        known = {item.uid: item for track in self._tracks.values() for item in track.items}
        for item in known.values():
            item.track = 0  # on no track, unless it is found again
        self._tracks = {}
        for index in range(1, int(ask(self._timeline, "GetTrackCount", "audio")) + 1):
            self._tracks[index] = read_track(self._timeline, index, None, known)
            for item in self._tracks[index].items:
                item.track = index

    def read(self, name: str) -> list[Item]:
        """Reads a track again, and returns its clips. Clips that were read before are not asked about again."""
        track = self.named(name)
        if track is not None:
            fresh = read_track(self._timeline, track.index, None, {item.uid: item for item in track.items})
            if fresh.name == name:
                track.hold(fresh.items)
            else:
                self._refresh()
                track = self.named(name)
        return track.items if track is not None else []

    def present(self, names: Collection[str]) -> set[str]:
        """Returns the ids of all clips. Of the tracks ``names``, those whose number of clips changed are read again."""
        self.check()
        for name in names:
            track = self.named(name)
            if track is not None and len(ask(self._timeline, "GetItemListInTrack", "audio", track.index)) != len(
                track.items
            ):
                self.read(name)
        return {item.uid for track in self._tracks.values() for item in track.items}

    def strayed(self, path: str, start: int, name: str) -> list[Item]:
        """Returns new clips of a file that landed on another track, as the editor added or removed one just then."""
        return [
            item
            for track in self._tracks.values()
            if track.name != name
            for item in track.items
            if file_of(item.path) == file_of(path) and item.start == start and item.uid not in self._before
        ]

    def free(self, character: str, start: int, end: int, refused: Collection[str]) -> Track:
        """Returns the character's first track with nothing in [start, end), or a new one. Raises CueError."""
        base = track_name(character)
        layer = 1
        while True:
            name = base if layer == 1 else f"{base} {layer}"
            if layer > 1 and name in self._characters:
                layer += 1
                continue
            track = self.named(name)
            if track is None:
                return self._add(name)
            if name not in refused and track.is_free(start, end):
                self._workplace.unlock(track)
                return track
            layer += 1

    def delete(self, item: Item) -> bool:
        """Deletes one of our clips. Returns False and leaves it if the editor moved or trimmed it since it was read.

        Raises CueError if Resolve does not delete it.
        """
        start, duration = patiently(item.handle, "GetStart", True), patiently(item.handle, "GetDuration", True)
        if start is None or duration is None:
            raise CueError("Resolve does not say where the old take lies: run the entry again")
        now = exact(start), length_of(exact(duration), item)
        if now != (item.start, item.duration):
            item.start, item.duration = now
            return False
        track = self._tracks.get(item.track)
        if track is not None and track.locked and _is_ours(track):
            self.check()
            track = self._tracks.get(item.track)
            if track is not None:
                self._workplace.unlock(track)
        self._workplace.off_fairlight()
        for _ in range(2):  # sometimes fails, and works when tried again (trap 14)
            self._session.check()
            if maybe(self._timeline, "DeleteClips", [item.handle], False):
                break
        else:
            raise CueError("Resolve does not delete the old take: delete it by hand and run the entry again")
        if track is not None:
            track.hold([other for other in track.items if other is not item])
        return True

    def recover(self, left: dict[str, Any]) -> None:
        """Names the track that a killed run had added and not yet named."""
        before = left.get("tracks")
        if isinstance(before, list) and before and len(self._tracks) == before[0] + 1:
            added = self._tracks[before[0] + 1]
            if not added.items and not added.name.startswith(PREFIX + " "):
                self._name(added.index, before[1])
                added.name = before[1]

    def _add(self, name: str) -> Track:
        if name in self._refused:
            raise CueError(
                f"Resolve adds no audio track for “{name}”: check whether the timeline has as many as it can hold "
                "or a dialog is open, and run the entry again"
            )
        self._session.check()
        before = int(ask(self._timeline, "GetTrackCount", "audio"))
        if before != len(self._tracks):
            self._refresh()
        self._journal.note(tracks=[before, name])
        maybe(self._timeline, "AddTrack", "audio", "mono")
        count = int(ask(self._timeline, "GetTrackCount", "audio"))
        if count != before + 1:
            self._refused.add(name)
            return self._add(name)
        self._name(count, name)
        self._journal.note(tracks=None)
        self._tracks[count] = Track(count, name, False)
        return self._tracks[count]

    def _name(self, index: int, name: str) -> None:
        maybe(self._timeline, "SetTrackName", "audio", index, name)
        if ask(self._timeline, "GetTrackName", "audio", index) != name:
            raise HostError(f"Resolve does not name audio track {index}: name it “{name}” and run the entry again")


def _is_ours(track: Track) -> bool:
    return track.name.startswith(PREFIX + " ")
