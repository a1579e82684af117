"""A manner (manner.py) applied where it belongs: to the style, the durations, the melody, and the finished sound.

A neutral manner changes nothing, to the sample. Nothing here moves the instant at which speech crosses -60 dBFS, so
lengths stay as exact as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples

from .delivery import PROSODY
from .durations import Lengths
from .manner import Manner
from .model import SAMPLE_RATE, Floats, Tune
from .phone import Phone
from .voices import Styles

_FRAMES = 80
"""Frames of pitch and energy a second."""
_VOICED = 30.0
"""Below this pitch [Hz] nothing is voiced; see melody.py."""
_LEAST_PITCH, _MOST_PITCH = 50.0, 750.0
_ENDING = 24
"""Frames (300 ms) over which an ending rises or falls."""
_TREMOR_RATE = 6.5
"""Hertz: that of a voice which trembles."""
_SPOKEN = (1.0, 5.0)
"""The model's energy between which an energy counts as speech, from not at all to fully. Below, where lengths are
predicted, it is left alone (see prediction.py)."""
_ENERGY_PER_DB = 0.12
"""The model's energy follows the gain this much: its sound becomes rounder, and hardly any louder."""
_DRIVEN_ROW, _EVEN_ROW = 15, 300
"""Rows of a voice whose prosody is that of a short line, a fifth faster, and of a long one, a sixth slower."""
_DRIVEN, _EVEN = -0.18, 0.16
"""By how much those rows change a line's length, on average over five lines in four voices."""
_FADE = 1440
"""Samples (60 ms) at both ends of the speech over which gain and effort come in."""


def styled(style: Floats, styles: Styles, manner: Manner) -> Floats:
    """``style`` [256] with its prosody moved towards that of the voice's short or long lines; its timbre stays."""
    if not manner.rhythm:
        return style
    share = min(1.0, abs(manner.rhythm))
    moved: Floats = style.copy()
    row = styles[_DRIVEN_ROW if manner.rhythm > 0 else _EVEN_ROW]
    moved[PROSODY] = (1 - share) * style[PROSODY] + share * row[PROSODY]
    return moved


def paced(durations: npt.NDArray[np.floating], phones: Sequence[Phone], manner: Manner) -> Lengths:
    """``durations`` [n + 2] of n phones at the manner's pace. A phone keeps a unit; the silences around them stay."""
    paced = durations.astype(np.float64)
    own = np.maximum(paced[1:-1], 1.0)
    paced[1:-1] = np.maximum(1.0, own * [_stretch(phone, manner) for phone in phones])
    return paced


def slowdown(before: Lengths, after: Lengths, manner: Manner) -> float:
    """How many times longer ``manner`` makes what lasted ``before`` [n + 2] and lasts ``after``, about: what its rhythm
    does is known only on average."""
    share = _DRIVEN if manner.rhythm > 0 else _EVEN
    return float(after[1:-1].sum() / before[1:-1].sum()) * (1 + share * min(1.0, abs(manner.rhythm)))


def pausing(manner: Manner) -> float:
    """How many times longer ``manner`` makes a pause."""
    return (1 + manner.pauses) / (1 + manner.pace)


def _stretch(phone: Phone, manner: Manner) -> float:
    if phone.kind == "pause":
        return pausing(manner)
    return (1 + (manner.vowels if _long(phone) else 0.0)) / (1 + manner.pace)


def _long(phone: Phone) -> bool:
    return phone.kind in ("vowel", "mark") and phone.stress > 0


def whole(units: Lengths) -> Lengths:
    """``units`` with the silence at the end lengthened until they are whole."""
    filled: Lengths = units.copy()
    filled[-1] += -filled.sum() % 1
    return filled


def intoned(tune: Tune, manner: Manner) -> Tune:
    """``tune`` with the manner's pitch and energy."""
    if not manner:
        return tune
    spoken = np.clip((tune.energy - _SPOKEN[0]) / (_SPOKEN[1] - _SPOKEN[0]), 0, 1)
    return Tune(_pitch(tune.pitch, spoken, manner), _energy(tune.energy, spoken, manner))


def _pitch(pitch: Floats, spoken: Floats, manner: Manner) -> Floats:
    voiced = pitch > _VOICED
    core = voiced & (spoken > 0.5)
    if not core.any():
        return pitch
    places = np.flatnonzero(core)
    first, last = int(places[0]), int(places[-1])
    semitones = 12 * np.log2(np.maximum(pitch, _VOICED))
    middle = float(semitones[core].mean())
    # Frames that glide into silence lie far below; the range is theirs only as far as an octave.
    away = np.clip(semitones - middle, -12, 12)
    frames = np.arange(len(pitch))
    along = np.clip((frames - first) / max(1, last - first), 0, 1) - 0.5
    ending = np.clip((frames - (last - _ENDING)) / _ENDING, 0, 1) ** 2
    trembling = np.sin(2 * np.pi * _TREMOR_RATE * frames / _FRAMES)
    change = (
        manner.pitch
        + manner.range * away
        + manner.slope * along
        + manner.ending * ending
        + manner.tremor * trembling
    )  # fmt: skip
    moved = np.clip(pitch * 2 ** (change / 12), _LEAST_PITCH, _MOST_PITCH)
    kept: Floats = np.where(core | (voiced & (moved > _LEAST_PITCH)), moved, pitch).astype(np.float32)
    return kept


def _energy(energy: Floats, spoken: Floats, manner: Manner) -> Floats:
    full = spoken >= 1
    if not full.any():
        return energy
    change = manner.dynamics * (energy - float(energy[full].mean())) + _ENERGY_PER_DB * manner.gain
    moved: Floats = (energy + spoken * change).astype(np.float32)
    return moved


def voiced(samples: Samples, manner: Manner) -> Samples:
    """``samples`` with the manner's gain and effort, which come in after speech begins and go before it ends."""
    start, end = speech_span(samples)
    whole = np.ones(len(samples))
    return levelled(samples, start, end, manner.gain * whole, manner.effort * whole)


def levelled(samples: Samples, start: int, end: int, gain: Lengths, effort: Lengths) -> Samples:
    """``samples``, of which [start, end) is speech, with a ``gain`` and an ``effort`` of so many decibels at each [n].

    Both come in after speech begins and go before it ends, so that it begins and ends where it did.
    """
    most = float(effort[np.argmax(np.abs(effort))]) if len(effort) else 0.0
    if not (gain.any() or most) or end - start < 2 * _FADE:
        return samples
    loud = samples.astype(np.float64)
    if most:
        bright = np.fft.irfft(np.fft.rfft(samples) * _tilt(len(samples), round(most, 6)), len(samples))
        loud = loud + effort / most * (bright - loud)
    loud *= 10 ** (gain / 20)
    places = np.arange(len(samples))
    share = np.clip(np.minimum(places - start, end - places) / _FADE, 0, 1)
    share = share * share * (3 - 2 * share)
    shaped: Samples = (samples + share * (loud - samples)).astype(np.float32)
    return shaped


@lru_cache(maxsize=4)
def _tilt(samples: int, effort: float) -> np.ndarray:
    """Gains of the spectrum's bins: flat below 250 Hz and above 4 kHz, even in between on a scale of octaves."""
    octaves = np.log2(np.maximum(np.fft.rfftfreq(samples, 1 / SAMPLE_RATE), 1.0) / 1000)
    gains: np.ndarray = 10 ** (effort * np.clip(octaves, -2, 2) / 4 / 20)
    return gains
