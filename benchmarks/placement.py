"""Is every take where it belongs, to the sample? Measured from the written timeline and the written WAVs alone.

The arithmetic here is this script's own, in fractions, and shares nothing with the product's: the sample where frame n
begins is floor(n * sample_rate / rate + 1/2). Five things are measured for each cue, in samples, and the table shows
the greatest of them:

- where the file's time reference puts the slot's first sample, against the slot's frame and the start timecode;
- the slot's length in the file, against the distance between its two frame edges;
- samples other than zero in the handles;
- speech that begins or ends elsewhere than ``--json`` says, or outside the slot;
- the gap or overlap with the next take, where two slots touch.

The engine hums, for breadth; ``--engine kokoro`` measures the same with real speech at three rates.
"""

from __future__ import annotations

import argparse
import json
import random
import struct
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import engines
import harness
import lines
import numpy as np
import numpy.typing as npt
import report

NTSC = Fraction(1000, 1001)
RATES: dict[str, Fraction] = {
    "23.976": 24 * NTSC,
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97 NDF": 30 * NTSC,
    "29.97 DF": 30 * NTSC,
    "30": Fraction(30),
    "47.952": 48 * NTSC,
    "48": Fraction(48),
    "50": Fraction(50),
    "59.94 NDF": 60 * NTSC,
    "59.94 DF": 60 * NTSC,
    "60": Fraction(60),
    "119.88": 120 * NTSC,
    "120": Fraction(120),
}
DROPPED_AT_ONE_HOUR = {"29.97 DF": 107_892, "59.94 DF": 215_784}
"""The frame number of 01:00:00;00 in drop-frame (SMPTE ST 12-1)."""
SAMPLE_RATES = (44100, 48000, 96000)
HANDLES = 12
LOUD = 2**23 / 1000
"""-60 dBFS in 24 bits."""


@dataclass(frozen=True)
class Wave:
    """What a Broadcast WAV holds: 24-bit samples as int32 [n], its sample rate and its time reference."""

    pcm: npt.NDArray[np.int32]
    sample_rate: int
    time_reference: int


def read_wave(path: Path) -> Wave:
    """Reads a mono 24-bit Broadcast WAV (EBU Tech 3285), chunk by chunk."""
    content = path.read_bytes()
    assert content[:4] == b"RIFF" and content[8:12] == b"WAVE", path
    chunks, at = {}, 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        chunks[name] = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    _, channels, sample_rate, _, _, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    assert (channels, bits) == (1, 24), path
    # The time reference stands after description (256), originator (32), its reference (32), date (10), time (8).
    low, high = struct.unpack_from("<II", chunks[b"bext"], 338)
    raw = np.frombuffer(chunks[b"data"], dtype=np.uint8).reshape(-1, 3)
    wide = np.zeros((len(raw), 4), dtype=np.uint8)
    wide[:, 1:] = raw
    return Wave(wide.view("<i4").reshape(-1) >> 8, sample_rate, low + (high << 32))


def edge(frame: Fraction | int, sample_rate: int, fps: Fraction) -> int:
    """The sample at which a frame begins."""
    return (Fraction(frame) * sample_rate / fps + Fraction(1, 2)).__floor__()


@dataclass(frozen=True)
class Found:
    """A clip of the written timeline: its frames on the timeline, where its media starts, and the media itself."""

    start: int
    duration: int
    into: Fraction
    wave: Wave


def read_filled(path: Path) -> tuple[int, list[Found]]:
    """The start timecode's frame and every clip with media of an .otio file, read as plain JSON."""
    timeline = json.loads(path.read_text())
    found = []
    for track in timeline["tracks"]["children"]:
        at = 0
        for item in track["children"]:
            span = item["source_range"]
            duration = _whole(span["duration"]["value"])
            media = item.get("media_references", {}).get(item.get("active_media_reference_key"), {})
            if url := media.get("target_url"):
                file = Path(unquote(urlparse(url).path))
                into = Fraction(_whole(span["start_time"]["value"]))
                found.append(Found(at, duration, into, read_wave(path.parent / file)))
            at += duration
    return _whole(timeline["global_start_time"]["value"]), found


def _whole(value: float) -> int:
    assert value == int(value), f"{value} is not a whole frame"
    return int(value)


def worst(out: Path, said: dict[str, Any], fps: Fraction, sample_rate: int) -> tuple[int, int]:
    """Cues measured, and the greatest distance from where anything should be, in samples."""
    origin, found = read_filled(out)
    off, end = 0, (0, 0)
    for clip, cue in zip(found, said["cues"], strict=True):
        wave = clip.wave
        start, stop = edge(clip.start, sample_rate, fps), edge(clip.start + clip.duration, sample_rate, fps)
        head = edge(clip.into, sample_rate, fps)
        tail = len(wave.pcm) - head - (stop - start)
        slot = wave.pcm[head : head + stop - start]
        first = wave.time_reference + head
        loud = np.flatnonzero(np.abs(slot) > LOUD)
        # A slot longer than the greatest ratio is not filled: its line ends at its own pace, and the message says so.
        loose = "loose" in (cue["message"] or "")
        two_frames = 2 * sample_rate / fps
        off = max(
            off,
            abs(first - edge(origin, sample_rate, fps) - start),
            abs(tail - edge(HANDLES, sample_rate, fps)),
            abs(wave.sample_rate - sample_rate),
            int(np.count_nonzero(wave.pcm[:head]) + np.count_nonzero(wave.pcm[len(wave.pcm) - tail :])),
            abs(int(loud[0]) - cue["speech_start_sample"]),
            abs(int(loud[-1]) + 1 - cue["speech_end_sample"]),
            max(0, int(loud[0]) - int(two_frames)),
            0 if loose else max(0, len(slot) - int(loud[-1]) - 1 - int(two_frames)),
            abs(first - end[1]) if end[0] == clip.start else 0,
        )
        end = (clip.start + clip.duration, first + len(slot))
    return len(found), off


def slots(fps: Fraction, origin: int, count: int, chance: random.Random) -> list[harness.Slot]:
    """Lines over the rest of 24 hours, each second one touching the line before it."""
    made, at = [], 0
    day = int(24 * 3600 * fps) - origin
    for number in range(count):
        text = f"Line {number} hums for a while"
        if number % 2 == 0:
            at = max(at, day * number // count + chance.randrange(1000))
        duration = int(Fraction(len(text) * 8, 100) * Fraction(chance.randrange(80, 130), 100) * fps)
        made.append(harness.Slot(text, at, duration))
        at += duration
    return made


def spoken_slots(fps: Fraction) -> list[harness.Slot]:
    """A few real lines, back to back, in slots of about their natural length."""
    made, at = [], 1001
    for text in (*lines.HELD_OUT["zh"][:2], *lines.HELD_OUT["en"][:2], *lines.HELD_OUT["mixed"][:2]):
        seconds = Fraction(sum(3 if ord(letter) > 0x2E80 else 1 for letter in text), 14) + Fraction(6, 10)
        made.append(harness.Slot(text, at, int(seconds * fps)))
        at += made[-1].duration
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("tone", "kokoro"), default="tone")
    parser.add_argument("--cues", type=int, default=12, help="cues for each rate and sample rate, with the tone engine")
    options = parser.parse_args()
    speaks = options.engine == "kokoro"
    report.heading(f"Placement, {options.engine} engine", "opentimelineio", *(["onnxruntime"] if speaks else []))
    chance, rows, worst_of_all, measured = random.Random(1), [], 0, 0
    rates = ("23.976", "25", "29.97 DF") if speaks else tuple(RATES)
    with harness.daemon("kokoro" if speaks else engines.TONE) as daemon:
        for name in rates:
            fps = RATES[name]
            hour = DROPPED_AT_ONE_HOUR.get(name, 3600 * -(-fps.numerator // fps.denominator))
            row: list[object] = [name]
            cues = 0
            for sample_rate in SAMPLE_RATES:
                stem = f"{name.replace(' ', '-')}-{sample_rate}"
                source, out = daemon.folder / f"{stem}.otio", daemon.folder / f"{stem}-filled.otio"
                asked = spoken_slots(fps) if speaks else slots(fps, hour, options.cues, chance)
                harness.write_timeline(source, asked, float(fps), hour)
                said = daemon.fill(source, out, "--sample-rate", str(sample_rate), "--handles", str(HANDLES))
                placed, off = worst(out, said, fps, sample_rate)
                if placed != len(asked):
                    raise RuntimeError(f"{stem}: {placed} of {len(asked)} cues were placed")
                cues += placed
                worst_of_all = max(worst_of_all, off)
                row.append(off)
            measured += cues
            rows.append([row[0], cues, *row[1:]])
    report.table(("rate", "cues", *(f"off at {rate / 1000:g} kHz" for rate in SAMPLE_RATES)), rows)
    return 0 if report.verdict(f"0 samples off for {measured} cues (worst: {worst_of_all})", worst_of_all == 0) else 1


if __name__ == "__main__":
    sys.exit(main())
