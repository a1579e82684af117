"""Taking takes off a timeline again: every placeholder as it was before it was filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

from .exchange.resolve import take_back
from .metadata import KEY, OWN_KEYS
from .placing import role, shift_marker
from .rates import timeline_rate
from .room import join_gaps, range_of

_FILLED_KEYS = ("cue", "take", "placeholder")
"""What ``place`` writes into the metadata of an object that stands for a line."""


def restore(timeline: otio.schema.Timeline) -> tuple[otio.schema.Timeline, int]:
    """A copy of ``timeline`` without the takes that ``place`` put there, and how many placeholders came back.

    Media, range, time effects, marker positions and metadata are those from before; what was changed since then
    (a name, a length, another effect, a text) stays as it is now. Raises InputError where there is nothing to restore.
    """
    restored = timeline.deepcopy()
    rate = timeline_rate(restored)
    count = 0
    for item in list(_objects(restored.tracks)):
        kept = _kept(item)
        if kept is None:
            continue
        if "media_reference" in kept:
            _restore_clip(item, kept, rate)
        _restore_metadata(item, kept)
        count += 1
    if not count:
        raise InputError("it holds nothing that framevox filled, so there is nothing to restore")
    _remove_own_tracks(restored.tracks, rate)
    take_back(restored)
    return restored, count


def _objects(stack: Any) -> Iterator[Any]:
    """Everything in a composition, and the markers on it, itself included."""
    waiting = [stack]
    while waiting:
        item = waiting.pop()
        yield item
        yield from getattr(item, "markers", ())
        if isinstance(item, otio.core.Composition):
            waiting.extend(item)


def _kept(item: Any) -> Mapping[str, Any] | None:
    data = item.metadata.get(KEY)
    kept = data.get("placeholder") if isinstance(data, Mapping) else None
    return kept if isinstance(kept, Mapping) else None


def _restore_clip(clip: Any, kept: Mapping[str, Any], rate: Rate) -> None:
    filled = clip.source_range
    reference = kept["media_reference"]
    clip.media_reference = reference.clone() if reference is not None else None
    clip.source_range = kept["source_range"]
    before = range_of(clip)
    if filled is not None and filled.duration != before.duration:
        # Somebody made the clip longer or shorter since: its neighbours stay where they are.
        clip.source_range = otio.opentime.TimeRange(before.start_time, filled.duration)
    _restore_effects(clip, kept.get("effects", ()))
    if filled is not None:
        _restore_markers(clip, kept.get("markers", ()), before.start_time, filled.start_time, rate)


def _restore_effects(clip: Any, kept: Any) -> None:
    """Puts the retimes back that were put aside: in their order where the effects are unchanged since."""
    if not kept:
        return
    left = [effect for effect in kept if not isinstance(effect, otio.schema.TimeEffect)]
    if [e.to_json_string() for e in clip.effects] == [e.to_json_string() for e in left]:
        clip.effects[:] = [effect.clone() for effect in kept]
    else:
        clip.effects.extend(effect.clone() for effect in kept if isinstance(effect, otio.schema.TimeEffect))


def _restore_markers(clip: Any, kept: Any, before: Any, filled: Any, rate: Rate) -> None:
    for index, marker in enumerate(clip.markers):
        if index < len(kept):
            unmoved = otio.schema.Marker(marked_range=kept[index])
            shift_marker(unmoved, before, filled, rate)
            if str(unmoved.marked_range) == str(marker.marked_range):
                marker.marked_range = kept[index]
                continue
        shift_marker(marker, filled, before, rate)


def _restore_metadata(item: Any, kept: Mapping[str, Any]) -> None:
    before = kept["metadata"]
    data = {key: value for key, value in item.metadata[KEY].items() if key not in _FILLED_KEYS}
    data |= {key: before[key] for key in OWN_KEYS if before is not None and key in before}
    if data or before is not None:
        item.metadata[KEY] = data
    else:
        del item.metadata[KEY]


def _remove_own_tracks(stack: Any, rate: Rate) -> None:
    """Takes our takes off our tracks; a track that holds anything else stays."""
    for index in reversed(range(len(stack))):
        track = stack[index]
        if not isinstance(track, otio.schema.Track) or role(track) != "takes":
            continue
        for position, child in enumerate(track):
            if role(child) == "take":
                track[position] = otio.schema.Gap(source_range=range_of(child))
        join_gaps(track, rate)
        # An AAF's gaps have metadata of their own.
        if all(isinstance(child, otio.schema.Gap) and not child.markers for child in track) and not track.markers:
            del stack[index]
