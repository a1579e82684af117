"""Which faults of a recording does the check of a voice's clip catch, and which good clips does it refuse?

    python benchmarks/references.py MATERIAL

MATERIAL is a folder as benchmarks/speakers.py says. Real speech is made worse on purpose, each clip in every way; a row
says how many of them are refused at all, and how many by the finding that names the fault. With --turns, only how often
two speakers are found, by how far apart they are, on every clip and every pair of speakers.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from speakers import Mono, resampled, speakers

from framevox.engine_daemon.audio.condition import condition
from framevox.engine_daemon.audio.pitch import pitch_track

CLIPS = 1
"""Of each speaker."""
_APART = (2.0, 4.0, 7.0)

Worse = Callable[[Mono, int, Mono], tuple[Mono, int]]


def _level(sound: Mono) -> float:
    loud = np.abs(sound) > 10 ** (-30 / 20) * np.abs(sound).max()
    return float(np.sqrt(np.mean(sound[loud] ** 2)))


def mixed(sound: Mono, behind: Mono, db: float) -> Mono:
    """``sound`` with ``behind`` at so many dB below it."""
    behind = np.resize(behind, len(sound))
    whole = sound + behind * _level(sound) / np.sqrt(np.mean(behind**2)) * 10 ** (-db / 20)
    return (whole / max(1.0, np.abs(whole).max())).astype(np.float32)


def noise(db: float) -> Worse:
    def worse(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
        white = np.random.default_rng(1).standard_normal(len(sound) + 8)
        # Pink enough: what rooms and streets sound like.
        return mixed(sound, np.convolve(white, 0.7 ** np.arange(8), "valid")[: len(sound)].astype(np.float32), db), rate

    return worse


def music(db: float) -> Worse:
    def worse(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
        time_ = np.arange(len(sound)) / rate
        score = np.zeros(len(sound))
        for bar, chord in enumerate(
            ((220, 261.6, 329.6), (174.6, 220, 261.6), (196, 246.9, 293.7), (164.8, 207.7, 247))
        ):
            inside = (time_ // 1.2).astype(int) % 4 == bar
            decay = np.exp(-0.7 * (time_ % 1.2))
            for note in chord:
                for overtone in range(1, 6):
                    score += inside * decay * np.sin(2 * np.pi * note * overtone * time_) / overtone
        return mixed(sound, score.astype(np.float32), db), rate

    return worse


def second(db: float) -> Worse:
    def worse(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
        return mixed(sound, other / max(_level(other), 1e-6), db), rate

    return worse


def turns(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
    half = len(sound) // 2
    other = np.resize(other, half) * _level(sound) / max(_level(other), 1e-6)
    return np.concatenate([sound[:half], other]).clip(-1, 1).astype(np.float32), rate


def clipped(db: float) -> Worse:
    def worse(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
        return np.clip(sound / np.abs(sound).max() * 10 ** (db / 20), -1, 1), rate

    return worse


def room(seconds: float) -> Worse:
    def worse(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
        size = round(seconds * rate)
        tail = np.random.default_rng(2).standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
        tail *= 1.0 / np.sqrt(np.sum(tail**2))
        tail[0] += 1.0
        bins = len(sound) + size
        wet = np.fft.irfft(np.fft.rfft(sound, bins) * np.fft.rfft(tail, bins), bins)[: len(sound)]
        return (wet / np.abs(wet).max() * 0.7).astype(np.float32), rate

    return worse


def at_8_khz(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
    return resampled(sound, rate, 8000), 8000


def telephone(sound: Mono, rate: int, other: Mono) -> tuple[Mono, int]:
    return resampled(resampled(sound, rate, 8000), 8000, 24000), 24000


FAULTS: dict[str, tuple[Worse, tuple[str, ...]]] = {
    "as recorded": (lambda sound, rate, other: (sound, rate), ()),
    "noise at 25 dB": (noise(25), ("noise",)),
    "noise at 20 dB": (noise(20), ("noise",)),
    "noise at 15 dB": (noise(15), ("noise",)),
    "noise at 10 dB": (noise(10), ("noise",)),
    "music at 20 dB": (music(20), ("music",)),
    "music at 10 dB": (music(10), ("music",)),
    "second voice at 20 dB": (second(20), ("noise", "speakers")),
    "second voice at 10 dB": (second(10), ("noise", "speakers")),
    "second voice in turn": (turns, ("speakers",)),
    "clipped by 3 dB": (clipped(3), ("clipped",)),
    "clipped by 6 dB": (clipped(6), ("clipped",)),
    "clipped by 12 dB": (clipped(12), ("clipped",)),
    "room of 0.4 s": (room(0.4), ("reverberation",)),
    "room of 0.8 s": (room(0.8), ("reverberation",)),
    "room of 1.5 s": (room(1.5), ("reverberation",)),
    "8 kHz": (at_8_khz, ("rate",)),
    "8 kHz, converted up": (telephone, ("highs",)),
}


def count_turns(material: Path) -> None:
    """Prints how often two speakers are found who change once, or every 2.5 s, and how often one is taken for two."""
    people = [
        (name, [resampled(part, rate, 16000) for part in parts if len(part) > 6 * rate][:6])
        for name, parts, rate in speakers(material)
    ]
    people = [(name, parts) for name, parts in people if parts]
    alone = [pitch_track(part, 16000).split() > 0 for _, parts in people for part in parts]
    print(f"one speaker: {sum(alone)} of {len(alone)} clips are taken for two\n")
    found: dict[tuple[int, int], list[bool]] = {}
    for name, parts in people:
        for other, others in people:
            if name == other:
                continue
            one, two = parts[0], others[min(1, len(others) - 1)]
            heights = [pitch_track(part, 16000).median for part in (one, two)]
            apart = abs(12 * np.log2(max(heights[0], 1) / max(heights[1], 1)))
            for changes in (1, 3):
                sound = in_turn(one, two, changes + 1)
                group = int(np.searchsorted(_APART, apart, "right"))
                found.setdefault((changes, group), []).append(pitch_track(sound, 16000).split() > 0)
    print("| semitones apart | changing once | changing three times |\n| --- | ---: | ---: |")
    for group, what in enumerate(("under 2", "2 to 4", "4 to 7", "over 7")):
        shares = [np.mean(found.get((changes, group), [False])) for changes in (1, 3)]
        print(f"| {what} | {shares[0]:.0%} | {shares[1]:.0%} |")


def in_turn(one: Mono, two: Mono, parts: int) -> Mono:
    """Two speakers at one level, one after the other, in so many parts."""
    two = np.resize(two, len(one)) * _level(one) / max(_level(two), 1e-6)
    size = len(one) // parts
    pieces = [(one, two)[part % 2][part * size : (part + 1) * size] for part in range(parts)]
    return np.concatenate(pieces).clip(-1, 1).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("material", type=Path)
    parser.add_argument("--every", action="store_true", help="also print what was measured of every clip")
    parser.add_argument("--turns", action="store_true", help="only two speakers in turn, and one alone")
    options = parser.parse_args()
    if options.turns:
        count_turns(options.material)
        return
    people = [(name, parts[:CLIPS], rate) for name, parts, rate in speakers(options.material)]
    refused: Counter[str] = Counter()
    named: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {fault: Counter() for fault in FAULTS}
    clips, began = 0, time.monotonic()
    for index, (name, parts, rate) in enumerate(people):
        _, others, other_rate = people[(index + 7) % len(people)]
        other = resampled(others[0], other_rate, rate)
        for part in parts:
            clips += 1
            for fault, (worse, kinds) in FAULTS.items():
                checked = condition(*worse(part, rate, other))
                found = {finding.kind for finding in checked.refused}
                refused[fault] += bool(found)
                named[fault] += bool(found & set(kinds))
                reasons[fault].update(found - set(kinds))
                if options.every:
                    print(f"{name:16} {fault:22} {sorted(found)} {checked.measured}", flush=True)
    seconds = (time.monotonic() - began) / clips / len(FAULTS)
    print(f"{clips} clips of {len(people)} speakers, {seconds:.2f} s a check\n")
    print("| clip | refused | by name | also refused for |\n| --- | ---: | ---: | --- |")
    for fault, (_, kinds) in FAULTS.items():
        also = ", ".join(f"{kind} {count}" for kind, count in reasons[fault].most_common())
        by_name = f"{named[fault] / clips:.0%}" if kinds else ""
        print(f"| {fault} | {refused[fault] / clips:.0%} | {by_name} | {also} |")


if __name__ == "__main__":
    main()
