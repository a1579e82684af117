"""Loudness by ITU-R BS.1770-4, and a limiter that keeps true peaks under a ceiling."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import soxr

Sound = npt.NDArray[np.float64]
"""Mono sound, float64 [n], full scale at 1.0."""

CEILING_DBTP = -1.0
OVERSAMPLING = 8
"""BS.1770 asks for four times or more; at eight the highest reading between two points is 0.17 dB under the crest."""

LOOK_AHEAD_SECONDS = 0.015
_METER_MARGIN = 10 ** (-0.2 / 20)
METER_RATE = 48000
"""What K-weighting is defined at [Hz]."""

# The two filters of K-weighting at 48 kHz: (b, a) of the shelf and of the high-pass, BS.1770-4 annex 1, tables 1 and 2.
_K_WEIGHTING = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def loudness(sound: Sound, sample_rate: int) -> float:
    """Integrated loudness of mono sound [LUFS], gated; -inf for silence or less than one block of 400 ms."""
    if sample_rate != METER_RATE:
        sound = soxr.resample(sound, sample_rate, METER_RATE, quality="VHQ")
    block, hop = METER_RATE * 4 // 10, METER_RATE // 10
    if len(sound) < block:
        return float("-inf")
    squares = np.concatenate([[0.0], np.cumsum(k_weighted(sound) ** 2)])
    starts = np.arange(0, len(sound) - block + 1, hop)
    return gated((squares[starts + block] - squares[starts]) / block)


def gated(powers: Sound) -> float:
    """The loudness of blocks of K-weighted mean power [n] by the two gates of BS.1770-4 [LUFS]."""
    loud = powers[powers > 10 ** ((-70.0 + 0.691) / 10)]
    if not loud.size:
        return float("-inf")
    loud = loud[loud > loud.mean() * 10 ** (-10 / 10)]
    return lufs(float(loud.mean()))


def lufs(power: float) -> float:
    """The loudness of a K-weighted mean power; -inf for none."""
    return -0.691 + 10 * math.log10(power) if power > 0 else float("-inf")


def k_weighted(sound: Sound) -> Sound:
    """Filters sound at METER_RATE in the frequency domain; a second of padding lets the high-pass's tail (-280 dB by
    then) die out."""
    size = len(sound) + METER_RATE
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(size // 2 + 1, dtype=np.complex128)
    for numerator, denominator in _K_WEIGHTING:
        response *= np.polyval(numerator[::-1], delay) / np.polyval(denominator[::-1], delay)
    filtered: Sound = np.fft.irfft(np.fft.rfft(sound, size) * response, size)[: len(sound)]
    return filtered


def true_peak(sound: Sound, sample_rate: int) -> float:
    """The highest magnitude between and at the samples, as a factor of full scale.

    As in every meter with a filter, what lies above nine tenths of the Nyquist frequency is read at its samples only.
    """
    return _highest(sound, oversampled(sound, sample_rate))


def oversampled(sound: Sound, sample_rate: int) -> Sound:
    """[n * OVERSAMPLING]"""
    if not len(sound):
        return sound
    fine: Sound = soxr.resample(sound, sample_rate, OVERSAMPLING * sample_rate, quality="VHQ")
    size = OVERSAMPLING * len(sound)
    return fine[:size] if len(fine) >= size else np.pad(fine, (0, size - len(fine)))


def _highest(*sounds: Sound) -> float:
    return max(float(max(sound.max(initial=0.0), -sound.min(initial=0.0))) for sound in sounds)


def _crests(sound: Sound, fine: Sound) -> Sound:
    """For every sample the highest magnitude of the waveform from the sample before it to the one after it."""
    between = np.abs(fine).reshape(-1, OVERSAMPLING).max(axis=1)
    before = np.concatenate([[0.0], between[:-1]])
    crests: Sound = np.maximum(np.maximum(between, before), np.abs(sound))
    return crests


def limit_true_peak(sound: Sound, sample_rate: int, ceiling_dbtp: float = CEILING_DBTP) -> Sound:
    """Sound whose true peak is at most ``ceiling_dbtp``; the very same array where it already is.

    The gain sinks to what each crest needs within a look-ahead and rises again as smoothly, so nothing is clipped.
    """
    ceiling = 10 ** (ceiling_dbtp / 20) * _METER_MARGIN
    fine = oversampled(sound, sample_rate)
    if _highest(sound, fine) <= ceiling:
        return sound
    needed = _needed(_crests(sound, fine), ceiling)
    for _ in range(20):
        gain = _gain(needed, sample_rate)
        limited = sound * gain
        fine = oversampled(limited, sample_rate)
        if _highest(limited, fine) <= ceiling:
            return limited
        # The gain's own slope moved a crest between samples: it is taken lower there, and there alone, so that no
        # sample depends on what comes long after it.
        crests = _crests(limited, fine)
        needed = np.where(crests > ceiling, 0.999 * gain * _needed(crests, ceiling), needed)
    return limited * (ceiling / _highest(limited, fine))


def held_under(sound: Sound, sample_rate: int, ceiling_dbtp: float) -> Sound:
    """Sound limited in one pass, so that a piece of it with what lies around it gives what the whole would.

    The gain's own slope can leave a crest 0.1 dB above the ceiling.
    """
    ceiling = 10 ** (ceiling_dbtp / 20) * _METER_MARGIN
    crests = _crests(sound, oversampled(sound, sample_rate))
    return sound * _gain(_needed(crests, ceiling), sample_rate)


def _needed(crests: Sound, ceiling: float) -> Sound:
    """The greatest gain at each sample that keeps its crest under the ceiling."""
    needed: Sound = np.minimum(1.0, ceiling / np.maximum(crests, ceiling))
    return needed


def _gain(needed: Sound, sample_rate: int) -> Sound:
    """A smooth curve that nowhere lies above ``needed`` [n], the greatest gain that each sample may have."""
    reach = round(LOOK_AHEAD_SECONDS * sample_rate)
    held = _running_minimum(np.pad(needed, 2 * reach, constant_values=1.0), 2 * reach + 1)
    window = np.hanning(2 * reach + 3)[1:-1]
    gain: Sound = np.convolve(held, window / window.sum(), mode="valid")
    return gain


def _running_minimum(values: Sound, width: int) -> Sound:
    """The least of each ``width`` neighbours, [n - width + 1]; by doubling, so in log2(width) passes."""
    covered = 1
    while covered < width:
        step = min(covered, width - covered)
        values = np.minimum(values[:-step], values[step:])
        covered += step
    return values
