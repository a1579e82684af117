"""What two voices have in common when they say the same: the course of the spectral envelope and of the level."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

Floats = npt.NDArray[np.float32]

HOP = 0.005
"""Seconds from one frame to the next."""
_RATE = 16_000
_HOP, _WINDOW, _BINS = 80, 400, 512
_LOWEST, _HIGHEST, _BANDS = 80.0, 7200.0, 32  # Hz, Hz, triangles on the mel scale
_COEFFICIENTS = 12
_RANGE_DB = 50.0
"""What lies further below loud speech is silence, whatever is in it."""
_QUIET_DB = 15.0
"""So far above that, the envelope counts in full; between, it fades to the line's middle."""
_SPEECH_DB = -35.0
_REACH = 4
"""Frames to either side over which changes are measured."""
_LEVEL, _CHANGES, _RISES = 2.0, 1.0, 2.0
"""How much the level, the changes of the envelope and those of the level count against the envelope itself."""


def cepstra(samples: npt.NDArray[Any], sample_rate: int) -> Floats:
    """Returns what is compared of mono sound [n], full scale at 1.0: float32 [frames, features].

    Mel cepstra and the level of every ``HOP`` seconds, and how both change. Each has mean 0 and deviation 1 over the
    speech, times its weight, so that voices, levels and recordings drop out. Raises ValueError for silence.
    """
    sound = soxr.resample(np.asarray(samples, np.float64), sample_rate, _RATE)
    padded = np.concatenate([np.zeros(_WINDOW // 2), sound, np.zeros(_WINDOW)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][: len(sound) // _HOP + 1]
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), _BINS)) ** 2
    triangles = mel_bands(_RATE, _BINS, _LOWEST, _HIGHEST, _BANDS)
    bands = 10 * np.log10(power @ triangles + 1e-12)
    level = 10 * np.log10(power @ triangles.mean(1) + 1e-12)
    loud = np.percentile(level, 95)
    if loud < -90 or not np.isfinite(loud):
        raise ValueError("the sound is silent")
    bands, level = np.maximum(bands - loud, -_RANGE_DB), np.maximum(level - loud, -_RANGE_DB)
    speech = level > _SPEECH_DB
    envelope = bands @ _cosines()
    heard = np.clip((level + _RANGE_DB) / _QUIET_DB, 0, 1)[:, None]
    envelope = _standard((envelope - envelope[speech].mean(0)) * heard, speech)
    loudness = np.maximum(_standard(level[:, None], speech), -4)
    changes = _standard(_slopes(envelope), speech, centred=False)
    rises = _standard(_slopes(loudness), speech, centred=False)
    return np.concatenate([envelope, _LEVEL * loudness, _CHANGES * changes, _RISES * rises], 1).astype(np.float32)


def speaking(frames: Floats) -> npt.NDArray[np.bool_]:
    """Returns which frames of cepstra are speech and no pause, [frames]."""
    loud: npt.NDArray[np.bool_] = frames[:, _COEFFICIENTS] > -_LEVEL
    return loud


def _standard(values: npt.NDArray[Any], speech: npt.NDArray[np.bool_], centred: bool = True) -> npt.NDArray[Any]:
    middle = values[speech].mean(0) if centred else 0.0
    standard: npt.NDArray[Any] = (values - middle) / (values[speech].std(0) + 1e-3)
    return standard


def _slopes(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The slope of the line of least squares through the frames around each, [frames, features]."""
    steps = np.arange(-_REACH, _REACH + 1)
    padded = np.pad(values, ((_REACH, _REACH), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(steps), axis=0)
    slopes: npt.NDArray[Any] = windows @ (steps / (steps**2).sum())
    return slopes


@cache
def mel_bands(rate: int, bins: int, lowest: float, highest: float, bands: int) -> npt.NDArray[np.float64]:
    """Triangles of equal area on the mel scale, [bins / 2 + 1, bands], for spectra of ``bins`` samples at ``rate``."""
    hertz = np.fft.rfftfreq(bins, 1 / rate)
    low, high = (np.log1p(edge / 700) for edge in (lowest, highest))
    edges = 700 * np.expm1(np.linspace(low, high, bands + 2))
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.maximum(0, np.minimum((hertz - left) / (middle - left), (right - hertz) / (right - middle)))
    made: npt.NDArray[np.float64] = (triangles / triangles.sum(1, keepdims=True)).T
    return made


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """The cosine transform without its mean, [bands, coefficients]."""
    orders = np.arange(1, _COEFFICIENTS + 1)
    angles = np.pi * (np.arange(_BANDS)[:, None] + 0.5) * orders / _BANDS
    cosines: npt.NDArray[np.float64] = np.cos(angles) * np.sqrt(2 / _BANDS)
    return cosines
