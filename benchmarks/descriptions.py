"""How many descriptions of an emotion are read right, of 200 that were written before their reader.

    python benchmarks/descriptions.py [--misses]

A description is right when the leading emotion, and the pace and loudness where they are said, are those expected. None
of them was ever used to tune the reader; whoever tunes it does not look at ``--misses``.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from report import heading, table, verdict

from framevox.engine_daemon.emotion.read import Reading, read_description
from framevox.engine_daemon.protocol.errors import InputError

PHRASES = Path(__file__).with_name("data") / "descriptions.tsv"
LANGUAGES = ("en", "zh", "ja", "ko")
TARGET = 0.85
WEAK, STRONG = 0.5, 0.75
"""A weak emotion weighs at most this, a strong one at least that."""


@dataclass(frozen=True)
class Phrase:
    """A description and what is expected of its reading; an empty tuple is not asked about."""

    language: str
    text: str
    emotions: tuple[str, ...]
    pace: tuple[str, ...]
    loudness: tuple[str, ...]
    degree: str

    def faults(self, reading: Reading | None) -> list[str]:
        """What of ``reading`` is not as expected; None is a description that could not be read."""
        if reading is None:
            return ["unread"]
        faults = [] if reading.leading in self.emotions else ["emotion"]
        if self.pace and _side(reading.pace, "slow", "fast") not in self.pace:
            faults.append("pace")
        if self.loudness and _side(reading.loudness, "soft", "loud") not in self.loudness:
            faults.append("loudness")
        return faults

    def degree_holds(self, reading: Reading | None) -> bool:
        weight = max(reading.weights) if reading else 0.0
        return {"weak": 0 < weight <= WEAK, "strong": weight >= STRONG, "": True}[self.degree]


def _side(value: float, below: str, above: str) -> str:
    return below if value < 0 else above if value > 0 else ""


def phrases() -> Iterator[Phrase]:
    """The 200 of data/descriptions.tsv."""
    for row in PHRASES.read_text(encoding="utf-8").splitlines():
        if row.startswith("#"):
            continue
        language, text, emotions, pace, loudness, degree = (row.split("\t") + [""] * 4)[:6]
        yield Phrase(language, text, tuple(emotions.split("/")), _options(pace), _options(loudness), degree)


def _options(field: str) -> tuple[str, ...]:
    return tuple(field.split("/")) if field else ()


def read(text: str) -> Reading | None:
    try:
        return read_description(text)
    except InputError:
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="list what was read wrong")
    options = parser.parse_args()

    heading("Descriptions read right")
    outcomes = [(phrase, read(phrase.text)) for phrase in phrases()]
    rows, faults = [], Counter[str]()
    for language in LANGUAGES:
        own = [(phrase, reading) for phrase, reading in outcomes if phrase.language == language]
        right = sum(not phrase.faults(reading) for phrase, reading in own)
        degrees = [phrase.degree_holds(reading) for phrase, reading in own if phrase.degree]
        rows.append([language, len(own), right, 100 * right / len(own), f"{sum(degrees)} of {len(degrees)}"])
        faults.update(fault for phrase, reading in own for fault in phrase.faults(reading))
    table(["language", "phrases", "right", "%", "degree right"], rows)
    table(["what was wrong", "phrases"], faults.most_common())
    if options.misses:
        for phrase, reading in outcomes:
            if phrase.faults(reading):
                print(f"- {phrase.text}: {reading.leading if reading else 'not read'}, not {phrase.emotions}")
    share = sum(row[2] for row in rows) / len(outcomes)
    return 0 if verdict(f"{100 * share:.1f} % right, at least {100 * TARGET:.0f} %", share >= TARGET) else 1


if __name__ == "__main__":
    sys.exit(main())
