"""Stems of the example timeline at each delivery's loudness, beside what another meter says of the same file:
``python -m benchmarks.stem_loudness``.

Needs pyloudnorm (the extra ``test``). Ends with 1 where the two differ by 0.1 LU or a target is missed by as much.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pyloudnorm
import soundfile

from benchmarks.harness import CHECKOUT, Daemon, daemon
from framevox.engine_daemon.audio.delivery import DELIVERIES, Delivery
from framevox.engine_daemon.audio.level import true_peak
from framevox.engine_daemon.audio.stem_level import Level, measure, windows_of

ALLOWED = 0.1


def stem(running: Daemon, name: str) -> tuple[Path, list[tuple[int, int]]]:
    """The example's stem for a delivery, and where somebody speaks in it [samples]."""
    path = running.folder / f"{name}.wav"
    cues = running.fill(
        CHECKOUT / "examples" / "rooftop.otio",
        running.folder / "out.otio",
        "--stem",
        str(path),
        "--stem-loudness",
        name,
    )["cues"]
    placed = [cue for cue in cues if cue["status"] == "placed"]
    return path, [
        (cue["slot_start_sample"] + cue["speech_start_sample"], cue["slot_start_sample"] + cue["speech_end_sample"])
        for cue in placed
    ]


def other_meter(path: Path, spans: list[tuple[int, int]]) -> Level:
    """What pyloudnorm says: speech as one piece without a gate, and the programme with both gates."""
    sound, rate = soundfile.read(path)
    speech = np.concatenate([sound[start:end] for start, end in spans])
    return Level(
        pyloudnorm.Meter(rate, block_size=len(speech) / rate).integrated_loudness(speech),
        pyloudnorm.Meter(rate).integrated_loudness(sound),
        float(20 * np.log10(true_peak(sound, rate))),
    )


def met(delivery: Delivery, ours: Level, theirs: Level) -> bool:
    agreed = max(abs(ours.speech - theirs.speech), abs(ours.programme - theirs.programme)) <= ALLOWED
    return agreed and abs(ours.by(delivery.gate) - delivery.loudness) <= ALLOWED and ours.peak <= delivery.ceiling


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    good = True
    print("| delivery | asked | speech, ours | pyloudnorm's | programme, ours | pyloudnorm's | true peak | |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    with daemon() as running:
        for name, delivery in DELIVERIES.items():
            path, spans = stem(running, name)
            ours = measure(windows_of(path), soundfile.info(path).samplerate, spans)
            theirs = other_meter(path, spans)
            good &= (fine := met(delivery, ours, theirs))
            print(
                f"| {name} | {delivery.loudness:g} by {delivery.gate} | {ours.speech:.2f} | {theirs.speech:.2f} "
                f"| {ours.programme:.2f} | {theirs.programme:.2f} | {ours.peak:.2f} | {'met' if fine else 'missed'} |"
            )
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
