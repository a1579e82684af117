"""Reading back what was appended: by track, start, length and file. What is missing or wrong is placed again, alone."""

from __future__ import annotations

import time
from collections.abc import Iterable
from fractions import Fraction

from ...host.errors import CueError
from ...host.take_files import file_of
from ...host.takes import Outcome
from .appending import Appender, Clip
from .enabling import Enabling
from .gateway import Session
from .placed_takes import PlacedTakes
from .scan import Item
from .tracks import Tracks
from .underway import UnderWay

_UNREAD = 200
"""After how many clips the tracks are read; each time at least as many must have been added as were read before."""
_READ_SECONDS = 15.0
"""After how long they are read where clips come slowly."""
_ROUNDS = 6
_NOT_TAKEN = "Resolve takes no clip there: look for locked tracks and open dialogs, and run the entry again"


class Verifier:
    """Clips that were appended, until each was found in its place twice."""

    def __init__(
        self,
        session: Session,
        tracks: Tracks,
        takes: PlacedTakes,
        under_way: UnderWay,
        appender: Appender,
        enabling: Enabling,
        outcome: Outcome,
    ) -> None:
        self._session = session
        self._tracks = tracks
        self._takes = takes
        self._under_way = under_way
        self._appender = appender
        self._enabling = enabling
        self._outcome = outcome
        self._unread: list[Clip] = []
        self._found: list[tuple[Clip, Item]] = []
        """What was read back once."""
        self._read_count = 0
        self._read_at = time.monotonic()

    def add(self, clips: list[Clip]) -> None:
        """Takes over clips that were just appended."""
        self._unread += clips

    def read_if_due(self) -> None:
        """Reads the tracks where enough was appended since, or long enough ago."""
        new, late = len(self._unread), time.monotonic() - self._read_at > _READ_SECONDS
        if new >= max(_UNREAD, self._read_count) or (new and late):
            self._read_back()

    def finish(self) -> None:
        """Reads every track that got clips, looks a second time, and finishes each cue whose take is in its place."""
        self._read_back()
        for _ in range(_ROUNDS):
            gone = self._vanished()
            if not gone:
                break
            self._append_alone(gone)
            self._read_back()
        else:
            for clip in self._vanished():
                self._enabling.fail(clip.take, _NOT_TAKEN)
        found, self._found = self._found, []
        for clip, item in found:
            try:
                if clip.beside:
                    self._enabling.use(item)
                else:
                    self._enabling.finish(clip.take)
            except CueError as error:
                self._enabling.fail(clip.take, str(error))
        self._under_way.note()

    def count(self) -> None:
        """After a failure: reads what was placed, for the report, and changes nothing more."""
        found = self._read(self._unread)
        for clip in self._unread:
            item = found.get(_place_of(clip))
            if item is not None and item.duration == clip.length:
                self._outcome.placed.append(clip.take.cue.id)
        self._unread = []

    def _read_back(self) -> None:
        for _ in range(_ROUNDS):
            if not self._unread:
                return
            self._session.check()
            unread, self._unread = self._unread, []
            found = self._read(unread)
            again = []
            for clip in unread:
                item = found.get(_place_of(clip))
                try:
                    if item is None:
                        again.append(clip)
                        for stray in self._tracks.strayed(clip.take.path, clip.take.cue.start, clip.tried[-1]):
                            self._tracks.delete(stray)
                    elif self._fits(clip, item):
                        self._accept(clip, item)
                    else:
                        self._correct(clip, item)
                        again.append(clip)
                except CueError as error:
                    self._enabling.fail(clip.take, str(error))
            self._under_way.note()
            self._append_alone(again)
        for clip in self._unread:
            self._enabling.fail(clip.take, _NOT_TAKEN)
        self._unread = []

    def _append_alone(self, clips: Iterable[Clip]) -> None:
        for clip in clips:  # a clip that makes a call for many fail does not take the others along
            self._unread += self._appender.append([clip])

    def _read(self, clips: Iterable[Clip]) -> dict[tuple[str, str, int | Fraction], Item]:
        """The clips on the tracks that these were appended to, by track, file and start."""
        found: dict[tuple[str, str, int | Fraction], Item] = {}
        for name in sorted({clip.tried[-1] for clip in clips}):
            for item in self._tracks.read(name):
                found[name, file_of(item.path), item.start] = item
        self._read_count, self._read_at = len(found), time.monotonic()
        return found

    def _vanished(self) -> list[Clip]:
        """What was read back and is there no longer: clips have been seen to vanish a moment later (trap 7)."""
        if not self._found:
            return []
        self._session.check()
        present = self._tracks.present({clip.tried[-1] for clip, _ in self._found})
        gone = [(clip, item) for clip, item in self._found if item.uid not in present]
        self._found = [(clip, item) for clip, item in self._found if item.uid in present]
        for _, item in gone:
            self._takes.remove(item)
            self._outcome.placed.remove(item.cue)
        return [clip for clip, _ in gone]

    def _fits(self, clip: Clip, item: Item) -> bool:
        self._outcome.checks += 1
        if item.duration == clip.length:
            return True
        if not clip.corrected or item.duration > clip.take.cue.duration:
            return False
        self._outcome.notes[clip.take.cue.id] = f"its slot cannot be hit: {item.duration} frames were placed"
        return True

    def _correct(self, clip: Clip, item: Item) -> None:
        """Deletes a clip of a wrong length and gives it a frame more or less: nothing can be trimmed (trap 14)."""
        if not self._tracks.delete(item):
            raise CueError("you moved or trimmed its take while it was placed, so it stays as it is")
        if clip.corrected:
            raise CueError("Resolve gives its clip another length each time: give the slot a frame more or less")
        clip.frames += 1 if item.duration < clip.length else -1
        clip.corrected = True

    def _accept(self, clip: Clip, item: Item) -> None:
        take = clip.take
        self._takes.add(item)
        self._outcome.placed.append(take.cue.id)
        if take.message:
            self._outcome.notes.setdefault(take.cue.id, take.message)
        self._found.append((clip, item))


def _place_of(clip: Clip) -> tuple[str, str, int | Fraction]:
    return clip.tried[-1], file_of(clip.take.path), clip.take.cue.start
