"""The built-in engine: Kokoro-82M on the CPU, with every line's length settled before it is spoken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine_daemon.engines.base import Plan, Samples, Speech, Timing, Voice
from engine_daemon.protocol.errors import InputError
from engine_daemon.text.line import LANGUAGES, Line

from . import durations as lengths
from .model import SAMPLE_RATE, UNIT, Floats, KokoroModel, Reading, Tune, Units
from .phone import Phone
from .phonemes import MAX_PHONES
from .phonemes import phones as phones_of
from .prepare import model_key
from .segments import split_phones
from .span import measured_span, predicted_span
from .voices import VoiceShelf, voice_key

SOUND = 1
"""Raise it whenever the same plan would sound different."""

TOLERANCE = UNIT // 2
_LEAD_UNITS, _TAIL_UNITS = 5, 8
"""Units computed around the span. Attack and decay are complete well inside them; the rest is the model's silence."""
_SETTLE_ROUNDS = 6
_SPOKEN_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class _Shape:
    """A segment at certain durations: ``units`` [n + 2], its tune, and its span in samples from the first unit."""

    units: Units
    tune: Tune
    start: float
    end: float

    @property
    def span(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Segment:
    """Up to MAX_PHONES phones of a line, read; ``natural`` is its shape at the voice's own pace.

    ``sounding`` phones are the ones that share out a length; marks and pauses after them are silence.
    ``wants`` [sounding] are their durations in units, the last without the silence that the model puts into it.
    """

    phones: tuple[Phone, ...]
    reading: Reading
    natural: _Shape
    sounding: int
    wants: Floats


class KokoroEngine:
    """See engines/base.py. ``threads`` is how many lines are spoken at once; None means one per CPU core.

    ``voices_dir`` is where voice files are looked up by name; ``cache_dir`` keeps the prepared model.
    """

    name = "kokoro"
    sample_rate = SAMPLE_RATE
    step = UNIT
    languages = LANGUAGES
    batch_size = 1

    def __init__(self, voices_dir: Path | None, cache_dir: Path, threads: int | None = None) -> None:
        self.version = f"{model_key()}-{SOUND}"
        self.parallel = threads or len(os.sched_getaffinity(0))
        self._shelf = VoiceShelf(voices_dir)
        self._model = KokoroModel(cache_dir)

    def voices(self) -> Sequence[str]:
        return self._shelf.names()

    def voice(self, spec: str) -> Voice:
        styles = self._shelf.styles(spec)
        return Voice(name=spec, key=voice_key(styles), languages=LANGUAGES, state=styles)

    def plan(self, lines: Sequence[tuple[Line, Voice]]) -> list[Plan]:
        return [self._plan(line, voice) for line, voice in lines]

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech]]:
        failure: Exception | None = None
        for index, (plan, span) in enumerate(plans):
            try:
                speech = self._speak(plan, span)
            except Exception as error:  # the other lines of the call go on; this one is raised at the end
                failure = failure or error
                continue
            yield index, speech
        if failure is not None:
            raise failure

    def _plan(self, line: Line, voice: Voice) -> Plan:
        return self.plan_phones(line, phones_of(line), voice)

    def plan_phones(self, line: Line, phones: Sequence[Phone], voice: Voice) -> Plan:
        """Plans ``line`` with the phones given. Raises InputError when none of them sounds."""
        if not any(phone.kind in ("vowel", "consonant") for phone in phones):
            raise InputError(f"nothing to say in {line.text!r}: it has no words that can be spoken")
        parts, gaps = split_phones(phones, MAX_PHONES)
        try:
            segments = tuple(_read_segment(self._model, part, voice.state) for part in parts)
        except ValueError as error:
            raise RuntimeError(f"the model is silent on {line.text!r} with voice {voice.name}") from error
        state = _State(segments, tuple(round(gap * SAMPLE_RATE) for gap in gaps))
        return Plan(line, voice, state.natural, state.shortest, state.longest, state)

    def _speak(self, plan: Plan, span: int | None) -> Speech:
        state: _State = plan.state
        if span is not None and not state.shortest <= span <= state.longest:
            raise InputError(
                f"{plan.line.text!r} cannot be spoken in {span / SAMPLE_RATE:.2f} s: it takes "
                f"{state.shortest / SAMPLE_RATE:.2f} to {state.longest / SAMPLE_RATE:.2f} s"
            )
        try:
            return _speak_line(self._model, plan.line, state, span)
        except ValueError as error:
            raise RuntimeError(
                f"the model failed on {plan.line.text!r} with voice {plan.voice.name}: {error}"
            ) from error


@dataclass(frozen=True, slots=True)
class _State:
    """What a plan keeps: segments, and the samples of silence between them at the voice's own pace."""

    segments: tuple[_Segment, ...]
    gaps: tuple[int, ...]

    @property
    def natural(self) -> int:
        return round(sum(segment.natural.span for segment in self.segments)) + sum(self.gaps)

    @property
    def shortest(self) -> int:
        spare = 0
        for segment in self.segments:
            least = int(lengths.floors(segment.wants, segment.phones[: segment.sounding]).sum())
            spare += max(0, int(segment.wants.sum()) - least) * UNIT
        return self.natural - spare

    @property
    def longest(self) -> int:
        return 3 * self.natural


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A segment's sound and its phones' boundaries [sounding + 1], in samples from its beginning."""

    samples: Samples
    start: int
    end: int
    bounds: Units


def _read_segment(model: KokoroModel, phones: tuple[Phone, ...], styles: Floats) -> _Segment:
    reading = model.read([phone.symbol for phone in phones], styles[len(phones) - 1])
    units = np.maximum(1, np.rint(reading.durations)).astype(np.int64)
    natural = _shape(model, reading, units)
    ends = np.cumsum(units)[1:-1]
    last_unit = natural.end / UNIT
    sounding = min(int(np.searchsorted(ends, last_unit)) + 1, len(phones))
    wants = np.maximum(reading.durations[1 : sounding + 1], 1.0)
    # The model hides silence in the last phone; only what sounds of it is there to be shared out.
    wants[-1] = max(1.0, wants[-1] - max(0.0, float(ends[sounding - 1]) - last_unit))
    return _Segment(phones, reading, natural, sounding, wants)


def _shape(model: KokoroModel, reading: Reading, units: Units) -> _Shape:
    tune = model.intone(reading, units)
    start, end = predicted_span(tune.energy)
    return _Shape(units, tune, start, end)


def _settle(model: KokoroModel, segment: _Segment, span: float) -> _Shape:
    """The shape whose predicted span is nearest to ``span`` samples."""
    best = segment.natural
    if abs(best.span - span) < 1:
        return best
    phones = segment.phones[: segment.sounding]
    least = int(lengths.floors(segment.wants, phones).sum())
    hidden = int(segment.natural.units[segment.sounding]) - round(float(segment.wants[-1]))
    total = round(float(segment.wants.sum()) + (span - best.span) / UNIT)
    tried = set()
    for _ in range(_SETTLE_ROUNDS):
        total = max(total, least)
        if total in tried:
            break
        tried.add(total)
        units = segment.natural.units.copy()
        units[1 : segment.sounding + 1] = lengths.allocate(segment.wants, phones, total)
        units[segment.sounding] += max(0, hidden)
        shape = _shape(model, segment.reading, units)
        if len(tried) == 1 or abs(shape.span - span) < abs(best.span - span):
            best = shape
        missing = (span - shape.span) / UNIT
        total += round(missing) if abs(missing) > 0.5 else 0
    return best


def _speak_segment(model: KokoroModel, segment: _Segment, span: int | None) -> _Spoken:
    """Speaks a segment to ``span`` samples, to within TOLERANCE wherever whole units allow it."""
    shape = segment.natural if span is None else _settle(model, segment, span)
    spoken = _sound(model, segment, shape)
    if span is None:
        return spoken
    best, aim, tried = spoken, float(span), {shape.units.tobytes()}
    for _ in range(_SPOKEN_ROUNDS):
        miss = span - (spoken.end - spoken.start)
        if abs(miss) <= TOLERANCE:
            return spoken
        aim += miss
        shape = _settle(model, segment, aim)
        if shape.units.tobytes() in tried:
            break
        tried.add(shape.units.tobytes())
        spoken = _sound(model, segment, shape)
        best = min(best, spoken, key=lambda each: abs(each.end - each.start - span))
    return best


def _sound(model: KokoroModel, segment: _Segment, shape: _Shape) -> _Spoken:
    first = max(0, int(shape.start // UNIT) - _LEAD_UNITS)
    last = min(int(shape.units.sum()), int(-(-shape.end // UNIT)) + _TAIL_UNITS)
    samples = model.speak(segment.reading, shape.units, shape.tune, first, last)
    if not np.isfinite(samples).all():
        raise ValueError("its sound is not a number")
    start, end = measured_span(samples)
    if start == end:
        raise ValueError("its sound is silence")
    bounds = (np.cumsum(shape.units)[: segment.sounding + 1] - first) * UNIT
    return _Spoken(samples, start, end, np.clip(bounds, start, end))


def _speak_line(model: KokoroModel, line: Line, state: _State, span: int | None) -> Speech:
    ratio = 1.0 if span is None else span / state.natural
    spoken = []
    for segment in state.segments:
        own = None if span is None else span if len(state.segments) == 1 else round(segment.natural.span * ratio)
        spoken.append(_speak_segment(model, segment, own))
    gaps = [round(gap * ratio) for gap in state.gaps]
    if span is not None and gaps:
        # Each segment is within half a unit of its share; the silences between them take up what is left.
        left = span - sum(part.end - part.start for part in spoken) - sum(gaps)
        share, extra = divmod(left, len(gaps))
        gaps = [max(0, gap + share + (index < extra)) for index, gap in enumerate(gaps)]

    offsets = [0]
    for part, following, gap in zip(spoken, spoken[1:], gaps, strict=False):
        offsets.append(offsets[-1] + part.end + gap - following.start)
    head = -min(0, *offsets)
    offsets = [offset + head for offset in offsets]
    samples = np.zeros(max(o + len(part.samples) for o, part in zip(offsets, spoken, strict=True)), dtype=np.float32)
    for offset, part in zip(offsets, spoken, strict=True):
        samples[offset : offset + len(part.samples)] += part.samples
    start, end = measured_span(samples)

    words: list[Timing] = []
    phones: list[Timing] = []
    for offset, part, segment in zip(offsets, spoken, state.segments, strict=True):
        _add_timings(line, segment, part.bounds + offset, words, phones)
    return Speech(samples, SAMPLE_RATE, start, end, tuple(words), tuple(phones))


def _add_timings(line: Line, segment: _Segment, bounds: Units, words: list[Timing], phones: list[Timing]) -> None:
    """Appends when each sounding phone and each word of a segment is heard."""
    spans: dict[int, tuple[int, int]] = {}
    for index, phone in enumerate(segment.phones[: segment.sounding]):
        start, end = int(bounds[index]), int(bounds[index + 1])
        if phone.kind != "pause":
            phones.append(Timing(phone.symbol, start, end))
        if phone.word is not None:
            spans[phone.word] = (spans[phone.word][0] if phone.word in spans else start, end)
    for word, (start, end) in spans.items():
        words.append(Timing(line.words[word].text, start, end))
