"""Does a chosen word begin on its frame? Measured in the samples of the takes, by an ear of its own (hearing.py).

Sixty held-out lines in four languages, each with one or two words put on frames that an editor could choose: some
sooner, some later than the voice would say them. Two questions:

- the engine's own time of the word against the edge of the frame, for every point;
- the onset that is heard nearest to that edge, for words that follow a pause or begin with a stop. For other words
  there is no one instant at which they begin: they flow out of the word before, or, where an affricate begins them (z,
  zh, ch, j), out of its friction. Affricates have a row of their own.

A word follows a pause if it is the first, or if a mark stands before it at which the ear hears silence: some marks are
read over.

A second table says how far the engine's times of all such words of the lines, points or not, are from what is heard.
Runs where librosa is (the extra ``likeness`` brings it).
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import hearing
import lines
import numpy as np
import numpy.typing as npt
import report
import soundfile

from framevox.engine_daemon.engines.base import PLAIN, Plan, unwrap
from framevox.engine_daemon.engines.kokoro import onsets
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.phonemes import phones
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.sync import SyncPoint, occurrences
from framevox.engine_daemon.protocol.timebase import Rate, edge
from framevox.engine_daemon.rendering.renderer import Rendered, Renderer
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text import main_language, read_line

RATES = ("24", "25", "29.97")
GENDERS = ("female", "male")
OWN_MS, HEARD_MS = 12.5, 20.0
KINDS = ("after a pause", "a stop", "an affricate")
PLOSIVES = frozenset("pbtdkɡcɟq")
NEAR_SECONDS = 0.06
"""An onset further away than this is another one."""


@dataclass(frozen=True)
class Measured:
    """A point: by how many milliseconds the engine's own time is late, and what is heard; None where nothing is."""

    rate: str
    kind: str
    own: float
    heard: float | None


def plain_words(plan: Plan) -> dict[int, str]:
    """Words with a beginning of their own, by their index, and why: one of KINDS."""
    found = phones(plan.line)
    kinds = {}
    for index, phone in enumerate(found):
        if phone.word is not None and onsets.begins_word(found, index):
            if onsets.after_pause(found, index):
                kinds[phone.word] = KINDS[0]
            elif onsets.class_of(found, index) == "stop":
                kinds[phone.word] = KINDS[1] if phone.symbol in PLOSIVES else KINDS[2]
    return kinds


def chosen(plan: Plan, rng: random.Random) -> list[int]:
    """One or two words of a line, not its first, in their order: those whose beginning can be heard come first."""
    plain = plain_words(plan)
    words = [index for index in range(1, len(plan.line.words)) if _nth(plan, index) is not None]
    sharp = [index for index in words if index in plain]
    first = rng.choice(sharp or words)
    others = [index for index in words if abs(index - first) >= 3]
    return sorted([first, *([rng.choice(others)] if others else [])])


def _nth(plan: Plan, index: int) -> int | None:
    """Which of the words like it a word is, None where it cannot be named."""
    word = plan.line.words[index]
    places = occurrences(plan.line.text, word.text)
    return places.index(word.start) + 1 if word.start in places else None


def cue_of(plan: Plan, rate: Rate, rng: random.Random, name: str, gender: str) -> tuple[Cue, list[int]]:
    """A line in a slot with points that are up to a tenth away from where the voice would have them."""
    fps = rate.fps / 24000
    natural = {place.offset: place.natural for place in plan.places}
    picked = chosen(plan, rng)
    points: list[SyncPoint] = []
    at, before = Fraction(1), 0
    for index in picked:
        word = plan.line.words[index]
        at += Fraction(rng.uniform(0.9, 1.15)) * (natural[word.start] - before) * fps
        before = natural[word.start]
        points.append(SyncPoint(word.text, round(at), _nth(plan, index)))
        at = Fraction(round(at))
    at += Fraction(rng.uniform(0.9, 1.15)) * (plan.natural - before) * fps + 1
    start = rng.randrange(10_000)
    cue = Cue(name, plan.line.text, rate, start, -(-at // 1), voice=gender, sync=tuple(points))
    return cue, picked


def nearest(heard: npt.NDArray[np.float64], place: float) -> float | None:
    """By how many milliseconds the onset nearest to ``place`` [s] is late."""
    if not len(heard):
        return None
    off = float(heard[np.argmin(np.abs(heard - place))] - place)
    return 1000 * off if abs(off) <= NEAR_SECONDS else None


def measured(
    engine: KokoroEngine, renderer: Renderer, text: str, rate: str, gender: str, rng: random.Random
) -> Iterator[Measured | str]:
    """The points of one line, then its other words as kind ``word``; why there are none, for a line without a take."""
    line = read_line(text)
    voice = engine.voice(engine.default_voice(main_language(text, "auto"), gender))
    plan = unwrap(engine.plan([(line, voice, PLAIN)])[0])
    known = Rate.parse(rate)
    cue, picked = cue_of(plan, known, rng, "line", gender)
    ((_, outcome),) = renderer.render([cue], Output(handles=0))
    if not isinstance(outcome, Rendered):
        yield f"{text}: {outcome}"
        return
    take = outcome.take
    sound, sample_rate = soundfile.read(io.BytesIO(outcome.media), dtype="float32")
    heard = hearing.onsets(sound, sample_rate)
    plain = {
        index: kind
        for index, kind in plain_words(plan).items()
        if index == 0
        or kind != KINDS[0]
        or hearing.is_silent_before(sound, sample_rate, take.words[index].start_sample)
    }
    for index, point, timing in zip(picked, cue.sync, take.sync, strict=True):
        wanted = edge(cue.start + point.frame, sample_rate, known) - edge(cue.start, sample_rate, known)
        assert take.words[index].start_sample == timing.start_sample, text
        own = 1000 * (timing.start_sample - wanted) / sample_rate
        kind = plain.get(index, "other")
        yield Measured(rate, kind, own, nearest(heard, wanted / sample_rate) if kind != "other" else None)
    for index, kind in plain.items():
        begins = take.words[index].start_sample / sample_rate
        late = nearest(heard, begins)
        yield Measured("", kind, 0.0 if late is None else -late, late)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every-rate", action="store_true", help="every line at every rate, not at one in turn")
    parser.add_argument("--tuning", action="store_true", help="the lines that the engine's leads were chosen on")
    parser.add_argument("--lines", type=int, default=15, help="so many of each language")
    options = parser.parse_args()
    report.heading("Words on chosen frames", "librosa", "onnxruntime")
    texts = lines.TUNING if options.tuning else lines.HELD_OUT
    rng = random.Random(9)
    points: list[Measured] = []
    words: list[Measured] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = KokoroEngine(None, Path(folder) / "cache", 1)
        renderer = Renderer(engine, Store(Path(folder) / "store"))
        each = [text for language in lines.LANGUAGES for text in texts[language][: options.lines]]
        for number, text in enumerate(each):
            for rate in RATES if options.every_rate else (RATES[number % 3],):
                for one in measured(engine, renderer, text, rate, GENDERS[number % 2], rng):
                    if isinstance(one, str):
                        failed.append(one)
                    else:
                        (points if one.rate else words).append(one)
    rows = []
    for rate in (*RATES, "all"):
        mine = [one for one in points if rate in (one.rate, "all")]
        sharp = [one for one in mine if one.kind in KINDS[:2]]
        rows.append([rate, len(mine), *_spread([one.own for one in mine], OWN_MS), len(sharp), *_heard(sharp)])
    report.table(
        ["rate", "points", "own: median ms", "own: most ms", f"own: within {OWN_MS} ms", "that can be heard",
         "heard: median ms", "heard: 95 % within ms", f"heard: within {HEARD_MS:.0f} ms"], rows)  # fmt: skip
    rows = []
    for kind in KINDS:
        mine = [one for one in words if one.kind == kind]
        rows.append([kind, len(mine), *_heard(mine)])
    report.table(["words", "number", "median ms", "95 % within ms", f"within {HEARD_MS:.0f} ms"], rows)
    for one in failed:
        print(f"- not placed: {one}")
    sharp = [one for one in points if one.kind in KINDS[:2]]
    near = sum(one.heard is not None and abs(one.heard) <= HEARD_MS for one in sharp)
    met = [
        report.verdict(
            f"every point within {OWN_MS} ms by the engine's own time", all(abs(p.own) <= OWN_MS for p in points)
        ),
        report.verdict(f"95 % of points that can be heard within {HEARD_MS:.0f} ms", near >= 0.95 * len(sharp)),
    ]
    sys.exit(0 if all(met) else 1)


def _spread(values: list[float], bound: float) -> list[str]:
    sizes = np.abs(values)
    return [f"{np.median(values):.1f}", f"{sizes.max():.1f}", f"{100 * np.mean(sizes <= bound):.0f} %"]


def _heard(measures: list[Measured]) -> list[str]:
    heard = np.array([one.heard for one in measures if one.heard is not None])
    share = np.sum(np.abs(heard) <= HEARD_MS) / len(measures)
    return [f"{np.median(heard):.1f}", f"{np.percentile(np.abs(heard), 95):.1f}", f"{100 * share:.0f} %"]


if __name__ == "__main__":
    main()
