"""Onsets as librosa hears them: an ear that knows nothing of the engine.

A detector names an onset by the frame in which the spectrum changes most, which lies some milliseconds from the instant
itself. By how much is measured on bursts of noise whose beginnings are known, and taken off.
"""

from __future__ import annotations

from functools import cache

import librosa
import numpy as np
import numpy.typing as npt

RATE = 24000
_HOP, _WINDOW = 120, 512
_STRONG = 0.04
"""An onset's strength as a share of the strongest in the line."""


def onsets(sound: npt.NDArray[np.floating], sample_rate: int) -> npt.NDArray[np.float64]:
    """When onsets are heard in ``sound``, mono [n], in seconds."""
    return _detected(librosa.resample(np.asarray(sound, np.float32), orig_sr=sample_rate, target_sr=RATE)) - _delay()


def _detected(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    strength = librosa.onset.onset_strength(y=sound, sr=RATE, hop_length=_HOP, n_fft=_WINDOW, n_mels=64, lag=2)
    peaks = librosa.util.peak_pick(
        strength / strength.max(), pre_max=6, post_max=6, pre_avg=20, post_avg=20, delta=_STRONG, wait=4
    )
    return np.asarray(peaks * _HOP / RATE, dtype=np.float64)


@cache
def _delay() -> float:
    """By how much later than they begin bursts of noise are heard, in the median [s]."""
    rng = np.random.default_rng(1)
    late = []
    for _ in range(40):
        begin = int(rng.integers(RATE // 4, RATE // 2))
        sound = 1e-4 * rng.standard_normal(RATE)
        # Speech sets in over some milliseconds; the instant of an onset is the middle of its rise.
        rise = int(rng.integers(48, 240))
        envelope = np.clip((np.arange(RATE) - begin + rise / 2) / rise, 0, 1) * (np.arange(RATE) < begin + RATE // 5)
        found = _detected((sound + 0.1 * envelope * rng.standard_normal(RATE)).astype(np.float32))
        late.append(found[np.argmin(np.abs(found - begin / RATE))] - begin / RATE)
    return float(np.median(late))
