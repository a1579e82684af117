"""The last few milliseconds of a length, found in a pause: silence between words is made longer or shorter."""

from __future__ import annotations

import numpy as np

from engine_daemon.engines.base import SPEECH_FLOOR, Samples

_FADE = 72
"""Samples (3 ms) over which what is below the floor fades to nothing on both sides of the change."""
_LEAST = 480
"""A silence shorter than this (20 ms) belongs to a consonant and is left alone."""


def adjust_pause(samples: Samples, start: int, end: int, change: int) -> tuple[Samples, int] | None:
    """Changes the longest silence inside ``samples[start:end]`` by ``change`` samples, and says where.

    Only what lies below -60 dBFS is touched, and at most half of it is taken out. None when there is no such silence.
    """
    quiet = np.flatnonzero(np.diff(np.abs(samples[start:end]) < SPEECH_FLOOR, prepend=False, append=False))
    runs = quiet.reshape(-1, 2) + start
    if not len(runs):
        return None
    first, last = (int(edge) for edge in runs[np.argmax(runs[:, 1] - runs[:, 0])])
    if last - first < max(_LEAST, 2 * -change):
        return None
    removed = max(0, -change)
    cut = (first + last - removed) // 2
    before, after = samples[:cut].copy(), samples[cut + removed :].copy()
    fade = np.linspace(1, 0, _FADE, dtype=np.float32)
    before[-_FADE:] *= fade
    after[:_FADE] *= fade[::-1]
    return np.concatenate([before, np.zeros(max(0, change), dtype=np.float32), after]), cut
