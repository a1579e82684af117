"""Timelines in and out: placeholders become cues, takes become clips. See docs/timelines.md."""

from .formats import check_suffix
from .loading import load
from .metadata import TimelineWarning
from .placeholders import Placeholder, find_placeholders
from .placing import PlacedTake, place
from .rehearsal import rehearse
from .resolve_timeline import for_resolve, whole_handles
from .restoring import restore
from .saving import save
from .timeline_rate import origin, timeline_rate

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
