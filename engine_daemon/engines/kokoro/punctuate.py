"""Punctuation (marks.py) applied where it belongs: to the durations, the melody, and the finished sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples

from . import feeling
from .durations import Lengths
from .marks import Pause, Stretch, last_syllable
from .model import SAMPLE_RATE, UNIT, Floats, Tune, Units
from .phone import Phone

_QUIET = 3.0
"""The model's energy below which a pause is heard, 35 dB under the loudest of a line: over twelve lines in six voices
the time spent below it is within 20 ms of the silence in the sound."""
_SILENT_ENERGY, _SILENT_PITCH = -6.0, 10.0
"""Energy and pitch [Hz] of the frames that make a pause longer."""
_LEAD = 4
"""Frames by which a phone is heard before its units; see onsets.LEADS."""
_UNIT_SECONDS = UNIT / SAMPLE_RATE
_EDGE = 4
"""Frames (50 ms) over which sound falls into a pause that the model has not made, and rises out of it."""
_RAMP = 720
"""Samples (30 ms) over which a stretch's gain comes and goes, outside of it."""
_AT_FIRST = 0.3
"""The share that a falling gain has at the beginning of its stretch: a line trails off."""


def drawn_out(durations: Lengths, phones: Sequence[Phone], stretches: Sequence[Stretch]) -> Lengths:
    """``durations`` [n + 2] of n phones with the last syllable of each stretch as long as its manner says."""
    drawn: Lengths = durations.astype(np.float64)
    for stretch in stretches:
        for phone in last_syllable(phones, stretch):
            drawn[phone + 1] = max(1.0, drawn[phone + 1] * (1 + stretch.manner.vowels))
    return drawn


def paused(tune: Tune, units: Lengths, pauses: Sequence[Pause], longer: float = 1.0) -> tuple[Tune, Lengths]:
    """``tune`` with every pause between its least and its most, times ``longer``; and the units [n + 2] added to each
    phone, whole numbers."""
    pitch, energy = tune.pitch, tune.energy
    added = np.zeros(len(units))
    ends = 2 * np.cumsum(units)
    for pause in reversed(pauses):
        low = max(0, int(ends[pause.first]) - 2 * _LEAD)
        quietest = low + int(np.argmin(energy[low : int(np.ceil(ends[pause.last]))]))
        first, last = _silence(energy, quietest)
        heard = (last - first) * _UNIT_SECONDS / 2
        wanted = float(np.clip(heard, longer * pause.least, longer * pause.most))
        change = int(np.ceil((wanted - heard) / _UNIT_SECONDS - 1e-6))
        if change > 0:
            energy = _faded(energy, quietest)
            pitch = np.insert(pitch, quietest, np.full(2 * change, min(_SILENT_PITCH, pitch[quietest])))
            energy = np.insert(energy, quietest, np.full(2 * change, min(_SILENT_ENERGY, energy[quietest])))
            added[pause.mark + 1] += change
        elif change < 0:
            own = range(pause.first + 1, pause.last + 1)
            change = -min(-change, sum(int(units[at]) - 1 for at in own), (last - first) // 2)
            cut = slice(first + (last - first + 2 * change) // 2, None)
            pitch, energy = (_without(curve, cut.start, -2 * change) for curve in (pitch, energy))
            left = change
            for at in own:
                added[at] = -min(-left, int(units[at]) - 1)
                left -= int(added[at])
    return Tune(pitch.astype(np.float32), energy.astype(np.float32)), added


def _silence(energy: Floats, quietest: int) -> tuple[int, int]:
    """The frames [first, last) around ``quietest`` in which nothing is heard."""
    if energy[quietest] > _QUIET:
        return quietest, quietest
    heard = np.flatnonzero(energy > _QUIET)
    place = int(np.searchsorted(heard, quietest))
    first = int(heard[place - 1]) + 1 if place else 0
    return first, int(heard[place]) if place < len(heard) else len(energy)


def _faded(energy: Floats, place: int) -> Floats:
    """``energy`` falling to silence at ``place``, where it does not do so by itself."""
    away = np.abs(np.arange(len(energy)) - place + 0.5) / _EDGE
    most = np.where(away < 1, _QUIET + away * (float(energy.max()) - _QUIET), np.inf)
    faded: Floats = np.minimum(energy, most).astype(np.float32)
    return faded


def _without(curve: Floats, first: int, count: int) -> Floats:
    shorter: Floats = np.concatenate([curve[:first], curve[first + count :]])
    return shorter


def intoned(tune: Tune, units: Lengths, stretches: Sequence[Stretch]) -> Tune:
    """``tune`` with the pitch and energy of each stretch's manner."""
    pitch, energy = tune.pitch.copy(), tune.energy.copy()
    ends = 2 * np.cumsum(units)
    for stretch in stretches:
        own = slice(max(0, int(ends[stretch.first]) - _LEAD), int(ends[stretch.last]))
        said = feeling.intoned(Tune(pitch[own], energy[own]), stretch.manner)
        pitch[own], energy[own] = said.pitch, said.energy
    return Tune(pitch, energy)


def voiced(samples: Samples, bounds: Units, stretches: Sequence[Stretch]) -> Samples:
    """``samples`` with the gain and effort of each stretch; ``bounds`` [n + 1] say where its n phones are heard."""
    start, end = speech_span(samples)
    gains, effort = np.zeros(len(samples)), np.zeros(len(samples))
    places = np.arange(len(samples))
    for stretch in stretches:
        first, last = int(bounds[stretch.first]), int(bounds[min(stretch.last, len(bounds) - 1)])
        if last <= first:
            continue
        at = [first - _RAMP, first, last, last + _RAMP]
        gain = stretch.manner.gain
        gains += np.interp(places, at, [0, gain * (1 if gain > 0 else _AT_FIRST), gain, 0])
        effort += np.interp(places, at, [0, stretch.manner.effort, stretch.manner.effort, 0])
    return feeling.levelled(samples, start, end, gains, effort)
