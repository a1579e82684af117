"""Markers of Final Cut Pro's XML, past the adapter.

It reads a clip's markers again as those of the clip that the first hangs on, and writes no comments.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Rate
from framevox.otio_adapters.times import to_time

_NUMBER = re.compile("\ue002(\\d+)\ue002")
"""Heads the names of clips that have markers, on their way through the adapter: which these are."""
_COMMENT = "\ue003"
"""Stands between a marker's name and its comment."""

Frames = Callable[[str | None], Fraction]
"""A time of the file in frames."""


def with_comments(timeline: otio.schema.Timeline) -> None:
    """Puts the comments of markers where the adapter writes them."""
    for item in timeline.find_children():
        for marker in getattr(item, "markers", ()):
            if marker.comment:
                marker.name = f"{marker.name}{_COMMENT}{marker.comment}"


def write_comments(root: ET.Element) -> None:
    """A marker's name is its text in Final Cut, and its comment the note; one without a name has its comment there."""
    for element in root.iter("marker"):
        name, _, comment = element.get("value", "").partition(_COMMENT)
        element.set("value", name or comment)
        if name and comment:
            element.set("note", comment)


def take_markers(sequence: ET.Element) -> list[list[ET.Element]]:
    """Takes the markers out of clips, whose names say which were theirs."""
    taken: list[list[ET.Element]] = []
    for element in sequence.iter():
        markers = element.findall("marker")
        if markers and element.tag != "gap" and element.get("name") is not None:
            element.set("name", f"\ue002{len(taken)}\ue002{element.get('name')}")
            taken.append(markers)
        for marker in markers:
            element.remove(marker)
    return taken


def give_markers(clip: Any, taken: Sequence[Sequence[ET.Element]], frames: Frames, rate: Rate) -> None:
    """Gives a clip its markers and its name."""
    if (number := _NUMBER.match(clip.name)) is None:
        return
    clip.name = clip.name[number.end() :]
    for element in taken[int(number[1])]:
        start, length = (round(frames(element.get(name))) for name in ("start", "duration"))
        clip.markers.append(
            otio.schema.Marker(
                name=element.get("value", ""),
                marked_range=otio.opentime.TimeRange(to_time(start, rate), to_time(length, rate)),
                comment=element.get("note", ""),
                color={"0": "RED", "1": "GREEN"}.get(element.get("completed", ""), "PURPLE"),
            )
        )
