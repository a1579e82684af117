"""Does speech end where the fit asked? Measured in the written WAVs: the last sample above -60 dBFS.

Forty lines (Chinese, English, Japanese), each spoken in one of the slots of 0.75 to 1.35 times its natural length that
an editor could give it. Two policies, two questions:

- ``ratio:X`` asks for X times the natural length that the take names, which is foretold, not spoken; the error is the
  spoken span against that. A row of its own says how far foretold lengths are from spoken ones.
- ``fill`` aims to end half a frame before the slot does (at least 12.5 ms, half a step of the engine, but no more than
  a frame) and to begin as long after it; the errors are the end against that, and the start likewise.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import harness
import lines
import numpy as np
import report
from placement import LOUD, read_wave

FPS = Fraction(24000, 1001)
SAMPLE_RATE = 48000
RATIOS = tuple(Fraction(percent, 100) for percent in (75, 80, 90, 100, 110, 120, 130, 135))
ALLOWED_MS = 12.5
STEP = Fraction(25, 1000)


def texts() -> list[str]:
    """Forty lines: fourteen Chinese, thirteen English, thirteen Japanese."""
    return [*lines.HELD_OUT["zh"][:14], *lines.HELD_OUT["en"][:13], *lines.HELD_OUT["ja"][:13]]


def span(cue: dict[str, Any]) -> tuple[int, int]:
    """First and last sample above -60 dBFS of a take's file, from its slot's start; the last one exclusive."""
    wave = read_wave(Path(cue["media"]))
    loud = np.flatnonzero(np.abs(wave.pcm) > LOUD) - cue["media_slot_start_sample"]
    return int(loud[0]), int(loud[-1]) + 1


def fill(daemon: harness.Daemon, name: str, slots: list[harness.Slot], *options: str) -> list[dict[str, Any]]:
    """Fills a timeline of ``slots``; the cues, each placed."""
    source, out = daemon.folder / f"{name}.otio", daemon.folder / f"{name}-filled.otio"
    harness.write_timeline(source, slots, float(FPS))
    cues: list[dict[str, Any]] = daemon.fill(source, out, *options)["cues"]
    for cue in cues:
        if cue["status"] != "placed":
            print(f"- {cue['status']}: {cue['text']}: {cue['message']}")
    return [cue for cue in cues if cue["status"] == "placed"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", default="jm_kumo")
    parser.add_argument("--lines", type=int, default=40)
    options = parser.parse_args()
    report.heading(f"Length, {options.voice}", "onnxruntime")
    spoken = texts()[:: max(1, 40 // options.lines)]
    voice = ("--voice", options.voice, "--sample-rate", str(SAMPLE_RATE))
    with harness.daemon() as daemon:
        own_pace = fill(daemon, "natural", _row(spoken, lambda _: 288), *voice, "--fit", "natural")
        natural = {cue["text"]: Fraction(cue["natural_seconds"]) for cue in own_pace}
        ratios = {text: RATIOS[i % len(RATIOS)] for i, text in enumerate(spoken)}
        fits = {text: f"ratio:{float(ratio):g}" for text, ratio in ratios.items()}
        by_ratio = fill(daemon, "ratio", _row(spoken, lambda text: round(2 * natural[text] * FPS), fits), *voice)
        # A slot of ratio x natural plus the silences at both ends, in whole frames, rounded towards the natural length.
        frames = {text: (ratios[text] * natural[text] + 2 * _silence()) * FPS for text in spoken}
        whole = {text: (math.floor if ratios[text] > 1 else math.ceil)(frames[text]) for text in spoken}
        by_slot = fill(daemon, "fill", _row(spoken, lambda text: whole[text]), *voice)
        lengths = [1000 * (_seconds(cue) - float(ratios[cue["text"]]) * cue["natural_seconds"]) for cue in by_ratio]
        foretold = [1000 * (cue["natural_seconds"] - float(natural[cue["text"]])) for cue in by_ratio]
        silence = float(_silence()) * SAMPLE_RATE
        ends = [_ms(_slot(cue) - silence - span(cue)[1]) for cue in by_slot]
        starts = [_ms(span(cue)[0] - silence) for cue in by_slot]
    rows = [
        _summary("ratio:X, spoken span", lengths),
        _summary("fill, end", ends),
        _summary("fill, start", starts),
        _summary("natural length foretold, against the one spoken", foretold),
    ]
    report.table(("what", "lines", "median ms", "95 % ms", "greatest ms"), rows)
    complete = len(by_ratio) == len(by_slot) == len(spoken)
    met = report.verdict(f"every line was placed: {len(spoken)}", complete)
    met &= report.verdict(f"ratio:X ends within {ALLOWED_MS} ms every time", max(map(abs, lengths)) <= ALLOWED_MS)
    met &= report.verdict(f"fill ends within {ALLOWED_MS} ms every time", max(map(abs, ends)) <= ALLOWED_MS)
    return 0 if met else 1


def _row(spoken: list[str], frames: Callable[[str], int], fits: dict[str, str] | None = None) -> list[harness.Slot]:
    slots, at = [], 0
    for text in spoken:
        slots.append(harness.Slot(text, at, frames(text), (fits or {}).get(text)))
        at += slots[-1].duration + 24
    return slots


def _silence() -> Fraction:
    """What ``fill`` leaves at each end, in seconds."""
    frame = 1 / FPS
    return min(frame, max(frame / 2, STEP / 2))


def _slot(cue: dict[str, Any]) -> int:
    return int(cue["slot_end_sample"]) - int(cue["slot_start_sample"])


def _seconds(cue: dict[str, Any]) -> float:
    start, end = span(cue)
    return (end - start) / SAMPLE_RATE


def _ms(samples: float) -> float:
    return 1000 * samples / SAMPLE_RATE


def _summary(what: str, errors: list[float]) -> tuple[object, ...]:
    sizes = sorted(map(abs, errors))
    return what, len(sizes), *(f"{sizes[math.ceil(share * len(sizes)) - 1]:.2f}" for share in (0.5, 0.95, 1.0))


if __name__ == "__main__":
    sys.exit(main())
