"""Words on frames of an engine that only estimates when its words are: what was heard is told to it in its own terms.

The engine stretches a line between its points, and takes each to be where it estimates the word. Where a word is heard
elsewhere, the engine is asked for the place in the text that it takes to be spoken there, so that the sound of the word
itself comes to the frame: of each word, where there are several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from framevox.engine_daemon.rendering import keys as cache
from framevox.engine_daemon.rendering.asking import Asked
from framevox.engine_daemon.rendering.placement import Rendering
from framevox.engine_daemon.rendering.points import Point

_MOST = 2
"""How often a line is spoken again for what was heard: each time costs all of the line, and the first mends most."""


class Hearing:
    """What is known of where the words of ``points`` are heard in a line."""

    def __init__(self, asked: Asked, points: Sequence[Point]) -> None:
        self._asked = asked
        self._own: list[float] = [point.place.offset for point in points]
        self._believed = self._own
        """The offsets that the engine believes to be spoken where the words are heard."""
        self._lessons = 0

    def aims(self, aims: cache.Points) -> cache.Points:
        """``aims`` of the words, as the engine understands them."""
        return tuple((offset, at) for offset, (_, at) in zip(self._believed, aims, strict=True))

    def located(self, estimated: Rendering) -> Rendering:
        """The rendering with its points where the engine estimates the words, and not what was asked for instead."""
        if self._believed == self._own:
            return estimated
        offsets, begins = self._estimate(estimated)
        return replace(estimated, points=tuple(round(float(at)) for at in np.interp(self._own, offsets, begins)))

    def learn(self, estimated: Rendering, heard: Rendering) -> bool:
        """Learns from a rendering, as the engine ``estimated`` it and as it was ``heard``; False where there is nothing
        to learn, or was often enough."""
        if self._lessons == _MOST or estimated.words == heard.words:
            return False
        offsets, begins = self._estimate(estimated)
        if len(offsets) != len(begins):
            return False
        believed = [round(float(at), 3) for at in np.interp(heard.points, begins, offsets)]
        if any(after <= before for before, after in pairwise(believed)):
            return False  # two words in one place: the times are no good
        self._lessons += 1
        self._believed = believed
        return True

    def _estimate(self, estimated: Rendering) -> tuple[list[int], list[int]]:
        """Offsets in the line and the samples at which the engine takes them to be spoken, the line's end the last."""
        line = self._asked.read()
        offsets = [*(word.start for word in line.words), len(line.text)]
        return offsets, [*(word.start_sample for word in estimated.words), estimated.words[-1].end_sample]
