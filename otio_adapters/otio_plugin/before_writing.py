"""Writes takes in whole frames where FCP 7 XML or AAF is written; timelines that hold no take stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FORMATS = (".xml", ".aaf")


def hook_function(in_timeline: Any, argument_map: dict[str, Any] | None = None) -> Any:
    suffix = Path(str((argument_map or {}).get("_filepath", ""))).suffix.lower()
    if suffix not in FORMATS or not hasattr(in_timeline, "tracks"):
        return in_timeline
    if not any(map(_is_filled, in_timeline.find_clips())):
        return in_timeline
    from framevox.otio_adapters.exchange.whole_frames import in_whole_frames

    return in_whole_frames(in_timeline, suffix)


def _is_filled(clip: Any) -> bool:
    data = clip.metadata.get("framevox")
    return hasattr(data, "get") and data.get("take") is not None
