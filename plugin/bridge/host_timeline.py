"""The timeline that a host tells of: its rates, and where a slot on it lies for a cue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from framevox.engine_daemon.protocol.timebase import Frames, Rate, format_timecode, parse_timecode

_KINDS = {"caption": "the caption", "marker": "the marker", "clip": "the clip", "strip": "the strip"}


@dataclass(frozen=True)
class HostTimeline:
    """Its rate, the rate at which the host counts sound files on it, and its first frame.

    Cues are counted in frames of the clip that the take's file becomes, because its handles must be whole frames there.
    """

    rate: Rate
    clip_rate: Rate
    start: int
    in_frames: bool = False
    """Whether the host shows frame numbers where others show timecode."""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> HostTimeline:
        """Reads what a host tells of its timeline. Raises InputError for an unknown rate."""
        rate = timeline_rate(told["rate"], told["drop_frame"])
        clip_rate = Rate.parse(str(told["project_rate"]), drop_frame=False)
        return cls(
            rate, rate if clip_rate.fps == rate.fps else clip_rate, int(told["start"]), bool(told.get("in_frames"))
        )

    @property
    def origin(self) -> Frames:
        """The first frame, in frames of a cue; 0 where the host counts it as less, as sound files have no such time."""
        return _whole(max(0, self.start) * self._factor)

    def slot(self, start: int, duration: int) -> tuple[Frames, Frames]:
        """Returns a cue's start and duration for a slot in absolute timeline frames."""
        return _whole((start - self.start) * self._factor), _whole(duration * self._factor)

    def frames(self, count: Fraction) -> Frames:
        """Returns so many timeline frames in frames of a cue."""
        return _whole(count * self._factor)

    def timecode(self, frame: int) -> str:
        """Returns a frame as messages name it."""
        return f"frame {frame}" if self.in_frames else format_timecode(frame, self.rate)

    def where(self, item: Mapping[str, Any]) -> str:
        """Returns a placeholder as messages name it: ``the caption at 01:00:03:12``."""
        return f"{_KINDS[item['kind']]} at {self.timecode(int(Fraction(*item['start'])))}"

    @property
    def _factor(self) -> Fraction:
        return self.clip_rate.fps / self.rate.fps


def timeline_rate(told: str, drop_frame: bool) -> Rate:
    """Returns the rate of a timeline as Resolve writes it: ``23.976``, ``29.97 DF``, ``25``. Raises InputError."""
    rate = Rate.parse(told, drop_frame=False)
    possible = rate.fps.denominator == 1001 and rate.nominal in (30, 60)
    return Rate(rate.fps, possible and (drop_frame or told.upper().endswith(" DF")))


def timecode_frame(text: str, rate: Rate) -> int:
    """Returns the frame that a timecode names. Raises InputError."""
    # The sign before the frames says whether the text is drop-frame, whatever the setting said.
    return parse_timecode(text, Rate(rate.fps, ";" in text))


def _whole(value: Fraction) -> Frames:
    return value.numerator if value.denominator == 1 else value
