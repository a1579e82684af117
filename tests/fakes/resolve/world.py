"""The state of a fake Resolve, and what its objects answer.

Every call of a script arrives at ``World.call``. Objects are handed out as new handles each time, so that two handles
of one clip never compare equal (facts: "To be tried"), as a script in the real program sees it.
"""

from __future__ import annotations

import itertools
import math
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from . import objects

VERSIONS = {"20.3.1": (20, 3, 1), "20.3.2": (20, 3, 2), "21.0": (21, 0, 0), "21.1": (21, 1, 0)}


@dataclass
class Traps:
    """Oddities that can be switched; the defaults are what most calls do."""

    rate_form: str = "text"
    """How a rate is written: ``text``, ``float``, or ``text DF`` (facts, "Calls we need")."""
    lying_returns: bool = False
    """Every other successful append returns ``[None]``, every swallowed one a clip that is not there (trap 7)."""
    vanishing: int = 0
    """Every n-th appended clip is seen once and then gone (traps 7 and 14)."""
    failing_deletes: bool = False
    """Every ``DeleteClips`` fails once and then works on the identical retry (trap 14)."""
    reimport_makes_new: bool = False
    """Importing a file twice gives a second clip, else the one there is (facts, "To be tried")."""
    end_inclusive: bool = False
    """Whether the end of an appended range is part of it; measured is that it is not (trap 2)."""
    captions_enable: bool = True
    """Whether ``SetClipEnabled`` works on captions (facts, "To be tried")."""
    properties_at_once: bool = True
    """Whether ``GetClipProperty`` without a name answers all of them."""
    left_offset: int = 0
    """What ``GetLeftOffset`` counts more than there is: it mixes conventions (trap 8)."""
    max_audio_tracks: int = 1000
    longest_name: int = 1000
    """After how many characters the name of a track is cut."""
    other_paths: bool = False
    """Whether a file's path is told in another way than it was imported by."""
    fractions_told: bool = False
    """Whether ``GetDuration(True)`` tells the length that a clip's own frames give, before it was floored."""
    locked_bins: bool = False
    """Whether the bins are locked, so that none can be made."""
    stdout: str = ""
    """What standard output is: ``plain`` cannot be flushed, ``cp1252`` writes only what that has, ``none`` is None."""


@dataclass
class Media:
    """A clip of the media pool. ``fps`` is frozen at the project's rate on import (trap 3)."""

    path: str
    name: str
    fps: Fraction
    frames: int
    bin: int = 0
    uid: str = ""


@dataclass
class Placed:
    """A clip on a timeline. ``start`` and ``duration`` are absolute timeline frames, possibly inside a frame."""

    name: str
    start: Fraction | int
    duration: Fraction | int
    media: Media | None = None
    enabled: bool = True
    source_start: int = 0
    speed: Fraction | int = 1
    properties: dict[str, Any] = field(default_factory=lambda: {"Pan": 0.0})
    uid: str = ""
    told_duration: Fraction | None = None
    seen_until: int | None = None
    """How many more times the track lists it, for clips that vanish."""

    @property
    def end(self) -> Fraction | int:
        return self.start + self.duration


@dataclass
class TrackState:
    name: str
    items: list[Placed] = field(default_factory=list)
    locked: bool = False
    enabled: bool = True


@dataclass
class TimelineState:
    name: str
    rate: Fraction
    drop_frame: bool
    start: int
    uid: str
    tracks: dict[str, list[TrackState]]
    markers: dict[int, dict[str, Any]] = field(default_factory=dict)
    playhead: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    """``in`` and ``out``, in frames from the start."""
    selected: list[Placed] = field(default_factory=list)


class World:
    """A running Resolve with one project and one timeline."""

    def __init__(
        self,
        version: str = "21.0",
        *,
        studio: bool = True,
        rate: Fraction = Fraction(24),
        project_rate: Fraction | None = None,
        drop_frame: bool = False,
        start: int = 86400,
        traps: Traps | None = None,
    ) -> None:
        self.version = VERSIONS[version]
        self.studio = studio
        self.traps = traps or Traps()
        self.project_rate = project_rate or rate
        self.page = "edit"
        self.modal = False
        """While a dialog is up every call fails (facts, "Which Resolve")."""
        self.calls: dict[str, int] = {}
        self.before: Callable[[str, Any, tuple[Any, ...]], None] = lambda name, obj, args: None
        """Called ahead of every call; what a test does here happens in the middle of a run."""
        self.answers_none: Callable[[str], bool] = lambda name: False
        """Which calls return None for no reason."""
        self._numbers = itertools.count(1)
        self.timeline: TimelineState | None = TimelineState(
            "Scene 1",
            rate,
            drop_frame,
            start,
            self.uid("timeline"),
            {"video": [TrackState("Video 1")], "audio": [TrackState("Audio 1")], "subtitle": []},
        )
        self.timelines = [self.timeline]
        self.bins: dict[int, str] = {0: "Master", 1: "Rushes"}
        self.bin_parents: dict[int, int] = {1: 0}
        self.bin = 1
        self.media: list[Media] = []
        self.appended = 0
        self.swallowed = 0
        """How many appends came to nothing because something lay there."""
        self.project_name = "Rooftop"
        self.project: str | None = self.uid("project")
        self._objects: dict[int, Any] = {}
        self._deletes_tried: set[tuple[str, ...]] = set()

    def uid(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers):06}"

    # What a script sees.

    def handle(self, obj: Any) -> tuple[str, int]:
        number = next(self._numbers)
        self._objects[number] = obj
        return ("handle", number)

    def root(self) -> tuple[str, int]:
        return self.handle(objects.Resolve(self))

    def call(self, number: int, name: str, args: tuple[Any, ...]) -> Any:
        """What one call answers. Unknown names give None (trap 15), and so does everything while a dialog is up."""
        obj = self._objects[number]
        self.calls[name] = self.calls.get(name, 0) + 1
        self.before(name, obj, args)
        if self.modal or self.answers_none(name) or name.startswith("_"):
            return None
        method = self._method(obj, name)
        if method is None:
            return None
        if getattr(method, "studio_only", False) and not self.studio:
            self.modal = True  # trap 15: the dialog makes later, unrelated calls fail
            return None
        return self._outward(method(*(self._inward(value) for value in args)))

    def names(self, number: int) -> list[str]:
        obj = self._objects[number]
        return sorted(name for name in dir(type(obj)) if self._method(obj, name) is not None)

    def _method(self, obj: Any, name: str) -> Any:
        method = None if name.startswith("_") else getattr(obj, name, None)
        if name.startswith("EXPORT_"):
            return method
        if not callable(method) or getattr(method, "since", (0,)) > self.version:
            return None
        return method

    def _outward(self, value: Any) -> Any:
        if isinstance(value, objects.Object):
            return self.handle(value)
        if isinstance(value, list):
            return [self._outward(item) for item in value]
        return value

    def _inward(self, value: Any) -> Any:
        if isinstance(value, tuple) and len(value) == 2 and value[0] == "handle":
            return self._objects[value[1]]
        if isinstance(value, list):
            return [self._inward(item) for item in value]
        if isinstance(value, dict):
            return {key: self._inward(item) for key, item in value.items()}
        return value

    # What a test prepares.

    @property
    def rate(self) -> Fraction:
        return self._timeline().rate

    def _timeline(self) -> TimelineState:
        assert self.timeline is not None
        return self.timeline

    def caption(self, text: str, start: int, duration: int, track: int = 1) -> Placed:
        """A caption at frames from the timeline's start."""
        tracks = self._timeline().tracks["subtitle"]
        while len(tracks) < track:
            tracks.append(TrackState(f"Subtitle {len(tracks) + 1}"))
        item = Placed(text, Fraction(self._timeline().start + start), Fraction(duration), uid=self.uid("item"))
        tracks[track - 1].items.append(item)
        return item

    def clip(self, name: str, start: Fraction | int, duration: Fraction | int, track: int = 1, **more: Any) -> Placed:
        """An audio clip at frames from the timeline's start; without media unless ``media`` is given."""
        item = Placed(name, Fraction(self._timeline().start + start), Fraction(duration), uid=self.uid("item"), **more)
        tracks = self._timeline().tracks["audio"]
        while len(tracks) < track:
            tracks.append(TrackState(f"Audio {len(tracks) + 1}"))
        tracks[track - 1].items.append(item)
        return item

    def cross_fade(self, start: int, duration: int) -> Placed:
        """Listed as a clip without media and with empty properties (trap 16)."""
        return self.clip("Cross Fade 0 dB", start, duration, properties={})

    def marker(self, note: str, start: int, duration: int, name: str = "Marker 1") -> None:
        self._timeline().markers[start] = {
            "color": "Blue",
            "duration": float(duration),
            "note": note,
            "name": name,
            "customData": "",
        }

    def add_media(self, path: str, frames: int = 1000) -> Media:
        media = Media(path, Path(path).name, self.project_rate, frames, self.bin, self.uid("media"))
        self.media.append(media)
        return media

    def another_timeline(self) -> TimelineState:
        other = TimelineState(
            "Scene 2",
            self._timeline().rate,
            False,
            86400,
            self.uid("timeline"),
            {"video": [TrackState("Video 1")], "audio": [TrackState("Audio 1")], "subtitle": []},
        )
        self.timelines.append(other)
        return other

    # What a test looks at.

    def takes(self, timeline: TimelineState | None = None) -> list[tuple[str, Placed]]:
        """Every clip on a track of Framevox, with the track's name."""
        tracks = (timeline or self._timeline()).tracks["audio"]
        return [(t.name, item) for t in tracks if t.name.startswith("FV ") for item in t.items]

    def users(self) -> list[Any]:
        """Everything that belongs to the user, but for whether placeholders are enabled."""
        return [
            (line.uid, kind, track.name, track.locked, [(i.uid, i.name, i.start, i.duration) for i in track.items])
            for line in self.timelines
            for kind, tracks in line.tracks.items()
            for track in tracks
            if not track.name.startswith("FV ")
        ] + [
            (line.uid, {frame: m for frame, m in line.markers.items() if "framevox" not in m["customData"]})
            for line in self.timelines
        ]

    # How media and appends behave.

    def import_file(self, path: str) -> Media | None:
        if not Path(path).is_file():
            return None
        if not self.traps.reimport_makes_new:
            for media in self.media:
                if media.path == path:
                    return media
        with wave.open(path, "rb") as file:
            seconds = Fraction(file.getnframes(), file.getframerate())
        # Trap 5: a file that ends inside a frame is a frame shorter than its sound.
        media = Media(path, Path(path).name, self.project_rate, math.floor(seconds * self.project_rate), self.bin)
        media.uid = self.uid("media")
        self.media.append(media)
        return media

    def append(self, asked: list[dict[str, Any]]) -> list[Any]:
        """Appends to the current timeline. See traps 1 to 7 and 14 for what may come of it."""
        if len(asked) > 1000:
            return []  # users' reports: 1,949 clips in one append failed
        if any(not isinstance(clip[key], int) for clip in asked for key in ("startFrame", "endFrame", "recordFrame")):
            return []  # one fractional value and the whole batch returns nothing
        return [self._append_one(clip) for clip in asked]

    def _append_one(self, asked: dict[str, Any]) -> Any:
        line = self._timeline()
        media: Media = asked["mediaPoolItem"].state
        tracks = line.tracks["audio"]
        if self.version < (20, 3, 2):
            tracks = line.tracks["video"]  # an audio-only append is checked against the video tracks
        index = asked["trackIndex"]
        swallowed = (
            objects.TimelineItem(self, Placed("ghost", Fraction(0), Fraction(0))) if self.traps.lying_returns else None
        )
        if asked.get("mediaType") != 2 or not 1 <= index <= len(tracks):
            return swallowed
        track = tracks[index - 1]
        if track.locked:
            return swallowed
        first, last = asked["startFrame"], min(asked["endFrame"] + self.traps.end_inclusive, media.frames)
        # Source frames at the clip's own rate, endFrame exclusive (trap 2); the conversion floors (trap 3).
        length = math.floor((last - first) * line.rate / media.fps)
        start = asked["recordFrame"]  # absolute (trap 1)
        if length <= 0 or any(i.start < start + length and start < i.end for i in track.items):
            self.swallowed += 1
            return swallowed  # what is occupied swallows the append without a word (trap 6)
        item = Placed(media.name, start, length, media, source_start=first, uid=self.uid("item"))
        if self.traps.fractions_told:
            item.told_duration = (last - first) * line.rate / media.fps
        self.appended += 1
        if self.traps.vanishing and self.appended % self.traps.vanishing == 0:
            item.seen_until = 1
        track.items.append(item)
        if self.traps.lying_returns and self.appended % 2:
            return None
        return objects.TimelineItem(self, item)

    def delete(self, items: list[Placed]) -> bool:
        if self.page == "fairlight":
            return False  # facts: DeleteClips fails on the Fairlight page
        key = tuple(sorted(item.uid for item in items))
        if self.traps.failing_deletes and key not in self._deletes_tried:
            self._deletes_tried.add(key)
            return False
        doomed = set(key)
        for tracks in self._timeline().tracks.values():
            for track in tracks:
                if track.locked and any(item.uid in doomed for item in track.items):
                    return False
                track.items = [item for item in track.items if item.uid not in doomed]
        return True

    def rate_value(self, rate: Fraction, drop_frame: bool) -> Any:
        """A rate as settings and clip properties give it: a float or a string (facts, "Calls we need")."""
        digits = 3 if rate < 24 or 47 < rate < 48 else 2
        text = str(rate) if rate.denominator == 1 else f"{float(rate):.{digits}f}"
        if self.traps.rate_form == "float":
            return float(text)
        return text + (" DF" if self.traps.rate_form == "text DF" and drop_frame else "")
