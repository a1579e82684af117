"""Timelines in and out: placeholders become cues, takes become clips. See docs/timelines.md."""

from .files import check_suffix, load, save
from .place import PlacedTake, place
from .placeholders import Placeholder, TimelineWarning, find_placeholders, origin, timeline_rate
from .rehearse import rehearse
from .resolve import for_resolve, whole_handles
from .restore import restore

__all__ = [
    "PlacedTake",
    "Placeholder",
    "TimelineWarning",
    "check_suffix",
    "find_placeholders",
    "for_resolve",
    "load",
    "origin",
    "place",
    "rehearse",
    "restore",
    "save",
    "timeline_rate",
    "whole_handles",
]
