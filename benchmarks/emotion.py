"""Are the eight emotions told apart, do they grow with their strength, and do the speaker and the words stay?

    python benchmarks/emotion.py [--lines 7] [--voices af_heart,zm_yunjian,jm_kumo] [--speaker] [--words 7]

Lines are those that nothing is chosen by. Every other line is told by a classifier that was trained on the rest
(linear discriminants on the acoustic measures, as departures from the voice's own neutral lines), then the other way
round. ``--speaker`` compares speakers with Resemblyzer, ``--words`` counts Whisper's errors; both need packages beside
the product's.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean

import lines as script
import numpy as np
import numpy.typing as npt
from acoustics import MEASURES, measure
from report import heading, table, verdict

from framevox.engine_daemon.engines.base import Direction, unwrap
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.phonemes import phones as phones_of
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion
from framevox.engine_daemon.text import read_line

STRENGTHS = (0.1, 0.4, 0.7, 1.0)
NEUTRAL = "neutral"
CLIP_VOICES = ("af_heart", "bf_emma", "zf_xiaobei", "jf_alpha", "am_michael", "bm_george", "zm_yunjian", "jm_kumo")
CLIP_EMOTIONS = (NEUTRAL, "surprised", "melancholic")
SPEAKER_LIMIT, WORDS_LIMIT = 0.05, 2.0
Sound = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Said:
    """One line in one voice and one emotion, and what is measured of it when it is asked for."""

    voice: str
    language: str
    text: str
    emotion: str
    strength: float
    sound: Sound
    sample_rate: int
    phones: int

    @cached_property
    def measures(self) -> npt.NDArray[np.float64]:
        return measure(self.sound, self.sample_rate, self.phones)


class Speaker:
    """Speaks lines at their own pace, and keeps what was spoken under ``folder``."""

    def __init__(self, voices: Path | None, folder: Path) -> None:
        self._engine = KokoroEngine(voices, folder / "models")
        self._folder = folder

    def fit(self, voice: str, language: str, text: str, emotion: str, ratio: float) -> None:
        """Speaks a line to a share of its natural length, and keeps nothing."""
        line = read_line(text, "zh" if language == "mixed" else language)
        direction = Direction(emotion=Emotion.parse(emotion))
        plan = unwrap(self._engine.plan([(line, self._engine.voice(voice), direction)])[0])
        list(self._engine.speak([(plan, round(plan.natural * ratio))]))

    def say(self, voice: str, language: str, text: str, emotion: str, strength: float = 1.0, take: int = 1) -> Said:
        felt = None if emotion == NEUTRAL else Emotion.parse(emotion, strength)
        direction = Direction(take, felt)
        line = read_line(text, "zh" if language == "mixed" else language)
        own = self._engine.voice(voice)
        name = hashlib.sha256(repr([self._engine.version, own.key, text, direction.key, MANNER]).encode()).hexdigest()
        kept = self._folder / f"{name}.npy"
        if not kept.exists():
            [plan] = self._engine.plan([(line, own, direction)])
            [(_, speech)] = self._engine.speak([(unwrap(plan), None)])
            np.save(kept, speech.samples)
        sound = np.load(kept)
        return Said(voice, language, text, emotion, strength, sound, self._engine.sample_rate, len(phones_of(line)))


def _manner() -> str:
    from framevox.engine_daemon.engines.kokoro import feeling, manner, marks, punctuate

    files = (feeling.__file__, marks.__file__, punctuate.__file__)
    return repr(manner.MANNERS) + "".join(Path(file).read_text() for file in files)


MANNER = _manner()
"""Tells sounds that are kept from those of another table."""


def departures(said: Sequence[Said], known: Sequence[Said]) -> npt.NDArray[np.float64]:
    """Each one's measures [n, 12] as departures from its voice's neutral lines in its language, of those ``known``."""
    rows = []
    for one in said:
        own = [o.measures for o in known if (o.voice, o.emotion, o.language) == (one.voice, NEUTRAL, one.language)]
        rows.append(one.measures - np.mean(own, axis=0))
    return np.array(rows)


def discriminate(
    train: npt.NDArray[np.float64], labels: Sequence[str], test: npt.NDArray[np.float64], classes: Sequence[str]
) -> list[str]:
    """What linear discriminants with a common covariance, learnt from ``train``, call each row of ``test``."""
    centres = np.array([train[[label == name for label in labels]].mean(0) for name in classes])
    within = train - centres[[classes.index(label) for label in labels]]
    covariance = within.T @ within / len(train)
    inverse = np.linalg.inv(covariance + 0.05 * np.diag(np.diag(covariance)))
    distances = [[(row - centre) @ inverse @ (row - centre) for centre in centres] for row in test]
    return [classes[int(np.argmin(row))] for row in distances]


def confusion(folds: Sequence[Sequence[Said]]) -> bool:
    """Each fold told by what was learnt from the others."""
    classes = [NEUTRAL, *EMOTIONS]
    test: list[Said] = []
    called: list[str] = []
    for fold in folds:
        train = [one for other in folds if other is not fold for one in other]
        labels = [one.emotion for one in train]
        called += discriminate(departures(train, train), labels, departures(fold, train), classes)
        test += fold
    right = [one.emotion == name for one, name in zip(test, called, strict=True)]
    print(f"{len(test)} takes, each told by a classifier trained on other lines; rows are what was asked for, in %\n")
    rows = []
    for asked in classes:
        own = [name for one, name in zip(test, called, strict=True) if one.emotion == asked]
        rows.append([asked, *(round(100 * own.count(name) / len(own)) for name in classes)])
    table(["asked", *classes], rows)
    for language in dict.fromkeys(one.language for one in test):
        own_right = [hit for one, hit in zip(test, right, strict=True) if one.language == language]
        print(f"- {language}: {100 * fmean(own_right):.0f} % of {len(own_right)}")
    return verdict(f"{100 * fmean(right):.0f} % called right, at least 60 % (chance 11 %)", fmean(right) >= 0.6)


def averages(said: Sequence[Said]) -> None:
    """The mean departure of each emotion in each measure."""
    rows = departures(said, said)
    picked = {e: rows[[one.emotion == e for one in said]].mean(0) for e in EMOTIONS}
    table(["emotion", *MEASURES], [[name, *map(float, values)] for name, values in picked.items()])


def monotony(grown: Sequence[Said], neutral: Sequence[Said]) -> bool:
    """How far each strength lies from neutral, along the way to the whole emotion: 0 to 1."""
    plain = {(one.voice, one.text): one.measures for one in neutral}
    spread = np.std([one.measures for one in neutral], axis=0)
    rows, rises = [], True
    for emotion in EMOTIONS:
        means = []
        for strength in STRENGTHS:
            own = [one for one in grown if (one.emotion, one.strength) == (emotion, strength)]
            means.append(np.mean([(one.measures - plain[one.voice, one.text]) / spread for one in own], axis=0))
        whole = means[-1]
        ways = [float(mean @ whole / (whole @ whole)) for mean in means]
        rises &= all(a < b for a, b in zip([0.0, *ways], ways, strict=False))
        rows.append([emotion, *ways])
    table(["emotion", *map(str, STRENGTHS)], rows)
    return verdict("every emotion grows with its strength", rises)


def speakers(said: Sequence[Said], neutral: Sequence[Said], others: Sequence[Said], sample_rate: int) -> bool:
    """Similarity to the neutral take, beside that between two neutral takes."""
    from resemblyzer import VoiceEncoder, preprocess_wav

    encoder = VoiceEncoder("cpu", verbose=False)

    def voiceprint(one: Said) -> npt.NDArray[np.float32]:
        return encoder.embed_utterance(preprocess_wav(one.sound, sample_rate))

    embed = [{(one.voice, one.text, one.emotion): voiceprint(one) for one in a} for a in (said, neutral, others)]
    same = fmean(float(embed[1][key] @ embed[2][key]) for key in embed[1])
    rows = []
    for emotion in EMOTIONS:
        own = [key for key in embed[0] if key[2] == emotion]
        rows.append([emotion, fmean(float(embed[0][key] @ embed[1][(*key[:2], NEUTRAL)]) for key in own)])
    table(["emotion", "similarity to neutral"], [["two neutral takes", same], *rows])
    least = min(row[1] for row in rows)
    claim = f"the speaker stays: {least:.3f} against {same:.3f}, at most {SPEAKER_LIMIT} less"
    return verdict(claim, least >= same - SPEAKER_LIMIT)


def words(said: Sequence[Said], neutral: Sequence[Said], sample_rate: int) -> bool:
    """Whisper's errors in each emotion, beside the neutral takes'."""
    import scoring
    import soxr
    from listening import RATE, Listener

    listener = Listener()

    def errors(some: Sequence[Said]) -> float:
        wrong = total = 0
        for one in some:
            sound = soxr.resample(np.pad(one.sound * 0.5, sample_rate // 4), sample_rate, RATE).astype(np.float32)
            heard, _ = listener.hear(sound, one.language, one.text)
            more = scoring.errors(one.language, one.text, heard, by_sound=one.language != "en")
            wrong, total = wrong + more[0], total + more[1]
        return 100 * wrong / total

    plain = errors(neutral)
    emotions = [emotion for emotion in EMOTIONS if any(one.emotion == emotion for one in said)]
    rows = [[emotion, errors([one for one in said if one.emotion == emotion])] for emotion in emotions]
    table(["emotion", "% wrong by sound"], [[NEUTRAL, plain], *rows])
    most = max(row[1] for row in rows)
    claim = f"the words stay: {most:.1f} % wrong at most, {plain:.1f} % neutral, at most {WORDS_LIMIT:g} points more"
    return verdict(claim, most <= plain + WORDS_LIMIT)


def cost(speaker: Speaker, voice: str, language: str, text: str) -> bool:
    """The processor's time in feeling.py and punctuate.py, beside the whole of an angry line with an exclamation mark
    that is fitted to a slot."""
    from framevox.engine_daemon.engines.kokoro import feeling, punctuate

    spent: dict[str, list[float]] = {"feeling": [], "punctuate": []}

    def timed(work: Callable[..., object], times: list[float]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            begin = time.thread_time()
            done = work(*arguments)
            times.append(time.thread_time() - begin)
            return done

        return run

    # The first calls the second, whose work then counts in both: both shares are the most it can be.
    for module, names in (
        (punctuate, ("drawn_out", "paused", "intoned", "voiced")),
        (feeling, ("styled", "paced", "slowdown", "whole", "intoned", "voiced")),
    ):
        for name in names:
            setattr(module, name, timed(getattr(module, name), spent[module.__name__.rsplit(".", 1)[-1]]))
    text = text.rstrip(".。") + "!"
    speaker.fit(voice, language, text, "angry", 0.9)  # loads the model
    for times in spent.values():
        times.clear()
    begin = time.thread_time()
    for _ in range(5):
        speaker.fit(voice, language, text, "angry", 0.9)
    whole = time.thread_time() - begin
    emotion, marks = (sum(times) for times in spent.values())
    names = ["a line [ms]", "of that, its emotion [ms]", "its punctuation [ms]"]
    table(names, [[1000 * each / 5 for each in (whole, emotion, marks)]])
    met = verdict(
        f"an emotion adds {100 * emotion / whole:.2f} % to a line's work, less than 2 %", emotion < 0.02 * whole
    )
    return met & verdict(f"punctuation adds {100 * marks / whole:.2f} %, less than 2 %", marks < 0.02 * whole)


def middle(speaker: Speaker, sample_rate: int) -> bool:
    """Clips of one speaker against a kept one: are they known as one speaker's, and is their departure heard?

    Needs the extra ``likeness``. Each voice is kept as a clip of two neutral lines; heard are two other neutral lines
    and the same two in an emotion. What is heard of the pitch is compared with what the emotion does to it.
    """
    from framevox.engine_daemon.engines.kokoro.heard import manner_of_prosody, prosody
    from framevox.engine_daemon.engines.kokoro.manner import MANNERS
    from framevox.engine_daemon.engines.kokoro.same_speaker import ALIKE
    from framevox.engine_daemon.engines.kokoro.traits import embedder, traits_of

    embed = embedder()
    assert embed is not None, "install the extra: pip install 'framevox[likeness]'"
    lines = script.TUNING["en"]

    def clip(voice: str, emotion: str, at: int) -> Sound:
        return np.concatenate([speaker.say(voice, "en", text, emotion).sound for text in lines[at : at + 2]])

    kept, heard, prints = {}, {}, {}
    for voice in CLIP_VOICES:
        kept[voice] = clip(voice, NEUTRAL, 0)
        prints[voice, "kept"] = traits_of(kept[voice], sample_rate, embed).embedding
        for emotion in CLIP_EMOTIONS:
            heard[voice, emotion] = clip(voice, emotion, 3)
            prints[voice, emotion] = traits_of(heard[voice, emotion], sample_rate, embed).embedding
    own = {key: float(prints[key] @ prints[key[0], "kept"]) for key in heard}
    others = {
        key: max(float(prints[key] @ prints[voice, "kept"]) for voice in CLIP_VOICES if voice != key[0])
        for key in heard
    }
    rows: list[list[object]] = []
    off: dict[bool, list[float]] = {True: [], False: []}
    for (voice, emotion), sound in heard.items():
        found, base = prosody(sound, sample_rate), prosody(kept[voice], sample_rate)
        true = 0.0 if emotion == NEUTRAL else MANNERS[emotion].pitch
        guesses = [manner_of_prosody(found).pitch, manner_of_prosody(found, base).pitch]
        for known, guess in zip((False, True), guesses, strict=True):
            off[known].append(abs(guess - true))
        rows.append([voice, emotion, own[voice, emotion], others[voice, emotion], true, *guesses])
    names = ["voice", "clip", "own", "nearest other", "pitch [st]", "without a middle", "with it"]
    table(names, rows)
    met = verdict(f"own speakers are at {min(own.values()):.2f} or more, of {ALIKE}", min(own.values()) >= ALIKE)
    wrong = sum(other >= max(ALIKE, own[key]) for key, other in others.items())
    met &= verdict(f"another speaker is taken for the clip's in {wrong} of {len(others)}", wrong == 0)
    means = [fmean(off[known]) for known in (False, True)]
    return met & verdict(f"off by {means[1]:.1f} semitones with it, {means[0]:.1f} without", means[1] < means[0])


def typical(neutral: Sequence[Said]) -> None:
    """The mean prosody of each voice's neutral lines, joined to one clip, as heard.TYPICAL has it."""
    from framevox.engine_daemon.engines.kokoro.heard import prosody

    voices = sorted({one.voice for one in neutral})
    found = [prosody(np.concatenate([o.sound for o in neutral if o.voice == voice]), 24000) for voice in voices]
    measures = list(type(found[0]).__slots__)
    rows = [[voice, *(getattr(one, name) for name in measures)] for voice, one in zip(voices, found, strict=True)]
    table(
        ["voice", *measures], [*rows, ["mean", *(fmean(row[i] for row in rows) for i in range(1, len(measures) + 1))]]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=7, help="of each language (7)")
    parser.add_argument("--voices", default="af_heart,zm_yunjian,jm_kumo", help="each speaks every line")
    parser.add_argument("--voices-dir", type=Path, help="a folder of voice files")
    parser.add_argument("--languages", default="zh,en,ja")
    parser.add_argument("--tuning", action="store_true", help="the lines that the table may be tuned on instead")
    parser.add_argument(
        "--growing", type=int, default=1, help="lines of each language for the strengths (1); 0 leaves them out"
    )
    parser.add_argument(
        "--no-telling", dest="telling", action="store_false", help="leave out whether they are told apart"
    )
    parser.add_argument("--speaker", action="store_true")
    parser.add_argument("--words", type=int, default=0, help="lines of each language to count errors in (0)")
    parser.add_argument("--emotions", default=",".join(EMOTIONS), help="those to count errors in")
    parser.add_argument("--cost", action="store_true", help="only say what an emotion adds to a line's work")
    parser.add_argument("--typical", action="store_true", help="only print heard.py's measures of neutral lines")
    parser.add_argument("--middle", action="store_true", help="only say how a kept voice serves as a clip's middle")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "framevox-emotion")
    options = parser.parse_args()

    heading("Emotions of the built-in engine", "onnxruntime", "swift-f0")
    options.keep.mkdir(exist_ok=True)
    speaker = Speaker(options.voices_dir, options.keep)
    source = script.TUNING if options.tuning else script.HELD_OUT
    languages = options.languages.split(",")
    chosen = [(language, source[language][number]) for number in range(options.lines) for language in languages]
    voices = options.voices.split(",")
    every = [(voice, *line) for line in chosen for voice in voices]
    if options.middle:
        return 0 if middle(speaker, 24000) else 1
    neutral = [speaker.say(*one, NEUTRAL) for one in every]
    if options.cost:
        return 0 if cost(speaker, *every[0]) else 1
    if options.typical:
        typical(neutral)
        return 0
    said = [speaker.say(*one, emotion) for one in every for emotion in EMOTIONS]
    even = {text for language in languages for text in source[language][: options.lines : 2]}
    both = [*neutral, *said]
    met = True
    if options.telling:
        met = confusion([[one for one in both if (one.text in even) == first] for first in (True, False)])
        averages(both)
    if options.growing:
        first = {text for language in languages for text in source[language][: options.growing]}
        grows = [one for one in every if one[2] in first]
        grown = [
            speaker.say(*one, emotion, strength) for one in grows for emotion in EMOTIONS for strength in STRENGTHS
        ]
        met &= monotony(grown, neutral)
    if options.speaker:
        others = [speaker.say(*one, NEUTRAL, take=2) for one in every]
        met &= speakers(said, neutral, others, 24000)
    if options.words:
        first = {text for language in languages for text in source[language][: options.words]}
        some, plain = ([one for one in takes if one.text in first] for takes in (said, neutral))
        some = [one for one in some if one.emotion in options.emotions.split(",")]
        met &= words(some, plain, 24000)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
