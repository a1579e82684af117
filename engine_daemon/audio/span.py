"""What counts as speech: everything from the first to the last sample above -60 dBFS.

Every length of speech in Framevox is measured here: engines are asked for spans, takes report them, slots hold them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SPEECH_FLOOR = 10 ** (-60 / 20)
"""-60 dBFS as a share of full scale."""


def is_speech(samples: npt.NDArray[Any], full_scale: float = 1.0) -> npt.NDArray[np.bool_]:
    """Returns which of ``samples`` lie above -60 dBFS, bool of the same shape. They are floats, or integers with the
    ``full_scale`` of their format."""
    loud: npt.NDArray[np.bool_] = np.abs(samples) > SPEECH_FLOOR * full_scale
    return loud


def speech_span(samples: npt.NDArray[Any], full_scale: float = 1.0) -> tuple[int, int]:
    """Returns ``(start, end)`` such that ``samples[start:end]`` is the span of speech, (0, 0) where there is none.

    ``samples`` is [n], as for :func:`is_speech`.
    """
    loud = np.flatnonzero(is_speech(samples, full_scale))
    return (int(loud[0]), int(loud[-1]) + 1) if loud.size else (0, 0)
