"""Where somebody speaks, as a table: what a mixer, or a keyframe script, makes room for in music and effects."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from fractions import Fraction

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.timebase import format_timecode

HOLD_SECONDS = Fraction(1, 2)
"""Music that would rise for a shorter pause than this stays down."""

COLUMNS = ("in", "out", "in_frame", "out_frame", "in_sample", "out_sample", "characters", "lines")


def ducking_list(results: Sequence[Result]) -> bytes:
    """A CSV of the stretches in which somebody speaks, in order, those that lie less than HOLD_SECONDS apart as one.

    Timecodes and frames are those that the speech touches, ``out`` exclusive; samples count from the timeline's first
    frame at the takes' rate.
    """
    spoken = sorted((_span(result), result) for result in results if result.take is not None) if results else []
    groups: list[list[Result]] = []
    last = 0
    for (start, end), result in spoken:
        assert result.take is not None
        if groups and start - last < HOLD_SECONDS * result.take.sample_rate:
            groups[-1].append(result)
        else:
            groups.append([result])
        last = max(last, end)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for group in groups:
        writer.writerow(_row(group))
    # With a byte order mark spreadsheets read characters of every script.
    return b"\xef\xbb\xbf" + table.getvalue().encode()


def _row(group: Sequence[Result]) -> list[object]:
    cue, take = group[0].cue, group[0].take
    assert take is not None
    start = min(_span(result)[0] for result in group)
    end = max(_span(result)[1] for result in group)
    first = math.floor(start * cue.rate.fps / take.sample_rate)
    last = math.ceil(end * cue.rate.fps / take.sample_rate)
    characters = ", ".join(dict.fromkeys(result.cue.character for result in group if result.cue.character))
    timecodes = [format_timecode(int(cue.origin) + frame, cue.rate) for frame in (first, last)]
    return [*timecodes, first, last, start, end, characters, " / ".join(result.cue.text for result in group)]


def _span(result: Result) -> tuple[int, int]:
    """From where to where on the timeline somebody speaks [samples]."""
    take = result.take
    assert take is not None
    return take.slot_start_sample + take.speech_start_sample, take.slot_start_sample + take.speech_end_sample
