"""Whether a format can hold a timeline once it is filled: found out before anything is spoken for it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.timebase import edge

from .formats import LOSSLESS
from .placeholders import Placeholder
from .placing import PlacedTake, place
from .saving import check_writable


def rehearse(
    timeline: otio.schema.Timeline,
    placeholders: Sequence[Placeholder],
    path: Path,
    *,
    sample_rate: int,
    handles: int,
    source: Path | None = None,
) -> None:
    """Fills a copy of ``timeline`` with stand-ins for takes and writes it in ``path``'s format, to a temporary file.

    ``source`` is the file that the timeline was read from. Raises InputError naming ``path`` and what its adapter said;
    writes nothing.
    """
    if path.suffix.lower() in LOSSLESS:
        return
    takes = {
        p.cue_id: PlacedTake(_stand_in(p, sample_rate, handles), path.parent / f"{p.cue_id}.wav", {})
        for p in placeholders
        if not p.problem
    }
    check_writable(place(timeline, placeholders, takes), path, source)


def _stand_in(placeholder: Placeholder, sample_rate: int, handles: int) -> Take:
    rate = placeholder.rate
    start = edge(placeholder.start, sample_rate, rate)
    end = edge(Fraction(placeholder.start) + placeholder.duration, sample_rate, rate)
    handle = edge(handles, sample_rate, rate)
    return Take(
        id=placeholder.cue_id,
        cue=placeholder.cue_id,
        engine="",
        voice="",
        sample_rate=sample_rate,
        slot_start_sample=start,
        slot_end_sample=end,
        media_slot_start_sample=handle,
        media_samples=handle + end - start + handle,
        time_reference=0,
        speech_start_sample=0,
        speech_end_sample=end - start,
        natural_seconds=1.0,
        fit_ratio=1.0,
        words=(),
        phones=(),
    )
