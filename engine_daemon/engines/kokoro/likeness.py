"""What brings a voice of the model nearer to a speaker, apart from its style: pitch, range and colour.

Both act inside the model's own pass: the pitch curve is moved before the sound is drawn from it, and the sound passes a
short filter without delay, so lengths stay as exact as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .durations import Lengths
from .model import SAMPLE_RATE, Floats, KokoroModel, Reading, Tune

_UNVOICED = 30.0
_TAPS = 128
_LOWEST, _HIGHEST = 60.0, 1000.0
MOST_DB = 6.0


@dataclass(frozen=True)
class Likeness:
    """``pivot`` [Hz] is the voice's own median, ``ratio`` what it is multiplied by, ``stretch`` what its distances from
    the median are multiplied by, in semitones. ``gains`` [dB] belong to ``frequencies`` [Hz], at most 6 either way.
    """

    pivot: float
    ratio: float
    stretch: float
    frequencies: tuple[float, ...]
    gains: tuple[float, ...]

    def tuned(self, pitch: Floats) -> Floats:
        """The pitch curve [Hz] as the speaker would have it; unvoiced frames stay as they are."""
        voiced = pitch > _UNVOICED
        moved = self.pivot * self.ratio * (np.maximum(pitch, _UNVOICED) / self.pivot) ** self.stretch
        return np.where(voiced, np.clip(moved, _LOWEST, _HIGHEST), pitch).astype(np.float32)

    def coloured(self, samples: Floats) -> Floats:
        """The sound [n] through the filter."""
        if not any(self.gains):
            return samples
        bins = 1 << (len(samples) + _TAPS - 1).bit_length()
        spectrum = np.fft.rfft(samples.astype(np.float64), bins) * np.fft.rfft(self._filter, bins)
        return np.fft.irfft(spectrum, bins)[: len(samples)].astype(np.float32)

    @cached_property
    def _filter(self) -> Lengths:
        """The impulse response [taps] of least phase: its energy comes first, so no sound is heard early."""
        size = 16 * _TAPS
        places = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
        decibels = np.interp(np.log(places + 1), np.log(np.array(self.frequencies) + 1), self.gains)
        cepstrum = np.fft.irfft(decibels * np.log(10) / 20)
        # Folding the cepstrum onto its first half makes the phase least (Oppenheim and Schafer).
        folded = np.concatenate([cepstrum[:1], 2 * cepstrum[1 : size // 2], cepstrum[size // 2 : size // 2 + 1]])
        response = np.fft.irfft(np.exp(np.fft.rfft(folded, size)), size)[:_TAPS]
        return np.asarray(response * np.minimum(1, (_TAPS - np.arange(_TAPS)) / (_TAPS / 4)))


def blended(parts: Sequence[tuple[Likeness | None, float]]) -> Likeness | None:
    """The likeness of a blend of voices with shares that sum to 1; None where none of them has one."""
    some = [(one, share) for one, share in parts if one is not None]
    if not some:
        return None
    whole = sum(share for _, share in some)
    pivot = float(np.exp(sum(share * np.log(one.pivot) for one, share in some) / whole))
    ratio = float(np.exp(sum(share * np.log(one.ratio) for one, share in some)))
    stretch = 1 + sum(share * (one.stretch - 1) for one, share in some)
    first, _ = some[0]
    gains = sum(share * np.interp(first.frequencies, one.frequencies, one.gains) for one, share in some)
    return Likeness(pivot, ratio, stretch, first.frequencies, tuple(np.asarray(gains).tolist()))


class LikeModel:
    """The model as a speaker's likeness has it: see KokoroModel, whose methods these are."""

    def __init__(self, model: KokoroModel, likeness: Likeness) -> None:
        self._model, self._likeness = model, likeness

    def read(self, symbols: Sequence[str], style: Floats) -> Reading:
        return self._model.read(symbols, style)

    def intone(self, reading: Reading, durations: Lengths) -> Tune:
        tune = self._model.intone(reading, durations)
        return Tune(self._likeness.tuned(tune.pitch), tune.energy)

    def speak(self, reading: Reading, durations: Lengths, tune: Tune, start: int, stop: int) -> Floats:
        return self._likeness.coloured(self._model.speak(reading, durations, tune, start, stop))


Model = KokoroModel | LikeModel


def like(model: KokoroModel, likeness: Likeness | None) -> Model:
    """``model``, in the likeness of a speaker where there is one."""
    return model if likeness is None else LikeModel(model, likeness)
