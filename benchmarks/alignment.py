"""When are the words of a take heard? Takes whose engine does not know, but we do.

The built-in engine's voices say lines at 0.75 to 1.25 of their pace, disguised: sampled at 22.05 kHz, with noise, or
with their phases made anew from a mel spectrogram. The daemon renders them as the takes of an engine that estimates
times as `indextts2` does, and aligns them with another voice of the built-in engine.

With ``--takes espeak`` espeak-ng speaks, a formant synthesiser and as unlike as can be. The two count some phones from
other instants, but both a p, t or k from its burst.

The error is that of the words' starts and ends within a line; its first start and last end are the take's own. Settings
were chosen by the lines of ``--set tuning``, nothing by the others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import lines
import numpy as np
import numpy.typing as npt
import report
import soxr
import voice_lines
from espeak_takes import NAMES, Begun, Espeak

from framevox.engine_daemon.alignment.cepstra import mel_bands
from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import PLAIN, Direction, Plan, Speech, Timing, Voice, unwrap
from framevox.engine_daemon.engines.indextts2.timemap import elasticity
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.rendering.aligning import Aligner
from framevox.engine_daemon.rendering.renderer import Rendered, Renderer
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Language, Line, Word

MEDIAN_MS = 30.0
RATE, HOP, BINS, BANDS = 22_050, 256, 1024, 80
RATIOS = (0.75, 0.8, 0.85, 0.9, 1.0, 1.1, 1.2, 1.25)
DISGUISES = ("22.05 kHz", "noise", "vocoder")
NOISE_DB = -25.0
ALL = ("en", "zh", "ja", "mixed", "ko", "es", "fr-fr", "it", "pt-br", "hi")

Sound = npt.NDArray[np.float32]


class Disguised:
    """The built-in engine as an engine that estimates when words are heard; ``truth`` keeps when they are."""

    name, version, step = "disguised", "1", HOP
    sample_rate = RATE
    parallel = batch_size = 1
    emotions = streams_unplanned = False
    estimates_times = True

    def __init__(self, engine: KokoroEngine) -> None:
        self._engine = engine
        self.languages = engine.languages
        self.disguise = DISGUISES[0]
        self.truth: dict[str, tuple[Timing, ...]] = {}
        self._said: dict[tuple[str, str], Speech] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def plan(self, asked: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        return [replace(unwrap(plan), points=()) for plan in self._engine.plan([(a, b, PLAIN) for a, b, _ in asked])]

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, _) in enumerate(plans):
            key = plan.line.text, plan.voice.name
            if key not in self._said:
                ratio = RATIOS[zlib.crc32(repr(key).encode()) % len(RATIOS)]
                span = min(max(round(plan.natural * ratio), plan.shortest), plan.longest)
                [(_, made)] = self._engine.speak([(plan, span)])
                self._said[key] = unwrap(made)
            yield index, self.disguised(plan.line, self._said[key])

    def disguised(self, line: Line, speech: Speech) -> Speech:
        sound = soxr.resample(speech.samples, speech.sample_rate, RATE).astype(np.float32)
        if self.disguise == "noise":
            power = 10 ** (NOISE_DB / 20) * np.abs(sound).max()
            sound = sound + (power * np.random.default_rng(0).standard_normal(len(sound))).astype(np.float32) / 3
        if self.disguise == "vocoder":
            sound = revoiced(sound)
        scale = RATE / speech.sample_rate
        truth = tuple(Timing(w.text, round(w.start * scale), round(w.end * scale)) for w in speech.words)
        start, end = speech_span(sound)
        self.truth[line.text] = tuple(replace(w, start=w.start - start, end=w.end - start) for w in truth)
        return Speech(sound, RATE, start, end, estimate(line, sound, truth), ())


class Formants(Disguised):
    """espeak-ng as such an engine; ``begun`` has the words of each line, by where they are written."""

    name = "formants"

    def __init__(self, engine: KokoroEngine) -> None:
        super().__init__(engine)
        self._espeak = Espeak()
        self.sample_rate = self._espeak.sample_rate
        self.begun: dict[str, dict[int, Begun]] = {}

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, _) in enumerate(plans):
            text, words = plan.line.text, plan.line.words
            turn = zlib.crc32(text.encode())
            pace, pitch = (130, 150, 175)[turn % 3], (25, 45, 70, 90)[turn // 3 % 4]
            sound, begun = self._espeak.say(text, words[0].language, pace, pitch)
            start, end = speech_span(sound)
            self.begun[text] = {word.offset: replace(word, sample=word.sample - start) for word in begun}
            even = np.linspace(start, end, len(words) + 1).astype(int).tolist()
            timings = tuple(Timing(word.text, a, b) for word, (a, b) in zip(words, pairwise(even), strict=True))
            yield index, Speech(sound, self.sample_rate, start, end, timings, ())


def spectra(sound: Sound) -> npt.NDArray[np.complex128]:
    padded = np.pad(sound.astype(np.float64), BINS // 2)
    return np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, BINS)[::HOP] * np.hanning(BINS))


def revoiced(sound: Sound) -> Sound:
    """What is left of a sound when a mel spectrogram is all that is known of it (Griffin and Lim, 1984)."""
    bands = mel_bands(RATE, BINS, 0.0, RATE / 2, BANDS)
    size = np.sqrt(np.maximum(np.abs(spectra(sound)) ** 2 @ bands @ np.linalg.pinv(bands), 0))
    phase = np.exp(2j * np.pi * np.random.default_rng(0).random(size.shape))
    window = np.hanning(BINS)
    for _ in range(24):
        total, weight = np.zeros(len(sound) + BINS), np.zeros(len(sound) + BINS)
        for index, piece in enumerate(np.fft.irfft(size * phase) * window):
            at = slice(index * HOP, index * HOP + BINS)
            total[at] += piece[: len(total[at])]
            weight[at] += (window**2)[: len(total[at])]
        made = (total / np.maximum(weight, 1e-3))[BINS // 2 : BINS // 2 + len(sound)]
        found = spectra(made.astype(np.float32))
        phase = found / np.maximum(np.abs(found), 1e-9)
    return (made * np.abs(sound).max() / np.abs(made).max()).astype(np.float32)


def ids(word: Word) -> int:
    """About how many text ids a word is: one a character of East Asian scripts, one for three letters of others."""
    each = 1 if word.language in ("zh", "ja", "ko") else 3
    return max(1, -(-len(word.spoken.replace(" ", "")) // each))


def estimate(line: Line, sound: Sound, truth: Sequence[Timing]) -> tuple[Timing, ...]:
    """Times as the engine `indextts2` estimates them: frames that are no pause, shared out by text ids."""
    mel = np.log(np.abs(spectra(sound)) @ mel_bands(RATE, BINS, 0.0, RATE / 2, BANDS) + 1e-5).T.astype(np.float32)
    _, pause = elasticity(mel)
    speaking = np.flatnonzero(~pause)
    # Words that are only marks to the engine have no times.
    said = list(truth)
    spoken = [word for word in line.words if said and said[0].text == word.text and said.pop(0)]
    shares = np.cumsum([0, *(ids(word) for word in spoken)])
    places = [int(speaking[min(len(speaking) - 1, share * len(speaking) // shares[-1])]) for share in shares[:-1]]
    places.append(int(speaking[-1]) + 1)
    return tuple(Timing(word.text, a * HOP, b * HOP) for word, (a, b) in zip(spoken, pairwise(places), strict=True))


@dataclass
class Errors:
    """Milliseconds by which words are late."""

    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    estimated: list[float] = field(default_factory=list)
    lines: int = 0
    noted: int = 0


def voices(engine: KokoroEngine, language: Language) -> list[str]:
    """The voices that say the takes: those of the language that no line is aligned with, or all others."""
    used = "+".join(engine.default_voice(language, gender) for gender in ("female", "male"))
    others = [info for info in engine.voices() if info.name not in used and "+" not in info.name]
    own = [info.name for info in others if language in info.languages]
    genders = {info.gender for info in others if language in info.languages}
    return own if len(genders) == 2 else [info.name for info in others if info.languages[0] in ("en", "ja")]


def measure(
    engine: KokoroEngine, folder: Path, texts: dict[str, Sequence[str]], languages: Sequence[str], each: int
) -> dict[str, dict[str, Errors]]:
    """Errors by disguise and language; every line by ``each`` voices."""
    disguised, store = Disguised(engine), Store(folder / "store")
    renderer = Renderer(disguised, store, Aligner(lambda: engine, store))
    found: dict[str, dict[str, Errors]] = defaultdict(lambda: defaultdict(Errors))
    for language in languages:
        main = lines.MAIN.get(language, language)
        names = voices(engine, main)  # type: ignore[arg-type]
        for number, text in enumerate(texts[language]):
            for disguise in DISGUISES:
                disguised.version = disguised.disguise = disguise
                for turn in range(each):
                    voice = names[(number * 7 + turn * (len(names) // 2 + 1)) % len(names)]
                    cue = Cue("a", text, Rate.parse("24"), 0, None, voice=voice, language=main)
                    add(found[disguise][language], renderer, disguised, cue)
    return found


def add(errors: Errors, renderer: Renderer, engine: Disguised, cue: Cue) -> None:
    """Renders a cue twice, aligned and as estimated, and adds by how much its words are off."""
    takes = []
    for align in (True, False):
        ((_, outcome),) = renderer.render([cue], Output(loudness=None, handles=0, align=align))
        if not isinstance(outcome, Rendered):
            raise SystemExit(f"{cue.text!r} by {cue.voice}: {outcome}")
        takes.append(outcome.take)
    aligned, estimated = takes
    errors.lines += 1
    errors.noted += any(note.code == "times-estimated" for note in aligned.notes)
    truth = engine.truth[cue.text]
    scale = aligned.sample_rate / engine.sample_rate
    for take, starts, ends in ((aligned, errors.starts, errors.ends), (estimated, errors.estimated, [])):
        late = 1000 / take.sample_rate
        for word, true in list(zip(take.words, truth, strict=True))[1:]:
            starts.append((word.start_sample - take.speech_start_sample - true.start * scale) * late)
        for word, true in list(zip(take.words, truth, strict=True))[:-1]:
            ends.append((word.end_sample - take.speech_start_sample - true.end * scale) * late)


def measure_formants(engine: KokoroEngine, folder: Path, texts: dict[str, Sequence[str]]) -> list[list[object]]:
    """Rows of a table: how late words begin that espeak-ng said, all and those that begin with a plosive, in lines that
    could be aligned."""
    formants, store = Formants(engine), Store(folder / "store")
    renderer = Renderer(formants, store, Aligner(lambda: engine, store))  # type: ignore[arg-type]
    rows = []
    for language in (language for language in texts if language in NAMES):
        late: list[tuple[float, bool]] = []
        noted = 0
        for text in texts[language]:
            voice = engine.default_voice(language)  # type: ignore[arg-type]
            cue = Cue("a", text, Rate.parse("24"), 0, None, voice=voice, language=language)
            ((_, outcome),) = renderer.render([cue], Output(loudness=None, handles=0, align=True))
            if not isinstance(outcome, Rendered):
                raise SystemExit(f"{text!r} by espeak-ng: {outcome}")
            if any(note.code == "times-estimated" for note in outcome.take.notes):
                noted += 1
                continue
            begun, words = formants.begun[text], read_line(text, cue.language).words
            for word, timing in list(zip(words, outcome.take.words, strict=True))[1:]:
                if (true := begun.get(word.start)) is not None:
                    at = (timing.start_sample - outcome.take.speech_start_sample) / outcome.take.sample_rate
                    late.append((1000 * (at - true.sample / formants.sample_rate), true.plosive))
        every, bursts = (np.array([ms for ms, plosive in late if plosive or some]) for some in (True, False))
        figures = [f"{value:.0f}" for ms in (every, bursts) for value in (np.median(ms), np.median(np.abs(ms)))]
        rows.append([language, len(texts[language]), len(every), *figures[:2], len(bursts), *figures[2:], noted])
    return rows


def row(name: str, errors: Errors) -> list[object]:
    def of(values: Sequence[float]) -> tuple[str, str]:
        sizes = np.abs(values)
        return f"{np.median(sizes):.0f}", f"{np.percentile(sizes, 90):.0f}"

    return [
        name,
        errors.lines,
        len(errors.starts),
        *of(errors.starts),
        *of(errors.ends),
        *of(errors.estimated),
        errors.noted,
    ]


COLUMNS = (
    "",
    "lines",
    "words",
    "starts: median",
    "90 %",
    "ends: median",
    "90 %",
    "estimated starts: median",
    "90 %",
    "not aligned",
)
FORMANTS = (
    "",
    "lines",
    "words",
    "late: median",
    "off: median",
    "p, t, k",
    "late: median",
    "off: median",
    "not aligned",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("tuning", "held-out"), default="held-out")
    parser.add_argument("--languages", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--lines", type=int, default=15, help="at most so many lines of a language")
    parser.add_argument("--voices", type=int, default=1, help="how many voices say each line")
    # One or the other: the built-in engine and these takes use one espeak-ng, which holds one state.
    parser.add_argument("--takes", choices=("voices", "espeak"), default="voices")
    options = parser.parse_args()
    report.heading("When words are heard", "onnxruntime", "numpy", "soxr")
    source = voice_lines.TUNING if options.set == "tuning" else voice_lines.HELD_OUT
    texts = {language: source[language][: options.lines] for language in options.languages}
    with tempfile.TemporaryDirectory() as name:
        engine = KokoroEngine(None, Path(name), 1)
        together: dict[str, list[float]] = defaultdict(list)
        if options.takes == "voices":
            found = measure(engine, Path(name), texts, options.languages, options.voices)
            for disguise, by_language in found.items():
                print(f"Disguised by {disguise}; milliseconds:\n")
                report.table(COLUMNS, [row(language, errors) for language, errors in by_language.items()])
                for language, errors in by_language.items():
                    together[language] += errors.starts
        if options.takes == "espeak":
            print("Said by espeak-ng; milliseconds:\n")
            report.table(FORMANTS, measure_formants(engine, Path(name), texts))
    if not together:
        return 0
    missed = [name for name, late in together.items() if np.median(np.abs(late)) > MEDIAN_MS]
    print(
        f"A median under {MEDIAN_MS:.0f} ms: {'missed by ' + ', '.join(missed) if missed else 'met in every language'}."
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
