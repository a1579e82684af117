"""Silence that counts without being computed.

The decoder normalises each channel by its mean and variance over time, and the long silences that the model puts
around a line are part of both: a line without them comes out 2 dB quieter, with a shorter decay and a lower MOS. So a
unit of silence near each end is given the weight of all the silence that is left out beyond that end. Silence is the
same from unit to unit, so the statistics are as if it had all been computed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATES = (1, 2, 20, 120)
"""Time steps in a unit at the decoder's normalisations. At the last rate the model pads one step in front."""

_WITNESS = 2
"""Which unit from each end stands for the silence beyond: clear of the cut's own ripples and of the speech."""


def weights_name(rate: int) -> str:
    """The decoder's input that weighs time at ``rate`` steps a unit: float32 [steps], summing to 1."""
    return f"weights_{rate}"


def time_weights(start: int, stop: int, total: int) -> dict[str, npt.NDArray[np.float32]]:
    """The decoder's weights by input name when units [start, stop) of ``total`` are computed."""
    units = np.ones(stop - start)
    units[_WITNESS] += start
    units[-1 - _WITNESS] += total - stop
    weights = {}
    for rate in RATES:
        steps = np.repeat(units, rate)
        if rate == RATES[-1]:
            steps = np.concatenate([steps[:1], steps])
        weights[weights_name(rate)] = (steps / steps.sum()).astype(np.float32)
    return weights
