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
  moves when all frames are stretched alike. Below a half is wanted at 0.875 and 1.125; beyond 15 % the engine decodes a
  line again to within 12 % before the map is asked.
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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import lines
import numpy as np
import numpy.typing as npt
import report
import soxr
import torch

from framevox.engine_daemon.engines.base import PLAIN, Timing, unwrap
from framevox.engine_daemon.engines.indextts2 import accents, timemap
from framevox.engine_daemon.engines.indextts2.emphasis import emphasis, is_pitched
from framevox.engine_daemon.engines.indextts2.features import acoustic_mel
from framevox.engine_daemon.engines.indextts2.text_ids import Piece
from framevox.engine_daemon.engines.kokoro import durations
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.model import SAMPLE_RATE
from framevox.engine_daemon.engines.kokoro.phone import Phone
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Language, Line, Word

VOICES: dict[Language, tuple[str, str]] = {
    "en": ("af_heart", "am_michael"),
    "zh": ("zf_xiaobei", "zm_yunjian"),
    "ja": ("jf_alpha", "jm_kumo"),
}
RATIOS = (0.75, 0.875, 1.125, 1.25)
PAUSE, CONSONANT, OTHER_VOWEL, STRESSED = range(4)
CLASSES = ("pauses", "consonants", "other vowels", "stressed vowels")
FRAME = 256 / 22050
LEAD = 2
"""Frames by which the sound is ahead of the phone times: there it tells vowels from consonants best (``--lead``)."""
LEAST_PAUSE = 0.1
VARIANTS = ("change", "energy", "energy, pitch", "all, words known", "all, words estimated")
Floats, Truths = accents.Floats, accents.Truths


@dataclass(frozen=True)
class Sample:
    """A line, spoken at its own pace: a mel [80, n], and its phones, each with the frames at which it is heard."""

    language: Language
    line: Line
    mel: npt.NDArray[np.float32]
    phones: tuple[Phone, ...]
    wants: Floats
    heard: tuple[tuple[float, float], ...]

    @cached_property
    def span(self) -> slice:
        """The frames of speech, as the engine finds them."""
        loud = np.flatnonzero(timemap.level(self.mel) > timemap.level(self.mel).max() - 50)
        return slice(int(loud[0]), int(loud[-1]) + 1)

    @cached_property
    def classes(self) -> npt.NDArray[np.int64]:
        """The class of each frame."""
        found = np.full(self.mel.shape[1], PAUSE)
        centre = np.arange(len(found)) + 0.5
        sounding = [(phone, *at) for phone, at in zip(self.phones, self.heard, strict=True) if phone.kind != "pause"]
        for (_, _, before), (_, after, _) in pairwise(sounding):
            if (after - before) * FRAME < LEAST_PAUSE:
                found[(centre >= before) & (centre < after)] = CONSONANT
        for phone, start, end in sounding:
            found[(centre >= start) & (centre < end)] = self._class(phone)
        return found

    def _class(self, phone: Phone) -> int:
        if phone.kind == "consonant" or phone.symbol in "ʰʲ":
            return CONSONANT
        return STRESSED if phone.stress >= (2 if self.language == "en" else 1) else OTHER_VOWEL

    @cached_property
    def onsets(self) -> list[tuple[float, float]]:
        """Where each consonant before a vowel begins, and where the vowel does, in frames."""
        found: list[tuple[float, float]] = []
        start: float | None = None
        for phone, (begins, _) in zip(self.phones, self.heard, strict=True):
            if phone.kind == "consonant":
                start = begins
            elif phone.kind == "pause":
                start = None
            elif phone.symbol not in "ʰʲ" and start is not None:
                found.append((start, begins))
                start = None
        return found

    @cached_property
    def pieces(self) -> list[Piece]:
        """The line as the GPU engine's front end cuts it, with an id for every four letters."""
        found: list[Piece] = []
        for token in self.line.tokens:
            if not isinstance(token, Word):
                rank = 3 if token.symbol in ".?!…" else 2 if token.symbol in ",;:—" else 1
                found.append(Piece((0,), None, rank))
                continue
            parts = token.spoken if token.language == "zh" else token.spoken.split() or [token.spoken]
            found += [Piece((0,) * max(1, len(part) // 4), token, 1) for part in parts]
        return found

    @cached_property
    def known(self) -> list[int]:
        """The frame at which each spoken piece is heard, and where the last one ends."""
        times: dict[int, tuple[float, float]] = {}
        for phone, (start, end) in zip(self.phones, self.heard, strict=True):
            if phone.word is not None:
                times[phone.word] = (times.get(phone.word, (start, end))[0], end)
        spoken = [piece.word for piece in self.pieces if piece.word is not None]
        found, end = [], 0.0
        for index, word in enumerate(self.line.words):
            parts = sum(other is word for other in spoken)
            start, end = times.get(index, (end, end))
            found += [round(start + (end - start) * k / parts) for k in range(parts)]
        return [*found, round(end)]

    @cached_property
    def estimated(self) -> list[int]:
        """The same, with the speaking frames shared out by ids."""
        speaking = np.flatnonzero(~timemap.silence(self.mel)[1])
        counts = np.cumsum([0, *(len(piece.ids) for piece in self.pieces if piece.word is not None)])
        return [int(speaking[min(count * len(speaking) // counts[-1], len(speaking) - 1)]) for count in counts]

    def elastic(self, variant: str) -> tuple[Floats, Truths]:
        """How each variant stretches it."""
        if variant == "change":
            return by_change(self.mel)
        pitched = variant != "energy" and is_pitched(self.pieces)
        begins = {"all, words known": self.known, "all, words estimated": self.estimated}.get(variant)
        said = None if begins is None else emphasis(self.pieces, begins, self.mel.shape[1])
        return timemap.elasticity(self.mel, said, pitched)


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
    weight, pause = sample.elastic(variant)
    before, frames = sample.span.start, sample.span.stop - sample.span.start
    after = sample.mel.shape[1] - sample.span.stop
    held = (before, after)
    found = timemap.frame_rates(sample.mel, before + round(frames * ratio) + after, held, (), (weight, pause))
    return found[sample.span]


def speech(engine: KokoroEngine, texts: Sequence[str], language: Language) -> Iterator[Sample]:
    """Lines that the built-in engine speaks in one piece, each in two voices."""
    for text in texts:
        for name in VOICES[language]:
            line = read_line(text, language)
            plan = unwrap(engine.plan([(line, engine.voice(name), PLAIN)])[0])
            if len(plan.state.segments) > 1:
                continue
            ((_, outcome),) = engine.speak([(plan, None)])
            spoken, segment = unwrap(outcome), plan.state.segments[0]
            wave = torch.from_numpy(soxr.resample(spoken.samples, SAMPLE_RATE, 22050).astype(np.float32))
            phones = segment.phones[: segment.sounding]
            heard = tuple(_heard(phones, spoken.phones))
            mel = acoustic_mel(wave, 22050, 1024, 256, 80, 0.0, None).numpy()
            yield Sample(language, line, mel, phones, segment.wants.astype(np.float64), heard)


def _heard(phones: Sequence[Phone], timings: Sequence[Timing]) -> Iterator[tuple[float, float]]:
    """The frames at which each phone is heard; a pause lasts from the phone before it to the one behind."""
    left, end = list(timings), 0.0
    for phone in phones:
        if phone.kind != "pause":
            timing = left.pop(0)
            start, end = (at / SAMPLE_RATE / FRAME - LEAD for at in (timing.start, timing.end))
            yield start, end
        else:
            yield end, (left[0].start / SAMPLE_RATE / FRAME - LEAD if left else end)


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
    weights = np.concatenate([sample.elastic(variant)[0][sample.span] for sample in samples])
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
        moves += [one.move] if abs(ratio - 1) < 0.15 else []
        rows.append((f"{ratio:g}", *(f"{100 * share:.0f}" for share in one.takes), f"{one.move:.2f}"))
    report.table((f"{VARIANTS[-1]}, to", *(f"{name} %" for name in CLASSES), "onsets move"), rows)
    old, new = found["change"], found[VARIANTS[-1]]
    more = (new.takes / new.times)[[PAUSE, STRESSED]].min() > (new.takes / new.times)[[CONSONANT, OTHER_VOWEL]].max()
    met = report.verdict("onsets move less than half as much as in an even stretch, by up to 15 %", max(moves) < 0.5)
    met &= report.verdict("pauses and stressed vowels take more than their share of the time, before all others", more)
    return met & report.verdict("stressed vowels are told better than by change alone", new.tells[1] > old.tells[1])


if __name__ == "__main__":
    sys.exit(main())
