"""One pass of the model: a segment of a line is read once, its length is settled, and it is spoken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples

from . import durations as lengths
from . import feeling, punctuate
from .delivery import style_of
from .durations import Lengths
from .likeness import Model
from .manner import NEUTRAL, Manner
from .marks import Stretch, pauses, stretches
from .melody import moved
from .model import LEAD_UNITS, TAIL_UNITS, UNIT, Floats, Reading, Tune, Units
from .pause import adjust_pause
from .phone import Phone
from .prediction import predicted_span
from .release import move_end
from .voices import Timbre

TOLERANCE = UNIT // 2
"""How far a span may be from the one asked for [samples]."""
SOUND_LEAD = 2 * UNIT
"""A phone is heard this much before its units: measured at 134 onsets and pauses of 40 lines (median 50 to 56 ms)."""
_SETTLE_ROUNDS = 4
_NEAR = UNIT / 8
"""A predicted span this near to the one asked for [samples] is near enough: 3 ms."""
_SPOKEN_ROUNDS = 4
_PAUSE_REACH = 3 * UNIT
"""The most that is made up in a pause; a line that is further off is spoken again."""
_RELEASE_MARGIN = 72
"""Samples by which the decay is moved further than necessary, since it does not land exactly."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A segment at certain durations: ``units`` [n + 2], its tune, and its predicted span from the first unit.

    ``units`` may hold fractions; their sum is whole.
    """

    units: Lengths
    tune: Tune
    start: float
    end: float

    @property
    def span(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Segment:
    """Some phones of a line (see split.py), read; ``natural`` is its shape at the voice's own pace.

    ``sounding`` phones share out a length; marks and pauses after them are silence. ``wants`` [sounding] are their
    durations in units, the last one's without the silence that the model hides in it.
    """

    phones: tuple[Phone, ...]
    reading: Reading
    decay: float
    natural: Shape
    sounding: int
    wants: Floats
    manner: Manner = NEUTRAL
    slowdown: float = 1.0
    """How many times longer the manner makes it."""
    stretches: tuple[Stretch, ...] = ()
    """What punctuation does to some of its words."""
    added: float = 0.0
    """The units that punctuation adds to its pauses."""

    @property
    def plain(self) -> float:
        """Its span [samples] without the manner and without what punctuation adds, about."""
        return (self.natural.span - self.added * UNIT) / self.slowdown

    @property
    def least_units(self) -> float:
        """The fewest units that the sounding phones can take."""
        return float(lengths.floors(self.wants, self.phones[: self.sounding]).sum())

    @property
    def spare(self) -> int:
        """How many samples it can be shortened by."""
        return max(0, int((float(self.wants.sum()) - self.least_units) * UNIT))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A segment's sound: ``samples[start:end]`` is its span, ``bounds`` [sounding + 1] where its phones are heard."""

    samples: Samples
    start: int
    end: int
    bounds: Units

    @property
    def span(self) -> int:
        return self.end - self.start


def read_segment(
    model: Model, phones: tuple[Phone, ...], timbre: Timbre, take_number: int = 1, manner: Manner = NEUTRAL
) -> Segment:
    """Reads at most MAX_PHONES phones. Raises ValueError when the model would be silent."""
    style = feeling.styled(style_of(timbre.styles, len(phones), take_number), timbre.styles, manner)
    reading = model.read([phone.symbol for phone in phones], style)
    own = tuple(stretches(phones))
    units = np.maximum(1, np.rint(reading.durations)).astype(np.float64)
    wanted, slowdown = reading.durations.astype(np.float64), 1.0
    if manner:
        paced = feeling.paced(units, phones, manner)
        slowdown = feeling.slowdown(units, paced, manner)
        units, wanted = paced, feeling.paced(wanted, phones, manner)
    units, wanted = (punctuate.drawn_out(lengths, phones, own) for lengths in (units, wanted))
    units = feeling.whole(units)
    tune = feeling.intoned(model.intone(reading, units), manner)
    tune, added = punctuate.paused(tune, units, tuple(pauses(phones)), feeling.pausing(manner))
    units, wanted = units + added, wanted + added
    natural = _shape(units, punctuate.intoned(tune, units, own), timbre.decay)
    ends = np.cumsum(units)[1:-1]
    last_unit = natural.end / UNIT
    sounding = min(int(np.searchsorted(ends, last_unit)) + 1, len(phones))
    wants = np.maximum(wanted[1 : sounding + 1], 1.0).astype(np.float32)
    wants[-1] = max(1.0, wants[-1] - max(0.0, float(ends[sounding - 1]) - last_unit))
    return Segment(phones, reading, timbre.decay, natural, sounding, wants, manner, slowdown, own, float(added.sum()))


def speak_segment(model: Model, segment: Segment, span: int | None) -> Spoken:
    """Speaks a segment to ``span`` samples within TOLERANCE, or at the voice's own pace for None.

    Raises ValueError when the sound is silence or not a number.
    """
    if span is None:
        return _sound(model, segment, segment.natural)
    aim, best = float(span), None
    for _ in range(_SPOKEN_ROUNDS):
        shape = _settle(segment, aim)
        spoken = _end_in_release(_end_in_pause(_sound(model, segment, shape), span), span)
        if best is None or abs(spoken.span - span) < abs(best.span - span):
            best = spoken
        if abs(best.span - span) <= TOLERANCE:
            break
        # The prediction was off by this much; it will be again.
        aim = shape.span + span - spoken.span
    assert best is not None
    return best


def _shape(units: Lengths, tune: Tune, decay: float) -> Shape:
    start, end = predicted_span(tune.energy, decay)
    return Shape(units, tune, start, end)


def _settle(segment: Segment, span: float) -> Shape:
    """The shape whose predicted span is nearest to ``span`` samples."""
    phones = segment.phones[: segment.sounding]
    hidden = max(0.0, float(segment.natural.units[segment.sounding] - segment.wants[-1]))
    total = float(segment.wants.sum()) + (span - segment.natural.span) / UNIT
    best = segment.natural
    for _ in range(_SETTLE_ROUNDS):
        if abs(best.span - span) <= _NEAR:
            break
        total = max(total, segment.least_units)
        units = segment.natural.units.copy()
        units[1 : segment.sounding + 1] = lengths.allocate(segment.wants, phones, total)
        units[segment.sounding] += hidden
        units[-1] += -units.sum() % 1  # the silence at the end makes the units whole
        tune = moved(segment.natural.tune, segment.natural.units, units)
        shape = _shape(units, tune, segment.decay)
        if best is segment.natural or abs(shape.span - span) < abs(best.span - span):
            best = shape
        total += (span - shape.span) / UNIT
    return best


def _sound(model: Model, segment: Segment, shape: Shape) -> Spoken:
    first = max(0, int(shape.start // UNIT) - LEAD_UNITS)
    last = min(round(float(shape.units.sum())), int(-(-shape.end // UNIT)) + TAIL_UNITS)
    samples = model.speak(segment.reading, shape.units, shape.tune, first, last)
    if not np.isfinite(samples).all():
        raise ValueError("its sound is not a number")
    bounds = np.rint((np.cumsum(shape.units)[: segment.sounding + 1] - first) * UNIT).astype(np.int64) - SOUND_LEAD
    samples = punctuate.voiced(feeling.voiced(samples, segment.manner), bounds, segment.stretches)
    start, end = speech_span(samples)
    if start == end:
        raise ValueError("its sound is silence")
    bounds[0], bounds[-1] = start, end
    return Spoken(samples, start, end, np.clip(bounds, start, end))


def _end_in_pause(spoken: Spoken, span: int) -> Spoken:
    """Makes up in a pause what is missing to ``span``, as far as there is one."""
    missing = span - spoken.span
    if abs(missing) > _PAUSE_REACH:
        return spoken
    samples, place, change = adjust_pause(spoken.samples, spoken.start, spoken.end, missing)
    bounds = np.where(spoken.bounds > place, np.maximum(spoken.bounds + change, place), spoken.bounds)
    return Spoken(samples, spoken.start, spoken.end + change, bounds)


def _end_in_release(spoken: Spoken, span: int) -> Spoken:
    """Makes up in the decay what is still missing to within TOLERANCE of ``span``, where that is inaudible."""
    missing = span - spoken.span
    if abs(missing) <= TOLERANCE:
        return spoken
    change = missing - round(np.copysign(TOLERANCE - _RELEASE_MARGIN, missing))
    samples = move_end(spoken.samples, spoken.start, spoken.end, change)
    if samples is None:
        return spoken
    start, end = speech_span(samples)
    return Spoken(samples, start, end, np.clip(spoken.bounds, start, end))
