"""Words on chosen frames: the places of a line that can be points, and a line spoken to its points."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Place, Speech, Timing
from framevox.engine_daemon.text.line import Line, Word

from . import onsets, pieces
from .durations import Lengths
from .likeness import Model
from .model import SAMPLE_RATE, UNIT, Units
from .phones_zh import syllable
from .segment import Segment, Spoken, speak_segment

_LEAST_GAP = 0.3
"""The share of a silence between two segments that stays when the words around it come closer."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place as the engine has it: a phone of a segment."""

    offset: int
    segment: int
    phone: int


def places(line: Line, segments: Sequence[Segment], gaps: Sequence[int]) -> tuple[Place, ...]:
    """The places of a line, and its end.

    ``gaps`` are the samples of silence between two segments at the voice's own pace.
    """
    found: list[Place] = []
    spots = _spots(line, segments)
    natural, spare, room, rest = 0.0, 0.0, 0.0, 0.0
    for index, (segment, gap) in enumerate(zip(segments, (*gaps, 0), strict=True)):
        phones = segment.phones[: segment.sounding]
        least, most = pieces.reach(segment.wants, phones)
        shrunk = _before(segment.wants - least)
        grown = _before(most - segment.wants)
        rested = _before(pieces.drawn_out(segment.wants, phones) - segment.wants)
        heard = _heard(segment)
        for spot in spots:
            if spot.segment == index:
                at, k = natural + heard[spot.phone], onsets.heard_from(phones, spot.phone)
                reach = (at - spare - shrunk[k], at + room + grown[k], rest + rested[k])
                found.append(Place(spot.offset, round(at), *(max(0, round(each)) for each in reach)))
        longer = _longest_gap(gap) - gap if gap else 0
        natural, spare = natural + segment.natural.span + gap, spare + shrunk[-1]
        room, rest = room + grown[-1] + longer, rest + rested[-1] + longer
    end = Place(len(line.text), round(natural), round(natural - spare), round(natural + room), round(rest))
    return (*sorted(found, key=lambda place: place.offset), end)


def _before(units: Lengths) -> Lengths:
    """What the phones before each phone sum to, [n + 1], in samples."""
    return np.concatenate([[0.0], np.cumsum(units)]) * UNIT


def _heard(segment: Segment) -> Lengths:
    """Where each phone of a segment is heard at the voice's own pace, [n + 1], in samples from its span's start."""
    heard = onsets.predicted(segment.natural.units, segment.phones[: segment.sounding]) - segment.natural.start
    return np.maximum(heard, 0.0)


def _longest_gap(gap: int) -> int:
    return max(gap, round(pieces.LONGEST_REST * SAMPLE_RATE))


def _spots(line: Line, segments: Sequence[Segment]) -> list[_Spot]:
    spots = []
    words = line.words
    for index, segment in enumerate(segments):
        phones = segment.phones[: segment.sounding]
        for first in range(len(phones)):
            number = phones[first].word
            if number is None or not onsets.begins_word(phones, first):
                continue
            if first == 0 and index > 0 and segments[index - 1].phones[-1].word == number:
                continue  # a long word that two segments share
            count = next((k for k, phone in enumerate(phones[first:]) if phone.word != number), len(phones) - first)
            spots += [_Spot(offset, index, first + at) for offset, at in _characters(words[number], count)]
    return spots


def _characters(word: Word, phones: int) -> list[tuple[int, int]]:
    """Offsets in the line at which a point may begin in ``word``, and the first of its ``phones`` there: its beginning,
    and each character that is a syllable."""
    beginning = [(word.start, 0)]
    if word.language != "zh" or len(word.spoken) != len(word.reading):
        return beginning
    written = _offsets(word)
    lengths = [len(syllable(reading)) for reading in word.reading]
    if len(written) != len(lengths) or sum(lengths) != phones:
        return beginning
    return list(zip(written, np.cumsum([0, *lengths[:-1]]).tolist(), strict=True))


def _offsets(word: Word) -> list[int]:
    """Where the characters of a word that are spoken stand in the line: not those of a reading in brackets."""
    offsets, depth = [], 0
    for offset, char in enumerate(word.text, word.start):
        depth += (char == "[") - (char == "]")
        if not depth and char != "]":
            offsets.append(offset)
    return offsets


def speak(
    model: Model, line: Line, segments: Sequence[Segment], gaps: Sequence[int], span: int,
    points: Sequence[tuple[float, int]],
) -> Speech:  # fmt: skip
    """Speaks a line to ``span`` samples and ``points``, pairs of a place's offset and when it is heard.

    Raises ValueError when the sound is silence or not a number.
    """
    by_offset: dict[float, _Spot] = {spot.offset: spot for spot in _spots(line, segments)}
    spots = [(by_offset[offset], at) for offset, at in points]
    starts, ends = _warped(segments, gaps, span, spots)
    spoken: list[Spoken] = []
    begins: list[int] = []
    for index, segment in enumerate(segments):
        mine = [(spot.phone, at) for spot, at in spots if spot.segment == index]
        own = [(phone, at - starts[index]) for phone, at in mine]
        part = speak_segment(model, segment, max(1, ends[index] - starts[index]), own)
        # The first point of a segment says where it lies; its start where there is none.
        at = mine[0][1] - int(part.bounds[mine[0][0]]) if mine else starts[index] - part.start
        if spoken:
            at = max(at, begins[-1] + spoken[-1].end - part.start)
        spoken.append(part)
        begins.append(at)
    return _joined(line, segments, spoken, begins, [spot for spot, _ in spots])


def _warped(
    segments: Sequence[Segment], gaps: Sequence[int], span: int, spots: Sequence[tuple[_Spot, int]]
) -> tuple[list[int], list[int]]:
    """When each segment begins and ends so that the points come where they shall: pauses between segments give way
    first, and the rest of a piece evenly."""
    firsts = np.cumsum([0.0, *(segment.natural.span + gap for segment, gap in zip(segments, gaps, strict=False))])
    lasts = [first + segment.natural.span for first, segment in zip(firsts, segments, strict=True)]
    knots = [(0.0, 0.0)]
    knots += [(firsts[spot.segment] + _heard(segments[spot.segment])[spot.phone], float(at)) for spot, at in spots]
    knots.append((lasts[-1], float(span)))
    natural, target = [0.0], [0.0]
    silences = list(zip(lasts[:-1], firsts[1:], strict=True))
    for (here, now), (there, then) in itertools.pairwise(knots):
        inside = [(first, last) for first, last in silences if here <= first and last <= there]
        silent = sum(last - first for first, last in inside)
        change = (then - now) - (there - here)
        if change > 0:
            room = sum(_longest_gap(round(last - first)) - (last - first) for first, last in inside)
        else:
            room = -(1 - _LEAST_GAP) * silent
        share = min(1.0, change / room) if room else 0.0
        gained = share * room
        speaking = there - here - silent
        scale = (then - now - silent - gained) / speaking if speaking > 0 else 1.0
        at, when = here, now
        for first, last in inside:
            when += scale * (first - at)
            natural.append(first)
            target.append(when)
            length = last - first
            own = _longest_gap(round(length)) - length if change > 0 else -(1 - _LEAST_GAP) * length
            when += length + share * own
            natural.append(last)
            target.append(when)
            at = last
        natural.append(there)
        target.append(then)
    starts = np.rint(np.interp(firsts, natural, target)).astype(int).tolist()
    ends = np.rint(np.interp(lasts, natural, target)).astype(int).tolist()
    return starts, ends


def _joined(
    line: Line, segments: Sequence[Segment], spoken: Sequence[Spoken], begins: Sequence[int], spots: Sequence[_Spot]
) -> Speech:
    head = -min(0, *begins)
    begins = [begin + head for begin in begins]
    length = max(begin + len(part.samples) for begin, part in zip(begins, spoken, strict=True))
    samples = np.zeros(length, dtype=np.float32)
    words: list[Timing] = []
    phones: list[Timing] = []
    for begin, part, segment in zip(begins, spoken, segments, strict=True):
        samples[begin : begin + len(part.samples)] += part.samples
        add_timings(line, segment, part.bounds + begin, words, phones)
    start, end = speech_span(samples)
    heard = tuple(begins[spot.segment] + int(spoken[spot.segment].bounds[spot.phone]) for spot in spots)
    return Speech(samples, SAMPLE_RATE, start, end, tuple(words), tuple(phones), heard)


def add_timings(line: Line, segment: Segment, bounds: Units, words: list[Timing], phones: list[Timing]) -> None:
    """Appends the timings of each sounding phone and each word of a segment."""
    spans: dict[int, tuple[int, int]] = {}
    for index, phone in enumerate(segment.phones[: segment.sounding]):
        start, end = int(bounds[index]), int(bounds[index + 1])
        if phone.kind != "pause":
            phones.append(Timing(phone.symbol, start, end))
        if phone.word is not None:
            spans[phone.word] = (spans[phone.word][0] if phone.word in spans else start, end)
    for word, (start, end) in spans.items():
        words.append(Timing(line.words[word].text, start, end))
