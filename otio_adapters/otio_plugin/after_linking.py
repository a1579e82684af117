"""Clears what is kept for the media linker while a file is read: from here on the program may change the timeline."""

from __future__ import annotations

from typing import Any


def hook_function(in_timeline: Any, argument_map: dict[str, Any] | None = None) -> Any:
    from opentimelineio.plugins import ActiveManifest

    current = ActiveManifest().from_name("framevox_fill", "hook_scripts").module().current
    current.read = current.batch = None
    return in_timeline
