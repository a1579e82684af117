"""What lies on the timeline: placeholders, takes of ours, and what is occupied. Reads only."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Optional

from .errors import HostError
from .files import TAKE_NAME
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

    @property
    def end(self) -> Fraction:
        return self.start + self.duration

    @property
    def cue(self) -> str:
        match = TAKE_NAME.search(os.path.basename(self.path))
        return match["cue"] if match else ""

    @property
    def meant(self) -> tuple[int, int]:
        """Where its name says that it was placed: start and slot length."""
        match = TAKE_NAME.search(os.path.basename(self.path))
        assert match is not None
        return int(match["start"]), int(match["duration"])


@dataclass
class Track:
    index: int
    name: str
    locked: bool
    items: list[Item] = field(default_factory=list)


@dataclass
class Snapshot:
    """The timeline as it is. ``placeholders`` is what the helper makes cues of, by key."""

    rate: str
    drop_frame: bool
    project_rate: str
    start: int
    tracks: list[Track]
    placeholders: list[dict[str, Any]]
    handles: dict[str, Any]
    """The clip or caption behind a placeholder's key; markers have none."""
    locked: dict[str, bool]
    """Whether the track of a placeholder is locked."""
    marked: dict[int, str]
    """The custom data of every marker, by its frame from the start."""

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
        handles={},
        locked={},
        marked={},
    )
    for index in range(1, int(ask(timeline, "GetTrackCount", "subtitle")) + 1):
        _captions(timeline, index, snapshot)
    for index in range(1, int(ask(timeline, "GetTrackCount", "audio")) + 1):
        snapshot.tracks.append(read_track(timeline, index, snapshot))
    _markers(session, snapshot)
    return snapshot


def exact(value: Any) -> Fraction:
    """A position as Resolve gives it: whole within the noise of a double, else as it is (inside a frame)."""
    number = Fraction(value)
    nearest = Fraction(round(number))
    return nearest if abs(number - nearest) < _NOISE else number.limit_denominator(100_000)


def read_track(
    timeline: Any, index: int, found: Optional[Snapshot] = None, known: Optional[dict[str, Item]] = None
) -> Track:
    """One audio track with its clips; what stands for a line goes to ``found``. ``known`` ones are not asked again."""
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
            # A take whose clip was deleted from the media pool, or which Resolve does not tell just now, is still ours.
            name = str(ask(handle, "GetName"))
            item.path = name if TAKE_NAME.search(name) else ""
        track.items.append(item)
        if found is not None and not item.cue and _stands_for_a_line(handle, media):
            _add(found, "clip", handle, track.name, track.locked, item.start, item.duration)
    return track


def _stands_for_a_line(handle: Any, media: Any) -> bool:
    """Empty clips, and disabled ones that somebody gave a name."""
    if media is None:
        return bool(maybe(handle, "GetProperty"))  # a cross fade has no media and no properties either (trap 16)
    if ask(handle, "GetClipEnabled"):
        return False
    return str(ask(handle, "GetName")) != str(ask(media, "GetName"))


def _captions(timeline: Any, index: int, found: Snapshot) -> None:
    name = str(ask(timeline, "GetTrackName", "subtitle", index))
    locked = bool(ask(timeline, "GetIsTrackLocked", "subtitle", index))
    for handle in ask(timeline, "GetItemListInTrack", "subtitle", index):
        start, duration = exact(ask(handle, "GetStart", True)), exact(ask(handle, "GetDuration", True))
        _add(found, "caption", handle, name, locked, start, duration)


def _add(
    found: Snapshot, kind: str, handle: Any, track: str, locked: bool, start: Fraction, duration: Fraction
) -> None:
    key = str(ask(handle, "GetUniqueId"))
    if key in found.handles:
        raise HostError("Resolve gives two clips one id: save the project, open it again, and run the entry again")
    found.handles[key] = handle
    found.locked[key] = locked
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
    for frame, marker in ask(session.timeline, "GetMarkers").items():
        offset, duration = exact(frame), exact(marker.get("duration") or 1)
        found.marked[int(offset)] = str(marker.get("customData") or "")
        note = str(marker.get("note") or "")
        if duration <= 1 or not note.strip() or str(marker.get("customData") or "").startswith(MARK):
            continue
        start = found.start + offset
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
