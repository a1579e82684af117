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
_BAND, _STEADY = 9, 7
"""Bands over which the spectrum's own slope is taken away, so that the comb of harmonics is left, and frames over which
the comb is smoothed."""
_CLEAR = 0.5
"""How like a comb a frame has to be, of 1, to tell the line's middle pitch."""
_VOICE, _VOICED_DB = (60.0, 500.0), 18.0
"""A frame is voiced that is no further below the line's loudest one at these Hz."""
_LOWEST, _QUARTERS, _BELOW, _ABOVE = 70.0, 64, 14, 24
"""The lowest middle pitch looked for and how many quarter tones above it; then how many below and above the middle a
frame's pitch is looked for."""
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


def loudness(mel: npt.NDArray[np.float32], lowest: float, highest: float) -> Floats:
    """Returns how loud each frame of a log mel [80, n] is between two frequencies in Hz, dB [n]."""
    hertz = centres(mel.shape[0])
    bands = mel[(hertz >= lowest) & (hertz < highest)].astype(np.float64)
    loud: Floats = _DB * np.log(np.exp(bands).mean(0) + 1e-9)
    return loud


def sonority(mel: npt.NDArray[np.float32]) -> Floats:
    """Returns how loud each frame of a log mel [80, n] is where vowels are, dB [n]."""
    loud = loudness(mel, *_FORMANTS)
    return np.maximum(loud, loud.max() - _RANGE_DB)


def pitch(mel: npt.NDArray[np.float32], speaking: Truths) -> tuple[Floats, Truths]:
    """Returns the pitch of each frame of a log mel in semitones [n], and which frames have one."""
    hertz = centres(mel.shape[0])
    low = hertz < _TOP_HZ
    bands = np.maximum(mel[low].astype(np.float64), float(mel.max()) - _HARMONICS_DB / _DB)
    slope = np.pad(bands, ((_BAND // 2, _BAND // 2), (0, 0)), mode="edge")
    bands = bands - np.lib.stride_tricks.sliding_window_view(slope, _BAND, axis=0).mean(-1)
    bands = smooth(bands / (np.linalg.norm(bands, axis=0) + 1e-6), _STEADY)

    def likeliest(candidates: Floats) -> tuple[Floats, Floats]:
        comb = np.cos(2 * np.pi * hertz[low] / candidates[:, None]) * (hertz[low] > 0.6 * candidates[:, None])
        likeness = comb / np.linalg.norm(comb, axis=1, keepdims=True) @ bands
        return candidates[likeness.argmax(0)], likeness.max(0)

    found, likeness = likeliest(_LOWEST * 2 ** (np.arange(_QUARTERS) / 24))
    clear = speaking & (likeness > _CLEAR)
    if not clear.any():
        return np.zeros(mel.shape[1]), clear
    found, _ = likeliest(np.median(found[clear]) * 2 ** (np.arange(-_BELOW, _ABOVE + 1) / 24))
    voice = loudness(mel, *_VOICE)
    return 12 * np.log2(found), speaking & (voice > voice.max() - _VOICED_DB)


def accents(mel: npt.NDArray[np.float32], speaking: Truths, pitched: bool = True) -> Floats:
    """Returns by how much each frame of a log mel [80, n] stands out of what is near, dB [n].

    ``pitched`` is False for languages where pitch tells words apart, as in Chinese and Japanese: there a high one is no
    sign of stress.
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
