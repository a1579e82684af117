"""What is compared of two speakers: the middle and range of their pitch, their long-term spectrum, and an embedding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import soxr

from framevox.engine_daemon.audio.pitch import pitch_track

Floats = npt.NDArray[np.float64]

TABLE = Path(__file__).with_name("traits.npz")
"""The traits of the packaged voices; made by benchmarks/voice_traits.py."""
RATE = 16000
BANDS = 32
_WINDOW, _HOP = 1024, 256
_LOWEST, _HIGHEST = 100.0, 7200.0


@dataclass(frozen=True)
class Traits:
    """``pitch`` is the median [Hz], ``range`` that from the 10th to the 90th percentile [semitones], ``spectrum``
    [BANDS] the level of each band in speech [dB] against their mean; ``embedding`` [256] has length 1, or is None."""

    pitch: float
    range: float
    spectrum: Floats
    embedding: Floats | None = None


Embed = Callable[[npt.NDArray[np.float32]], Floats]
"""The embedding of a speaker, from mono sound at RATE."""


def band_centres() -> Floats:
    """The middle of every band of a spectrum [Hz]."""
    return _edges()[1:-1]


def traits_of(wave: npt.NDArray[np.float32], sample_rate: int, embed: Embed | None = None) -> Traits:
    """Measures mono sound [n]."""
    pitch = pitch_track(wave, sample_rate)
    sound = np.asarray(soxr.resample(wave, sample_rate, RATE), dtype=np.float32)
    return Traits(pitch.median, pitch.range, spectrum_of(sound), None if embed is None else embed(sound))


def spectrum_of(sound: npt.NDArray[np.float32]) -> Floats:
    """The long-term spectrum of the speech in mono sound at RATE, as Traits has it."""
    padded = np.pad(sound.astype(np.float64), (0, max(0, _WINDOW - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    level = 10 * np.log10(power.sum(1) + 1e-12)
    bands = power[level > level.max() - 30].mean(0) @ _filters().T
    decibels = 10 * np.log10(bands + 1e-12)
    return np.asarray(decibels - decibels.mean())


@cache
def _edges() -> Floats:
    """Bands as wide as hearing has them (mel)."""
    low, high = (1127 * np.log(1 + hertz / 700) for hertz in (_LOWEST, _HIGHEST))
    return np.asarray(700 * (np.exp(np.linspace(low, high, BANDS + 2) / 1127) - 1))


@cache
def _filters() -> Floats:
    edges, bins = _edges(), np.fft.rfftfreq(_WINDOW, 1 / RATE)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.clip(np.minimum(rising, falling), 0, None)
    return np.asarray(triangles / triangles.sum(1, keepdims=True))


@cache
def stock_traits() -> Mapping[str, Traits]:
    """The traits of every packaged voice, by name."""
    with np.load(TABLE) as table:
        columns = (table[column].astype(np.float64) for column in ("pitch", "range", "spectrum", "embedding"))
        rows = zip(table["names"].tolist(), *columns, strict=True)
        return MappingProxyType(
            {
                name: Traits(float(pitch), float(spread), spectrum, embedding)
                for name, pitch, spread, spectrum, embedding in rows
            }
        )


def can_embed() -> bool:
    """Whether the extra ``likeness`` is installed, which embeds speakers."""
    return find_spec("resemblyzer") is not None


def embedder() -> Embed | None:
    """How a speaker is embedded, None without the extra ``likeness``. Loading it takes seconds."""
    return _resemblyzer() if can_embed() else None


@cache
def _resemblyzer() -> Embed:
    from resemblyzer import VoiceEncoder, preprocess_wav

    encoder = VoiceEncoder("cpu", verbose=False)

    def embed(sound: npt.NDArray[np.float32]) -> Floats:
        return np.asarray(encoder.embed_utterance(preprocess_wav(sound, source_sr=RATE)), dtype=np.float64)

    return embed
