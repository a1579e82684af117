"""Timelines in and out: placeholders become cues, takes become clips. See docs/timelines.md."""

from .loading import check_suffix, load, save
from .placeholders import Placeholder, TimelineWarning, find_placeholders, origin, timeline_rate
from .placing import PlacedTake, place
from .rehearsal import rehearse
from .resolve_timeline import for_resolve, whole_handles
from .restoring import restore

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
