"""Onsets as librosa hears them: an ear that knows nothing of the engine.

There are two kinds. Where the sound comes out of silence, ``librosa.effects.split`` says when. Within speech an onset
is a peak of ``librosa.onset.onset_strength``, the instant at which the spectrum changes most; that names an onset by a
frame which lies some milliseconds from the instant itself. By how much is measured on bursts of noise whose beginnings
are known, and taken off.
"""

from __future__ import annotations

from functools import cache

import librosa
import numpy as np
import numpy.typing as npt

RATE = 24000
_HOP, _WINDOW = 120, 512
_SILENT_DB = 35
"""Below the loudest 10 ms of the line."""
_STRONG = 0.04
"""An onset's strength as a share of the strongest in the line."""


def onsets(sound: npt.NDArray[np.floating], sample_rate: int) -> npt.NDArray[np.float64]:
    """When onsets are heard in ``sound``, mono [n], in seconds."""
    own = librosa.resample(np.asarray(sound, np.float32), orig_sr=sample_rate, target_sr=RATE)
    sounding = librosa.effects.split(own, top_db=_SILENT_DB, frame_length=RATE // 100, hop_length=RATE // 1000)
    found: npt.NDArray[np.float64] = np.sort(np.concatenate([_changes(own) - _delay(), sounding[:, 0] / RATE]))
    return found


def is_silent_before(sound: npt.NDArray[np.floating], sample_rate: int, sample: int) -> bool:
    """Whether at least 20 ms of silence end within 60 ms of ``sample``."""
    length, hop = sample_rate // 100, sample_rate // 1000
    quiet = np.ones(len(sound), dtype=bool)
    for start, end in librosa.effects.split(sound, top_db=_SILENT_DB, frame_length=length, hop_length=hop):
        quiet[start:end] = False
    near = quiet[max(0, sample - 80 * hop) : sample + 60 * hop]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]])))
    return bool(len(edges)) and int((edges[1::2] - edges[::2]).max()) >= 20 * hop


def _changes(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
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
        found = _changes((sound + 0.1 * envelope * rng.standard_normal(RATE)).astype(np.float32))
        late.append(found[np.argmin(np.abs(found - begin / RATE))] - begin / RATE)
    return float(np.median(late))
