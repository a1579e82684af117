"""The melody of a line at another length: the natural one, moved in time with its phones.

The model could draw pitch and energy again at the new durations. Moved, words are understood no worse and, in most
languages, a little better (docs/benchmarks.md, "How a line is shortened"), and the melody is drawn once a line.
"""

from __future__ import annotations

import numpy as np

from .durations import Lengths
from .model import Floats, Tune

_UNVOICED = 30.0
"""Below this pitch [Hz] nothing is voiced."""


def moved(tune: Tune, before: Lengths, after: Lengths) -> Tune:
    """``tune``, which belongs to durations ``before`` [n + 2], at durations ``after`` [n + 2], whose sum is whole.

    Every instant of a phone keeps its pitch and energy at the same share of the phone. Between two frames both are
    interpolated, except for pitch where one of them is unvoiced: there the nearer one counts.
    """
    frames = np.arange(2 * round(float(after.sum()))) + 0.5
    places = np.interp(frames, 2 * _edges(after), 2 * _edges(before)) - 0.5
    left = np.clip(np.floor(places).astype(np.int64), 0, len(tune.pitch) - 1)
    right = np.minimum(left + 1, len(tune.pitch) - 1)
    part = np.clip(places - left, 0, 1).astype(np.float32)
    low, high = tune.pitch[left], tune.pitch[right]
    voiced = (low > _UNVOICED) & (high > _UNVOICED)
    pitch: Floats = np.where(voiced, (1 - part) * low + part * high, np.where(part < 0.5, low, high))
    energy: Floats = (1 - part) * tune.energy[left] + part * tune.energy[right]
    return Tune(pitch, energy)


def _edges(durations: Lengths) -> Lengths:
    return np.concatenate([[0.0], np.cumsum(durations)])
