"""OTIO's times, which are doubles, as exact frames of one timeline.

A ``RationalTime`` holds two doubles. The rate becomes exact through ``Rate.parse``; the value through the nearest
fraction with a denominator of at most a million, so that whole frames, thirds of frames and sample positions come out
as what they are, and the noise of a host's arithmetic does not become a sub-frame position.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

import opentimelineio as otio

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate

_NOISE = Fraction(1, 1_000_000)
_MAX_VALUE = 1e12


def exact(value: float) -> Frames:
    """The number a host means by a double: whole within a millionth, else the nearest simple fraction."""
    if not math.isfinite(value) or abs(value) > _MAX_VALUE:
        raise InputError(f"{value} is not a time: write a number of frames")
    if value.is_integer():
        return int(value)
    nearest = round(value)
    number = Fraction(value)
    if abs(number - nearest) < _NOISE:
        return nearest
    return number.limit_denominator(1_000_000)


def in_frames(time: otio.opentime.RationalTime, rate: Rate) -> Frames:
    """``time`` in frames at ``rate``. Raises InputError for an unknown rate and for what is not a number."""
    value = exact(time.value)
    if value == 0:
        return value
    own = _fps(time.rate)
    return value if own == rate.fps else whole(value * rate.fps / own)


def length_in_frames(time: otio.opentime.RationalTime, rate: Rate) -> Frames:
    """As ``in_frames``, for a length: one whose rate is unknown is unknown, also when its value is 0.

    A position of 0 is 0 at any rate, but adapters write a length of 0 at rate 0 where they could not read one.
    """
    _fps(time.rate)
    return in_frames(time, rate)


def is_point(span: otio.opentime.TimeRange, rate: Rate) -> bool:
    """Whether a marker marks a point: Resolve and Avid write one frame, of the timeline's rate or of the clip's own.

    A second written at rate 1 is no point, nor is anything of two frames of the timeline. False for a length that is
    negative, or whose rate is unknown, unless it is 0.
    """
    value = span.duration.value
    try:
        length = length_in_frames(span.duration, rate)
    except InputError:
        return bool(value == 0)
    return 0 <= length <= 1 or (0 <= value <= 1 and 0 <= length < 2)


@lru_cache(maxsize=256)
def _fps(rate: float) -> Fraction:
    return Rate.parse(rate).fps


def whole(frames: Frames) -> Frames:
    """An int where ``frames`` is whole, else the fraction itself."""
    return frames.numerator if frames.denominator == 1 else frames


def to_time(frames: Frames, rate: Rate) -> otio.opentime.RationalTime:
    """``frames`` as OTIO holds them: two doubles, the nearest to the exact value and rate."""
    return otio.opentime.RationalTime(float(frames), rate.fps.numerator / rate.fps.denominator)


def gap(frames: Frames, rate: Rate) -> otio.schema.Gap:
    """A gap of so many frames."""
    return otio.schema.Gap(duration=to_time(frames, rate))
