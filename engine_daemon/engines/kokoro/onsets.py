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
    "stop": (0.026, 0.031),
    "fricative": (0.023, 0.015),
    "sonorant": (0.037, 0.020),
    "vowel": (0.055, 0.020),
    "pause": (0.050, 0.050),
}
"""Seconds by which a class of phones is heard before its first unit: after a pause, and inside speech. Medians over 60
tuning lines (``benchmarks/leads.py``); pauses as measured before, at 134 of 40 lines."""
_INSIDE_WORD = 0.040
"""The same for phones that run into one another: those inside a word, and the first of one, against the space in front
of it."""

_STEP = SAMPLE_RATE // 1000
"""Samples between two looks at the level: 1 ms."""
_WINDOW = 5 * _STEP
_SILENT_DB, _HEARD_DB = -40.0, -30.0
"""Below loud speech: silence, and what is heard. Every level from 25 to 40 dB puts nearly every onset within 20 ms of
the same place."""
_BEFORE, _AFTER = 110, 70
"""How far from the predicted place the end of a pause is looked for [steps]."""
_RISE = 5
"""Steps before and after an instant between which the level is compared for a burst."""
_REACH, _NEAR = 60, 35.0
"""How far from the predicted place a burst is looked for, and the distance at which it counts half as much, about
[steps]."""
_LEAST_RISE_DB = 8.0
"""In the whole spectrum and in its upper half together; a smaller rise is no burst."""
_LEVEL_RANGE_DB, _BRIGHT_RANGE_DB = 45.0, 50.0
"""What lies this far below loud speech does not count in a rise."""


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
    return index == 0 or phones[index - 1].kind == "pause"


def begins_word(phones: Sequence[Phone], index: int) -> bool:
    """Whether a phone is the first of its word."""
    return phones[index].word is not None and (index == 0 or phones[index - 1].word != phones[index].word)


def predicted(units: Lengths, phones: Sequence[Phone]) -> npt.NDArray[np.float64]:
    """Where each of n phones is heard, and where the last one ends, [n + 1], in samples from the first unit.

    ``units`` [n + 2] hold the silence before the phones, the phones, and the silence after them.
    """
    leads = [*(_lead(phones, index) for index in range(len(phones))), LEADS["pause"][1]]
    edges = np.cumsum(units)[[*(heard_from(phones, index) for index in range(len(phones))), len(phones)]] * UNIT
    heard: npt.NDArray[np.float64] = edges - SAMPLE_RATE * np.array(leads)
    return heard


def heard_from(phones: Sequence[Phone], index: int) -> int:
    """The phone from whose first unit a phone's lead counts. Where a word runs on from the one before, and does not
    begin with a stop, that is the space between them, which is no silence."""
    if not runs_on(phones, index):
        return index
    while phones[index - 1].symbol == " ":
        index -= 1
    return index


def runs_on(phones: Sequence[Phone], index: int) -> bool:
    """Whether a phone begins a word within speech with something else than a stop."""
    if not begins_word(phones, index) or after_pause(phones, index) or phones[index - 1].symbol != " ":
        return False
    return class_of(phones, index) not in ("stop", "pause")


def _lead(phones: Sequence[Phone], index: int) -> float:
    name = class_of(phones, index)
    if after_pause(phones, index):
        return LEADS[name][0]
    if name in ("pause", "stop") or (begins_word(phones, index) and not runs_on(phones, index)):
        return LEADS[name][1]
    return _INSIDE_WORD


def heard(samples: Samples, phones: Sequence[Phone], places: npt.NDArray[np.float64], start: int, end: int) -> Units:
    """``places`` [n + 1] in ``samples``, each that has an onset moved to it; none before the one that it follows, and
    all within the span ``samples[start:end]``."""
    found = places.copy()
    level, bright = _levels(samples)
    for index, phone in enumerate(phones):
        if phone.kind == "pause" or (index > 0 and phones[index - 1].kind == "mark"):
            continue
        name, place = class_of(phones, index), float(places[index])
        onset = None
        if after_pause(phones, index):
            onset = _out_of_silence(level, place)
            if onset is None:  # a mark that the voice reads over
                place += SAMPLE_RATE * (LEADS[name][0] - LEADS[name][1])
        if onset is None and name == "stop":
            onset = _burst(level, bright, place)
        found[index] = place if onset is None else onset
    found[-1] = end
    ordered: Units = np.maximum.accumulate(np.clip(np.rint(found), start, end).astype(np.int64))
    return ordered


def _levels(samples: Samples) -> tuple[Lengths, Lengths]:
    """The level around each step of ``samples`` in decibels against that of loud speech, [steps], and the same of the
    upper half of the spectrum, where bursts are."""
    sound = samples.astype(np.float64)
    return _level(sound), _level(np.diff(sound, prepend=sound[:1]))


def _level(sound: Lengths) -> Lengths:
    power = np.concatenate([[0.0], np.cumsum(np.square(np.pad(sound, _WINDOW // 2)))])
    places = np.arange(0, len(sound), _STEP)
    level: Lengths = 10 * np.log10((power[places + _WINDOW] - power[places]) / _WINDOW + 1e-12)
    return level - float(np.percentile(level[level > level.max() - 40], 90))


def _out_of_silence(level: Lengths, place: float) -> float | None:
    """Where the sound near ``place`` [samples] comes out of silence; None where there is no silence before it."""
    first, stop = _around(level, place, _BEFORE, _AFTER)
    near = level[first:stop]
    silent = np.flatnonzero(near < _SILENT_DB)
    if not len(silent):
        return None
    # What sounds before the silence is the end of the word before.
    rising = np.flatnonzero((near[1:] >= _HEARD_DB) & (near[:-1] < _HEARD_DB)) + 1
    rising = rising[rising > silent[0]]
    if not len(rising):
        return None
    # The release of a stop that ends the word before comes out of silence, too.
    nearest = rising[np.argmin(np.abs(first + rising - place / _STEP))]
    return float((first + nearest) * _STEP)


def _burst(level: Lengths, bright: Lengths, place: float) -> float | None:
    """Where level and brightness rise most near ``place`` [samples]; None where they do not rise."""
    first, stop = _around(level, place, _REACH, _REACH)
    if stop - first <= 2 * _RISE:
        return None
    rises = np.zeros(stop - first)
    for values, span in ((level, _LEVEL_RANGE_DB), (bright, _BRIGHT_RANGE_DB)):
        clipped = np.maximum(values[first:stop], -span)
        rises[_RISE:-_RISE] += clipped[2 * _RISE :] - clipped[: -2 * _RISE]
    steps = np.arange(first, stop)
    peaks = np.flatnonzero(rises >= _LEAST_RISE_DB)
    if not len(peaks):
        return None
    weighed = rises[peaks] * np.exp(-0.5 * ((steps[peaks] - place / _STEP) / _NEAR) ** 2)
    return float(steps[peaks[np.argmax(weighed)]] * _STEP)


def _around(level: Lengths, place: float, before: int, after: int) -> tuple[int, int]:
    middle = round(place / _STEP)
    return min(max(0, middle - before), len(level)), max(0, min(len(level), middle + after + 1))
