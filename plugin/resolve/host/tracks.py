"""Audio tracks, those of ours foremost: ``FV ALICE`` for a character, ``FV ALICE 2`` where two of her clips overlap."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from typing import Any

from .cues import CueError
from .errors import HostError
from .files import Journal
from .gateway import Session, ask, maybe
from .scan import Item, Track, read_track
from .workplace import Workplace

PREFIX = "FV"
_LONGEST = 40


def track_name(character: str) -> str:
    """The name of a character's first track. A long one is cut, for Resolve might, and would not be found again."""
    name = " ".join(character.split()) or "Dialogue"
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 9].rstrip()} {hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
    return f"{PREFIX} {name}"


class Tracks:
    """What lies on each track, as it was last read or changed."""

    def __init__(self, session: Session, tracks: Collection[Track], journal: Journal, workplace: Workplace) -> None:
        self._session = session
        self._timeline = session.timeline
        self._journal = journal
        self._workplace = workplace
        self._tracks = {track.index: track for track in tracks}
        self._refused: set[str] = set()
        """Tracks that Resolve did not add."""

    def __getitem__(self, index: int) -> Track:
        return self._tracks[index]

    def locked_again(self, indexes: Collection[int]) -> None:
        for index in indexes:
            if index in self._tracks:
                self._tracks[index].locked = True

    def ours(self, item: Item) -> bool:
        return self._tracks[item.track].name.startswith(PREFIX + " ")

    def belongs(self, item: Item, character: str) -> bool:
        """Whether a clip lies on a track of a character."""
        return re.fullmatch(re.escape(track_name(character)) + r"( \d+)?", self._tracks[item.track].name) is not None

    def read(self, track: Track) -> None:
        """Reads a track again, in place: which clips are there, and all about those that were not read before."""
        fresh = read_track(self._timeline, track.index, None, {item.uid: item for item in track.items})
        track.name = fresh.name
        track.hold(fresh.items)

    def free(self, character: str, start: int, end: int, refused: Collection[int]) -> Track:
        """The first track of the character that is empty from ``start`` up to ``end``; a new one where none is."""
        base = track_name(character)
        layer = 1
        while True:
            name = base if layer == 1 else f"{base} {layer}"
            track = next((track for track in self._tracks.values() if track.name == name), None)
            if track is None:
                return self._add(name)
            if track.index not in refused and track.is_free(start, end):
                self._workplace.unlock(track)
                return track
            layer += 1

    def delete(self, item: Item) -> None:
        """Deletes a clip of ours. Raises CueError where Resolve does not."""
        track = self._tracks[item.track]
        self._workplace.unlock(track)
        for _ in range(2):  # was seen to fail, and then to work on an identical retry (trap 14)
            self._session.check()
            if maybe(self._timeline, "DeleteClips", [item.handle], False):
                break
        else:
            raise CueError("Resolve does not delete the old take: delete it by hand and run the entry again")
        track.hold([other for other in track.items if other is not item])

    def recover(self, left: dict[str, Any]) -> None:
        """Names the track that a run added and was killed before it had named it."""
        before = left.get("tracks")
        if isinstance(before, list) and before and len(self._tracks) == before[0] + 1:
            added = self._tracks[before[0] + 1]
            if not added.items and not added.name.startswith(PREFIX + " "):
                self._name(added.index, before[1])
                added.name = before[1]

    def _add(self, name: str) -> Track:
        if name in self._refused:
            raise CueError(
                f"Resolve adds no audio track for “{name}”: see whether the timeline has as many as it can have, or a "
                "dialog is open, and run the entry again"
            )
        self._session.check()
        before = int(ask(self._timeline, "GetTrackCount", "audio"))
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
