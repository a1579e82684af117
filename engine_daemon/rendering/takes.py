"""Takes: speech placed in its slot, with what is said of it and the bytes of its file."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import soundfile

from framevox.engine_daemon.audio.label import Label, Pcm24, encode
from framevox.engine_daemon.engines.base import Engine
from framevox.engine_daemon.protocol.cues import Note, Output, Take
from framevox.engine_daemon.protocol.sync import SyncTiming
from framevox.engine_daemon.protocol.timebase import edge, slot_samples
from framevox.engine_daemon.rendering.asking import Asked
from framevox.engine_daemon.rendering.deciding import Job, notes_of
from framevox.engine_daemon.rendering.placement import Placed, Rendering, place, slot_for
from framevox.engine_daemon.rendering.points import missed


@dataclass(frozen=True)
class Rendered:
    """A take and the bytes of its file; ``cached`` when both came from the store."""

    take: Take
    media: bytes
    cached: bool


def slot_of(rendered: Rendered) -> Pcm24:
    """The samples of a take's slot, out of its file, which is a WAV file."""
    pcm, _ = soundfile.read(io.BytesIO(rendered.media), dtype="int32")
    take = rendered.take
    start = take.media_slot_start_sample
    slot: Pcm24 = pcm[start : start + take.slot_end_sample - take.slot_start_sample] >> 8
    return slot


def placed_in_slot(job: Job, rendering: Rendering) -> Placed:
    """Speech where its slot has it; a cue without a slot gets one of the fewest whole frames."""
    ask = job.asked
    slot = ask.grid.slot
    if slot is None:
        slot = _whole_frames(ask, slot_for(rendering, job.target, ask.grid))
    return place(rendering, job.target, ask.grid, slot)


def take_of(engine: Engine, job: Job, placed: Placed, output: Output) -> Rendered:
    """The take of what was placed, with its handles and label."""
    ask = job.asked
    pcm = np.concatenate([np.zeros(job.head, np.int32), placed.pcm, np.zeros(job.tail, np.int32)])
    day = edge(ask.cue.rate.frames_per_day, output.sample_rate, ask.cue.rate)
    label = Label(
        text=ask.cue.text,
        cue=ask.cue.id,
        character=ask.cue.character,
        engine=f"{engine.name} {engine.version}",
        voice=ask.voice.name,
        rate=ask.cue.rate,
        sample_rate=output.sample_rate,
        time_reference=(ask.timecode - job.head) % day,
        take_number=ask.cue.take_number,
    )
    media = encode(pcm, label, output.format)
    take = _describe(job, label, placed, len(pcm), media, output.format)
    return Rendered(take, media, cached=False)


def _describe(job: Job, label: Label, placed: Placed, samples: int, media: bytes, media_format: str) -> Take:
    ask = job.asked
    natural = job.natural if job.target.span is not None else Fraction(placed.end - placed.start)
    readings = (Note("reading", {"said": warning}) for warning in job.lengths.warnings)
    return Take(
        id=hashlib.sha256(media).hexdigest()[:16],
        cue=ask.cue.id,
        engine=label.engine,
        voice=ask.voice.name,
        sample_rate=label.sample_rate,
        slot_start_sample=ask.slot_start,
        slot_end_sample=ask.slot_start + len(placed.pcm),
        media_slot_start_sample=job.head,
        media_samples=samples,
        time_reference=label.time_reference,
        speech_start_sample=placed.start,
        speech_end_sample=placed.end,
        natural_seconds=float(natural / label.sample_rate),
        fit_ratio=float((placed.end - placed.start) / natural),
        words=placed.words,
        phones=placed.phones,
        notes=(
            *notes_of(ask, job.target),
            *missed(job.points, placed.points, label.sample_rate),
            *placed.notes,
            *readings,
        ),
        format=media_format,
        sync=tuple(
            SyncTiming(point.asked.word, point.asked.frame, heard)
            for point, heard in zip(job.points, placed.points, strict=True)
        ),
    )


def _whole_frames(ask: Asked, samples: int) -> int:
    """The length of the fewest whole frames from the cue's start that hold ``samples``."""
    frames = ceil(samples / ask.grid.frame)
    while (slot := slot_samples(ask.cue.start, frames, ask.grid.sample_rate, ask.cue.rate)) < samples:
        frames += 1
    return slot
