"""Blender's own mixdown, and how far from its frame a sound lies in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

REACH = 60
"""Samples to either side in which a sound is looked for."""


def read(path: Path) -> NDArray[np.float64]:
    sound, rate = soundfile.read(path, always_2d=True)
    assert rate == 48000
    return np.asarray(sound[:, 0], dtype=np.float64)


def offset(mix: NDArray[np.float64], sound: NDArray[np.float64], at: int) -> int:
    """Returns by how many samples ``sound`` lies late in ``mix``, where it should begin at sample ``at``."""
    padded = np.concatenate([np.zeros(REACH), mix, np.zeros(REACH + len(sound))])
    errors = [
        float(np.abs(padded[at + REACH + late : at + REACH + late + len(sound)] - sound).mean())
        for late in range(-REACH, REACH + 1)
    ]
    return int(np.argmin(errors)) - REACH
