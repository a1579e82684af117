"""What ``fill`` and ``cast`` read: a timeline, or a subtitle file with the options that put it onto one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate, parse_timecode

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline


RATELESS = (".edl",)
"""Timelines that do not say their frame rate."""


@dataclass(frozen=True)
class CaptionOptions:
    """The options for subtitle files, as they are typed; a timeline says these things itself."""

    rate: Rate | None = None
    reference: Path | None = None
    start_timecode: str = ""
    offset: str = ""
    length: str = ""

    def given(self) -> str:
        """The first option that was given, empty if none was."""
        names = ("rate", "reference", "start_timecode", "offset", "length")
        return next((f"--{name.replace('_', '-')}" for name in names if getattr(self, name)), "")


def read_source(source: Path, options: CaptionOptions) -> Timeline:
    """The timeline in a file, or the one that a subtitle file's captions make. Raises InputError."""
    from framevox.otio_adapters import load
    from framevox.otio_adapters.subtitles import SUFFIXES, Layout, read_captions, timeline_of

    if source.suffix.lower() not in SUFFIXES:
        if source.suffix.lower() in RATELESS:
            if given := replace(options, rate=None).given():
                raise InputError(f"{given} is for subtitle files: leave it out")
            return load(source, options.rate)
        if options.given():
            raise InputError(f"{options.given()} is for subtitle files: {source} says it itself, leave it out")
        return load(source)
    rate, start = _rate(source, options)
    if options.start_timecode:
        with_option = f"--start-timecode {options.start_timecode}"
        start = _frames(with_option, options.start_timecode, rate)
    layout = Layout(
        rate,
        start,
        _frames(f"--offset {options.offset}", options.offset, rate) if options.offset else 0,
        _frames(f"--length {options.length}", options.length, rate) if options.length else None,
    )
    if layout.length is not None and layout.length < 1:
        raise InputError(f"--length {options.length}: give the whole length of the timeline, at least one frame")
    if start < 0:
        raise InputError(f"--start-timecode {options.start_timecode}: a timecode is not negative")
    try:
        return timeline_of(read_captions(source), layout, source.stem)
    except InputError as error:
        message = str(error)
        raise error if message.startswith(str(source)) else InputError(f"{source}: {message}") from None


def _rate(source: Path, options: CaptionOptions) -> tuple[Rate, int]:
    """The rate and the frame number of the first frame."""
    from framevox.otio_adapters import load, origin, timeline_rate

    if options.rate is not None and options.reference is not None:
        raise InputError("--rate and --reference both give the frame rate: use one of them")
    if options.rate is not None:
        return options.rate, 0
    if options.reference is None:
        raise InputError(
            f"{source} does not say its frame rate: give --rate 25 (or '29.97 DF' for drop-frame), or --reference and "
            "a timeline"
        )
    reference = load(options.reference)
    try:
        rate = timeline_rate(reference)
        start = origin(reference, rate)
    except InputError as error:
        raise InputError(f"--reference {options.reference}: {error}") from None
    if int(start) != start:
        raise InputError(f"--reference {options.reference}: it begins inside a frame: give --rate and --start-timecode")
    return rate, int(start)


def _frames(option: str, written: str, rate: Rate) -> int:
    """A number of frames, or a timecode, with a sign or without."""
    text = written.strip()
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    try:
        return sign * (int(text) if re.fullmatch(r"\d{1,9}", text) else parse_timecode(text, rate))
    except InputError as error:
        raise InputError(f"{option}: {error}, or a number of frames") from None
