"""What came of each cue, as the one JSON object of ``--json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from framevox.engine_daemon.client.speaking import Result, counts
from framevox.engine_daemon.protocol.timebase import edge, format_frames
from framevox.plugin.cli import exits
from framevox.plugin.cli.notes import Notes


def exit_code(results: Sequence[Result]) -> int:
    """0 when every cue was placed, 3 when some need attention or failed."""
    return exits.PLACED if all(result.status == "placed" for result in results) else exits.ATTENTION


def cue_json(result: Result, sample_rate: int) -> dict[str, Any]:
    """One entry of ``cues``: every key always there, None where it is not known.

    Frames and slot samples count from the timeline's first frame, speech and word samples from the slot's start.
    """
    cue, take = result.cue, result.take
    attention = result.attention
    slot_start: int | None = edge(cue.start, sample_rate, cue.rate)
    slot_end = None if cue.duration is None else edge(cue.start + cue.duration, sample_rate, cue.rate)
    if take is not None:
        slot_start, slot_end = take.slot_start_sample, take.slot_end_sample
    return {
        "id": cue.id,
        "text": cue.text,
        "character": cue.character or None,
        "voice": (take.voice if take else cue.voice) or None,
        "track": result.track,
        "start_frame": format_frames(cue.start),
        "duration_frames": None if cue.duration is None else format_frames(cue.duration),
        "rate": cue.rate.fraction,
        "sample_rate": sample_rate,
        "slot_start_sample": slot_start,
        "slot_end_sample": slot_end,
        "media": str(result.media) if result.media else None,
        "media_slot_start_sample": take.media_slot_start_sample if take else None,
        "speech_start_sample": take.speech_start_sample if take else None,
        "speech_end_sample": take.speech_end_sample if take else None,
        "natural_seconds": take.natural_seconds if take else attention.natural_seconds if attention else None,
        "fit_ratio": take.fit_ratio if take else None,
        "words": [
            {"text": word.text, "start_sample": word.start_sample, "end_sample": word.end_sample} for word in take.words
        ]
        if take
        else None,
        "sync": [
            {"word": point.word, "frame": format_frames(point.frame), "start_sample": point.start_sample}
            for point in take.sync
        ]
        if take
        else None,
        "missing_frames": attention.missing_frames if attention else None,
        "status": result.status,
        "message": result.message or None,
    }


def print_json(results: Sequence[Result], sample_rate: int, notes: Notes) -> None:
    """Writes the object to standard output, in timeline order, in ASCII so that no terminal setting can break it."""
    cues = [cue_json(result, sample_rate) for result in results]
    report = {"cues": cues, "counts": counts(results), "notes": notes.to_json(results)}
    sys.stdout.write(json.dumps(report) + "\n")
