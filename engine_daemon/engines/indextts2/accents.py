"""Which frames of a line are stressed, as far as its mel tells: accents of energy and of pitch.

A syllable's vowel stands out of what surrounds it where formants lie, a stressed one more than others, and a consonant
stands below. A mel is too coarse for a pitch of its own, but its lowest bands, 41 Hz apart, show the harmonics as a
comb whose spacing is the pitch: within half a semitone of that of the sound for most frames. Both are taken against
what is near, so neither a loud line nor a high voice counts. ``benchmarks/stress.py`` measures what each of them tells.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

_DB = 20 / np.log(10)
_FORMANTS = (300.0, 3000.0)
"""Hz: what vowels have more of than consonants, nasals included."""
_RANGE_DB = 30.0
"""What lies so far below a line's loudest frame is no quieter than that."""
_SMOOTH = 5
_NEAR, _NEAR_PITCH = 20, 60
"""Frames to either side that an accent is taken against: a syllable or two, and a few words."""
_PITCH_DB = 0.7
"""What a semitone above its surroundings counts for, in dB."""
_TOP_HZ, _HARMONICS_DB = 1100.0, 40.0
_BAND = 9
"""Bands over which the spectrum's own slope is taken away, so that the comb of harmonics is left."""
_CLEAR, _VOICED = 0.5, 0.45
"""How like a comb a frame has to be, of 1, to tell the line's pitch, and to count as voiced."""
_LOWEST, _QUARTERS = 70.0, 64
"""The lowest pitch looked for, and how many quarter tones above it; then so many to either side of the median:"""
_AROUND = 14
_SAMPLE_RATE = 22050


@lru_cache(maxsize=4)
def centres(bands: int) -> Floats:
    """Returns the frequency of each band of a mel whose bands reach up to half of 22,050 Hz, Hz [bands]."""
    linear = 200 / 3
    knee, step = 1000 / linear, np.log(6.4) / 27
    top = knee + np.log(_SAMPLE_RATE / 2 / 1000) / step
    mels = np.linspace(0, top, bands + 2)[1:-1]
    hertz: Floats = np.where(mels < knee, mels * linear, 1000 * np.exp((mels - knee) * step))
    return hertz


def smooth(x: Floats, frames: int = _SMOOTH) -> Floats:
    """Returns a mean over an odd number of frames, which counts those in the middle more; along the last axis."""
    kernel = np.hanning(frames + 2)[1:-1]
    around = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(frames // 2, frames // 2)], mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(around, frames, axis=-1)
    smoothed: Floats = windows @ (kernel / kernel.sum())
    return smoothed


def sonority(mel: npt.NDArray[np.float32]) -> Floats:
    """Returns how loud each frame of a log mel [80, n] is where vowels are, dB [n]."""
    hertz = centres(mel.shape[0])
    formants = mel[(hertz >= _FORMANTS[0]) & (hertz < _FORMANTS[1])].astype(np.float64)
    loudness = _DB * np.log(np.exp(formants).mean(0) + 1e-9)
    return np.maximum(loudness, loudness.max() - _RANGE_DB)


def pitch(mel: npt.NDArray[np.float32], speaking: Truths) -> tuple[Floats, Truths]:
    """Returns the pitch of each frame of a log mel in semitones [n], and which frames have one."""
    hertz = centres(mel.shape[0])
    low = hertz < _TOP_HZ
    bands = np.maximum(mel[low].astype(np.float64), float(mel.max()) - _HARMONICS_DB / _DB)
    slope = np.pad(bands, ((_BAND // 2, _BAND // 2), (0, 0)), mode="edge")
    bands = bands - np.lib.stride_tricks.sliding_window_view(slope, _BAND, axis=0).mean(-1)
    bands = smooth(bands / (np.linalg.norm(bands, axis=0) + 1e-6))

    def likeliest(candidates: Floats) -> tuple[Floats, Floats]:
        comb = np.cos(2 * np.pi * hertz[low] / candidates[:, None]) * (hertz[low] > 0.6 * candidates[:, None])
        likeness = comb / np.linalg.norm(comb, axis=1, keepdims=True) @ bands
        return candidates[likeness.argmax(0)], likeness.max(0)

    found, likeness = likeliest(_LOWEST * 2 ** (np.arange(_QUARTERS) / 24))
    clear = speaking & (likeness > _CLEAR)
    if not clear.any():
        return np.zeros(mel.shape[1]), clear
    found, likeness = likeliest(np.median(found[clear]) * 2 ** (np.arange(-_AROUND, _AROUND + 1) / 24))
    return 12 * np.log2(found), speaking & (likeness > _VOICED)


def accents(mel: npt.NDArray[np.float32], speaking: Truths, pitched: bool = True) -> Floats:
    """Returns by how much each frame of a log mel [80, n] stands out of what is near, dB [n].

    ``pitched`` is False for languages where pitch tells words apart, as in Chinese: there a high one is no accent.
    """
    loud = smooth(sonority(mel))
    accent = loud - _mean_near(loud, speaking, _NEAR)
    if pitched:
        tones, voiced = pitch(mel, speaking)
        accent += _PITCH_DB * smooth(np.where(voiced, tones - _mean_near(tones, voiced, _NEAR_PITCH), 0.0))
    return accent


def _mean_near(x: Floats, counts: Truths, near: int) -> Floats:
    """The mean of the frames that count within ``near`` frames of each, or the frame itself where none do. [n]"""
    totals = [np.concatenate([[0.0], np.cumsum(values)]) for values in (np.where(counts, x, 0.0), counts)]
    frames = np.arange(len(x))
    first, last = np.maximum(0, frames - near), np.minimum(len(x), frames + near + 1)
    total, count = (values[last] - values[first] for values in totals)
    return np.where(count > 0, total / np.maximum(count, 1), x)
