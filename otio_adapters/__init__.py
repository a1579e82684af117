"""Timelines in and out: placeholders become cues, takes become clips. See docs/timelines.md."""

from .files import load, save
from .place import PlacedTake, place
from .placeholders import Placeholder, TimelineWarning, find_placeholders, origin, timeline_rate

__all__ = [
    "PlacedTake",
    "Placeholder",
    "TimelineWarning",
    "find_placeholders",
    "load",
    "origin",
    "place",
    "save",
    "timeline_rate",
]
