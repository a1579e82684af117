"""Channels for takes: one or several for each character, called ``FV ALICE``, ``FV ALICE 2``."""

from __future__ import annotations

import bisect
import re
from typing import Any

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
    """The channels of an editor or a meta strip, and which spans of them are occupied. Not to be kept between steps."""

    def __init__(self, owner: Any) -> None:
        self._channels = owner.channels
        self._spans: dict[int, list[tuple[int, int, str]]] = {}
        self.end = 0
        """Where nothing lies any more."""
        for strip in strips_of(owner):
            span = (int(strip.frame_final_start), int(strip.frame_final_end), strip.name)
            self._spans.setdefault(int(strip.channel), []).append(span)
            self.end = max(self.end, span[1])
        for spans in self._spans.values():
            spans.sort()

    def free(self, character: str, start: int, end: int, *, instead: str = "") -> int:
        """Returns a channel of a character's with nothing in [start, end) but the strip ``instead``.

        A channel is taken over and named if there is none. Raises CueError where every channel has strips in it.
        """
        names = {channel.name: index for index, channel in enumerate(self._channels) if index}
        base, number = base_name(character), 1
        while True:
            name = base if number == 1 else f"{base} {number}"
            if name not in names:
                index = self._unused()
                self._channels[index].name = name
                return index
            channel = self._channels[names[name]]
            if not channel.lock and self.is_free(names[name], start, end, instead):
                return names[name]
            number += 1

    def is_free(self, index: int, start: int, end: int, instead: str = "") -> bool:
        spans = self._spans.get(index, [])
        # Strips of a channel do not overlap, but for those of a broken file: looking back over a few is enough.
        at = bisect.bisect_left(spans, (end, -(2**31), ""))
        return all(one[1] <= start or one[2] == instead for one in spans[max(0, at - 4) : at])

    def is_locked(self, index: int) -> bool:
        return bool(self._channels[index].lock)

    def reserve(self, index: int, start: int, end: int, name: str) -> None:
        bisect.insort(self._spans.setdefault(index, []), (start, end, name))
        self.end = max(self.end, end)

    def forget(self, index: int, name: str) -> None:
        self._spans[index] = [one for one in self._spans.get(index, []) if one[2] != name]

    def _unused(self) -> int:
        count = len(self._channels)
        highest = max(self._spans, default=0)
        for index in [*range(highest + 1, count), *range(1, highest)]:
            channel = self._channels[index]
            if not self._spans.get(index) and not channel.lock and re.fullmatch(r"Channel \d+", channel.name):
                return index
        raise CueError("there is no channel left for its take: empty one of the scene's channels")
