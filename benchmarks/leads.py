"""By how much earlier than its first unit is each class of phones heard? What engines/kokoro/onsets.py has as LEADS.

The sixty tuning lines at the voices' own pace. After a pause, and where a stop begins a word, the instant is the onset
that is heard (hearing.py); elsewhere it is the greatest change of the spectrum near the place where one is expected.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

import hearing
import librosa
import lines
import numpy as np
import numpy.typing as npt
import report

from framevox.engine_daemon.engines.base import PLAIN, Plan, unwrap
from framevox.engine_daemon.engines.kokoro import onsets
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.model import LEAD_UNITS, SAMPLE_RATE, UNIT
from framevox.engine_daemon.text import main_language, read_line

EXPECTED, NEAR = 0.035, 0.035
"""Seconds: where a change is expected before the first unit, and how far from there it counts half as much."""
_HOP, _SIDE = 120, 4


def changes(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """By how much the spectrum differs between the 20 ms before and after each step of 5 ms."""
    power = librosa.feature.melspectrogram(y=sound, sr=SAMPLE_RATE, n_fft=480, hop_length=_HOP, n_mels=48)
    total = np.cumsum(np.pad(librosa.power_to_db(power, top_db=60), ((0, 0), (1, 0))), axis=1)
    change = np.zeros(power.shape[1])
    for step in range(_SIDE, len(change) - _SIDE):
        after, here, before = total[:, step + _SIDE], total[:, step], total[:, step - _SIDE]
        change[step] = np.abs(after - 2 * here + before).mean()
    return change


def leads(engine: KokoroEngine, text: str, gender: str) -> dict[tuple[str, str], list[float]]:
    """The leads in a line [ms], by where a phone stands and its class."""
    voice = engine.voice(engine.default_voice(main_language(text, "auto"), gender))
    plan: Plan = unwrap(engine.plan([(read_line(text), voice, PLAIN)])[0])
    ((_, outcome),) = engine.speak([(plan, None)])
    sound = unwrap(outcome).samples
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    if len(plan.state.segments) > 1:
        return found
    (segment,) = plan.state.segments
    phones = segment.phones[: segment.sounding]
    first = max(0, int(segment.natural.start // UNIT) - LEAD_UNITS)
    units = (np.cumsum(segment.natural.units)[: len(phones)] - first) * UNIT / SAMPLE_RATE
    heard, change = hearing.onsets(sound, SAMPLE_RATE), changes(sound)
    steps = np.arange(len(change)) * _HOP / SAMPLE_RATE
    for index, unit in enumerate(units):
        if phones[index].kind in ("pause", "mark"):
            continue
        name, begins = onsets.class_of(phones, index), onsets.begins_word(phones, index)
        rested = onsets.after_pause(phones, index)
        if rested or (begins and name == "stop"):
            at = heard[np.argmin(np.abs(heard - unit + EXPECTED))]
        else:
            at = steps[np.argmax(change * np.exp(-0.5 * ((steps - unit + EXPECTED) / NEAR) ** 2))]
        if abs(unit - at) <= 0.1:
            where = "after a pause" if rested else "begins a word" if begins else "in a word"
            found[where, name if rested or begins else "all"].append(1000 * float(unit - at))
    return found


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    report.heading("Leads", "librosa", "onnxruntime")
    every: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        engine = KokoroEngine(None, Path(folder), 1)
        texts = [text for language in lines.LANGUAGES for text in lines.TUNING[language]]
        for number, text in enumerate(texts):
            for key, values in leads(engine, text, ("female", "male")[number % 2]).items():
                every[key] += values
    rows = [
        [where, name, len(values), *(f"{value:.0f}" for value in np.percentile(values, [50, 10, 90]))]
        for (where, name), values in sorted(every.items())
    ]
    report.table(["phones", "class", "number", "median ms", "10 % ms", "90 % ms"], rows)


if __name__ == "__main__":
    main()
