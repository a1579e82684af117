"""Channels for takes: one or several for each character, called ``FV ALICE``, ``FV ALICE 2``."""

from __future__ import annotations

import array
import bisect
import re
from typing import Any, Optional

from .compat import strips_of
from .shared.errors import CueError

PREFIX = "FV"
_LONGEST = 40
"""Letters of a character's name in a channel's."""


def base_name(character: str) -> str:
    return f"{PREFIX} {' '.join(character.split())[:_LONGEST]}".strip()


def belongs(channel: str, character: str) -> bool:
    """Returns whether a channel is one of a character's."""
    base = base_name(character)
    return channel == base or re.fullmatch(re.escape(base) + r" \d+", channel) is not None


class Channels:
    """Which spans of the channels of an editor or a meta strip are occupied, as they were when last looked at.

    It holds names and numbers, no handles, and may be kept between steps: ``look`` first in each.
    """

    def __init__(self) -> None:
        self._seen: Any = None
        self._where: dict[str, tuple[int, int, int]] = {}
        self._spans: dict[int, list[tuple[int, int, str]]] = {}
        self.end = 0
        """Where nothing lies any more."""

    def look(self, owner: Any) -> list[str]:
        """Takes in what changed in ``owner``. Returns the names of strips that were not there before."""
        seen = _layout(owner)
        if seen == self._seen:
            return []
        self._seen, before = seen, self._where
        names, *numbers = seen
        self._where = dict(zip(names, zip(*numbers, strict=True), strict=True))
        if self._where == before:
            return []
        spans: dict[int, list[tuple[int, int, str]]] = {}
        for name, (channel, start, end) in self._where.items():
            spans.setdefault(channel, []).append((start, end, name))
        for one in spans.values():
            one.sort()
        self._spans = spans
        self.end = max((end for _, _, end in self._where.values()), default=0)
        return [name for name in names if name not in before]

    def free(self, owner: Any, character: str, start: int, end: int, *, instead: str = "") -> int:
        """Returns a channel of a character's with nothing in [start, end) but the strip ``instead``.

        A channel is taken over and named if there is none. Raises CueError where every channel has strips in it.
        """
        channels = owner.channels
        names = {channel.name: index for index, channel in enumerate(channels) if index}
        base, number = base_name(character), 1
        while True:
            name = base if number == 1 else f"{base} {number}"
            if name not in names:
                index = self._unused(channels)
                channels[index].name = name
                return index
            if not channels[names[name]].lock and self.is_free(names[name], start, end, instead):
                return names[name]
            number += 1

    def is_free(self, index: int, start: int, end: int, instead: str = "") -> bool:
        spans = self._spans.get(index, [])
        # Strips of a channel do not overlap, but for those of a broken file: looking back over a few is enough.
        at = bisect.bisect_left(spans, (end, -(2**31), ""))
        return all(one[1] <= start or one[2] == instead for one in spans[max(0, at - 4) : at])

    def changed(self, owner: Any, name: str, span: Optional[tuple[int, int, int]], *, gone: str = "") -> None:
        """Takes in a change of ours: the strip ``name`` lies in ``span`` now (channel, start, end), and ``gone`` is
        removed."""
        for old in filter(None, (gone, name)):
            if old in self._where:
                channel, start, end = self._where.pop(old)
                del self._spans[channel][bisect.bisect_left(self._spans[channel], (start, end, old))]
        if span is not None:
            self._where[name] = span
            bisect.insort(self._spans.setdefault(span[0], []), (span[1], span[2], name))
            self.end = max(self.end, span[2])
        self._seen = _layout(owner)

    def _unused(self, channels: Any) -> int:
        count = len(channels)
        highest = max((index for index, spans in self._spans.items() if spans), default=0)
        for index in [*range(highest + 1, count), *range(1, highest)]:
            channel = channels[index]
            if not self._spans.get(index) and not channel.lock and re.fullmatch(r"Channel \d+", channel.name):
                return index
        raise CueError("there is no channel left for its take: empty one of the scene's channels")


def _layout(owner: Any) -> tuple[list[str], Any, Any, Any]:
    """The names of an owner's strips, their channels, first frames and ends: read at once, which is a matter of
    milliseconds for thousands of strips."""
    strips = strips_of(owner)
    names = strips.keys()
    found = []
    for what in ("channel", "frame_final_start", "frame_final_end"):
        numbers = array.array("i", bytes(4 * len(names)))
        strips.foreach_get(what, numbers)
        found.append(numbers)
    return names, found[0], found[1], found[2]
