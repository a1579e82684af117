"""Reads a scene's sequencer: placeholders, and the takes that lie in it.

Strips are known by their names, which are unique in a scene: an undo, or another file, invalidates every handle.
"""

from __future__ import annotations

import array
import bisect
import os
from dataclasses import dataclass, field
from typing import Any, Optional

import bpy

from .compat import all_strips, file_of, strips_of
from .shared.errors import HostError
from .shared.progress import Steps
from .shared.steps import Pace, finish
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


def scene_called(name: str) -> Any:
    """Returns the scene of a name. Raises HostError where it is gone, or cannot be filled any more."""
    scene = bpy.data.scenes.get(name)
    if scene is None:
        raise HostError(f"the scene “{name}” is gone: run the operator again in another")
    check_scene(scene)
    return scene


def reading(name: str) -> Steps:
    """Reads a scene in steps, and returns what it holds. Raises HostError for one that cannot be filled."""
    scene, pace = scene_called(name), Pace()
    first = int(scene.frame_start)
    found = Snapshot(name, rate_text(scene), 0, int(scene.frame_current))
    yield from _strips(found, pace, "", None, False)
    points = yield from _markers(scene_called(name), found, pace)
    lowest = min([first, *(one.start for one in found.placeholders.values())])
    if lowest < 0:
        found.start = (lowest // BEFORE_ZERO) * BEFORE_ZERO
    yield from _points(points, found, pace)
    return found


def placed_takes(scene: Any) -> list[Placed]:
    """Returns the takes in a scene."""
    check_scene(scene)
    found = Snapshot(scene.name, "", 0, 0)
    finish(_strips(found, Pace(), "", None, False, takes_only=True))
    return found.takes


def find_strip(scene: Any, name: str) -> Any:
    """Returns the strip of a name, None if it is gone."""
    return all_strips(scene.sequence_editor).get(name)


def owner_of(scene: Any, meta: str) -> Any:
    """Returns the editor, or the meta strip of a name, None if it is gone."""
    return find_strip(scene, meta) if meta else scene.sequence_editor


def read_take(scene: Any, name: str) -> Optional[Placed]:
    """Returns the take that a strip is now; None for another strip, or if it is gone."""
    strip = find_strip(scene, name)
    told = strip.get(TAKE) if strip is not None else None
    if told is None or strip.type != "SOUND":
        return None
    meta = strip.parent_meta()
    channel = (meta or scene.sequence_editor).channels[strip.channel]
    locked, above = bool(strip.lock or channel.lock), meta
    while above is not None and not locked:
        inside = above.parent_meta()
        locked = bool(above.lock or (inside or scene.sequence_editor).channels[above.channel].lock)
        above = inside
    span = int(strip.frame_final_start), int(strip.frame_final_end)
    return _take(strip, told, *span, meta.name if meta is not None else "", channel, locked)


def _strips(
    found: Snapshot, pace: Pace, meta: str, seen: Optional[tuple[int, int]], locked: bool, *, takes_only: bool = False
) -> Steps:
    """Reads the strips of an editor or a meta strip, in steps: the user may change them in between, so they are looked
    up by name. ``seen`` is the span of the meta strip that is shown."""
    scene = scene_called(found.scene)
    owner = owner_of(scene, meta)
    for name in strips_of(owner).keys() if owner is not None else ():
        if (yield from pace.rest()):
            scene = scene_called(found.scene)
            owner = owner_of(scene, meta)
        strip = find_strip(scene, name)
        if owner is None or strip is None:
            continue
        channel = owner.channels[strip.channel]
        closed = locked or bool(strip.lock or channel.lock)
        start, end = int(strip.frame_final_start), int(strip.frame_final_end)
        told = strip.get(TAKE)
        if told is not None and strip.type == "SOUND":
            take = _take(strip, told, start, end, meta, channel, closed)
            if take is not None:
                found.takes.append(take)
                continue
        inside = strip.type == "META" and not (strip.mute or channel.mute)
        if not takes_only:
            _read_line(found, strip, channel, meta, (start, end), seen, closed)
        if inside:
            span = (start, end) if seen is None else (max(start, seen[0]), min(end, seen[1]))
            yield from _strips(found, pace, name, span, closed, takes_only=takes_only)
            scene = scene_called(found.scene)
            owner = owner_of(scene, meta)


def _read_line(
    found: Snapshot, strip: Any, channel: Any, meta: str, span: tuple[int, int], seen: Optional[tuple[int, int]],
    locked: bool,
) -> None:  # fmt: skip
    """Notes the line of a strip, if it is a placeholder that is heard and shown."""
    if strip.type == "META" and strip.get("framevox") is None:
        return
    if (strip.mute and not strip.get(MUTED)) or channel.mute:
        return
    item = _item(strip, channel)
    if item is None:
        return
    start, end = span
    if seen is not None:
        start, end = max(start, seen[0]), min(end, seen[1])
        if end <= start:
            return
    if end <= start:
        found.empty += 1
        return
    _add(
        found, item, Placeholder(f"strip:{strip.name}", item["kind"], strip.name, start, end - start, meta, locked,
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


def _markers(scene: Any, found: Snapshot, pace: Pace) -> Steps:
    """Notes markers whose name is a line, up to the next one called ``/``, or to the next line.

    Returns the others, which may bear words of lines, as frames and names in order.
    """
    lines, points, ends = [], [], []
    for frame, name, selected in _read_markers(scene):
        yield from pace.rest()
        if name.strip() == END:
            ends.append(frame)
        elif is_line(name):
            lines.append((frame, name, selected))
        elif not is_written(name):
            points.append((frame, name))
    count: dict[str, int] = {}
    for index, (frame, name, selected) in enumerate(lines):
        yield from pace.rest()
        following = bisect.bisect_right(ends, frame)
        if following == len(ends):
            continue
        end = ends[following]
        if index + 1 < len(lines):
            end = min(end, lines[index + 1][0])
        number = count[name] = count.get(name, 0) + 1
        if end <= frame:
            found.empty += 1
            continue
        key = f"marker:{name}:{number}"
        item = {"kind": "marker", "text": name, "name": "", "track": ""}
        _add(found, item, Placeholder(key, "marker", name, frame, end - frame, selected=selected))
    return sorted(points)


def _read_markers(scene: Any) -> list[tuple[int, str, bool]]:
    """Returns frame, name and selection of every marker, by frames: read at once, as there may be one for each word."""
    markers = scene.timeline_markers
    names = markers.keys()
    frames, selected = array.array("i", bytes(4 * len(names))), [False] * len(names)
    markers.foreach_get("frame", frames)
    markers.foreach_get("select", selected)
    return sorted(zip(frames, names, selected, strict=True), key=lambda one: one[0])


def _points(points: list[tuple[int, str]], found: Snapshot, pace: Pace) -> Steps:
    """Gives every placeholder the markers over it: the helper knows which of them bear a word of its line."""
    for item in found.items:
        yield from pace.rest()
        start = item["start"][0]
        first = bisect.bisect_left(points, (start, ""))
        last = bisect.bisect_left(points, (start + item["duration"][0], ""))
        item["points"] = [{"frame": [frame, 1], "note": "", "name": name} for frame, name in points[first:last]]
