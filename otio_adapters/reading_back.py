"""What another format made of a timeline's lines: read back from the file, and compared slot by slot."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Rate, format_timecode

from .metadata import KEY, About, TimelineWarning
from .placeholders import Placeholder, find_placeholders
from .placing import look_up
from .rates import origin, timeline_rate
from .times import in_frames
from .walk import Found, Place, walk
from .written_lines import marker_line, short

Span = tuple[Fraction, Fraction]
"""In frames of the timeline's rate, counted from timecode zero."""


def strayed(timeline: otio.schema.Timeline, read: otio.schema.Timeline, path: Path) -> list[TimelineWarning]:
    """A warning about each line whose slot in ``read``, which was written to ``path``, is not that in ``timeline``.

    A line that is spoken is found by the id of its cue, which ``read`` has in its metadata, any other by name and
    place. A line that only ``read`` has, for it was disabled or hidden, is said as well.
    """
    rate = timeline_rate(timeline)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they were said when the timeline was filled
        lines, read_lines = find_placeholders(timeline), find_placeholders(read)
    ids: dict[str, list[Span]] = {}
    names: Counter[tuple[str, Span]] = Counter()
    for identity, name, span in _lying(read, rate):
        ids.setdefault(identity, []).append(span)
        names[name, span] += 1
    said, known = [], set()
    for line in lines:
        if line.problem:
            continue
        name, span = _name(timeline, line), _span(line, rate)
        known |= {line.cue_id, name}
        if line.spoken:
            here = ids.get(line.cue_id, [])
            if span not in here:
                said.append(_warning(line, path, span, here[0] if here else None))
        elif names[name, span]:
            names[name, span] -= 1
        else:
            said.append(_warning(line, path, span, None))
    for line in read_lines:
        if not (line.problem or line.cue_id in known or _name(read, line) in known):
            text = f"{_called(line)} is no line in the timeline, and {path.name} shows it as one: delete it there"
            said.append(TimelineWarning(text))
    return said


def _lying(timeline: otio.schema.Timeline, rate: Rate) -> Iterator[tuple[str, str, Span]]:
    """Id, name and place of everything that can be seen."""
    own, stack = timeline_rate(timeline), timeline.tracks
    zero = Fraction(origin(timeline, own))
    begin = in_frames(stack.source_range.start_time, own) if stack.source_range else 0
    for found in walk(stack, Place(zero=-begin, begin=0, end=None), own):
        if not found.hidden and not found.problem:
            data = found.item.metadata.get(KEY)
            identity = data.get("cue", "") if hasattr(data, "get") and found.marker is None else ""
            start, end = (edge * rate.fps / own.fps for edge in (zero + found.start, zero + found.end))
            yield identity, _called_there(found), (start, end)


def _called_there(found: Found) -> str:
    return marker_line(found.item) if found.marker is not None else found.item.name


def _name(timeline: otio.schema.Timeline, line: Placeholder) -> str:
    item = look_up(timeline, line)
    return marker_line(item) if line.marker is not None else str(item.name)


def _span(line: Placeholder, rate: Rate) -> Span:
    start = Fraction(line.origin) + line.start
    return start * rate.fps / line.rate.fps, (start + line.duration) * rate.fps / line.rate.fps


def _called(line: Placeholder) -> str:
    at = format_timecode(int(line.origin + line.start), line.rate)
    return f"{line.character or 'the line'} at {at} (“{short(line.text)}”)"


def _warning(line: Placeholder, path: Path, span: Span, there: Span | None) -> TimelineWarning:
    about = About(line.start, line.duration, line.track, line.cue_id)
    return TimelineWarning(_said(line, path, span, there), about)


def _said(line: Placeholder, path: Path, span: Span, there: Span | None) -> str:
    advice = f"write an .otio, or keep {path.stem}.framevox.json beside it, which has the line's own slot"
    if there is None:
        return f"{_called(line)} is not in {path.name}: {advice}"
    begins, ends = (_moved(is_now - was) for was, is_now in zip(span, there, strict=True))
    return f"{_called(line)} begins {begins} and ends {ends} in {path.name}: {advice}"


def _moved(frames: Fraction) -> str:
    if not frames:
        return "on its frame"
    number = abs(frames)
    written = f"{number}" if number.denominator == 1 else f"{float(number):.3g}"
    return f"{written} frame{'' if number == 1 else 's'} {'later' if frames > 0 else 'earlier'}"
