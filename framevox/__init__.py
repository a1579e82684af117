"""Replaces placeholder dialogue on editing timelines with speech that lands on the exact frame.

What this module exports is the public API (docs/api.md); everything else may change from one version to the next.
Nothing is loaded before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framevox.engine_daemon.client import Client, stop_daemon
    from framevox.engine_daemon.client.events import (
        Accepted,
        Attention,
        Done,
        Event,
        Failed,
        LiveEvent,
        Piece,
        Started,
        Stopped,
        TakeReady,
    )
    from framevox.engine_daemon.client.live import LiveSession
    from framevox.engine_daemon.client.marking import Marking
    from framevox.engine_daemon.client.wording import say_attention, say_failure, say_take
    from framevox.engine_daemon.project.provenance import Provenance
    from framevox.engine_daemon.protocol.cues import Cue, Fit, Note, Output, Take, WordTiming
    from framevox.engine_daemon.protocol.emotion import Emotion
    from framevox.engine_daemon.protocol.errors import DaemonError, FramevoxError, InputError
    from framevox.engine_daemon.protocol.rules import Rule
    from framevox.engine_daemon.protocol.sync import SyncPoint, SyncTiming
    from framevox.engine_daemon.protocol.timebase import Rate, edge, format_timecode, parse_timecode
    from framevox.otio_adapters import Filled, Placeholder, Settings, fill, find_placeholders, load, restore, save

_EXPORTS = {
    "engine_daemon.client": ("Client", "stop_daemon"),
    "engine_daemon.client.events": (
        "Accepted",
        "Attention",
        "Done",
        "Event",
        "Failed",
        "LiveEvent",
        "Piece",
        "Started",
        "Stopped",
        "TakeReady",
    ),
    "engine_daemon.client.live": ("LiveSession",),
    "engine_daemon.client.marking": ("Marking",),
    "engine_daemon.client.wording": ("say_attention", "say_failure", "say_take"),
    "engine_daemon.project.provenance": ("Provenance",),
    "engine_daemon.protocol.cues": ("Cue", "Fit", "Note", "Output", "Take", "WordTiming"),
    "engine_daemon.protocol.emotion": ("Emotion",),
    "engine_daemon.protocol.errors": ("DaemonError", "FramevoxError", "InputError"),
    "engine_daemon.protocol.rules": ("Rule",),
    "engine_daemon.protocol.sync": ("SyncPoint", "SyncTiming"),
    "engine_daemon.protocol.timebase": ("Rate", "edge", "format_timecode", "parse_timecode"),
    "otio_adapters": ("Filled", "Placeholder", "Settings", "fill", "find_placeholders", "load", "restore", "save"),
}
_PLACES = {name: module for module, names in _EXPORTS.items() for name in names}

__all__ = [
    "Accepted",
    "Attention",
    "Client",
    "Cue",
    "DaemonError",
    "Done",
    "Emotion",
    "Event",
    "Failed",
    "Filled",
    "Fit",
    "FramevoxError",
    "InputError",
    "LiveEvent",
    "LiveSession",
    "Marking",
    "Note",
    "Output",
    "Piece",
    "Placeholder",
    "Provenance",
    "Rate",
    "Rule",
    "Settings",
    "Started",
    "Stopped",
    "SyncPoint",
    "SyncTiming",
    "Take",
    "TakeReady",
    "WordTiming",
    "edge",
    "fill",
    "find_placeholders",
    "format_timecode",
    "load",
    "parse_timecode",
    "restore",
    "save",
    "say_attention",
    "say_failure",
    "say_take",
    "stop_daemon",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'framevox' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"framevox.{_PLACES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
