"""What ``fill`` and ``cast`` read: a timeline, or a file of lines with the options that put it onto one.

Files of lines are subtitles, cue sheets, W3C DAPT and scripts. The command line and OpenTimelineIO's adapters both read
them through here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from framevox.engine_daemon.protocol.errors import InputError, OptionError
from framevox.engine_daemon.protocol.timebase import Rate, parse_timecode

if TYPE_CHECKING:
    from opentimelineio.schema import Timeline

    from .picture import Picture
    from .subtitles import Layout

Measure = Callable[["Timeline"], Sequence[int]]
"""Says how long each line of a timeline is at its natural length, in whole frames, in the order of placeholders."""


@dataclass(frozen=True)
class SourceOptions:
    """The options for files of lines, as they are typed; a timeline says these things itself."""

    rate: Rate | None = None
    reference: Path | None = None
    start_timecode: str = ""
    offset: str = ""
    length: str = ""
    columns: str = ""
    times: str = ""
    pause: str = ""
    picture: Path | None = None

    def given(self, *names: str) -> str:
        """The first of these options that was given, empty if none was."""
        return next((f"--{name.replace('_', '-')}" for name in names if getattr(self, name)), "")


RATELESS = (".edl",)
"""Timelines that do not say their frame rate."""
_FOR_LINES = ("rate", "reference", "picture", "start_timecode", "offset", "length")


def kind_of(path: Path) -> str:
    """``subtitles``, ``sheet``, ``dapt`` or ``script``, empty for a timeline."""
    from . import dapt, scripts, sheets, subtitles

    suffix = path.suffix.lower()
    if suffix in dapt.SUFFIXES or (suffix in dapt.SHARED_SUFFIXES and dapt.is_dapt(path)):
        return "dapt"
    rooms = {"subtitles": subtitles.SUFFIXES, "sheet": sheets.SUFFIXES, "script": scripts.SUFFIXES}
    return next((kind for kind, suffixes in rooms.items() if suffix in suffixes), "")


def read_source(source: Path, options: SourceOptions, measure: Measure | None = None) -> Timeline:
    """The timeline in a file, or the one that a file of lines makes.

    ``measure`` is asked for the lengths of a script's lines; without it they are estimates. Raises InputError, and what
    ``measure`` raises.
    """
    from .loading import load

    kind = kind_of(source)
    if not kind:
        _check_given(source, options)
        return load(source, _picture(options).rate if options.picture is not None else options.rate)
    try:
        return _READERS[kind](source, options, measure)
    except InputError as error:
        message = str(error)
        raise error if message.startswith((str(source), "--")) else type(error)(f"{source}: {message}") from None


def _check_given(source: Path, options: SourceOptions) -> None:
    """Raises InputError for an option that says nothing of a timeline."""
    rateless = source.suffix.lower() in RATELESS
    if given := options.given(*(name for name in _FOR_LINES if not (rateless and name in ("rate", "picture")))):
        says = "" if rateless else f"{source} says it itself, "
        raise OptionError(f"{given} is for subtitles, sheets and scripts: {says}leave it out")


def _subtitles(source: Path, options: SourceOptions, _measure: Measure | None) -> Timeline:
    from .subtitles import from_programme_start, read_captions, timeline_of

    rate, start = _rate(source, options)
    captions, written = from_programme_start(source, read_captions(source))
    if start is None and written:
        start = _frames(f"{source}: its programme start {written}", written, rate)
    return timeline_of(captions, _layout(options, rate, start or 0), source.stem)


def _sheet(source: Path, options: SourceOptions, _measure: Measure | None) -> Timeline:
    from .sheets import read_sheet
    from .subtitles import timeline_of

    sheet = read_sheet(source, options.columns, options.times)
    if sheet.rate is not None and not options.given("rate", "reference", "picture"):
        options = replace(options, rate=sheet.rate)
    rate, start = _rate(source, options)
    captions, start = sheet.lines(rate, start)
    del sheet  # a long one's cells need as much memory as its lines
    return timeline_of(captions, _layout(options, rate, start), source.stem, "Dialogue")


def _dapt(source: Path, options: SourceOptions, _measure: Measure | None) -> Timeline:
    from .dapt import read_dapt
    from .subtitles import timeline_of

    script = read_dapt(source)
    given = bool(options.given("rate", "reference", "picture"))
    rate, start = (script.rate, None) if script.rate is not None and not given else _rate(source, options)
    start = _start(options, rate, start)
    if start is None:
        start = script.start(rate)
    timeline = timeline_of(script.captions, _layout(options, rate, start), source.stem, "Dialogue")
    timeline.metadata.update(script.kept)
    return timeline


def _script(source: Path, options: SourceOptions, measure: Measure | None) -> Timeline:
    from .scripts import estimates, lay, parse_pauses, read_script

    rate, start = _rate(source, options)
    script = read_script(source)
    pauses = parse_pauses(options.pause)
    # A radio cut is as long as it is spoken, whatever picture is cut to it.
    layout = _layout(replace(options, picture=None), rate, start or 0)
    timeline = lay(script, estimates(script, rate), layout, pauses, source.stem)
    return timeline if measure is None else lay(script, measure(timeline), layout, pauses, source.stem)


_READERS: dict[str, Callable[[Path, SourceOptions, Measure | None], Timeline]] = {
    "subtitles": _subtitles,
    "sheet": _sheet,
    "dapt": _dapt,
    "script": _script,
}


def _layout(options: SourceOptions, rate: Rate, start: int) -> Layout:
    from .subtitles import Layout

    length = _frames(f"--length {options.length}", options.length, rate) if options.length else None
    if length is None and options.picture is not None:
        length = _picture(options).frames
    offset = _frames(f"--offset {options.offset}", options.offset, rate) if options.offset else 0
    layout = Layout(rate, start, offset, length)
    if layout.length is not None and layout.length < 1:
        raise OptionError(f"--length {options.length}: give the whole length of the timeline, at least one frame")
    return layout


def _rate(source: Path, options: SourceOptions) -> tuple[Rate, int | None]:
    """The rate, and the frame number of the first frame where the options give it."""
    from . import load, origin, timeline_rate

    if options.reference is not None and (other := options.given("rate", "picture")):
        raise OptionError(f"{other} and --reference both give the frame rate: use one of them")
    if options.picture is not None:
        picture = _picture(options)
        return picture.rate, _start(options, picture.rate, picture.start)
    if options.rate is not None:
        return options.rate, _start(options, options.rate, None)
    if options.reference is None:
        raise OptionError(
            f"{source} does not say its frame rate: give --rate 25 (or '29.97 DF' for drop-frame), --picture and a "
            "movie, or --reference and a timeline"
        )
    if kind_of(options.reference) not in ("", "dapt"):
        raise OptionError(f"--reference {options.reference} holds lines and no frame rate: name a timeline")
    reference = load(options.reference)
    try:
        rate = timeline_rate(reference)
        start = origin(reference, rate)
    except InputError as error:
        raise InputError(f"--reference {options.reference}: {error}") from None
    if int(start) != start:
        raise InputError(f"--reference {options.reference}: it begins inside a frame: give --rate and --start-timecode")
    return rate, _start(options, rate, int(start))


def _picture(options: SourceOptions) -> Picture:
    """What the movie of ``--picture`` says. ``--rate`` may say how its timecode is written, and nothing else."""
    from .picture import read_picture

    assert options.picture is not None
    try:
        picture = read_picture(options.picture)
    except InputError as error:
        raise InputError(f"--picture {error}") from None
    if options.rate is None:
        return picture
    if options.rate.fps != picture.rate.fps:
        raise OptionError(
            f"--picture {options.picture} has {picture.rate} frames per second, and --rate says {options.rate}: leave "
            "one of them out"
        )
    return replace(picture, rate=options.rate)


def _start(options: SourceOptions, rate: Rate, otherwise: int | None) -> int | None:
    """The frame number that ``--start-timecode`` gives."""
    if not options.start_timecode:
        return otherwise
    start = _frames(f"--start-timecode {options.start_timecode}", options.start_timecode, rate)
    if start < 0:
        raise OptionError(f"--start-timecode {options.start_timecode}: a timecode is not negative")
    return start


def _frames(option: str, written: str, rate: Rate) -> int:
    """A number of frames, or a timecode, with a sign or without."""
    text = written.strip()
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    try:
        return sign * (int(text) if re.fullmatch(r"\d{1,9}", text) else parse_timecode(text, rate))
    except InputError as error:
        raise OptionError(f"{option}: {error}, or a number of frames") from None
