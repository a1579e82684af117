"""The pitch of a voice in a recording, by autocorrelation: enough for its middle, its range, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

Floats = npt.NDArray[np.float64]

LOWEST, HIGHEST = 60.0, 500.0
HOP = 0.01
_RATE = 8000
_VOICED = 0.55
_LEAST_FRAMES = 20
APART_TONES, TURN_TONES = 7.0, 2.0
"""How far apart two speakers are at least, in semitones, whenever they speak, and where they take turns."""
_MOST_APART = 18.0
"""Two speakers are not further apart, in semitones; noises taken for a pitch are."""
_APART_TIMES, _TURN_TIMES = 3.2, 2.8
"""How much wider the gap is than the groups are within."""
_LEAST_WITHIN = 0.7
_LEAST_MIDDLES = 7
_FEWER_RUNS = -2.2
"""How many deviations fewer changes there are between two speakers than by chance. ``benchmarks/references.py`` shows
what these figures catch, and which good clips they refuse."""


@dataclass(frozen=True)
class PitchTrack:
    """The pitch of each 10 ms [Hz], 0 where there is none."""

    hertz: Floats

    @property
    def tones(self) -> Floats:
        """The pitch of the voiced frames in semitones above 1 Hz, as they follow each other."""
        voiced: Floats = 12 * np.log2(self.hertz[self.hertz > 0])
        return voiced

    @property
    def median(self) -> float:
        """The median [Hz], 0 where nothing is voiced."""
        return float(2 ** (np.median(self.tones) / 12)) if len(self.tones) >= _LEAST_FRAMES else 0.0

    @property
    def range(self) -> float:
        """From the 10th to the 90th percentile, in semitones."""
        if len(self.tones) < _LEAST_FRAMES:
            return 0.0
        low, high = np.percentile(self.tones, (10, 90))
        return float(high - low)

    def split(self) -> float:
        """How far apart in semitones two speakers lie; 0 where the pitch is one speaker's.

        Each half second of voice has a middle. Two people speak where these fall into two groups with a gap between
        them, each with a fifth of them: a wide gap, or a narrower one where the groups take turns, as speakers do and
        the melody of one does not.
        """
        middles = self._middles()
        if len(middles) < _LEAST_MIDDLES:
            return 0.0
        ordered = np.sort(middles)
        best = 0.0
        least = max(2, len(ordered) // 5)
        for cut in range(least, len(ordered) - least + 1):
            low, high = ordered[:cut], ordered[cut:]
            apart = float(high.mean() - low.mean())
            within = float(np.sqrt((low.var() * cut + high.var() * len(high)) / len(ordered)))
            wide = apart > APART_TONES and apart > _APART_TIMES * max(within, _LEAST_WITHIN)
            narrow = apart > TURN_TONES and apart > _TURN_TIMES * max(within, _LEAST_WITHIN)
            if apart < _MOST_APART and (wide or (narrow and _take_turns(middles > (low[-1] + high[0]) / 2))):
                best = max(best, apart)
        return best

    def _middles(self) -> Floats:
        """The median of every half second of voice, without its frames of doubled or halved pitch."""
        tones, size = self.tones, round(0.5 / HOP)
        return np.array([np.median(tones[at : at + size]) for at in range(0, len(tones) - size + 1, size)])


def _take_turns(high: npt.NDArray[np.bool_]) -> bool:
    """Whether two groups, as they follow each other, change less often than by chance (Wald and Wolfowitz, 1940)."""
    many, few = int(high.sum()), int((~high).sum())
    expected = 2 * many * few / len(high) + 1
    deviation = np.sqrt((expected - 1) * (expected - 2) / (len(high) - 1))
    runs = 1 + int((high[1:] != high[:-1]).sum())
    return bool(runs - expected < _FEWER_RUNS * deviation)


def pitch_track(wave: npt.NDArray[np.float32], sample_rate: int) -> PitchTrack:
    """The pitch of mono sound [n], by normalised autocorrelation of 40 ms, without its leaps."""
    sound = np.asarray(soxr.resample(wave.astype(np.float32), sample_rate, _RATE), dtype=np.float64)
    size, hop = round(0.04 * _RATE), round(HOP * _RATE)
    shortest, longest = int(_RATE / HIGHEST), int(_RATE / LOWEST)
    span = size + longest
    if len(sound) < span:
        return PitchTrack(np.zeros(0))
    frames = np.lib.stride_tricks.sliding_window_view(sound, span)[::hop]
    frames = frames - frames.mean(1, keepdims=True)
    bins = 1 << (2 * span - 1).bit_length()
    head = np.fft.rfft(frames[:, :size], bins)
    whole = np.fft.rfft(frames, bins)
    product = np.fft.irfft(np.conj(head) * whole, bins)[:, : longest + 1]
    squares = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(frames**2, axis=1)], axis=1)
    lags = np.arange(longest + 1)
    energy = squares[:, lags + size] - squares[:, lags]
    likeness = product / np.sqrt(energy * energy[:, :1] + 1e-9)
    level = 10 * np.log10(energy[:, 0] / size + 1e-12)
    loud = level > np.percentile(level, 95) - 30
    part = likeness[:, shortest:]
    best = part.max(1)
    # The shortest lag that is nearly as good: a longer one is a multiple of it.
    good = part >= 0.9 * best[:, None]
    first = good.argmax(1)
    # Up the slope to the peak of that lag.
    reach = np.minimum(first[:, None] + np.arange(8), part.shape[1] - 1)
    lag = reach[np.arange(len(part)), np.take_along_axis(part, reach, 1).argmax(1)] + shortest
    hertz = np.where((best > _VOICED) & loud, _RATE / lag, 0.0)
    return PitchTrack(_without_leaps(hertz))


def _without_leaps(hertz: Floats) -> Floats:
    """The pitch without frames an octave off the middle of the half second around them, or voiced for a moment only."""
    cleaned: Floats = hertz.copy()
    places = np.flatnonzero(hertz)
    for place in places:
        near = hertz[max(0, place - 25) : place + 26]
        near = near[near > 0]
        if len(near) < 5 or abs(12 * np.log2(hertz[place] / np.median(near))) > 8:
            cleaned[place] = 0.0
    return cleaned
