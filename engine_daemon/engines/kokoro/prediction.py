"""Where speech will begin and end, predicted from the model's energy curve before it is spoken."""

from __future__ import annotations

import numpy as np

from .model import FRAME, Floats

_ONSET_LEVEL, _DECAY_LEVEL = -2.0, 0.75
"""The model's energy, a natural logarithm, at which its sound crosses -60 dBFS at the beginning and at the end.

Chosen over 40 lines in three languages, five voices and lengths from 0.75 to 1.35, for the least spread.
"""
_ONSET_DELAY = 170
"""Samples from that crossing to the sound's own at the beginning. At the end it is the voice's: see stock.py."""


def predicted_span(energy: Floats, decay: float) -> tuple[float, float]:
    """First and last instant of speech, in samples from the first frame of ``energy`` [frames].

    ``decay`` is how many samples later than usual the voice dies away. Raises ValueError when the curve never rises
    to speech.
    """
    loud = np.flatnonzero(energy > _DECAY_LEVEL)
    if not len(loud):
        raise ValueError("nothing audible")
    first, last = int(np.flatnonzero(energy > _ONSET_LEVEL)[0]), int(loud[-1])
    start = first - _share_above(energy, first, first - 1, _ONSET_LEVEL)
    end = last + _share_above(energy, last, last + 1, _DECAY_LEVEL)
    return (start + 0.5) * FRAME + _ONSET_DELAY, (end + 0.5) * FRAME + decay


def _share_above(energy: Floats, inside: int, outside: int, level: float) -> float:
    """How far from frame ``inside`` to its neighbour ``outside`` the curve stays above ``level``: 0 to 1."""
    if not 0 <= outside < len(energy):
        return 0.0
    high, low = float(energy[inside]), float(energy[outside])
    return min(1.0, max(0.0, (high - level) / (high - low))) if high > low else 0.0
