"""Where a track is empty, and clips put there: the track is read once and written once, however many clips come."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate

from .times import gap, in_frames, length_in_frames


class Room:
    """A track with the spans of its children. ``insert`` puts clips where it is empty, and ``write`` onto the track."""

    def __init__(self, track: Any, rate: Rate) -> None:
        self._track, self._rate = track, rate
        self._spans: list[tuple[Frames, Frames, Any]] = []
        """Start, end and what is there, in order; None for what is empty and was not before."""
        self._ends: list[Frames] = []
        self._unknown: list[Any] = []
        """A clip without a length, and what follows it: where they lie is not known."""
        self._changed = False
        position: Frames = 0
        children = list(track)
        for index, child in enumerate(children):
            start = position
            if not isinstance(child, otio.schema.Transition):
                try:
                    position += length_in_frames(range_of(child).duration, rate)
                except (InputError, otio.exceptions.OTIOError):
                    self._unknown = children[index:]
                    break
            self._spans.append((start, position, child))
            self._ends.append(position)

    def insert(self, clip: Any, begin: Frames, length: Frames) -> bool:
        """Puts ``clip`` where the track is empty for its whole length; False where it is not."""
        end = begin + length
        at = bisect_right(self._ends, begin)
        if at < len(self._spans):
            first, last, there = self._spans[at]
            if end > last or not (there is None or is_plain_gap(there)):
                return False
            parts = [(first, begin, None), (begin, end, clip), (end, last, None)]
        elif self._unknown:
            return False
        else:
            parts = [(self._ends[-1] if self._ends else 0, begin, None), (begin, end, clip)]
        parts = [part for part in parts if part[2] is not None or part[1] > part[0]]
        self._spans[at : at + 1] = parts
        self._ends[at : at + 1] = [part[1] for part in parts]
        self._changed = True
        return True

    def write(self) -> None:
        """Puts what was inserted onto the track."""
        if self._changed:
            _set(
                self._track,
                [gap(end - start, self._rate) if item is None else item for start, end, item in self._spans]
                + self._unknown,
            )


def join_gaps(track: Any, rate: Rate) -> None:
    """Neighbouring empty gaps become one, and none is left at the end."""
    children: list[Any] = []
    for child in track:
        if children and is_plain_gap(child) and is_plain_gap(children[-1]):
            lengths = [in_frames(range_of(one).duration, rate) for one in (children[-1], child)]
            children[-1] = gap(sum(lengths), rate)
        else:
            children.append(child)
    if children and is_plain_gap(children[-1]):
        del children[-1]
    if len(children) != len(track):
        _set(track, children)


def _set(track: Any, children: list[Any]) -> None:
    del track[:]
    track.extend(children)


def is_plain_gap(item: Any) -> bool:
    """Whether an item is empty, and nobody would miss it."""
    return isinstance(item, otio.schema.Gap) and not (item.markers or item.effects or len(item.metadata))


def range_of(item: Any) -> otio.opentime.TimeRange:
    """The range of its media that an item shows."""
    return item.source_range if item.source_range is not None else item.trimmed_range()
