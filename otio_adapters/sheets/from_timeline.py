"""A timeline as a new cue sheet."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from framevox.engine_daemon.protocol.timebase import Frames, Rate, format_timecode

from ..lines_of import SpokenClip, spoken_clips
from ..media_urls import path_in
from .reading import SHEET_KEY
from .results import Outcome, new_sheet


def sheet_of(timeline: otio.schema.Timeline, path: Path, outcomes: Mapping[str, Outcome] | None = None) -> bytes:
    """A sheet in the format of ``path`` with a row for every line: number, character, in, out, line, and its take.

    ``outcomes`` say by cue what became of it; without, what the timeline holds does. Times are timecode; a line that
    begins inside a frame has the frame in which it begins. Raises InputError for a timeline that cannot be read.
    """
    rows = []
    for number, spoken in enumerate(spoken_clips(timeline), 1):
        line = spoken.placeholder
        kept = spoken.metadata.get(SHEET_KEY, {})
        cells = (
            str(kept.get("number", "")) or f"{number:04}",
            line.character,
            _code(line.origin + line.start, line.rate),
            _code(line.origin + line.start + line.duration, line.rate),
            line.text,
        )
        rows.append((cells, (outcomes or {}).get(line.cue_id) or _outcome(spoken)))
    return new_sheet(rows, path)


def _code(frame: Frames, rate: Rate) -> str:
    return format_timecode(int(frame), rate)


def _outcome(spoken: SpokenClip) -> Outcome:
    take = spoken.take
    if take is None or spoken.media is None:
        return Outcome("not placed")
    seconds = Fraction(int(take["speech_end_sample"]) - int(take["speech_start_sample"]), int(take["sample_rate"]))
    media = path_in(spoken.media)
    return Outcome("placed", Path(media) if media else None, float(seconds), float(take["fit_ratio"]))
