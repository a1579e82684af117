"""Links the clips that stand for dialogue to takes, which Framevox's daemon makes or has made before."""

from __future__ import annotations

from typing import Any

from opentimelineio.plugins import ActiveManifest


def link_media_reference(in_clip: Any, media_linker_argument_map: dict[str, Any] | None = None) -> Any:
    """Arguments are those of ``framevox fill``, with underscores: voice, fit, media_dir, ... See docs/timelines.md."""
    from framevox.otio_adapters.otio_plugin.work import link

    current = ActiveManifest().from_name("framevox_fill", "hook_scripts").module().current
    return link(in_clip, media_linker_argument_map or {}, current)
