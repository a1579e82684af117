"""Words and mouth shapes of takes, to markers, to shape keys, or to a property with an F-curve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import bpy

from .compat import scene_of
from .scan import TAKE, Placed, check_scene, find_strip, placed_takes, rate_text
from .shared.errors import HostError
from .words import MOUTH, WORD

SHAPES = "ABCDEFGHX"
"""The shapes that Rhubarb Lip Sync draws; X is the mouth at rest."""
PROPERTY = "framevox_mouth"
"""The property of an object that holds the number of the shape, from 0 for A to 8 for X."""
_NOMINAL = (24, 30, 48, 60, 120)


class FRAMEVOX_OT_mouth(bpy.types.Operator):
    """Write the words or mouth shapes of the selected takes, else of all, where animation can use them"""

    bl_idname = "framevox.mouth"
    bl_label = "Words and Mouth Shapes"
    bl_options = {"REGISTER", "UNDO"}

    to: bpy.props.EnumProperty(
        name="To",
        description="Where they are written",
        items=[
            ("WORDS", "Word Markers", "A marker on the frame on which each word begins"),
            ("MARKERS", "Mouth Markers", "A marker on the frame on which each shape of the mouth begins"),
            ("SHAPE_KEYS", "Shape Keys", "Keyframes of the active object's shape keys called A to H and X"),
            ("PROPERTY", "Property", "Keyframes of the active object's property framevox_mouth: 0 for A to 8 for X"),
        ],
    )
    character: bpy.props.StringProperty(name="Character", description="Only the takes of this character; empty for all")

    def invoke(self, context: Any, event: Any) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Any) -> set[str]:
        try:
            scene = scene_of(context)
            takes = _takes(scene, self.character)
            count = _WRITERS[self.to](scene, context.active_object, takes)
        except HostError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        what = {"WORDS": "word markers", "MARKERS": "mouth markers"}.get(self.to, "keyframes")
        self.report({"INFO"}, f"{count} {what} of {len(takes)} takes")
        return {"FINISHED"}


def exact_rate(scene: Any) -> Fraction:
    """Returns the scene's rate as a fraction: NTSC rates are thousandths of 1001."""
    rate = Fraction(rate_text(scene))
    for nominal in _NOMINAL:
        if abs(rate - Fraction(nominal * 1000, 1001)) < Fraction(1, 200):
            return Fraction(nominal * 1000, 1001)
    return rate


def _takes(scene: Any, character: str) -> list[Placed]:
    check_scene(scene)
    takes = [one for one in placed_takes(scene) if not one.muted]
    takes = [one for one in takes if one.selected] or takes
    if character:
        takes = [one for one in takes if find_strip(scene, one.name)[TAKE].get("character", "") == character]
    if not takes:
        raise HostError(f"there are no takes{f' of {character}' if character else ''} in this scene: fill it first")
    return sorted(takes, key=lambda one: one.start)


def _at(scene: Any, take: Placed, key: str) -> Iterator[tuple[int, str]]:
    """Yields what a take has under ``key``, each with its frame in the scene: the nearest one that is inside."""
    told = find_strip(scene, take.name)[TAKE]
    fps, rate = exact_rate(scene), int(told["sample_rate"])
    for one in json.loads(told[key]):
        sample, name = (one[0], one[1]) if key == "mouth" else (one[1], one[0])
        # A take that was trimmed at its head begins later in its slot; one that was moved moves its words along.
        frame = take.start + round(Fraction(sample) * fps / rate) - _trimmed(scene, take)
        if take.start <= frame < take.end:
            yield frame, str(name)


def _trimmed(scene: Any, take: Placed) -> int:
    """How many frames the user cut off the beginning of a take."""
    strip = find_strip(scene, take.name)
    head = strip[TAKE].get("head")
    return 0 if head is None else int(strip.frame_offset_start) - int(head)


def _markers(key: str, prefix: str) -> Any:
    def write(scene: Any, _: Any, takes: list[Placed]) -> int:
        there = {(marker.frame, marker.name) for marker in scene.timeline_markers}
        count = 0
        for take in takes:
            for frame, name in _at(scene, take, key):
                if (frame, prefix + name) not in there:
                    scene.timeline_markers.new(prefix + name, frame=frame)
                    there.add((frame, prefix + name))
                count += 1
        return count

    return write


def _shapes(scene: Any, takes: list[Placed]) -> Iterator[tuple[int, str]]:
    """Yields the shapes of all takes, one a frame, with the mouth at rest between them."""
    by_frame: dict[int, str] = {}
    for take in takes:
        by_frame.setdefault(take.start - 1, "X")
        by_frame[take.end] = "X"
        by_frame.update(dict(_at(scene, take, "mouth")))
    yield from sorted(by_frame.items())


def _to_shape_keys(scene: Any, target: Any, takes: list[Placed]) -> int:
    keys = getattr(getattr(target, "data", None), "shape_keys", None)
    blocks = {name: block for name in SHAPES if (block := keys and keys.key_blocks.get(name)) is not None}
    if not blocks:
        raise HostError(
            "the active object has no shape keys called A to H and X: add those that your mouth has, or write markers"
        )
    if keys.library is not None:
        raise HostError(f"the shape keys of “{target.name}” are linked from another file: make them local")
    count = 0
    for frame, shape in _shapes(scene, takes):
        for name, block in blocks.items():
            block.value = 1.0 if name == shape else 0.0
            block.keyframe_insert("value", frame=frame)
            count += 1
    return count


def _to_property(scene: Any, target: Any, takes: list[Placed]) -> int:
    if target is None:
        raise HostError("there is no active object: select the one whose mouth is animated, or write markers")
    if target.library is not None:
        raise HostError(f"“{target.name}” is linked from another file and cannot be changed: make it local")
    count = 0
    for frame, shape in _shapes(scene, takes):
        target[PROPERTY] = SHAPES.index(shape)  # whole numbers: Blender keeps them constant between keyframes
        target.keyframe_insert(f'["{PROPERTY}"]', frame=frame)
        count += 1
    return count


_WRITERS = {
    "WORDS": _markers("words", WORD),
    "MARKERS": _markers("mouth", MOUTH),
    "SHAPE_KEYS": _to_shape_keys,
    "PROPERTY": _to_property,
}
CLASSES = (FRAMEVOX_OT_mouth,)
