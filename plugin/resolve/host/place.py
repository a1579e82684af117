"""Takes onto the timeline: on tracks of their own, on the frame, read back, and never twice.

The timeline itself is the record of what was done: a take's file name says which cue it is, and at which frame and for
how long it was placed (``files.TAKE_NAME``). On a track of ours, a clip that lies so, or where its placeholder is now,
is ours to replace; any other was moved or trimmed by the editor, and stays as it is.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Optional

from .bridge import Bridge
from .cues import Cue, CueError, Outcome, Take
from .files import Journal, same_sound
from .frames import best_length, head_frame
from .gateway import Session, ask, maybe
from .pool import Media, Pool
from .scan import Item, Snapshot, file_of
from .tracks import Tracks
from .workplace import Workplace

BATCH = 25
"""How many clips are appended at once: a failing call loses few, and thousands in one fail."""
_UNREAD = 200
"""After how many takes the tracks are read again; each time there must be as many anew as were read before."""
_READ_SECONDS = 15.0
"""After how long they are, where takes come slowly."""
_TRIES = 3
"""How often a clip that is not there when its track is read is placed on that track; then on another."""
_ROUNDS = 6
_NOT_TAKEN = "Resolve takes no clip there: look for locked tracks and open dialogs, and run the entry again"


@dataclass
class _Placing:
    """A take on its way: which frames of the clip, and the length on the timeline that they give."""

    take: Take
    media: Media
    first: int
    frames: int
    length: int
    beside: bool
    """Whether the takes that are there stay, disabled."""
    tried: list[str] = field(default_factory=list)
    """The names of the tracks that it was appended to, the latest last."""
    corrected: bool = False

    @property
    def refused(self) -> set[str]:
        return {track for track in self.tried if self.tried.count(track) >= _TRIES}


class Placer:
    """Places takes on the session's timeline. ``close`` puts page, bin and locks back."""

    def __init__(
        self, session: Session, snapshot: Snapshot, bridge: Bridge, journal: Journal, settings: dict[str, Any]
    ):
        self.outcome = Outcome()
        self._session = session
        self._snapshot = snapshot
        self._bridge = bridge
        self._journal = journal
        self._settings = settings
        self._rate = Fraction(*bridge.rate(snapshot.rate))
        self._workplace = Workplace(session, journal)
        self.tracks = Tracks(session, snapshot.tracks, journal, self._workplace)
        self._pool = Pool(session, bridge)
        self._takes: dict[str, list[Item]] = {}
        for item in snapshot.takes():
            self._takes.setdefault(item.cue, []).append(item)
        self.slots: dict[str, tuple[int, int]] = {}
        """First frame and length of each cue's slot, as its placeholder has it now."""
        self._unread: list[_Placing] = []
        self._seen: list[tuple[_Placing, Item]] = []
        """What was read back once."""
        self._silenced: set[str] = set()
        """Cues whose old take was deleted or disabled for a new one."""
        self._read_count = 0
        self._read_at = time.monotonic()
        self._unfinished: set[str] = set()
        """Cues that an earlier run left half placed."""
        self._placing: set[str] = set()

    def recover(self) -> None:
        """Puts right what a run that was killed left behind, if it was on this timeline."""
        left = self._journal.left_behind()
        if left.get("timeline") != self._session.timeline_id or left.get("project") != self._session.project_id:
            return
        self._journal.entries = left
        self._unfinished = set(left.get("placing", ()))
        self._placing = set(self._unfinished)
        self.tracks.recover(left)
        self._put_back()

    def adopt(self, cues: Iterable[Cue]) -> None:
        """Gives a cue that has no take those that lie exactly on its slot, on a track of its character.

        A caption that is imported again, or copied along with its take, has another id, and else would be spoken beside
        what is there. Taken are takes whose own placeholder is gone, and copies.
        """
        by_id = {cue.id: cue for cue in cues}
        bare: dict[int | Fraction, list[Cue]] = {}
        for cue in by_id.values():
            if cue.id not in self._takes:
                bare.setdefault(cue.start, []).append(cue)
        for item in self.all_takes():
            own = by_id.get(item.cue)
            copied = own is not None and item.start != own.start and len(self._same(item)) > 1
            for cue in bare.get(item.start, ()) if own is None or copied else ():
                exact = item.duration in (cue.duration, self._reachable(item, cue.duration))
                if exact and self.tracks.belongs(item, cue.character):
                    self._takes[item.cue].remove(item)
                    item.adopted = cue.id
                    self._takes.setdefault(cue.id, []).append(item)
                    break

    def _same(self, item: Item) -> list[Item]:
        return [one for one in self.takes(item.cue) if one.path == item.path]

    def orphans(self, cues: Iterable[Cue]) -> list[Item]:
        """Takes that sound and belong to none of the cues."""
        known = {cue.id for cue in cues}
        return [item for item in self.all_takes() if item.cue not in known and ask(item.handle, "GetClipEnabled")]

    def close(self) -> None:
        """Puts page, bin and locks back as they were; the journal stays where something is left to be done."""
        self._put_back()
        if self._placing:
            self._journal.note(placing=sorted(self._placing))
        else:
            self._journal.close()

    def _put_back(self) -> None:
        self.tracks.locked_again(self._workplace.leave())

    # What is there already.

    def takes(self, cue: str) -> list[Item]:
        """Every clip of a cue on the timeline, as far as it was read."""
        return list(self._takes.get(cue, []))

    def all_takes(self) -> list[Item]:
        return [item for items in self._takes.values() for item in items]

    def number(self, cue: Cue) -> int:
        """Which take of a cue is in use: of several the one that sounds in its slot, else one that sounds at all."""
        items = self.takes(cue.id)
        if all(item.number == 1 for item in items):
            return 1
        enabled = [item for item in items if ask(item.handle, "GetClipEnabled")]
        choice = [item for item in enabled if self.untouched(item)] or enabled or items
        return max(item.number for item in choice)

    def in_use(self, item: Item) -> Item:
        """Of the takes in one place, the one that sounds."""
        items = self.beside(item)
        enabled = [one for one in items if ask(one.handle, "GetClipEnabled")]
        return max(enabled or items, key=lambda one: one.number)

    def unfinished(self, cue: str) -> bool:
        """Whether an earlier run was killed while it placed this cue."""
        return cue in self._unfinished

    def moved(self, cue: Cue) -> bool:
        """Whether the editor moved or trimmed the take in use, and there is none where it was placed."""
        items = [item for item in self.takes(cue.id) if item.number == cue.take]
        return bool(items) and not any(self._replaceable(item) for item in items)

    def _replaceable(self, item: Item) -> bool:
        return self.tracks.ours(item) and self.untouched(item)

    def untouched(self, item: Item) -> bool:
        return self.slot(item) is not None

    def slot(self, item: Item) -> Optional[tuple[int, int]]:
        """The slot that a take lies on: the one that it was placed for, or where its placeholder is now.

        It may be of another length where a killed run left it. None where the editor moved or trimmed it.
        """
        for start, duration in (item.meant, self.slots.get(item.cue, item.meant)):
            if item.start == start and (
                item.duration == duration
                or self.unfinished(item.cue)
                or item.duration == self._reachable(item, duration)
            ):
                return start, duration
        return None

    def beside(self, item: Item) -> list[Item]:
        """The takes of a cue in one place, each of which can take the other's turn; the one asked for among them."""
        return [one for one in self.takes(item.cue) if (one.start, one.duration) == (item.start, item.duration)]

    def use(self, item: Item) -> None:
        """Has one take of several in a place sound, and no other. Raises CueError where Resolve does not obey."""
        self._session.check()
        self._journal.note(
            project=self._session.project_id,
            timeline=self._session.timeline_id,
            placing=sorted(self._placing | {item.cue}),
        )
        for one in sorted(self.beside(item), key=lambda one: one is not item):  # first sound, then silence
            wanted = one is item
            if ask(one.handle, "GetClipEnabled") is not wanted:
                maybe(one.handle, "SetClipEnabled", wanted)
                if ask(one.handle, "GetClipEnabled") is not wanted:
                    raise CueError(f"Resolve does not {'en' if wanted else 'dis'}able take {one.number}: do it by hand")
        self._placing.discard(item.cue)
        self._unfinished.discard(item.cue)

    def _reachable(self, item: Item, duration: int) -> int:
        """The longest length up to the slot's that Resolve can give this clip (trap 11)."""
        media = maybe(item.handle, "GetMediaPoolItem")
        if media is None:
            return duration
        fps = Fraction(*self._bridge.rate(ask(media, "GetClipProperty", "FPS")))
        return best_length(duration, fps, self._rate)[1]

    # Placing.

    def place(self, takes: Iterable[Take], *, replace_moved: bool = False, keep_old: bool = False) -> None:
        """Places what is not in its place yet, and reads it back now and then.

        The take of the same number is deleted if it lies where it was placed; with ``keep_old`` all stay, and those in
        the same place are disabled. What the editor moved stays, disabled if ``replace_moved``. Raises HostError when
        the session is no longer what it was.
        """
        with self._timed():
            wanted = []
            for take in takes:
                there = None if keep_old else self._in_place(take)
                if there is None:
                    wanted.append(take)
                    continue
                self.outcome.unchanged.append(take.cue.id)
                if self.unfinished(take.cue.id):
                    try:
                        self.use(there)
                        self._finish(take)
                    except CueError as error:
                        self._fail(take, str(error))
            for first in range(0, len(wanted), BATCH):
                self._place(wanted[first : first + BATCH], replace_moved, keep_old)
            new, late = len(self._unread), time.monotonic() - self._read_at > _READ_SECONDS
            if new >= max(_UNREAD, self._read_count) or (new and late):
                self._read_back()

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.outcome.seconds += time.perf_counter() - begin

    def _in_place(self, take: Take) -> Optional[Item]:
        for item in self.takes(take.cue.id):
            if item.start != take.cue.start or not self.untouched(item) or not os.path.exists(item.path):
                continue
            # After a ripple the name says another frame, and so does the file's time reference; the sound is the same.
            if file_of(item.path) == file_of(take.path) or (
                item.number == take.cue.take and same_sound(item.path, take.path)
            ):
                return item
        return None

    def _place(self, takes: list[Take], replace_moved: bool, keep_old: bool) -> None:
        self._session.check()
        self._pool.add(self._workplace.enter())
        self._placing |= {take.cue.id for take in takes}
        self._journal.note(placing=sorted(self._placing))
        self._pool.bring(take.path for take in takes)
        ready = []
        for take in takes:
            try:
                clip = self._prepared(take, keep_old)
                if not keep_old:
                    self._remove_old(take.cue, replace_moved)
                ready.append(clip)
            except CueError as error:
                self._fail(take, str(error))
        self._append(ready)

    def _fail(self, take: Take, message: str) -> None:
        self.outcome.failed[take.cue.id] = message
        self._placing.discard(take.cue.id)
        stands = self._snapshot.behind.get(take.cue.key)
        if take.cue.id not in self._silenced or stands is None or stands.locked:
            return
        if any(maybe(item.handle, "GetClipEnabled") for item in self.takes(take.cue.id)):
            return
        if stands.kind == "caption" or maybe(stands.handle, "GetMediaPoolItem") is None:
            maybe(stands.handle, "SetClipEnabled", True)  # a line without a take is one that is still to be spoken

    def _remove_old(self, cue: Cue, replace_moved: bool) -> None:
        """Deletes the take that the new one replaces. Others, and what the editor moved, are at most disabled."""
        moved, old = self.moved(cue), []
        for item in self.takes(cue.id):
            ours = self._replaceable(item)
            if ours and item.number == cue.take:
                old.append(item)
            elif (ours or replace_moved) and (
                (item.start < cue.start + cue.duration and cue.start < item.end)
                or (moved and not ours and item.number == cue.take)
            ):
                self._silence(item)
        for item in old:
            if self.tracks.delete(item):
                self._silenced.add(cue.id)
                self._takes[cue.id] = [one for one in self._takes[cue.id] if one is not item]
            elif replace_moved:
                self._silence(item)
            else:
                raise CueError("you moved or trimmed its take meanwhile, so it stays as it is")

    def _silence(self, item: Item) -> None:
        if maybe(item.handle, "GetClipEnabled") is False:
            return
        maybe(item.handle, "SetClipEnabled", False)
        if ask(item.handle, "GetClipEnabled"):
            raise CueError(
                f"Resolve does not disable its take at frame {int(item.start)}: unlock the track, or disable it by "
                "hand, and run the entry again"
            )
        self._silenced.add(item.cue)

    def _prepared(self, take: Take, beside: bool) -> _Placing:
        cue, media = take.cue, self._pool.get(take.path)
        if media is None:
            raise CueError(f"Resolve does not import {take.path}: see whether it plays there")
        frames, length = best_length(cue.duration, media.fps, self._rate)
        if length < 1:
            raise CueError("its slot is shorter than a frame of the project: make it longer")
        if length != cue.duration:
            self.outcome.notes[cue.id] = (
                f"its slot of {cue.duration} frames cannot be hit in a project of another rate: {length} were placed"
            )
        return _Placing(take, media, head_frame(take.head, take.sample_rate, media.fps), frames, length, beside)

    def _append(self, clips: list[_Placing]) -> None:
        if not clips:
            return
        self.tracks.check()
        for clip in list(clips):
            cue = clip.take.cue
            try:
                track = self.tracks.free(cue.character, cue.start, cue.start + clip.length, clip.refused)
            except CueError as error:
                self._fail(clip.take, str(error))
                clips.remove(clip)
                continue
            track.reserve(cue.start, cue.start + clip.length)
            clip.tried.append(track.name)
        asked = [
            {
                "mediaPoolItem": clip.media.handle,
                # Whole numbers, or nothing at all is appended; the end is exclusive (traps 2 and 4).
                "startFrame": int(clip.first),
                "endFrame": int(clip.first + clip.frames),
                "mediaType": 2,
                "trackIndex": on.index,
                # Absolute, as the slot is (trap 1).
                "recordFrame": int(clip.take.cue.start),
            }
            for clip in clips
            if (on := self.tracks.named(clip.tried[-1])) is not None
        ]
        if not asked:
            return
        self._session.check()
        # The answer may say nothing, or something that cannot be (trap 7): the tracks are read instead.
        maybe(self._session.pool, "AppendToTimeline", asked)
        self._unread += clips

    # Reading back.

    def read_back(self) -> None:
        """Reads every track that got takes, places anew what is not there, and finishes what is."""
        with self._timed():
            self._read_back()
            for _ in range(_ROUNDS):
                gone = self._gone()
                if not gone:
                    break
                for clip in gone:
                    self._append([clip])
                self._read_back()
            else:
                for clip in self._gone():
                    self._fail(clip.take, _NOT_TAKEN)
            self._settle()

    def _gone(self) -> list[_Placing]:
        """What was read back and is there no longer: clips have been seen to vanish a moment later (trap 7)."""
        if not self._seen:
            return []
        self._session.check()
        present = self.tracks.present({clip.tried[-1] for clip, _ in self._seen})
        gone = [(clip, item) for clip, item in self._seen if item.uid not in present]
        self._seen = [(clip, item) for clip, item in self._seen if item.uid in present]
        for _, item in gone:
            self._takes[item.cue] = [one for one in self._takes[item.cue] if one is not item]
            self.outcome.placed.remove(item.cue)
        return [clip for clip, _ in gone]

    def _settle(self) -> None:
        seen, self._seen = self._seen, []
        for clip, item in seen:
            try:
                if clip.beside:
                    self.use(item)
                else:
                    self._finish(clip.take)
            except CueError as error:
                self._fail(clip.take, str(error))
        self._journal.note(placing=sorted(self._placing))

    def count(self) -> None:
        """After a failure: reads what was placed, for the report, and changes nothing more."""
        found = self._read(self._unread)
        for clip in self._unread:
            item = found.get((clip.tried[-1], file_of(clip.take.path), clip.take.cue.start))
            if item is not None and item.duration == clip.length:
                self.outcome.placed.append(clip.take.cue.id)
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
                item = found.get((clip.tried[-1], file_of(clip.take.path), clip.take.cue.start))
                try:
                    if item is None:
                        again.append(clip)
                        for stray in self.tracks.strayed(clip.take.path, clip.take.cue.start, clip.tried[-1]):
                            self.tracks.delete(stray)
                    elif self._fits(clip, item):
                        self._accept(clip, item)
                    else:
                        again.append(self._correct(clip, item))
                except CueError as error:
                    self._fail(clip.take, str(error))
            self._journal.note(placing=sorted(self._placing))
            for clip in again:
                self._append([clip])  # alone: what made one of many fail is not to take the others along
        for clip in self._unread:
            self._fail(clip.take, _NOT_TAKEN)
        self._unread = []

    def _read(self, clips: Iterable[_Placing]) -> dict[tuple[str, str, int | Fraction], Item]:
        """The clips on the tracks that these were appended to, by track, file and start."""
        found: dict[tuple[str, str, int | Fraction], Item] = {}
        for name in sorted({clip.tried[-1] for clip in clips}):
            for item in self.tracks.read(name):
                found[name, file_of(item.path), item.start] = item
        self._read_count, self._read_at = len(found), time.monotonic()
        return found

    def _fits(self, clip: _Placing, item: Item) -> bool:
        self.outcome.checks += 1
        if item.duration == clip.length:
            return True
        if not clip.corrected or item.duration > clip.take.cue.duration:
            return False
        self.outcome.notes[clip.take.cue.id] = f"its slot cannot be hit: {item.duration} frames were placed"
        return True

    def _correct(self, clip: _Placing, item: Item) -> _Placing:
        """Nothing can be trimmed (trap 14): a clip that came out wrong is deleted, and placed a frame off."""
        if not self.tracks.delete(item):
            raise CueError("you moved or trimmed its take while it was placed, so it stays as it is")
        if clip.corrected:
            raise CueError("Resolve gives its clip another length each time: give the slot a frame more or less")
        clip.frames += 1 if item.duration < clip.length else -1
        clip.corrected = True
        return clip

    def _accept(self, clip: _Placing, item: Item) -> None:
        take = clip.take
        self._takes.setdefault(take.cue.id, []).append(item)
        self.outcome.placed.append(take.cue.id)
        if take.message:
            self.outcome.notes.setdefault(take.cue.id, take.message)
        self._seen.append((clip, item))

    def _finish(self, take: Take) -> None:
        """The take is there: its placeholder is disabled, never deleted."""
        self._placing.discard(take.cue.id)
        self._unfinished.discard(take.cue.id)
        stands = self._snapshot.behind.get(take.cue.key)
        if stands is None or (stands.kind == "caption" and not self._settings["disable_captions"]):
            return
        if stands.locked:
            self.outcome.notes[take.cue.id] = "its placeholder is on a locked track and was left enabled"
            return
        maybe(stands.handle, "SetClipEnabled", False)
        if maybe(stands.handle, "GetClipEnabled") is not False:
            self.outcome.notes[take.cue.id] = "Resolve does not disable its placeholder: disable it by hand"
