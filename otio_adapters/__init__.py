"""Timelines in and out: placeholders become cues, takes become clips. See docs/timelines.md."""

from .bundles import is_bundle_folder
from .filling import Filled, Settings, fill
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
    "Filled",
    "PlacedTake",
    "Placeholder",
    "Settings",
    "TimelineWarning",
    "check_suffix",
    "fill",
    "find_placeholders",
    "for_resolve",
    "is_bundle_folder",
    "load",
    "origin",
    "place",
    "rehearse",
    "restore",
    "save",
    "timeline_rate",
    "whole_handles",
]
