"""Times as people write them into sheets: timecode, clock times, frames, seconds and milliseconds, all exact."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Frames, Rate, SkippedTimecodeError, parse_timecode

UNITS = ("frames", "seconds", "milliseconds")
"""What plain numbers can count: the choices of ``--times``."""

_TIMECODE = re.compile(r"(\d{1,2})[:;](\d{2})[:;](\d{2})([:;])(\d{2,3})")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,9}))?")
_NUMBER = re.compile(r"([+-]?\d{1,12}(?:[.,]\d{1,9})?)\s*([^\d\s].*)?")
_UNIT_OF = {
    **dict.fromkeys(("f", "fr", "frame", "frames", "帧", "格"), "frames"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒"), "seconds"),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds", "毫秒"), "milliseconds"),
}
_HEADING_UNIT = re.compile(
    r"(?<![a-z])(?:(?P<milliseconds>ms|msec|millis|milliseconds?)|(?P<frames>frames?)"
    r"|(?P<seconds>s|secs?|seconds?))(?![a-z])|(?P<毫秒>毫秒)|(?P<帧>帧)|(?P<秒>秒)"
)


@dataclass(frozen=True, slots=True)
class CellTime:
    """A time in a cell. ``value`` is a frame number of the timecode where ``timecode``, else seconds from the sheet's
    zero."""

    value: Frames
    timecode: bool


def unit_in_heading(heading: str) -> str:
    """The unit that a heading names (``Start (ms)``, ``入点（帧）``), empty if none."""
    match = _HEADING_UNIT.search(unicodedata.normalize("NFKC", heading).casefold())
    return _UNIT_OF[match.lastgroup] if match and match.lastgroup else ""


def is_plain_number(text: str) -> bool:
    """Whether a cell holds a number without a unit."""
    match = _NUMBER.fullmatch(_folded(text))
    return match is not None and not match[2]


def is_whole_number(text: str) -> bool:
    """Whether a cell holds digits alone."""
    return re.fullmatch(r"[+-]?\d+", _folded(text)) is not None


def read_time(text: str, rate: Rate, unit: str) -> CellTime:
    """Reads a cell. ``unit`` is what a plain number counts. Raises InputError for what is no time, and
    SkippedTimecodeError for a timecode that drop-frame skips."""
    folded = _folded(text)
    if match := _TIMECODE.fullmatch(folded):
        # Some programs write every colon of drop-frame as a semicolon.
        written = f"{match[1]}:{match[2]}:{match[3]}{match[4]}{match[5]}"
        try:
            return CellTime(parse_timecode(written, rate), True)
        except SkippedTimecodeError:
            raise
        except InputError as error:
            hint = ", or give --rate '29.97 DF'" if match[4] == ";" and rate.fps.denominator == 1001 else ""
            raise InputError(f"{error}{hint if not rate.drop_frame else ''}") from None
    if match := _CLOCK.fullmatch(folded):
        hours, minutes, seconds = (int(part or 0) for part in match.group(1, 2, 3))
        if seconds > 59 or (match[1] and minutes > 59):
            raise InputError(f"{text!r} is out of range: minutes and seconds go up to 59")
        parts = Fraction(int(match[4] or 0), 10 ** len(match[4] or ""))
        return CellTime((hours * 60 + minutes) * 60 + seconds + parts, False)
    if match := _NUMBER.fullmatch(folded):
        own = _UNIT_OF.get((match[2] or "").strip(), "" if match[2] else unit)
        if own:
            value = Fraction(match[1].replace(",", "."))
            scale = {"frames": 1 / rate.fps, "seconds": Fraction(1), "milliseconds": Fraction(1, 1000)}[own]
            return CellTime(value * scale, False)
    raise InputError(
        f"{text!r} is no time: write timecode (01:00:05:12), a clock time (00:00:05.480), seconds or frames"
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
