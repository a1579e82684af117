"""Reads a scene's sequencer: placeholders, and the takes that lie in it.

Strips are known by their names, which are unique in a scene: an undo, or another file, invalidates every handle.
"""

from __future__ import annotations

import bisect
import os
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Optional

from .compat import all_strips, file_of, strips_of
from .shared.errors import HostError
from .words import CALLED, END, channel_character, is_line, is_written, line_in_name, said_by

TAKE = "framevox_take"
"""The property of a strip that is a take: a group of ``cue``, ``take``, ``start``, ``duration`` and more."""
MUTED = "framevox_muted"
"""The property of a placeholder that was muted because its take is in place."""
BEFORE_ZERO = 1_080_000
"""Scenes that begin before frame 0 are counted from a multiple of this: whole samples at every rate."""


@dataclass(frozen=True)
class Placeholder:
    """A strip or marker that stands where a line is spoken. ``meta`` is the meta strip that it is in, "" for none."""

    key: str
    kind: str
    name: str
    start: int
    duration: int
    meta: str = ""
    locked: bool = False
    selected: bool = False


@dataclass
class Placed:
    """A take in the scene. ``meant`` is where it was placed: first frame and length."""

    name: str
    cue: str
    number: int
    meant: tuple[int, int]
    start: int
    duration: int
    meta: str
    channel: int
    channel_name: str
    locked: bool
    muted: bool
    selected: bool
    path: str

    @property
    def end(self) -> int:
        return self.start + self.duration


@dataclass
class Snapshot:
    """A scene as it was read. ``items`` are the placeholders as the helper is told of them."""

    scene: str
    rate: str
    start: int
    playhead: int
    items: list[dict[str, Any]] = field(default_factory=list)
    placeholders: dict[str, Placeholder] = field(default_factory=dict)
    takes: list[Placed] = field(default_factory=list)
    empty: int = 0
    """Strips of 0 frames, which cannot be spoken."""


def check_scene(scene: Any) -> None:
    """Raises HostError for a scene that cannot be filled."""
    if scene is None:
        raise HostError("there is no scene: add one, and run the operator again")
    if scene.library is not None or not getattr(scene, "is_editable", True):
        raise HostError(
            f"the scene “{scene.name}” is linked from another file and cannot be changed: open that file, or make the "
            "scene local"
        )
    if scene.sequence_editor is None:
        raise HostError(
            f"the scene “{scene.name}” has no sequencer: add a text strip with a line in the Video Sequencer, and run "
            "the operator again"
        )


def rate_text(scene: Any) -> str:
    """Returns the scene's rate as the helper reads it. Blender holds ``fps_base`` as a float of 32 bits."""
    fps, base = int(scene.render.fps), float(scene.render.fps_base)
    return str(fps) if base == 1.0 else f"{fps / base:.4f}"


def scan(scene: Any) -> Snapshot:
    """Reads a scene. Raises HostError for one that cannot be filled."""
    check_scene(scene)
    first = int(scene.frame_start)
    found = Snapshot(scene.name, rate_text(scene), 0, int(scene.frame_current))
    editor = scene.sequence_editor
    _strips(editor, "", None, False, found)
    _markers(scene, found)
    lowest = min([first, *(one.start for one in found.placeholders.values())])
    if lowest < 0:
        found.start = (lowest // BEFORE_ZERO) * BEFORE_ZERO
    _points(scene, found)
    return found


def placed_takes(scene: Any) -> list[Placed]:
    """Returns the takes in a scene."""
    found = Snapshot(scene.name, "", 0, 0)
    _strips(scene.sequence_editor, "", None, False, found)
    return found.takes


def find_strip(scene: Any, name: str) -> Any:
    """Returns the strip of a name, None if it is gone."""
    return all_strips(scene.sequence_editor).get(name)


def _strips(owner: Any, meta: str, seen: Optional[tuple[int, int]], locked: bool, found: Snapshot) -> None:
    """Reads the strips of an editor or a meta strip. ``seen`` is the span of the meta strip that is shown."""
    channels = owner.channels
    for strip in strips_of(owner):
        channel = channels[strip.channel]
        closed = locked or bool(strip.lock or channel.lock)
        start, end = int(strip.frame_final_start), int(strip.frame_final_end)
        told = strip.get(TAKE)
        if told is not None and strip.type == "SOUND":
            take = _take(strip, told, start, end, meta, channel, closed)
            if take is not None:
                found.takes.append(take)
                continue
        if strip.type == "META":
            if not (strip.mute or channel.mute):
                span = (start, end) if seen is None else (max(start, seen[0]), min(end, seen[1]))
                _strips(strip, strip.name, span, closed, found)
            if strip.get("framevox") is None:
                continue
        if (strip.mute and not strip.get(MUTED)) or channel.mute:
            continue
        item = _item(strip, channel)
        if item is None:
            continue
        if seen is not None:
            start, end = max(start, seen[0]), min(end, seen[1])
            if end <= start:
                continue
        if end <= start:
            found.empty += 1
            continue
        _add(
            found, item, Placeholder(f"strip:{strip.name}", item["kind"], strip.name, start, end - start, meta, closed,
            bool(strip.select)),
        )  # fmt: skip


def _take(strip: Any, told: Any, start: int, end: int, meta: str, channel: Any, locked: bool) -> Optional[Placed]:
    try:
        meant = (int(told["start"]), int(told["duration"]))
        cue, number = str(told["cue"]), int(told["take"])
    except (KeyError, TypeError, ValueError):
        return None
    return Placed(
        strip.name, cue, number, meant, start, end - start, meta, int(strip.channel), channel.name, locked,
        bool(strip.mute), bool(strip.select), file_of(strip.sound),
    )  # fmt: skip


def _item(strip: Any, channel: Any) -> Optional[dict[str, Any]]:
    """A strip as the helper is told of it; None for one that is no placeholder."""
    said = said_by(strip)
    if strip.type == "TEXT":
        kind, text = "strip", str(strip.text)
        if said is None and not text.strip():
            return None
    elif said is not None:
        kind, text = "strip", line_in_name(strip.name)
    elif strip.type == "SOUND" and _is_missing(strip.sound):
        kind, text = "clip", line_in_name(strip.name)
    else:
        return None
    item = {"kind": kind, "text": text, "name": "", "track": channel_character(channel.name)}
    if kind == "clip":
        item["sounding"] = True
    if said is not None:
        item["said"], item["called"] = said, CALLED
    return item


def _is_missing(sound: Any) -> bool:
    if sound is None:
        return True
    return sound.packed_file is None and not os.path.exists(file_of(sound))


def _add(found: Snapshot, item: dict[str, Any], placeholder: Placeholder) -> None:
    found.placeholders[placeholder.key] = placeholder
    found.items.append(
        {**item, "key": placeholder.key, "start": [placeholder.start, 1], "duration": [placeholder.duration, 1]}
    )


def _markers(scene: Any, found: Snapshot) -> None:
    """Markers whose name is a line, up to the next one called ``/``, or to the next line."""
    markers = sorted(scene.timeline_markers, key=lambda marker: marker.frame)
    ends = [marker.frame for marker in markers if marker.name.strip() == END]
    lines = [marker for marker in markers if is_line(marker.name)]
    count: dict[str, int] = {}
    for index, marker in enumerate(lines):
        following = bisect.bisect_right(ends, marker.frame)
        if following == len(ends):
            continue
        end = ends[following]
        if index + 1 < len(lines):
            end = min(end, lines[index + 1].frame)
        number = count[marker.name] = count.get(marker.name, 0) + 1
        if end <= marker.frame:
            found.empty += 1
            continue
        key = f"marker:{marker.name}:{number}"
        item = {"kind": "marker", "text": marker.name, "name": "", "track": ""}
        _add(
            found, item,
            Placeholder(key, "marker", marker.name, marker.frame, end - marker.frame, selected=bool(marker.select)),
        )  # fmt: skip


def _points(scene: Any, found: Snapshot) -> None:
    """Gives every placeholder the markers over it: the helper knows which of them bear a word of its line."""
    points = sorted(
        (marker.frame, marker.name)
        for marker in scene.timeline_markers
        if marker.name.strip() != END and not is_line(marker.name) and not is_written(marker.name)
    )
    for item in found.items:
        start = int(Fraction(*item["start"]))
        first = bisect.bisect_left(points, (start, ""))
        last = bisect.bisect_left(points, (start + item["duration"][0], ""))
        item["points"] = [{"frame": [frame, 1], "note": "", "name": name} for frame, name in points[first:last]]
