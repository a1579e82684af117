"""Timelines in and out: placeholders become cues, takes become clips. See docs/timelines.md.

Every program that uses OpenTimelineIO imports this package to find its plug-ins, so it loads nothing by itself: a name
brings its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bundles import is_bundle_folder
    from .casting import cast_of
    from .exchange.resolve import check_for_resolve, for_resolve, whole_handles
    from .filling import Filled, Settings, fill
    from .formats import check_suffix
    from .loading import load
    from .metadata import About, TimelineWarning, warnings_heard, warnings_said
    from .placeholders import Placeholder, find_placeholders
    from .placing import PlacedTake, place
    from .rates import origin, timeline_rate
    from .rehearsal import rehearse
    from .restoring import restore
    from .saving import save

_HOMES = {
    "is_bundle_folder": "bundles",
    "cast_of": "casting",
    "Filled": "filling",
    "Settings": "filling",
    "fill": "filling",
    "check_suffix": "formats",
    "load": "loading",
    "About": "metadata",
    "TimelineWarning": "metadata",
    "warnings_heard": "metadata",
    "warnings_said": "metadata",
    "Placeholder": "placeholders",
    "find_placeholders": "placeholders",
    "PlacedTake": "placing",
    "place": "placing",
    "rehearse": "rehearsal",
    "check_for_resolve": "exchange.resolve",
    "for_resolve": "exchange.resolve",
    "whole_handles": "exchange.resolve",
    "restore": "restoring",
    "save": "saving",
    "origin": "rates",
    "timeline_rate": "rates",
}

__all__ = [
    "About",
    "Filled",
    "PlacedTake",
    "Placeholder",
    "Settings",
    "TimelineWarning",
    "cast_of",
    "check_for_resolve",
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
    "warnings_heard",
    "warnings_said",
    "whole_handles",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
