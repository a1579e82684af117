"""Makes up the last few milliseconds of a length in the decay: speech dies away a little sooner or later.

At its end speech falls by about a decibel a millisecond. Some decibels more or less on its last, faintest part move the
instant at which it crosses -60 dBFS. Nothing is cut, and what changes stays below -40 dBFS.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.audio.span import SPEECH_FLOOR

Samples = npt.NDArray[np.float32]

_REACH = 1440
"""Samples (60 ms) before the end over which the change comes in, slowly at first."""
_MOST_DB = 12.0
_INAUDIBLE = 10 ** (-40 / 20)
"""The most by which any sample may change."""


def move_end(samples: Samples, start: int, end: int, change: int) -> Samples | None:
    """``samples`` with the end of their span moved by ``change`` samples; None where that would be audible."""
    new_end = end + change
    first = max(start, min(end, new_end) - _REACH)
    if not first < new_end < len(samples):
        return None
    level = np.abs(samples)
    # What is brought to the floor: the loudest sample that must fall silent, or of the last millisecond that must not.
    edge = level[new_end:end] if change < 0 else level[new_end - 24 : new_end]
    peak = float(edge.max(initial=0.0))
    if peak <= 0.0:
        return None
    gain = -20 * np.log10(peak / SPEECH_FLOOR) + (-0.05 if change < 0 else 0.05)
    if abs(gain) > _MOST_DB:
        return None
    ramp = np.clip((np.arange(first, len(samples)) - first) / (new_end - first), 0, 1) ** 2
    shaped = samples.copy()
    shaped[first:] *= (10 ** (gain * ramp / 20)).astype(np.float32)
    return shaped if float(np.abs(shaped - samples).max()) <= _INAUDIBLE else None
