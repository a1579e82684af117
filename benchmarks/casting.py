"""How long casting takes: ``python -m benchmarks.casting``."""

from __future__ import annotations

import argparse
import time
from statistics import median

from framevox.engine_daemon.project.casting import CastLine, choose

LINES = ("Good to know, thank you for telling me.", "我们下周发布这个版本，好不好？", "明日は東京へ行きます。")


def milliseconds(cues: int, characters: int, voices: int, runs: int) -> float:
    """The median time to choose the voices of ``cues`` lines, in milliseconds."""
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
    for _ in range(runs):
        begun = time.perf_counter()
        choose(lines, lambda: stock)
        times.append(time.perf_counter() - begun)
    return 1000 * median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    print("| cues | characters | voices | casting [ms] |\n| ---: | ---: | ---: | ---: |")
    for characters in (40, options.cues):
        took = milliseconds(options.cues, characters, 54, options.runs)
        print(f"| {options.cues} | {characters} | 54 | {took:.1f} |")


if __name__ == "__main__":
    main()
