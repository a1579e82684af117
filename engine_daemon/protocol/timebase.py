"""Frames, samples and timecode, in whole numbers and fractions.

The one rule everything else rests on: the sample at which frame ``n`` begins is
``edge(n) = floor(n * sample_rate / rate + 1/2)``, with ``n`` counted from the timeline's zero.
Neighbouring slots share an edge, so they tile without gap, overlap or drift. See docs/frame-maths.md.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Union

from .errors import InputError

Frames = Union[int, Fraction]
"""A position or length in frames: whole where the host holds whole frames, else an exact fraction."""

_NTSC_NOMINALS = (24, 30, 48, 60, 120)
_DROP_FRAME_NOMINALS = (30, 60)
_MAX_RATE = 1_000_000
_HOST_TOLERANCE = Fraction(1, 100)
_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{2,3})")


class Rate:
    """Frames per second as an exact fraction, and how its timecode is written. Never changes once it is made.

    ``drop_frame`` says how frame numbers are *written* (``;`` before the frames); it never changes a position.
    """

    # No dataclass: msgspec would write one as an object, and a rate is text.
    __slots__ = ("_drop_frame", "_fps", "_nominal")

    def __init__(self, fps: Fraction, drop_frame: bool = False) -> None:
        self._fps, self._drop_frame = fps, drop_frame
        self._nominal = -(-fps.numerator // fps.denominator)
        if fps <= 0 or fps > _MAX_RATE:
            raise InputError(f"a frame rate must lie between 0 and {_MAX_RATE}, not {fps}")
        if drop_frame and (fps.denominator != 1001 or self.nominal not in _DROP_FRAME_NOMINALS):
            raise InputError(f"drop-frame timecode exists at 29.97 and 59.94 fps only, not at {self.name}")

    @property
    def fps(self) -> Fraction:
        return self._fps

    @property
    def drop_frame(self) -> bool:
        return self._drop_frame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rate) and (self._fps, self._drop_frame) == (other._fps, other._drop_frame)

    def __hash__(self) -> int:
        return hash((self._fps, self._drop_frame))

    def __repr__(self) -> str:
        return f"Rate(fps={self._fps!r}, drop_frame={self._drop_frame})"

    @property
    def nominal(self) -> int:
        """The whole number of frames that one second of timecode counts: 24 for 23.976."""
        return self._nominal

    @property
    def name(self) -> str:
        """The rate as an editor writes it: ``23.976``, ``29.97 DF``, ``25``."""
        if self.fps.denominator == 1:
            return str(self.fps.numerator)
        digits = 3 if self.nominal in (24, 48) else 2
        return f"{float(self.fps):.{digits}f}" + (" DF" if self.drop_frame else "")

    @property
    def fraction(self) -> str:
        """The rate as ``numerator/denominator``: ``24000/1001``, ``25/1``."""
        return f"{self.fps.numerator}/{self.fps.denominator}"

    @property
    def frames_per_day(self) -> int:
        """How many frames 24 hours of timecode hold, after which it begins again at 00:00:00:00."""
        return 24 * self._frames_per_hour

    @property
    def _dropped_per_minute(self) -> int:
        return self.nominal // 15 if self.drop_frame else 0

    @property
    def _frames_per_hour(self) -> int:
        return 3600 * self.nominal - 54 * self._dropped_per_minute

    @classmethod
    def parse(cls, value: str | int | float | Fraction | Rate, *, drop_frame: bool | None = None) -> Rate:
        """The exact rate a host means by ``"29.97 DF"``, ``23.98``, ``59.94005994``, ``"24000/1001"`` or ``25``.

        ``drop_frame`` overrides what the text says. Raises InputError, naming the known rates, for anything that
        is neither an NTSC rate nor a whole number.
        """
        if isinstance(value, Rate):
            return value if drop_frame is None else cls(value.fps, drop_frame)
        text = str(value).strip()
        match = re.fullmatch(r"(?P<number>[0-9./]+)\s*(?:fps)?\s*(?P<flag>DF|NDF)?", text, re.IGNORECASE)
        if match is None:
            raise _unknown_rate(text)
        try:
            number = Fraction(match["number"])
        except (ValueError, ZeroDivisionError):
            raise _unknown_rate(text) from None
        flag = (match["flag"] or "").upper() == "DF" if drop_frame is None else drop_frame
        return cls(_exact_fps(number, text), flag)

    def __str__(self) -> str:
        return self.name


def _exact_fps(number: Fraction, text: str) -> Fraction:
    if number.denominator == 1:
        return number
    for nominal in _NTSC_NOMINALS:
        exact = Fraction(nominal * 1000, 1001)
        if abs(number - exact) < _HOST_TOLERANCE:
            return exact
    nearest = Fraction(round(number))
    # Doubles from a host: 25.000000001 is 25. A real rate is never that close to a whole number.
    if abs(number - nearest) < Fraction(1, 10_000):
        return nearest
    raise _unknown_rate(text)


def _unknown_rate(text: str) -> InputError:
    return InputError(
        f"unknown frame rate {text!r}: use 23.976, 29.97, 47.952, 59.94, 119.88 (with DF at 29.97 and 59.94), "
        "or a whole number of frames per second"
    )


class SkippedTimecodeError(InputError):
    """A timecode that drop-frame skips. ``frame`` is the frame number of the first one after it that exists."""

    def __init__(self, message: str, frame: int) -> None:
        super().__init__(message)
        self.frame = frame


def edge(frame: Frames, sample_rate: int, rate: Rate) -> int:
    """The sample at which ``frame`` (counted from the timeline's zero) begins: ``floor(frame * sr / rate + 1/2)``."""
    position = Fraction(frame) * sample_rate / rate.fps
    return (2 * position.numerator + position.denominator) // (2 * position.denominator)


def slot_samples(start: Frames, duration: Frames, sample_rate: int, rate: Rate) -> int:
    """The exact number of samples in the slot ``[start, start + duration)``: ``edge(out) - edge(in)``."""
    return edge(start + duration, sample_rate, rate) - edge(start, sample_rate, rate)


def format_timecode(frame: int, rate: Rate) -> str:
    """``HH:MM:SS:FF`` (``;FF`` in drop-frame) of a frame number; frames past 24 hours begin again at zero."""
    frame %= rate.frames_per_day
    if rate.drop_frame:
        dropped = rate._dropped_per_minute
        per_minute = 60 * rate.nominal - dropped
        per_ten_minutes = 10 * per_minute + dropped
        tens, rest = divmod(frame, per_ten_minutes)
        # The first minute of each ten drops nothing, so it is `dropped` frames longer than the other nine.
        minutes_with_drop = max(0, rest - dropped) // per_minute
        frame += dropped * (9 * tens + minutes_with_drop)
    seconds, frames = divmod(frame, rate.nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    digits = len(str(rate.nominal - 1))
    separator = ";" if rate.drop_frame else ":"
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{frames:0{max(2, digits)}}"


def parse_timecode(text: str, rate: Rate) -> int:
    """The frame number that a timecode names at ``rate``.

    Raises InputError for text that is not a timecode, fields out of range and a ``;`` at a non-drop rate, and
    SkippedTimecodeError, which is one, for the numbers that drop-frame skips (``00:01:00;00``).
    """
    match = _TIMECODE.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is not a timecode: write HH:MM:SS:FF, or HH:MM:SS;FF in drop-frame")
    hours, minutes, seconds, frames = map(int, match.group(1, 2, 3, 5))
    if (match[4] == ";") != rate.drop_frame:
        wanted = ";" if rate.drop_frame else ":"
        raise InputError(f"timecode {text!r} does not fit {rate}: write {wanted!r} before the frames")
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= rate.nominal:
        raise InputError(f"timecode {text!r} is out of range at {rate}")
    dropped = rate._dropped_per_minute
    if frames < dropped and seconds == 0 and minutes % 10:
        raise SkippedTimecodeError(
            f"timecode {text!r} does not exist: drop-frame skips it",
            _counted(hours, minutes, seconds, dropped, rate),
        )
    return _counted(hours, minutes, seconds, frames, rate)


def _counted(hours: int, minutes: int, seconds: int, frames: int, rate: Rate) -> int:
    total_minutes = 60 * hours + minutes
    count = (60 * total_minutes + seconds) * rate.nominal + frames
    return count - rate._dropped_per_minute * (total_minutes - total_minutes // 10)


def format_frames(frames: Frames) -> int | str:
    """A frame position for JSON: an int when whole, else ``"n/d"``."""
    exact = Fraction(frames)
    return exact.numerator if exact.denominator == 1 else f"{exact.numerator}/{exact.denominator}"


def parse_frames(value: object) -> Frames:
    """The inverse of :func:`format_frames`. Raises InputError for anything else, floats included."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            exact = Fraction(value)
        except (ValueError, ZeroDivisionError):
            pass
        else:
            return exact.numerator if exact.denominator == 1 else exact
    raise InputError(f"{value!r} is not a frame position: give a whole number or a fraction such as '49/2'")
