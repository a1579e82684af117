"""Who takes the stretch when a line of the engine indextts2 is made longer or shorter? Judged where stress is known.

The built-in engine speaks film dialogue (English, Chinese, Japanese; lines that no setting was chosen by, unless
``--tuning``), and says when each of its phones is heard and which are stressed. From its sound comes the mel that the
GPU engine's time map reads, which is told nothing of that. Without a GPU and without weights of IndexTTS-2; how mels of
its own drafts differ from these is not known here.

Stressed vowels are those of syllables with primary stress in English, with a full tone (not the neutral one) in
Chinese, and long ones in Japanese, which has no stress. A pause is a gap of 0.1 s and more between phones.

- **tells**: how well a frame's elasticity tells stressed vowels from other vowels, and from all other speech: the share
  of pairs of frames in the right order (AUC; 0.5 is chance).
- **takes**: the share of all the stretch that pauses, stressed vowels, other vowels and consonants (with closures)
  take, beside their share of the time.
- **onsets move**: a consonant and the vowel behind it are one onset, anchored where the consonant begins. The measure
  is by how much its vowel's beginning moves against that anchor, summed over all onsets, as a share of how much it
  moves when all frames are stretched alike. Below a half is wanted, at every ratio.
- **agrees**: the correlation, over phones that sound, between how far the map stretches each and how far the built-in
  engine would (``engines/kokoro/durations.py``), which knows the phones and was tuned by a recogniser's confidence.

What the map is: ``change`` is the elasticity that the engine had before, by spectral change and pauses alone;
``energy`` and ``pitch`` are the accents of the sound (pitch in English alone, where it is no tone); ``all`` adds what
the text says, weak words and the ends of phrases, with words where they are really heard, and where sharing out the
speaking frames by letters puts them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lines
import numpy as np
import numpy.typing as npt
import report
import torch
from known_stress import CLASSES, CONSONANT, FRAME, LEAD, OTHER_VOWEL, PAUSE, STRESSED, VOICES, Sample, speech

from framevox.engine_daemon.engines.indextts2 import accents, timemap
from framevox.engine_daemon.engines.indextts2.accents import Floats, Truths
from framevox.engine_daemon.engines.indextts2.emphasis import emphasis, is_pitched
from framevox.engine_daemon.engines.kokoro import durations
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine

RATIOS = (0.75, 0.875, 1.125, 1.25)
VARIANTS = ("change", "energy", "energy, pitch", "all, words known", "all, words estimated")


def elastic(sample: Sample, variant: str) -> tuple[Floats, Truths]:
    """How each variant stretches a line."""
    if variant == "change":
        return by_change(sample.mel)
    pitched = variant != "energy" and is_pitched(sample.pieces)
    begins = {"all, words known": sample.known, "all, words estimated": sample.estimated}.get(variant)
    said = None if begins is None else emphasis(sample.pieces, begins, sample.mel.shape[1])
    return timemap.elasticity(sample.mel, said, pitched)


def by_change(mel: npt.NDArray[np.float32]) -> tuple[Floats, Truths]:
    """The elasticity before there was a term of stress: pauses 1, onsets 0.02, else less the more the sound changes."""
    loudness = timemap.level(mel)
    pause = loudness < np.percentile(loudness, 95) - 35
    audible = np.maximum(mel.astype(np.float64), mel.max() - 50 / 8.686)
    change = np.abs(np.diff(audible, axis=1, prepend=audible[:, :1])).mean(0)
    scale = max(float(np.median(change[~pause])), 0.25 * float(change[~pause].mean()))
    weight = 0.4 / (1 + (change / scale) ** 2)
    weight[pause] = 1.0
    rising = np.diff(loudness, prepend=loudness[:1]) > 0
    begins = np.flatnonzero((change > 2.5 * scale) & (rising | ~pause))
    around = (begins[:, None] + np.arange(-1, 4)).ravel()
    weight[around[(around >= 0) & (around < len(weight))]] = 0.02
    return np.maximum(weight, 0.02), pause


def rates(sample: Sample, variant: str, ratio: float) -> Floats:
    """How many frames each frame of the speech becomes."""
    weight, pause = elastic(sample, variant)
    before, frames = sample.span.start, sample.span.stop - sample.span.start
    after = sample.mel.shape[1] - sample.span.stop
    held = (before, after)
    found = timemap.frame_rates(sample.mel, before + round(frames * ratio) + after, held, (), (weight, pause))
    return found[sample.span]


def told(scores: Floats, right: Truths) -> float:
    """The share of pairs of a right and a wrong frame of which the right one has the higher score."""
    _, rank, count = np.unique(scores, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    positive, total = int(right.sum()), len(right)
    if not 0 < positive < total:
        return float("nan")
    return float((middle[rank][right].sum() - positive * (positive + 1) / 2) / (positive * (total - positive)))


@dataclass(frozen=True)
class Taken:
    """What a variant does at some ratios: see above."""

    tells: tuple[float, float]
    takes: Floats
    times: Floats
    move: float
    agrees: float


def taken(samples: Sequence[Sample], variant: str, ratios: Sequence[float]) -> Taken:
    takes, times, moved, alike = np.zeros(4), np.zeros(4), 0.0, 0.0
    agree: list[float] = []
    for ratio in ratios:
        ours: list[float] = []
        theirs: list[float] = []
        for sample in samples:
            rate, classes = rates(sample, variant, ratio), sample.classes[sample.span]
            # By ratio the signs differ; a share of the stretch does not.
            takes += [abs(ratio - 1) / (ratio - 1) * (rate[classes == kind] - 1).sum() for kind in range(4)]
            times += [(classes == kind).sum() for kind in range(4)]
            edges = np.concatenate([[0.0], np.cumsum(rate)])

            def shown(frame: float, edges: Floats = edges, first: int = sample.span.start) -> float:
                return float(np.interp(frame - first, np.arange(len(edges)), edges))

            for start, end in sample.onsets:
                moved += abs(shown(end) - shown(start) - (end - start))
                alike += abs(ratio - 1) * (end - start)
            wanted = durations.allocate(sample.wants, sample.phones, float(sample.wants.sum()) * ratio) / sample.wants
            for phone, (start, end), much in zip(sample.phones, sample.heard, wanted, strict=True):
                if phone.kind != "pause" and end - start >= 1:
                    ours.append((shown(end) - shown(start)) / (end - start))
                    theirs.append(float(much))
        agree.append(float(np.corrcoef(ours, theirs)[0, 1]))
    weights = np.concatenate([elastic(sample, variant)[0][sample.span] for sample in samples])
    classes = np.concatenate([sample.classes[sample.span] for sample in samples])
    stressed, vowels, spoken = classes == STRESSED, classes >= OTHER_VOWEL, classes != PAUSE
    tells = told(weights[vowels], stressed[vowels]), told(weights[spoken], stressed[spoken])
    return Taken(tells, takes / takes.sum(), times / times.sum(), moved / alike, float(np.mean(agree)))


def lead(samples: Sequence[Sample]) -> None:
    """Prints how well loudness tells vowels from consonants where the sound is so far ahead of the phone times."""
    rows = []
    for ahead in range(-1, 6):
        loud = np.concatenate([np.roll(accents.sonority(s.mel), ahead - LEAD)[s.span] for s in samples])
        classes = np.concatenate([s.classes[s.span] for s in samples])
        spoken = classes != PAUSE
        rows.append((ahead, round(1000 * ahead * FRAME), f"{told(loud[spoken], classes[spoken] >= OTHER_VOWEL):.3f}"))
    report.table(("frames ahead", "ms", "tells vowels from consonants"), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuning", action="store_true", help="the lines that the settings were chosen by")
    parser.add_argument("--lead", action="store_true", help="only how far the sound is ahead of the phone times")
    parser.add_argument("--lines", type=int, default=15, help="how many lines a language")
    options = parser.parse_args()
    torch.set_num_threads(1)
    report.heading("Stress in the time map", "onnxruntime", "torch")
    table = lines.TUNING if options.tuning or options.lead else lines.HELD_OUT
    met = True
    with tempfile.TemporaryDirectory(prefix="framevox-benchmark-") as folder:
        engine = KokoroEngine(None, Path(folder))
        for language in VOICES:
            samples = list(speech(engine, table[language][: options.lines], language))
            print(f"### {language}: {len(samples)} takes\n")
            if options.lead:
                lead(samples)
                continue
            met &= compare(samples)
    return 0 if met else 1


def compare(samples: Sequence[Sample]) -> bool:
    """Prints one language's tables; returns whether its targets are met."""
    found = {variant: taken(samples, variant, RATIOS) for variant in VARIANTS}
    report.table(
        ("elasticity by", "tells, vowels", "speech", *(f"{name} %" for name in CLASSES), "onsets move", "agrees"),
        [
            ("(share of the time)", "", "", *(f"{100 * share:.0f}" for share in found["change"].times), "", ""),
            *((variant, *(f"{share:.2f}" for share in one.tells), *(f"{100 * share:.0f}" for share in one.takes),
               f"{one.move:.2f}", f"{one.agrees:.2f}") for variant, one in found.items()),
        ],
    )  # fmt: skip
    rows, moves = [], []
    for ratio in RATIOS:
        one = taken(samples, VARIANTS[-1], [ratio])
        moves.append(one.move)
        rows.append((f"{ratio:g}", *(f"{100 * share:.0f}" for share in one.takes), f"{one.move:.2f}"))
    report.table((f"{VARIANTS[-1]}, to", *(f"{name} %" for name in CLASSES), "onsets move"), rows)
    old, new = found["change"], found[VARIANTS[-1]]
    more = (new.takes / new.times)[[PAUSE, STRESSED]].min() > (new.takes / new.times)[[CONSONANT, OTHER_VOWEL]].max()
    met = report.verdict("onsets move less than half as much as in an even stretch, at every ratio", max(moves) < 0.5)
    met &= report.verdict("pauses and stressed vowels take more than their share of the time, before all others", more)
    return met & report.verdict("stressed vowels are told better than by change alone", new.tells[1] > old.tells[1])


if __name__ == "__main__":
    sys.exit(main())
