"""Takes onto the timeline: on tracks of their own, on the frame, read back, and never twice.

The timeline itself is the record of what was done: a take's file name says which cue it is, and at which frame and for
how long it was placed (``files.TAKE_NAME``). A clip that lies so is ours to replace; any other was moved or trimmed by
the editor, and stays as it is.
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
from .errors import HostError
from .files import Journal
from .gateway import Session, ask, maybe
from .scan import MARK, Item, Snapshot, Track, read_track

BIN = "Framevox"
PREFIX = "FV"
_ROUNDS = 4
"""How often a clip that is not there when the track is read again is placed anew."""
_UNREAD = 200
"""After how many takes the tracks are read again."""


@dataclass
class Cue:
    """One line: where it belongs, in absolute timeline frames, and what it stands for."""

    id: str
    key: str
    character: str
    start: int
    duration: int
    text: str = ""


@dataclass
class Take:
    """A file to be placed for a cue. ``head`` is the sample at which the slot begins in it."""

    cue: Cue
    path: str
    head: int
    sample_rate: int
    message: str = ""


@dataclass
class Outcome:
    """What came of the takes, cue by cue. ``checks`` counts clips that were read back."""

    placed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    checks: int = 0
    seconds: float = 0.0
    """What the placing itself took."""


class Placer:
    """Places takes on the session's timeline. ``close`` puts page, bin and locks back."""

    def __init__(
        self, session: Session, snapshot: Snapshot, bridge: Bridge, journal: Journal, settings: dict[str, Any]
    ):
        self.outcome = Outcome()
        self._session = session
        self._timeline = session.timeline
        self._snapshot = snapshot
        self._bridge = bridge
        self._journal = journal
        self._settings = settings
        self._rate = Fraction(*bridge.rate(snapshot.rate))
        self._tracks = {track.index: track for track in snapshot.tracks}
        self._takes: dict[str, list[Item]] = {}
        for item in snapshot.takes():
            self._takes.setdefault(item.cue, []).append(item)
        self._unread: dict[int, list[tuple[Take, int]]] = {}
        """By track: takes that were placed, with the length they got, until the track is read again."""
        self._unfinished: set[str] = set()
        """Cues that an earlier run left half placed."""
        self._placing: set[str] = set()
        self._pool: dict[str, Any] = {}
        self._marked: dict[str, Cue] = {}
        self._ready = False

    # State: what is changed on the way and put back at the end.

    def recover(self) -> None:
        """Puts right what a run that was killed left behind, if it was on this timeline."""
        left = self._journal.left_behind()
        if left.get("timeline") != self._session.timeline_id or left.get("project") != self._session.project_id:
            return
        self._journal.entries = left
        self._unfinished = set(left.get("placing", ()))
        self._placing = set(self._unfinished)
        before = left.get("tracks")
        if isinstance(before, list) and before and len(self._tracks) == before[0] + 1:
            added = self._tracks[before[0] + 1]
            if not added.items and not added.name.startswith(PREFIX + " "):
                self._name(added.index, before[1])
                added.name = before[1]
        self._put_back()

    def _prepare(self) -> None:
        """Goes to the Edit page and to our bin, once, and writes down where the editor was."""
        if self._ready:
            return
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
        for clip in ask(ours, "GetClipList"):
            self._pool[str(ask(clip, "GetClipProperty", "File Path"))] = clip

    def close(self) -> None:
        """Puts page, bin and locks back as they were; the journal stays where something is left to be done."""
        self._put_back()
        if self._placing:
            self._journal.note(placing=sorted(self._placing))
        else:
            self._journal.close()

    def _put_back(self) -> None:
        entries, session = self._journal.entries, self._session
        for index in entries.get("locks", ()):
            maybe(self._timeline, "SetTrackLock", "audio", index, True)
            if index in self._tracks:
                self._tracks[index].locked = True
        where = entries.get("bin")
        if where:
            folder = _find_bin(maybe(session.pool, "GetRootFolder"), where)
            if folder is not None:
                maybe(session.pool, "SetCurrentFolder", folder)
        if entries.get("page") and entries["page"] != maybe(session.resolve, "GetCurrentPage"):
            maybe(session.resolve, "OpenPage", entries["page"])
        self._ready = False

    def _unlock(self, track: Track) -> None:
        """Unlocks a track of ours until the end. Tracks of the editor are never unlocked."""
        if track.locked:
            self._journal.note(locks=[*self._journal.entries.get("locks", []), track.index])
            ask(self._timeline, "SetTrackLock", "audio", track.index, False)
            track.locked = False

    # What is there already.

    def moved(self, cue: Cue) -> bool:
        """Whether the editor moved or trimmed the take of a cue, and there is none where it was placed."""
        items = self._takes.get(cue.id, [])
        return bool(items) and cue.id not in self._unfinished and not any(self._untouched(item) for item in items)

    def _untouched(self, item: Item) -> bool:
        start, duration = item.meant
        return item.start == start and (item.duration == duration or item.duration == self._reachable(item, duration))

    def _reachable(self, item: Item, duration: int) -> int:
        """The longest length up to the slot's that Resolve can give this clip (trap 11)."""
        media = maybe(item.handle, "GetMediaPoolItem")
        if media is None:
            return duration
        fps = Fraction(*self._bridge.rate(ask(media, "GetClipProperty", "FPS")))
        return _best_length(duration, fps, self._rate)[1]

    # Placing.

    def place(self, takes: Iterable[Take], *, replace_moved: bool = False) -> None:
        """Places what is not in its place yet. Raises HostError when the session is no longer what it was."""
        with self._timed():
            self._place(takes, replace_moved)

    def _place(self, takes: Iterable[Take], replace_moved: bool) -> None:
        wanted = []
        for take in takes:
            if self._in_place(take):
                self.outcome.unchanged.append(take.cue.id)
                if take.cue.id in self._unfinished:
                    self._finish(take)
            else:
                wanted.append(take)
        if not wanted:
            return
        self._session.check()
        self._prepare()
        self._placing |= {take.cue.id for take in wanted}
        self._journal.note(placing=sorted(self._placing))
        self._import([take.path for take in wanted])
        for take in wanted:
            self._place_one(take, replace_moved)
        if sum(map(len, self._unread.values())) >= _UNREAD:
            self._read_back()

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.outcome.seconds += time.perf_counter() - begin

    def _in_place(self, take: Take) -> bool:
        return any(
            item.path == take.path and self._untouched(item) and os.path.exists(item.path)
            for item in self._takes.get(take.cue.id, [])
        )

    def _import(self, paths: list[str]) -> None:
        missing = [path for path in paths if path not in self._pool]
        if not missing:
            return
        pool = self._session.pool
        self._known(maybe(pool, "ImportMedia", missing) or [])
        if any(path not in self._pool for path in missing):
            # What ImportMedia returns is not always what it did (trap 7): the bin knows.
            self._known(ask(ask(pool, "GetCurrentFolder"), "GetClipList"))

    def _known(self, clips: Iterable[Any]) -> None:
        for clip in clips:
            if clip is not None:
                path = maybe(clip, "GetClipProperty", "File Path")
                if path:
                    self._pool[str(path)] = clip

    def _place_one(self, take: Take, replace_moved: bool) -> None:
        try:
            self._remove_old(take.cue, replace_moved)
            self._append(take)
        except _CueError as error:
            self._fail(take, str(error))

    def _fail(self, take: Take, message: str) -> None:
        self.outcome.failed[take.cue.id] = message
        self._placing.discard(take.cue.id)

    def _remove_old(self, cue: Cue, replace_moved: bool) -> None:
        """Deletes clips of ours that the new take replaces. What the editor moved is at most disabled."""
        kept = []
        for item in self._takes.get(cue.id, []):
            ours = self._tracks[item.track].name.startswith(PREFIX + " ")
            if ours and (cue.id in self._unfinished or self._untouched(item)):
                self._delete(item)
                continue
            if replace_moved:
                ask(item.handle, "SetClipEnabled", False)
            kept.append(item)
        self._takes[cue.id] = kept

    def _delete(self, item: Item) -> None:
        track = self._tracks[item.track]
        self._unlock(track)
        for _ in range(2):  # was seen to fail, and then to work on an identical retry (trap 14)
            self._session.check()
            if maybe(self._timeline, "DeleteClips", [item.handle], False):
                break
        else:
            raise _CueError("Resolve does not delete the old take: delete it by hand and run the entry again")
        track.items = [other for other in track.items if other is not item]

    def _append(self, take: Take) -> None:
        cue = take.cue
        media = self._pool.get(take.path)
        if media is None:
            raise _CueError(f"Resolve does not import {take.path}: see whether it plays there")
        fps = Fraction(*self._bridge.rate(ask(media, "GetClipProperty", "FPS")))
        first = _head_frame(take, fps)
        frames, length = _best_length(cue.duration, fps, self._rate)
        if length != cue.duration:
            self.outcome.notes[cue.id] = (
                f"its slot of {cue.duration} frames cannot be hit in a project of another rate: {length} were placed"
            )
        if length < 1:
            raise _CueError("its slot is shorter than a frame of the project: make it longer")
        refused: set[int] = set()
        for _ in range(3):
            track = self._free_track(cue, length, refused)
            item = self._append_to(track, take, media, first, frames)
            if item is None:
                refused.add(track.index)  # something lies there after all, and the append was swallowed (trap 6)
                continue
            if item.start == cue.start and item.duration == length:
                self._accept(take, item)
                return
            corrected = self._corrected(take, item, media, first, frames, length)
            if corrected is not None:
                self._accept(take, corrected)
                return
        raise _CueError("Resolve takes no clip there: look for locked tracks and open dialogs, and run the entry again")

    def _corrected(self, take: Take, item: Item, media: Any, first: int, frames: int, length: int) -> Optional[Item]:
        """Nothing can be moved or trimmed (trap 14): a clip that came out wrong is deleted and placed a frame off."""
        track = self._tracks[item.track]
        step = 1 if item.duration < length else -1
        self._delete(item)
        if item.start != take.cue.start:
            return None
        other = self._append_to(track, take, media, first, frames + step)
        if other is not None and other.start == take.cue.start and other.duration <= take.cue.duration:
            if other.duration != take.cue.duration:
                self.outcome.notes[take.cue.id] = f"its slot cannot be hit: {other.duration} frames were placed"
            return other
        if other is not None:
            self._delete(other)
        return None

    def _append_to(self, track: Track, take: Take, media: Any, first: int, frames: int) -> Optional[Item]:
        """Appends, and finds what came of it; None where there is nothing."""
        self._session.check()
        answer = maybe(
            self._session.pool,
            "AppendToTimeline",
            [
                {
                    "mediaPoolItem": media,
                    # Whole numbers, or nothing at all is appended; the end is exclusive (traps 2 and 4).
                    "startFrame": int(first),
                    "endFrame": int(first + frames),
                    "mediaType": 2,
                    "trackIndex": track.index,
                    # Absolute, as the slot is (trap 1).
                    "recordFrame": int(take.cue.start),
                }
            ],
        )
        handle = answer[0] if isinstance(answer, list) and answer else None
        if handle is not None:
            start, duration = maybe(handle, "GetStart"), maybe(handle, "GetDuration")
            self.outcome.checks += 1
            if start == take.cue.start and duration:
                item = Item(handle, track.index, Fraction(start), Fraction(duration), take.path)
                track.items.append(item)
                return item
        # The answer says nothing, or something that cannot be (trap 7): the track itself knows.
        self._read(track)
        return next((item for item in track.items if item.path == take.path and item.start == take.cue.start), None)

    def _read(self, track: Track) -> None:
        """Reads a track again, in place: which clips are there, and all about those that were not read before."""
        fresh = read_track(self._timeline, track.index, None, {item.uid: item for item in track.items if item.uid})
        track.items, track.name = fresh.items, fresh.name
        self.outcome.checks += len(fresh.items)

    def _accept(self, take: Take, item: Item) -> None:
        self._unread.setdefault(item.track, []).append((take, int(item.duration)))

    # Reading back.

    def read_back(self) -> None:
        """Reads every track that got takes, places anew what is not there, and finishes what is."""
        with self._timed():
            self._read_back()

    def _read_back(self) -> None:
        for _ in range(_ROUNDS):
            if not self._unread:
                return
            self._session.check()
            waiting, self._unread = self._unread, {}
            again = []
            for index, placed in waiting.items():
                self._read(self._tracks[index])
                there = {(item.path, item.start, item.duration): item for item in self._tracks[index].items}
                for take, length in placed:
                    item = there.get((take.path, Fraction(take.cue.start), Fraction(length)))
                    if item is None:
                        again.append(take)
                        continue
                    self._takes.setdefault(take.cue.id, []).append(item)
                    self.outcome.placed.append(take.cue.id)
                    if take.message:
                        self.outcome.notes.setdefault(take.cue.id, take.message)
                    self._finish(take)
            self._journal.note(placing=sorted(self._placing))
            for take in again:
                self._place_one(take, False)
        for placed in self._unread.values():
            for take, _ in placed:
                self._fail(take, "Resolve drops the clip again and again: save the project, and run the entry again")
        self._unread = {}

    def _finish(self, take: Take) -> None:
        """The take is there: its placeholder is disabled, never deleted."""
        self._placing.discard(take.cue.id)
        self._unfinished.discard(take.cue.id)
        handle = self._snapshot.handles.get(take.cue.key)
        if handle is None or not self._may_disable(take.cue.key):
            return
        if self._snapshot.locked[take.cue.key]:
            self.outcome.notes[take.cue.id] = "its placeholder is on a locked track and was left enabled"
            return
        maybe(handle, "SetClipEnabled", False)
        if maybe(handle, "GetClipEnabled") is not False:
            self.outcome.notes[take.cue.id] = "Resolve does not disable its placeholder: disable it by hand"

    def _may_disable(self, key: str) -> bool:
        kind = next(p["kind"] for p in self._snapshot.placeholders if p["key"] == key)
        return kind == "clip" or (kind == "caption" and bool(self._settings["disable_captions"]))

    # Tracks.

    def _free_track(self, cue: Cue, length: int, refused: set[int]) -> Track:
        """The first track of the character that is empty for the whole slot; a new one where none is."""
        base = f"{PREFIX} {' '.join(cue.character.split()) or 'Dialogue'}"
        end = cue.start + length
        layer = 1
        while True:
            name = base if layer == 1 else f"{base} {layer}"
            track = next((track for track in self._tracks.values() if track.name == name), None)
            if track is None:
                return self._add_track(name)
            # Half-open: a clip may begin on the frame on which another ends.
            occupied = any(item.start < end and cue.start < item.end for item in track.items)
            if not occupied and track.index not in refused:
                self._unlock(track)
                return track
            layer += 1

    def _add_track(self, name: str) -> Track:
        self._session.check()
        before = int(ask(self._timeline, "GetTrackCount", "audio"))
        self._journal.note(tracks=[before, name])
        maybe(self._timeline, "AddTrack", "audio", "mono")
        count = int(ask(self._timeline, "GetTrackCount", "audio"))
        if count != before + 1:
            raise HostError(
                f"Resolve adds no audio track for “{name}”: see whether the timeline has as many as it can have, or a "
                "dialog is open, and run the entry again"
            )
        self._name(count, name)
        self._journal.note(tracks=None)
        self._tracks[count] = Track(count, name, False)
        return self._tracks[count]

    def _name(self, index: int, name: str) -> None:
        maybe(self._timeline, "SetTrackName", "audio", index, name)
        if ask(self._timeline, "GetTrackName", "audio", index) != name:
            raise HostError(f"Resolve does not name audio track {index}: name it “{name}” and run the entry again")

    # Progress markers, where there is no window.

    def mark_waiting(self, cues: Iterable[Cue]) -> None:
        """A yellow marker of ours at each cue's first frame; frames that hold a marker are left alone."""
        for cue in cues:
            offset = cue.start - self._snapshot.start
            there = self._snapshot.marked.get(offset)
            if there is None and self._mark(cue, "Yellow"):
                self._snapshot.marked[offset] = MARK + cue.id
            if there in (None, MARK + cue.id):
                self._marked[cue.id] = cue

    def mark_placed(self) -> None:
        """The markers of what is in its place turn green."""
        for id_ in [*self.outcome.placed, *self.outcome.unchanged]:
            cue = self._marked.pop(id_, None)
            if cue is not None and maybe(self._timeline, "DeleteMarkerAtFrame", cue.start - self._snapshot.start):
                self._mark(cue, "Green")

    def _mark(self, cue: Cue, color: str) -> bool:
        offset = cue.start - self._snapshot.start
        return bool(maybe(self._timeline, "AddMarker", offset, color, "Framevox", cue.text[:200], 1, MARK + cue.id))


class _CueError(Exception):
    """One cue cannot be placed; the others go on."""


def _head_frame(take: Take, fps: Fraction) -> int:
    """The frame of the clip, at the clip's own rate, on which the slot begins; it must be a whole one (trap 12)."""
    exact = Fraction(take.head) * fps / take.sample_rate
    frame = round(exact)
    if abs(exact - frame) * take.sample_rate / fps > 1:
        raise _CueError(
            f"Resolve reads the file at {float(fps):g} fps, which is not the project's rate: delete it from the media "
            "pool and run the entry again"
        )
    return frame


def _best_length(slot: int, fps: Fraction, rate: Fraction) -> tuple[int, int]:
    """How many frames of the clip fill a slot, and the timeline frames that they give, since conversion floors.

    The smallest number that gives the slot's length; where none does (trap 11), the largest that stays within it.
    """
    frames = -(-slot * fps // rate)
    length = frames * rate // fps
    if length > slot:
        frames -= 1
        length = frames * rate // fps
    return int(frames), int(length)


def _find_bin(folder: Any, wanted: str) -> Any:
    if folder is None or maybe(folder, "GetUniqueId") == wanted:
        return folder
    for child in maybe(folder, "GetSubFolderList") or []:
        found = _find_bin(child, wanted)
        if found is not None:
            return found
    return None
