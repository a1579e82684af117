"""Two versions of a timeline, line by line: what an edit added, removed, changed, moved, and made stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import edge

from .metadata import KEY
from .placeholders import Placeholder, find_placeholders

_SAID = ("text", "character", "voice", "language", "fit", "emotion", "emotion_voice", "emotion_strength", "take_number")
_ORDERED = ("text", "character")
"""What a take keeps of its order as the timeline writes it."""


@dataclass(frozen=True)
class Difference:
    """What became of one line. ``changes`` are what differs, as before and now; ``stale`` says that the new timeline
    holds a take for it that was made for something else, so that ``fill`` makes another."""

    kind: str
    """``added``, ``removed``, ``changed``, ``moved`` or ``same``; a line that is changed may have moved as well."""
    old: Placeholder | None
    new: Placeholder | None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    stale: bool = False

    @property
    def line(self) -> Placeholder:
        """The line as it is now, else as it was."""
        found = self.new or self.old
        assert found is not None
        return found


def compare(old: otio.schema.Timeline, new: otio.schema.Timeline) -> list[Difference]:
    """Compares the lines of two timelines, in the order of the new one, then those that are gone.

    A line is the same one where it has the id of its cue from an earlier fill, else where the same character says the
    same words, the nearest in time first, else where another line stands at just its place on its track. Positions are
    compared in seconds, so that timelines of two rates can be compared. Raises InputError as find_placeholders does.
    """
    before, now = find_placeholders(old), find_placeholders(new)
    made = _takes(new)
    pairs = _paired(before, now)
    found = []
    for line in now:
        known = pairs.get(id(line))
        stale = line.cue_id in made and _is_stale(line, made[line.cue_id])
        if known is None:
            found.append(Difference("added", None, line, stale=stale))
            continue
        changes = _changes(known, line)
        kind = "same" if not changes else "moved" if set(changes) == {"start"} else "changed"
        found.append(Difference(kind, known, line, changes, stale))
    kept = {id(line) for line in pairs.values()}
    return found + [Difference("removed", line, None) for line in before if id(line) not in kept]


def _paired(before: Sequence[Placeholder], now: Sequence[Placeholder]) -> dict[int, Placeholder]:
    """The earlier line of each line, by the line's ``id()``."""
    pairs: dict[int, Placeholder] = {}
    left_before, left_now = list(before), list(now)
    ids = {line.cue_id: line for line in before}
    for line in now:
        if line.cue_id in ids:
            pairs[id(line)] = ids[line.cue_id]
    for keys in (_words, _place):
        taken = {id(line) for line in pairs.values()}
        left_before = [line for line in left_before if id(line) not in taken]
        left_now = [line for line in left_now if id(line) not in pairs]
        by_key: dict[Any, list[Placeholder]] = {}
        for line in left_before:
            by_key.setdefault(keys(line), []).append(line)
        for line in left_now:
            if candidates := by_key.get(keys(line)):
                nearest = min(candidates, key=lambda known: abs(_seconds(known) - _seconds(line)))
                candidates.remove(nearest)
                pairs[id(line)] = nearest
    return pairs


def _words(line: Placeholder) -> tuple[str, str]:
    return line.character, " ".join(line.text.split())


def _place(line: Placeholder) -> tuple[str, Fraction]:
    return line.track, _seconds(line)


def _seconds(line: Placeholder) -> Fraction:
    return Fraction(line.origin + line.start) / line.rate.fps


def _changes(old: Placeholder, new: Placeholder) -> dict[str, tuple[Any, Any]]:
    said = {name: (getattr(old, name), getattr(new, name)) for name in _SAID}
    changes: dict[str, tuple[Any, Any]] = {name: both for name, both in said.items() if both[0] != both[1]}
    if _seconds(old) != _seconds(new):
        changes["start"] = (old.start, new.start)
    if Fraction(old.duration) / old.rate.fps != Fraction(new.duration) / new.rate.fps:
        changes["duration"] = (old.duration, new.duration)
    return changes


def _takes(timeline: otio.schema.Timeline) -> dict[str, Mapping[str, Any]]:
    """What the timeline keeps of each cue's take."""
    kept: Iterable[Any] = (clip.metadata.get(KEY) for clip in timeline.find_clips())
    return {
        data["cue"]: data["take"]
        for data in kept
        if isinstance(data, Mapping) and isinstance(data.get("take"), Mapping) and isinstance(data.get("cue"), str)
    }


def _is_stale(line: Placeholder, take: Mapping[str, Any]) -> bool:
    """Whether a take was made for other words, another character or another slot than the line's."""
    settings = take.get("settings")
    if isinstance(settings, Mapping) and any(settings.get(name) != getattr(line, name) for name in _ORDERED):
        return True
    rate = take.get("sample_rate")
    if not isinstance(rate, int):
        return True
    start = edge(line.start, rate, line.rate)
    end = edge(Fraction(line.start) + line.duration, rate, line.rate)
    return (take.get("slot_start_sample"), take.get("slot_end_sample")) != (start, end)
