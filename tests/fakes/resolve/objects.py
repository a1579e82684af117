"""The objects of the scripting interface, with the methods that Framevox may call.

A method's ``since`` is the version that first has it; ``studio_only`` ones raise a dialog in the free edition.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import Media, Placed, TimelineState, TrackState, World


def since(*version: int) -> Callable[[Any], Any]:
    def mark(method: Any) -> Any:
        method.since = version
        return method

    return mark


def studio_only(method: Any) -> Any:
    method.studio_only = True
    return method


class Object:
    """Anything that a script gets a handle of."""

    def __init__(self, world: World, state: Any = None) -> None:
        self.world = world
        self.state = state


class Resolve(Object):
    # Export constants exist on the live object only (facts, "Calls we need").
    @staticmethod
    def EXPORT_OTIO() -> Any:
        return "constant:otio"

    @staticmethod
    def EXPORT_NONE() -> Any:
        return "constant:none"

    def GetProductName(self) -> str:
        return "DaVinci Resolve Studio" if self.world.studio else "DaVinci Resolve"

    def GetVersion(self) -> list[Any]:
        return [*self.world.version, 12, ""]

    def GetVersionString(self) -> str:
        return ".".join(map(str, self.world.version)) + ".0012"

    def GetProjectManager(self) -> Any:
        return ProjectManager(self.world)

    def GetCurrentPage(self) -> str:
        return self.world.page

    def OpenPage(self, page: str) -> bool:
        self.world.page = page
        return True


class ProjectManager(Object):
    def GetCurrentProject(self) -> Any:
        return None if self.world.project is None else Project(self.world)


class Project(Object):
    def GetName(self) -> str:
        return self.world.project_name

    def GetUniqueId(self) -> Any:
        return self.world.project

    def GetMediaPool(self) -> Any:
        return MediaPool(self.world)

    def GetCurrentTimeline(self) -> Any:
        return None if self.world.timeline is None else Timeline(self.world, self.world.timeline)

    def GetSetting(self, name: str) -> Any:
        return self.world.rate_value(self.world.project_rate, False) if name == "timelineFrameRate" else ""

    @studio_only
    def GenerateSpeech(self, settings: Any, timecode: str) -> Any:
        return None


class Folder(Object):
    state: int

    def GetName(self) -> str:
        return self.world.bins[self.state]

    def GetUniqueId(self) -> str:
        return f"bin-{self.state}"

    def GetSubFolderList(self) -> list[Any]:
        return [Folder(self.world, child) for child, parent in self.world.bin_parents.items() if parent == self.state]

    def GetClipList(self) -> list[Any]:
        return [PoolItem(self.world, media) for media in self.world.media if media.bin == self.state]


class MediaPool(Object):
    def GetRootFolder(self) -> Any:
        return Folder(self.world, 0)

    def GetCurrentFolder(self) -> Any:
        return Folder(self.world, self.world.bin)

    def SetCurrentFolder(self, folder: Folder) -> bool:
        self.world.bin = folder.state
        return True

    def AddSubFolder(self, parent: Folder, name: str) -> Any:
        if self.world.traps.locked_bins:
            return None
        number = max(self.world.bins) + 1
        self.world.bins[number] = name
        self.world.bin_parents[number] = parent.state
        self.world.bin = number  # whether it becomes current is to be tried; here it does, so nobody may rely on not
        return Folder(self.world, number)

    def ImportMedia(self, paths: list[str]) -> list[Any]:
        media = [self.world.import_file(path) for path in paths]
        return [PoolItem(self.world, one) for one in media if one is not None]

    def ImportTimelineFromFile(self, path: str, options: dict[str, Any] | None = None) -> Any:
        from .imports import import_timeline

        line = import_timeline(self.world, path)
        return None if line is None else Timeline(self.world, line)

    def AppendToTimeline(self, clips: list[dict[str, Any]]) -> list[Any]:
        return self.world.append(clips)


class PoolItem(Object):
    state: Media

    def GetName(self) -> str:
        return self.state.name

    def GetUniqueId(self) -> str:
        return self.state.uid

    def _told_path(self) -> str:
        path = self.state.path
        return path.replace("/", "/./", 1) if self.world.traps.other_paths else path

    def GetClipProperty(self, name: str | None = None) -> Any:
        known = {"FPS": self.world.rate_value(self.state.fps, False), "File Path": self._told_path()}
        if name is None:
            return known if self.world.traps.properties_at_once else ""
        return known.get(name, "")


class Timeline(Object):
    state: TimelineState

    def GetName(self) -> str:
        return self.state.name

    def GetUniqueId(self) -> str:
        return self.state.uid

    def GetStartFrame(self) -> int:
        return self.state.start

    def GetSetting(self, name: str) -> Any:
        if name == "timelineFrameRate":
            return self.world.rate_value(self.state.rate, self.state.drop_frame)
        return ("1" if self.state.drop_frame else "0") if name == "timelineDropFrameTimecode" else ""

    def _track(self, kind: str, index: int) -> TrackState | None:
        tracks = self.state.tracks.get(kind, [])
        return tracks[index - 1] if 1 <= index <= len(tracks) else None

    def GetTrackCount(self, kind: str) -> int:
        return len(self.state.tracks.get(kind, []))

    def GetTrackName(self, kind: str, index: int) -> Any:
        track = self._track(kind, index)
        return track.name if track else None

    def SetTrackName(self, kind: str, index: int, name: str) -> bool:
        track = self._track(kind, index)
        if track is None:
            return False
        track.name = name[: self.world.traps.longest_name]
        return True

    def GetIsTrackLocked(self, kind: str, index: int) -> Any:
        track = self._track(kind, index)
        return track.locked if track else None

    def SetTrackLock(self, kind: str, index: int, locked: bool) -> bool:
        track = self._track(kind, index)
        if track is None:
            return False
        track.locked = locked
        return True

    def GetIsTrackEnabled(self, kind: str, index: int) -> Any:
        track = self._track(kind, index)
        return track.enabled if track else None

    def AddTrack(self, kind: str, sub_type: str = "mono") -> bool:
        from .world import TrackState

        tracks = self.state.tracks[kind]
        if kind == "audio" and len(tracks) >= self.world.traps.max_audio_tracks:
            return False
        tracks.append(TrackState(f"{kind.capitalize()} {len(tracks) + 1}"))
        return True

    def GetItemListInTrack(self, kind: str, index: int) -> Any:
        track = self._track(kind, index)
        if track is None:
            return None
        track.items = [item for item in track.items if item.seen_until != 0]
        for item in track.items:
            if item.seen_until is not None:
                item.seen_until -= 1
        return [TimelineItem(self.world, item) for item in sorted(track.items, key=lambda item: item.start)]

    def DeleteClips(self, items: list[TimelineItem], ripple: bool = False) -> bool:
        return self.world.delete([item.state for item in items])

    def GetMarkers(self) -> dict[float, Any]:
        # Frames from the timeline's start, as floats.
        return {float(frame): dict(marker) for frame, marker in self.state.markers.items()}

    def AddMarker(self, frame: float, color: str, name: str, note: str, duration: float, custom: str = "") -> bool:
        if int(frame) in self.state.markers:
            return False  # one marker per frame (trap 16)
        self.state.markers[int(frame)] = {
            "color": color,
            "name": name,
            "note": note,
            "duration": float(duration),
            "customData": custom,
        }
        return True

    def DeleteMarkerAtFrame(self, frame: float) -> bool:
        return self.state.markers.pop(int(frame), None) is not None

    def DeleteMarkerByCustomData(self, custom: str) -> bool:
        # The first one that has it (facts, "Calls we need").
        frames = [frame for frame, marker in sorted(self.state.markers.items()) if marker["customData"] == custom]
        return bool(frames) and self.DeleteMarkerAtFrame(frames[0])

    def GetCurrentTimecode(self) -> str | None:
        from framevox.engine_daemon.protocol.timebase import Rate, format_timecode

        if self.world.page in ("media", "fusion"):
            return None  # facts: it works on Cut, Edit, Color, Fairlight and Deliver
        return format_timecode(self.state.playhead, Rate(self.state.rate, self.state.drop_frame))

    def GetMarkInOut(self) -> dict[str, Any]:
        # From the timeline's start (facts, "Calls we need").
        return {"audio": dict(self.state.marks), "video": dict(self.state.marks)} if self.state.marks else {}

    @since(21, 0, 4)
    def GetSelectedClips(self) -> list[Any]:
        return [TimelineItem(self.world, item) for item in self.state.selected]

    def Export(self, path: str, kind: Any, subtype: Any) -> bool:
        if kind != "constant:otio" or subtype != "constant:none":
            return False
        from .otio import export

        Path(path).write_text(export(self.state), "utf-8")
        return True


class TimelineItem(Object):
    state: Placed

    def GetName(self) -> str:
        return self.state.name

    def GetUniqueId(self) -> str:
        return self.state.uid

    def _position(self, value: Fraction | int, sub_frame: bool) -> Any:
        # With True (19.0.2 and later) a position may lie inside a frame, else it is floored.
        return float(value) if sub_frame else math.floor(value)

    def GetStart(self, sub_frame: bool = False) -> Any:
        return self._position(self.state.start, sub_frame)

    def GetEnd(self, sub_frame: bool = False) -> Any:
        return self._position(self.state.end, sub_frame)

    def GetDuration(self, sub_frame: bool = False) -> Any:
        return self._position(self.state.told_duration or self.state.duration, sub_frame)

    def GetSourceStartFrame(self) -> int:
        return self.state.source_start  # at the clip's rate (trap 13)

    def GetSourceEndFrame(self) -> int:
        seconds = self.state.duration / self.world.rate * self.state.speed
        return self.state.source_start + round(seconds * self.state.media.fps) if self.state.media else 0

    def GetLeftOffset(self, sub_frame: bool = False) -> Any:
        if self.state.media is None:
            return 0
        # At the timeline's rate (trap 13).
        frames = self.state.source_start * self.world.rate / self.state.media.fps
        return self._position(frames + self.world.traps.left_offset, sub_frame)

    def GetMediaPoolItem(self) -> Any:
        return None if self.state.media is None else PoolItem(self.world, self.state.media)

    def GetProperty(self) -> dict[str, Any]:
        return dict(self.state.properties)

    def GetClipEnabled(self) -> bool:
        return self.state.enabled

    def _tracks(self) -> list[tuple[str, TrackState]]:
        lines = self.world.timelines
        return [
            (kind, track)
            for line in lines
            for kind, tracks in line.tracks.items()
            for track in tracks
            if any(item is self.state for item in track.items)
        ]

    def SetClipEnabled(self, enabled: bool) -> bool:
        for kind, track in self._tracks():
            if track.locked or (kind == "subtitle" and not self.world.traps.captions_enable):
                return False
        self.state.enabled = enabled
        return True
