"""The lines of a timeline, filled or not, each with the take that speaks it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from .metadata import KEY, TimelineWarning
from .placeholders import Placeholder, find_placeholders
from .placing import holds_take, look_up


@dataclass(frozen=True)
class SpokenClip:
    """A line, and where its take is: ``media`` is the file's URL, None without a take; ``begin`` is where the slot
    begins in the file, in exact seconds. ``metadata`` are all of its object, ``take`` what a timeline keeps of it."""

    placeholder: Placeholder
    metadata: Mapping[str, Any]
    media: str | None = None
    begin: Fraction = Fraction(0)
    take: Mapping[str, Any] | None = None


def spoken_clips(timeline: otio.schema.Timeline) -> Iterator[SpokenClip]:
    """Every line of a timeline, in the order of time. Raises what ``find_placeholders`` raises."""
    apart = {
        clip.metadata[KEY].get("cue"): clip
        for clip in timeline.find_clips()
        if holds_take(clip) and clip.metadata[KEY].get("role") == "take"
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TimelineWarning)  # they were said when the timeline was read
        placeholders = find_placeholders(timeline)
    for placeholder in placeholders:
        if placeholder.problem:
            continue
        item = look_up(timeline, placeholder)
        clip = item if holds_take(item) else apart.get(placeholder.cue_id)
        if clip is None or not isinstance(clip.media_reference, otio.schema.ExternalReference):
            yield SpokenClip(placeholder, item.metadata)
            continue
        take = clip.metadata[KEY]["take"]
        begin = Fraction(int(take["media_slot_start_sample"]), int(take["sample_rate"]))
        yield SpokenClip(placeholder, item.metadata, clip.media_reference.target_url, begin, take)
