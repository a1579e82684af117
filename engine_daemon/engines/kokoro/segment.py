"""One pass of the model: a segment of a line is read once, its length is settled, and it is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from framevox.engine_daemon.audio.release import move_end
from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Samples

from . import durations as lengths
from . import feeling, onsets, pieces, punctuate
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
from .voices import Timbre

TOLERANCE = UNIT // 2
"""How far a span may be from the one asked for [samples]."""
POINT_TOLERANCE = UNIT // 8
"""How far the distance of two points may be from the one asked for [samples]: 3 ms."""
_SETTLE_ROUNDS = 4
_NEAR = UNIT / 8
"""A predicted span this near to the one asked for [samples] is near enough: 3 ms."""
_SPOKEN_ROUNDS = 4
_POINT_ROUNDS = 6
"""The same where a segment holds points."""
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
    """A segment's sound: ``samples[start:end]`` is its span, ``bounds`` [sounding + 1] where its phones are heard and
    where the last one ends."""

    samples: Samples
    start: int
    end: int
    bounds: Units

    @property
    def span(self) -> int:
        return self.end - self.start

    def edges(self, cuts: Sequence[int]) -> Units:
        """Its start, where the phones ``cuts`` are heard, and its end; with 0 among them, that instead of the start."""
        heard = self.bounds[list(cuts)]
        return np.concatenate([[] if 0 in cuts else [self.start], heard, [self.end]]).astype(np.int64)

    def pieces(self, cuts: Sequence[int]) -> Units:
        """The lengths [samples] between its edges."""
        lengths: Units = np.diff(self.edges(cuts))
        return lengths


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


def speak_segment(model: Model, segment: Segment, span: int | None, points: Sequence[tuple[int, int]] = ()) -> Spoken:
    """Speaks a segment to ``span`` samples within TOLERANCE, or at the voice's own pace for None.

    ``points`` are phones, rising, and the samples from the span's start at which they are heard; two of them lie apart
    as they should within POINT_TOLERANCE, where their phones reach that. Raises ValueError when the sound is silence or
    not a number.
    """
    if span is None:
        return _sound(model, segment, segment.natural)
    cuts = [phone for phone, _ in points]
    from_onset = 0 in cuts
    wanted = np.diff([*([] if from_onset else [0]), *(place for _, place in points), span]).astype(np.float64)
    allowed = np.full(len(wanted), float(POINT_TOLERANCE))
    # Where speech begins and ends is silence's to make up.
    allowed[-1] = TOLERANCE
    allowed[0] = POINT_TOLERANCE if from_onset and len(wanted) > 1 else TOLERANCE
    aims, best, least = wanted.copy(), None, np.inf
    for _ in range(_POINT_ROUNDS if points else _SPOKEN_ROUNDS):
        shape = _settle(segment, cuts, aims)
        spoken = _end_in_release(_end_in_pauses(_sound(model, segment, shape), cuts, wanted), span)
        missing = wanted - spoken.pieces(cuts)
        worst = float(np.max(np.abs(missing) / allowed))
        if best is None or worst < least:
            best, least = spoken, worst
        if least <= 1:
            break
        # The prediction was off by this much; it will be again.
        aims = _predicted(segment, shape, cuts) + missing
    assert best is not None
    return best


def _shape(units: Lengths, tune: Tune, decay: float) -> Shape:
    start, end = predicted_span(tune.energy, decay)
    return Shape(units, tune, start, end)


def _predicted(segment: Segment, shape: Shape, cuts: Sequence[int]) -> Lengths:
    """The lengths [samples] between a shape's start, the phones ``cuts`` and its end, as they will be heard."""
    heard = onsets.predicted(shape.units, segment.phones[: segment.sounding])
    predicted: Lengths = np.diff([*([] if 0 in cuts else [shape.start]), *heard[list(cuts)], shape.end])
    return predicted


def _settle(segment: Segment, cuts: Sequence[int], aims: Lengths) -> Shape:
    """The shape whose pieces between ``cuts`` are predicted nearest to ``aims`` samples."""
    phones = segment.phones[: segment.sounding]
    hidden = max(0.0, float(segment.natural.units[segment.sounding] - segment.wants[-1]))
    least, most = pieces.reach(segment.wants, phones)
    inner = [cut for cut in cuts if cut > 0]
    spans = list(pairwise([0, *inner, len(phones)]))
    bounds = [(least[first:last].sum(), most[first:last].sum()) for first, last in spans]
    best = segment.natural
    missing = aims - _predicted(segment, best, cuts)
    totals = np.array([segment.wants[first:last].sum() for first, last in spans])
    nearest = float(np.abs(missing).max())
    totals = totals + missing / UNIT
    for _ in range(_SETTLE_ROUNDS):
        if nearest <= _NEAR:
            break
        totals = np.array([min(max(total, low), high) for total, (low, high) in zip(totals, bounds, strict=True)])
        units = segment.natural.units.copy()
        if cuts:
            units[1 : segment.sounding + 1] = pieces.allocate(segment.wants, phones, inner, totals.tolist())
        else:
            units[1 : segment.sounding + 1] = lengths.allocate(segment.wants, phones, float(totals[0]))
        units[segment.sounding] += hidden
        units[-1] += -units.sum() % 1  # the silence at the end makes the units whole
        tune = moved(segment.natural.tune, segment.natural.units, units)
        shape = _shape(units, tune, segment.decay)
        missing = aims - _predicted(segment, shape, cuts)
        if best is segment.natural or np.abs(missing).max() < nearest:
            best, nearest = shape, float(np.abs(missing).max())
        totals = totals + missing / UNIT
    return best


def _sound(model: Model, segment: Segment, shape: Shape) -> Spoken:
    first = max(0, int(shape.start // UNIT) - LEAD_UNITS)
    last = min(round(float(shape.units.sum())), int(-(-shape.end // UNIT)) + TAIL_UNITS)
    samples = model.speak(segment.reading, shape.units, shape.tune, first, last)
    if not np.isfinite(samples).all():
        raise ValueError("its sound is not a number")
    phones = segment.phones[: segment.sounding]
    places = onsets.predicted(shape.units, phones) - first * UNIT
    samples = punctuate.voiced(feeling.voiced(samples, segment.manner), places.astype(np.int64), segment.stretches)
    start, end = speech_span(samples)
    if start == end:
        raise ValueError("its sound is silence")
    return Spoken(samples, start, end, onsets.heard(samples, phones, places, start, end))


def _end_in_pauses(spoken: Spoken, cuts: Sequence[int], wanted: Lengths) -> Spoken:
    """Makes up in a pause of each piece between ``cuts`` what is missing to its length, as far as there is one."""
    for index in range(len(wanted)):
        missing = round(float(wanted[index] - spoken.pieces(cuts)[index]))
        if abs(missing) > _PAUSE_REACH:
            continue
        first, last = (int(edge) for edge in spoken.edges(cuts)[index : index + 2])
        samples, place, change = adjust_pause(spoken.samples, first, last, missing)
        bounds = np.where(spoken.bounds > place, np.maximum(spoken.bounds + change, place), spoken.bounds)
        spoken = Spoken(samples, spoken.start, spoken.end + change, bounds)
    return spoken


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
