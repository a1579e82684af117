"""Makes up the last few milliseconds of a length in a pause: silence between words is made longer or shorter."""

from __future__ import annotations

import numpy as np

from framevox.engine_daemon.audio.span import is_speech
from framevox.engine_daemon.engines.base import Samples

_FADE = 48
"""Samples (2 ms) over which what is below the floor fades to nothing on both sides of the change."""
_LEAST = 240
"""A silence shorter than this (10 ms) is part of a sound and is left alone."""


def adjust_pause(samples: Samples, start: int, end: int, change: int) -> tuple[Samples, int, int]:
    """Changes the longest silence inside ``samples[start:end]`` by ``change`` samples, or by half its length at most.

    Only what lies below -60 dBFS is touched. Returns the samples, where they were changed, and by how many samples.
    """
    quiet = np.diff(~is_speech(samples[start:end]), prepend=False, append=False)
    runs = np.flatnonzero(quiet).reshape(-1, 2) + start
    if not len(runs):
        return samples, end, 0
    first, last = (int(edge) for edge in runs[np.argmax(runs[:, 1] - runs[:, 0])])
    reach = (last - first) // 2 if last - first >= _LEAST else 0
    change = max(-reach, min(reach, change))
    if not change:
        return samples, end, 0
    removed = max(0, -change)
    cut = (first + last - removed) // 2
    before, after = samples[:cut].copy(), samples[cut + removed :].copy()
    fade = np.linspace(1, 0, _FADE, dtype=np.float32)
    before[-_FADE:] *= fade
    after[:_FADE] *= fade[::-1]
    return np.concatenate([before, np.zeros(max(0, change), dtype=np.float32), after]), cut, change
