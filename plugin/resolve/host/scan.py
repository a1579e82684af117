"""Reads the timeline: placeholders, our takes, and which spans of the tracks are occupied."""

from __future__ import annotations

import bisect
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Optional

from ...host.errors import HostError
from ...host.take_files import TAKE_NAME
from .gateway import Session, ask, maybe, patiently

MARK = "framevox:"
"""Begins the custom data of markers that are ours."""
_NOISE = Fraction(1, 1_000_000)


@dataclass
class Item:
    """A clip on an audio track. ``start`` and ``duration`` are absolute timeline frames, exact."""

    handle: Any
    track: int
    start: Fraction
    duration: Fraction
    path: str = ""
    uid: str = ""
    """Resolve's id of the clip, once it was read from its track; handles never compare equal."""
    adopted: str = ""
    """The cue whose take it is now, if its file was made for another."""

    @property
    def end(self) -> Fraction:
        return self.start + self.duration

    @property
    def cue(self) -> str:
        match = TAKE_NAME.search(os.path.basename(self.path))
        return self.adopted or (match["cue"] if match else "")

    @property
    def meant(self) -> tuple[int, int]:
        """Where it was placed according to its name: start and slot length."""
        match = TAKE_NAME.search(os.path.basename(self.path))
        assert match is not None
        return int(match["start"]), int(match["duration"])

    @property
    def number(self) -> int:
        """Which take of its cue it is, from 1."""
        match = TAKE_NAME.search(os.path.basename(self.path))
        assert match is not None
        return int(match["take"])


@dataclass
class Track:
    """An audio track. Occupied spans are kept sorted, because every clip asks for a free one."""

    index: int
    name: str
    locked: bool
    items: list[Item] = field(default_factory=list)
    _occupied: Optional[list[tuple[Fraction, Fraction]]] = None

    def hold(self, items: Iterable[Item]) -> None:
        self.items, self._occupied = list(items), None

    def is_free(self, start: int, end: int) -> bool:
        """Returns whether nothing lies in [start, end)."""
        before = bisect.bisect_left(self._spans(), (Fraction(end), Fraction(end))) - 1
        return before < 0 or self._spans()[before][1] <= start

    def reserve(self, start: int, end: int) -> None:
        """Counts a span as occupied until the track is read again."""
        bisect.insort(self._spans(), (Fraction(start), Fraction(end)))

    def _spans(self) -> list[tuple[Fraction, Fraction]]:
        if self._occupied is None:
            self._occupied = []
            for start, end in sorted((item.start, item.end) for item in self.items):
                if self._occupied and start <= self._occupied[-1][1]:  # a cross fade lies over two clips
                    start, last = self._occupied.pop()
                    end = max(last, end)
                self._occupied.append((start, end))
        return self._occupied


@dataclass(frozen=True)
class Behind:
    """The clip or caption that is a placeholder, and whether its track is locked."""

    kind: str
    handle: Any
    locked: bool


@dataclass
class Snapshot:
    """The timeline as it was read. ``placeholders`` are what the helper makes cues of."""

    rate: str
    drop_frame: bool
    project_rate: str
    start: int
    tracks: list[Track]
    placeholders: list[dict[str, Any]]
    behind: dict[str, Behind]
    """The clip or caption of each placeholder's key; markers have none."""
    marked: dict[int, str]
    """The custom data of every marker, by its frame from the start."""
    hidden: list[str] = field(default_factory=list)
    """The names of hidden subtitle tracks with captions, which are not read."""

    def takes(self) -> list[Item]:
        return [item for track in self.tracks for item in track.items if item.cue]


def scan(session: Session) -> Snapshot:
    """Reads the timeline. Raises HostError where Resolve does not answer."""
    timeline = session.timeline
    snapshot = Snapshot(
        rate=str(ask(timeline, "GetSetting", "timelineFrameRate")),
        drop_frame=str(ask(timeline, "GetSetting", "timelineDropFrameTimecode")) == "1",
        # Media get the project's rate, which need not be the timeline's.
        project_rate=str(ask(session.project, "GetSetting", "timelineFrameRate")),
        start=int(ask(timeline, "GetStartFrame")),
        tracks=[],
        placeholders=[],
        behind={},
        marked={},
    )
    for index in range(1, int(ask(timeline, "GetTrackCount", "subtitle")) + 1):
        _captions(timeline, index, snapshot)
    for index in range(1, int(ask(timeline, "GetTrackCount", "audio")) + 1):
        snapshot.tracks.append(read_track(timeline, index, snapshot))
    _markers(session, snapshot)
    return snapshot


def is_track_enabled(timeline: Any, kind: str, index: int) -> bool:
    """Returns whether a track is shown and heard; one that Resolve says nothing of is."""
    return patiently(timeline, "GetIsTrackEnabled", kind, index) is not False


def exact(value: Any) -> Fraction:
    """Returns a position exactly: whole if it is one but for the noise of a double, else a fraction."""
    number = Fraction(value)
    nearest = Fraction(round(number))
    return nearest if abs(number - nearest) < _NOISE else number.limit_denominator(100_000)


def read_track(
    timeline: Any, index: int, found: Optional[Snapshot] = None, known: Optional[dict[str, Item]] = None
) -> Track:
    """Reads an audio track with its clips, and adds placeholders to ``found``. ``known`` clips are not read again."""
    track = Track(
        index,
        str(ask(timeline, "GetTrackName", "audio", index)),
        bool(ask(timeline, "GetIsTrackLocked", "audio", index)),
    )
    for handle in ask(timeline, "GetItemListInTrack", "audio", index):
        uid = str(ask(handle, "GetUniqueId"))
        if known is not None and uid in known:
            track.items.append(known[uid])
            continue
        item = Item(handle, index, exact(ask(handle, "GetStart", True)), exact(ask(handle, "GetDuration", True)))
        item.uid = uid
        media = maybe(handle, "GetMediaPoolItem")
        if media is not None:
            item.path = str(patiently(media, "GetClipProperty", "File Path") or "")
        if not item.path:
            # A take whose clip was deleted from the media pool, or of which Resolve does not say now, is still ours.
            name = str(ask(handle, "GetName"))
            item.path = name if TAKE_NAME.search(name) else ""
        item.duration = length_of(item.duration, item)
        track.items.append(item)
        if found is not None and not item.cue and _is_placeholder(handle, media):
            _add(found, "clip", handle, track.name, track.locked, item.start, item.duration)
            # It may be the editor's own: a clip whose media was deleted, or one that was only renamed and disabled.
            found.placeholders[-1]["sounding"] = media is not None or bool(ask(handle, "GetClipEnabled"))
    return track


def length_of(told: Fraction, item: Item) -> Fraction:
    """Returns the length of a clip. Of a take it is whole frames: Resolve may tell what its samples give exactly."""
    return Fraction(math.floor(told)) if item.cue and told >= 1 else told


def _is_placeholder(handle: Any, media: Any) -> bool:
    """Returns whether a clip is a placeholder: an empty one, or a disabled one that was given a name of its own."""
    if media is None:
        return bool(maybe(handle, "GetProperty"))  # a cross fade has neither media nor properties (trap 16)
    if ask(handle, "GetClipEnabled"):
        return False
    return str(ask(handle, "GetName")) != str(ask(media, "GetName"))


def _captions(timeline: Any, index: int, found: Snapshot) -> None:
    name = str(ask(timeline, "GetTrackName", "subtitle", index))
    if not is_track_enabled(timeline, "subtitle", index):
        if ask(timeline, "GetItemListInTrack", "subtitle", index):
            found.hidden.append(name)
        return
    locked = bool(ask(timeline, "GetIsTrackLocked", "subtitle", index))
    for handle in ask(timeline, "GetItemListInTrack", "subtitle", index):
        start, duration = exact(ask(handle, "GetStart", True)), exact(ask(handle, "GetDuration", True))
        _add(found, "caption", handle, name, locked, start, duration)


def _add(
    found: Snapshot, kind: str, handle: Any, track: str, locked: bool, start: Fraction, duration: Fraction
) -> None:
    key = str(ask(handle, "GetUniqueId"))
    if key in found.behind:
        raise HostError("Resolve gives two clips one id: save the project, open it again, and run the entry again")
    found.behind[key] = Behind(kind, handle, locked)
    found.placeholders.append(
        {
            "key": key,
            "kind": kind,
            "text": str(ask(handle, "GetName")),
            "name": "",
            "track": track,
            "start": [start.numerator, start.denominator],
            "duration": [duration.numerator, duration.denominator],
        }
    )


def _markers(session: Session, found: Snapshot) -> None:
    # Frames of markers count from the timeline's start, and come as floats.
    points = []
    for frame, marker in ask(session.timeline, "GetMarkers").items():
        offset, duration = exact(frame), exact(marker.get("duration") or 1)
        found.marked[int(offset)] = str(marker.get("customData") or "")
        note = str(marker.get("note") or "")
        if found.marked[int(offset)].startswith(MARK):
            continue
        start = found.start + offset
        if duration <= 1:
            points.append((start, note, str(marker.get("name") or "")))
        if duration <= 1 or not note.strip():
            continue
        found.placeholders.append(
            {
                "key": f"{session.timeline_id}:{offset}",
                "kind": "marker",
                "text": note,
                "name": str(marker.get("name") or ""),
                "track": "",
                "start": [start.numerator, start.denominator],
                "duration": [duration.numerator, duration.denominator],
            }
        )
    _points(sorted(points), found)


def _points(points: list[tuple[Fraction, str, str]], found: Snapshot) -> None:
    """Gives every placeholder the markers over it that mark a point; the helper knows which of them bear its words."""
    for item in found.placeholders:
        start = Fraction(*item["start"])
        first = bisect.bisect_left(points, (start, "", ""))
        last = bisect.bisect_left(points, (start + Fraction(*item["duration"]), "", ""))
        item["points"] = [
            {"frame": [at.numerator, at.denominator], "note": note, "name": name}
            for at, note, name in points[first:last]
        ]
