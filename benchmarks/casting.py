"""How long casting takes: ``python -m benchmarks.casting``."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

from framevox.engine_daemon.project.casting import CastLine, Source
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.remembered import CastRecord

LINES = ("Good to know, thank you for telling me.", "我们下周发布这个版本，好不好？", "明日は東京へ行きます。")


def milliseconds(cues: int, characters: int, voices: int, runs: int, *, again: bool) -> float:
    """The median time to choose the voices of ``cues`` lines and to remember them, in milliseconds.

    ``again`` is a run that finds the cast of the one before; the others find none.
    """
    stock = [
        {
            "name": f"voice_{number}",
            "languages": [("en", "zh", "ja")[number % 3]],
            "gender": ("female", "male")[number % 2],
        }
        for number in range(voices)
    ]
    lines = [CastLine(f"CHARACTER {number % characters}", LINES[number % characters % 3]) for number in range(cues)]
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs + again):
            film = Film(record=CastRecord(Path(folder), Path(folder, "again" if again else str(run))))
            begun = time.perf_counter()
            film.cast(lines, lambda: stock, Source(), lambda voice, _: voice)
            times.append(time.perf_counter() - begun)
    return 1000 * median(times[again:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    print("| cues | characters | voices | first run [ms] | again [ms] |\n| ---: | ---: | ---: | ---: | ---: |")
    for characters in (40, options.cues):
        first, again = (
            milliseconds(options.cues, characters, 54, options.runs, again=again) for again in (False, True)
        )
        print(f"| {options.cues} | {characters} | 54 | {first:.1f} | {again:.1f} |")


if __name__ == "__main__":
    main()
