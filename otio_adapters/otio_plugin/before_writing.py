"""Writes what FCP 7 XML or AAF can hold where one is written; timelines that hold no take stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FORMATS = (".xml", ".aaf")


def hook_function(in_timeline: Any, argument_map: dict[str, Any] | None = None) -> Any:
    arguments = argument_map or {}
    if arguments.get("framevox_mend") is False:
        return in_timeline
    suffix = Path(str(arguments.get("_filepath", ""))).suffix.lower()
    if suffix not in FORMATS or not hasattr(in_timeline, "tracks"):
        return in_timeline
    if not any(map(_is_filled, in_timeline.find_clips())):
        return in_timeline
    from framevox.otio_adapters.exchange import mended
    from framevox.otio_adapters.exchange.whole_frames import in_whole_frames
    from framevox.otio_adapters.otio_plugin.work import note

    laid, done = mended(in_timeline, suffix)
    if done:
        note(f"for {suffix}: {', '.join(done)}")
    return in_whole_frames(laid, suffix)


def _is_filled(clip: Any) -> bool:
    data = clip.metadata.get("framevox")
    return hasattr(data, "get") and data.get("take") is not None
