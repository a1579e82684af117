"""From phones to mouth shapes.

Vowels decide, consonants give way: a consonant takes the shape nearest to what is around it, and the mouth is on its
way to a vowel before the vowel is heard, as in Rhubarb Lip Sync's own animation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from .shapes import ANY, FIRST_PART, MARKS, REST, nearest, options_of, relaxed

HUNDREDTHS = 100
"""Rhubarb counts hundredths of a second, and animates at that rate."""
_AHEAD = Fraction(20, 100)
"""Seconds by which a vowel is anticipated at most."""
_HOLD, _RELAX = 12, 35
"""Hundredths: in a pause shorter than the first the mouth stays, up to the second it relaxes, then it closes."""
_LEAST = 4
"""Hundredths that a shape lasts at least; only lips that close or touch the teeth may be quicker."""
_QUICK = "AG"
_BETWEEN = {
    ("D", "A"): "C", ("D", "B"): "C", ("D", "G"): "C", ("D", "X"): "C", ("C", "F"): "E", ("F", "C"): "E",
    ("D", "F"): "E", ("H", "F"): "E", ("F", "H"): "E",
}  # fmt: skip
"""What is drawn between two shapes that are far apart."""
_TWEEN, _ROOM = 4, 10
"""Hundredths of a shape in between, and the least that the shape before it lasts."""


@dataclass(frozen=True)
class Sound:
    """A phone, or a word where the engine tells no phones, in exact seconds from the beginning."""

    symbol: str
    start: Fraction
    end: Fraction


@dataclass(frozen=True)
class MouthCue:
    """A shape, in hundredths of a second from the beginning."""

    start: int
    end: int
    shape: str


@dataclass
class _Part:
    start: int
    end: int
    options: str
    shape: str = REST


def animate(sounds: Sequence[Sound], length: Fraction) -> list[MouthCue]:
    """The shapes of one mouth, which follow each other from 0 to ``length`` seconds, cut to hundredths.

    Of sounds that overlap, as when two speak at once, the later one has the mouth. Where nothing is said, it rests.
    """
    end = max(floor(length * HUNDREDTHS), 0)
    parts = _parts(sounds, end)
    _choose(parts)
    _pause(parts)
    return _with_tweens(_merged(parts, end))


def _parts(sounds: Sequence[Sound], end: int) -> list[_Part]:
    """Sounds and the rests between them, without gaps or overlaps."""
    parts: list[_Part] = []
    at = 0
    for sound in _whole(sounds):
        options = options_of(sound.symbol, sound.end - sound.start)
        edges = [sound.start, sound.end]
        if len(options) == 2:
            edges.insert(1, sound.start + (sound.end - sound.start) * FIRST_PART)
        for shapes, begins, ends in zip(options, edges, edges[1:], strict=False):
            first, last = (min(max(round(time * HUNDREDTHS), 0), end) for time in (begins, ends))
            while parts and parts[-1].end > first:
                parts[-1].end = max(first, parts[-1].start)
                if parts[-1].end > parts[-1].start:
                    break
                parts.pop()
            at = parts[-1].end if parts else 0
            if first > at:
                parts.append(_Part(at, first, REST))
            if last > first:
                parts.append(_Part(first, last, shapes))
    at = parts[-1].end if parts else 0
    return [*parts, _Part(at, end, REST)] if end > at else parts


def _whole(sounds: Sequence[Sound]) -> list[Sound]:
    """Sounds in order, each with the marks behind it, which are a part of it."""
    found: list[Sound] = []
    for sound in sorted(sounds, key=lambda sound: sound.start):
        if sound.symbol in MARKS:
            if found and sound.start <= found[-1].end + Fraction(1, HUNDREDTHS):
                found[-1] = Sound(found[-1].symbol, found[-1].start, max(found[-1].end, sound.end))
            continue
        found.append(sound)
    return found


def _choose(parts: Sequence[_Part]) -> None:
    """Gives every part a shape: forwards the nearest, and backwards from each vowel that has only one."""
    held = REST
    for index, part in enumerate(parts):
        part.shape = nearest(held, part.options)
        decides = len(part.options) == 1 and part.options not in f"{REST}A"
        if decides:
            wanted = part.shape
            for earlier in reversed(parts[:index]):
                if len(earlier.options) == 1 or (part.start - earlier.start) > _AHEAD * HUNDREDTHS:
                    break
                earlier.shape = nearest(wanted, earlier.options)
                if earlier.shape != wanted:
                    break
        held = part.shape if decides or part.options == REST else relaxed(part.shape)


def _pause(parts: Sequence[_Part]) -> None:
    """A mouth does not close for a short pause."""
    for before, pause, after in zip(parts, parts[1:], parts[2:], strict=False):
        if pause.options != REST:
            continue
        length = pause.end - pause.start
        if length < _HOLD:
            pause.shape = before.shape
        elif length <= _RELAX:
            shape = relaxed(before.shape)
            pause.shape = shape if shape != after.shape else relaxed(shape) if relaxed(shape) != after.shape else REST


def _merged(parts: Sequence[_Part], end: int) -> list[MouthCue]:
    """Neighbours of one shape as one, and shapes too short to be seen given to the one before."""
    cues: list[MouthCue] = []
    for part in parts:
        short = part.end - part.start < _LEAST and part.shape not in _QUICK and part.options not in (REST, ANY)
        if cues and (part.shape == cues[-1].shape or (short and cues[-1].shape not in _QUICK)):
            cues[-1] = MouthCue(cues[-1].start, part.end, cues[-1].shape)
        else:
            cues.append(MouthCue(part.start, part.end, part.shape))
    if not cues:
        return [MouthCue(0, end, REST)]
    return cues


def _with_tweens(cues: Sequence[MouthCue]) -> list[MouthCue]:
    found: list[MouthCue] = []
    for cue in cues:
        between = _BETWEEN.get((found[-1].shape, cue.shape)) if found else None
        if between is not None and found[-1].end - found[-1].start >= _ROOM:
            last = found.pop()
            found.append(MouthCue(last.start, last.end - _TWEEN, last.shape))
            found.append(MouthCue(last.end - _TWEEN, last.end, between))
        found.append(cue)
    return found
