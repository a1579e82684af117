"""Times as MLT writes and reads them: frames, ``HH:MM:SS.mmm`` and ``HH:MM:SS:FF``.

MLT's arithmetic is its own: hours and minutes are whole frames, rounded down, and only the rest is rounded.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate

_MOST = 10**9


def frames_of(written: str, rate: Rate) -> int:
    """The frame that MLT takes a time for. Raises InputError for what is no time."""
    text = written.strip().replace(",", ".")
    if re.fullmatch(r"-?\d{1,10}", text):
        return min(int(text), _MOST)
    match = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)", text) if "." in text else None
    if match is not None:
        hours, minutes, seconds = (Fraction(part or 0) for part in match.groups())
        return _whole(hours, minutes, rate) + _nearest(seconds * rate.fps)
    match = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+)[:;](\d+)", text)
    if match is None:
        raise InputError(f"“{written[:40]}” is no time: save the project again")
    hours, minutes, seconds, frames = (Fraction(part or 0) for part in match.groups())
    return _whole(hours, minutes, rate) + math.ceil(seconds * rate.fps) + int(frames)


def clock(frames: int, rate: Rate) -> str:
    """``frames`` as ``HH:MM:SS.mmm``, as both programs save times, so that ``frames_of`` gives the same frame."""
    for hours in (int(frames / (rate.fps * 3600)), int(frames / (rate.fps * 3600)) - 1):
        rest = frames - math.floor(hours * 3600 * rate.fps)
        for minutes in (min(59, int(rest / (rate.fps * 60))), int(rest / (rate.fps * 60)) - 1):
            left = rest - math.floor(minutes * 60 * rate.fps)
            seconds = left / rate.fps
            if hours >= 0 and minutes >= 0 and seconds >= 0:
                written = f"{hours:02}:{minutes:02}:{float(seconds):06.3f}"
                if frames_of(written, rate) == frames:
                    return written
    return str(frames)


def exact_handles(handles: int, rate: Rate) -> int:
    """The handles with which MLT plays takes to the sample: none, or at least half a second.

    MLT seeks to the first frame that a clip shows of its file, and lands up to 18 ms before it where that lies nearer
    to the file's beginning (measured with 7.12: 12 frames at 50 fps come 600 samples early).
    """
    return max(handles, math.ceil(rate.fps / 2)) if handles else 0


def _whole(hours: Fraction, minutes: Fraction, rate: Rate) -> int:
    return math.floor(hours * 3600 * rate.fps) + math.floor(minutes * 60 * rate.fps)


def _nearest(value: Fraction) -> int:
    return round(value)
