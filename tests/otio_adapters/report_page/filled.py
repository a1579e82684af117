"""A filled timeline without a daemon: results as they come of a fill, and one take's file for all of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import soundfile

from framevox.engine_daemon.client.speaking import Result
from framevox.engine_daemon.protocol.cues import Cue, Take, WordTiming
from framevox.engine_daemon.protocol.timebase import Rate

RATE = Rate(Fraction(25))
FRAMES = 50
LINES = ("I've read it twice, and it is not there.", "文件还没到，再等十分钟。", '<b>Not</b> & "quoted"</script>')


def filled(folder: Path, number: int) -> tuple[otio.schema.Timeline, list[Result]]:
    """A timeline of ``number`` lines of two seconds each, every seventh of which needs attention, on two tracks."""
    media = folder / "take.wav"
    time = np.arange(2 * 48000) / 48000
    soundfile.write(media, 0.3 * np.sin(2 * np.pi * 220 * time) * np.hanning(len(time)), 48000, "PCM_24")
    timeline = otio.schema.Timeline("film", global_start_time=otio.opentime.RationalTime(90000, 25))
    tracks = [otio.schema.Track(name, kind="Audio") for name in ("ALICE", "小明")]
    timeline.tracks.extend(tracks)
    results = []
    for index in range(number):
        for track in tracks:
            span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(FRAMES, 25))
            own = track is tracks[index % 2]
            track.append(otio.schema.Clip(LINES[index % 3], None, span) if own else otio.schema.Gap(source_range=span))
        results.append(result(media, index))
    return timeline, results


def result(media: Path, index: int) -> Result:
    name = ("ALICE", "小明")[index % 2]
    cue = Cue(
        f"cue-{index}", LINES[index % 3], RATE, index * FRAMES, FRAMES, origin=90000, character=name, voice="af_heart"
    )
    if index % 7 == 3:
        return Result(cue, name, "attention", "the slot is too short: make it 12 frames longer")
    start = index * 96000
    words = tuple(WordTiming(word, 9600 * at, 9600 * at + 7000) for at, word in enumerate(cue.text.split()[:9]))
    ratio = (0.8, 1.0, 1.0, 1.25)[index % 4]
    samples = (start, start + 96000, 0, 96000, start, 0, 96000)
    take = Take(f"take-{index}", cue.id, "tone 1", "af_heart", 48000, *samples, 2.0, ratio, words, ())
    return Result(cue, name, "placed", "", take, media)
