"""When the phones of a segment are heard: earlier than their units begin, each class of phones by its own lead, and
exactly where the sound shows an onset.

The model begins a phone before its first unit, while the phone before it still lasts. How long before depends on what
is heard: the burst of a stop follows its closure, a vowel after a pause fades in. Where a phone follows a pause or
begins with a burst, the onset is looked for in the sound near the place that the lead predicts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.engines.base import Samples

from .durations import Lengths
from .model import SAMPLE_RATE, UNIT, Units
from .phone import Phone

_STOPS = frozenset("pbtdkɡcɟqʈɖʨꭧʦʣʥʤʧ")
_FRICATIVES = frozenset("fvθðszʃʒɕʂʐçxhɸβʁɣχ")
_SONORANTS = frozenset("mnŋɲɴlɹɻɾrwjɥɫʎ")

LEADS: dict[str, tuple[float, float]] = {
    "stop": (0.025, 0.032),
    "fricative": (0.030, 0.015),
    "sonorant": (0.045, 0.020),
    "vowel": (0.050, 0.030),
    "pause": (0.050, 0.050),
}
"""Seconds by which a class of phones is heard before its first unit: after a pause, and inside speech. The medians over
60 tuning lines in nine voices (``benchmarks/word_times.py --tuning``)."""
_INSIDE_WORD = 0.045
"""The same for phones that do not begin a word, which run into one another."""

_STEP = SAMPLE_RATE // 1000
"""Samples between two looks at the level: 1 ms."""
_WINDOW = 5 * _STEP
_RISE = 5
"""Steps before and after an instant between which the level is compared."""
_REACH, _NEAR = 60, 35.0
"""How far from the predicted place an onset is looked for, and the distance at which it counts half as much, about
[steps]."""
_LEAST_RISE_DB = 8.0
"""A smaller rise is no onset."""
_FIRST_SHARE = 0.5
"""After a pause the first rise counts that is at least this share of the greatest."""
_LEVEL_RANGE_DB, _BRIGHT_RANGE_DB = 45.0, 50.0
"""What lies this far below loud speech is silence."""

_MARKS = frozenset(",.!?;:—…")


def class_of(phones: Sequence[Phone], index: int) -> str:
    """The row of LEADS for a phone; a mark, such as stress, sounds as what follows it."""
    while phones[index].kind == "mark" and index + 1 < len(phones) and phones[index + 1].kind != "pause":
        index += 1
    phone = phones[index]
    if phone.kind == "pause":
        return "pause"
    for symbols, name in ((_STOPS, "stop"), (_FRICATIVES, "fricative"), (_SONORANTS, "sonorant")):
        if phone.symbol in symbols:
            return name
    return "vowel"


def after_pause(phones: Sequence[Phone], index: int) -> bool:
    """Whether a phone is the first, or the first after a mark."""
    while index > 0 and phones[index - 1].symbol == " ":
        index -= 1
    return index == 0 or phones[index - 1].symbol in _MARKS


def begins_word(phones: Sequence[Phone], index: int) -> bool:
    """Whether a phone is the first of its word."""
    return phones[index].word is not None and (index == 0 or phones[index - 1].word != phones[index].word)


def predicted(units: Lengths, phones: Sequence[Phone]) -> npt.NDArray[np.float64]:
    """Where each of n phones is heard, and where the last one ends, [n + 1], in samples from the first unit.

    ``units`` [n + 2] hold the silence before the phones, the phones, and the silence after them.
    """
    leads = [*(_lead(phones, index) for index in range(len(phones))), LEADS["pause"][1]]
    heard: npt.NDArray[np.float64] = np.cumsum(units)[: len(phones) + 1] * UNIT - SAMPLE_RATE * np.array(leads)
    return heard


def _lead(phones: Sequence[Phone], index: int) -> float:
    name = class_of(phones, index)
    if after_pause(phones, index):
        return LEADS[name][0]
    if name in ("pause", "stop") or begins_word(phones, index):
        return LEADS[name][1]
    return _INSIDE_WORD


def heard(samples: Samples, phones: Sequence[Phone], places: npt.NDArray[np.float64], start: int, end: int) -> Units:
    """``places`` [n + 1] in ``samples``, each that has an onset moved to it; none before the one that it follows, and
    all within the span ``samples[start:end]``."""
    found = places.copy()
    level, bright = _rises(samples)
    for index, phone in enumerate(phones):
        if phone.kind == "pause" or (index > 0 and phones[index - 1].kind == "mark"):
            continue
        name, rested = class_of(phones, index), after_pause(phones, index)
        if rested or name == "stop":
            # The vowel after a fricative is a greater rise than the fricative itself, but not a brighter one.
            rises = bright if name == "fricative" else level + bright
            found[index] = _onset(rises, places[index], first=rested)
    found[-1] = end
    ordered: Units = np.maximum.accumulate(np.clip(np.rint(found), start, end).astype(np.int64))
    return ordered


def _rises(samples: Samples) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """By how many decibels the level rises around each step of ``samples``, and that of its upper half, [steps]."""
    sound = samples.astype(np.float64)
    # The first difference stands for the upper half of the spectrum, where bursts are.
    return _rise(sound, _LEVEL_RANGE_DB), _rise(np.diff(sound, prepend=sound[:1]), _BRIGHT_RANGE_DB)


def _rise(sound: npt.NDArray[np.float64], span: float) -> npt.NDArray[np.float64]:
    power = np.concatenate([[0.0], np.cumsum(np.square(np.pad(sound, _WINDOW // 2)))])
    places = np.arange(0, len(sound), _STEP)
    level = 10 * np.log10((power[places + _WINDOW] - power[places]) / _WINDOW + 1e-12)
    level = np.maximum(level, np.percentile(level[level > level.max() - 40], 90) - span)
    rises = np.zeros(len(level))
    rises[_RISE:-_RISE] = level[2 * _RISE :] - level[: -2 * _RISE]
    return rises


def _onset(rises: npt.NDArray[np.float64], place: float, first: bool) -> float:
    """The onset near ``place`` [samples]: the greatest rise, or the ``first`` that is not much smaller; ``place``
    itself where nothing rises."""
    middle = round(place / _STEP)
    begin, stop = max(1, middle - _REACH), min(len(rises) - 1, middle + _REACH + 1)
    if begin >= stop:
        return place
    weighed = rises[begin:stop] * np.exp(-0.5 * ((np.arange(begin, stop) - middle) / _NEAR) ** 2)
    around = rises[begin - 1 : stop + 1]
    peaks = np.flatnonzero(
        (around[1:-1] >= around[:-2]) & (around[1:-1] > around[2:]) & (around[1:-1] >= _LEAST_RISE_DB)
    )
    if not len(peaks):
        return place
    best = peaks[np.argmax(weighed[peaks])]
    if first:
        best = peaks[weighed[peaks] >= _FIRST_SHARE * weighed[best]][0]
    return float((begin + best) * _STEP)
