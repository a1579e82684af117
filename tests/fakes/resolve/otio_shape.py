"""The shape of the OTIO files that Resolve reads: anything else it answers with None, without a word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any


def faults(text: str) -> list[str]:
    """What Resolve would refuse in an OTIO file, as one name of a rule each time it is broken."""
    timeline = json.loads(text)
    found = [] if timeline.get("global_start_time") else ["no global_start_time"]
    numbers: dict[str, int] = {}
    for track in timeline["tracks"]["children"]:
        kind = track.get("kind", "")
        numbers[kind] = numbers.get(kind, 0) + 1
        if track["name"] != f"{kind} {numbers[kind]}":
            found.append("a track's name")
    for clip in _clips(timeline["tracks"]):
        found += _of_clip(clip)
    return found


def _clips(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in item["children"]:
        if child["OTIO_SCHEMA"].startswith("Clip."):
            yield child
        elif "children" in child:
            yield from _clips(child)


def _of_clip(clip: dict[str, Any]) -> Iterator[str]:
    if clip["OTIO_SCHEMA"] != "Clip.2":
        yield "not Clip.2"
        return
    references = clip.get("media_references")
    if not isinstance(references, dict) or clip.get("active_media_reference_key") not in references:
        yield "no active media reference"
        return
    for reference in references.values():
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", reference.get("target_url") or ""):
            yield "a URL"
        if not reference.get("available_range"):
            yield "no available_range"
            return
    media = references[clip["active_media_reference_key"]]["available_range"]
    shown = clip.get("source_range")
    if not shown:
        yield "no source_range"
    elif _seconds(shown)[0] < _seconds(media)[0] - 1e-6 or _seconds(shown)[1] > _seconds(media)[1] + 1e-6:
        yield "a range outside of its media's own timecode"


def _seconds(span: dict[str, Any]) -> tuple[float, float]:
    start, length = ((span[key]["value"] / span[key]["rate"]) for key in ("start_time", "duration"))
    return start, start + length
