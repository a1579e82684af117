"""What a large dictionary of rules costs, in time of the processor: reading its file, and each line.

python -m benchmarks.rules [--rules 100000] [--lines 200]
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from framevox.engine_daemon.project.file import NAME, read_project
from framevox.engine_daemon.project.readings import add_rules
from framevox.engine_daemon.pronunciation.pinyin import syllables
from framevox.engine_daemon.protocol.rules import Rule
from framevox.engine_daemon.text import read_line

_HAN = [chr(code) for code in range(0x4E00, 0x9FA0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rules", type=int, default=100_000)
    parser.add_argument("--lines", type=int, default=200)
    asked = parser.parse_args()
    draw = random.Random(1)
    tones = [syllable + tone for syllable in sorted(syllables()) for tone in "1234"]
    texts: set[str] = set()
    while len(texts) < asked.rules:
        texts.add("".join(draw.choices(_HAN, k=draw.choice((1, 2, 3, 4)))))
    rules = [Rule(text, " ".join(draw.choices(tones, k=len(text)))) for text in sorted(texts)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        written = _seconds(lambda: add_rules(path, rules))
        read = _seconds(lambda: read_project(path))
        known = read_project(path).readings
        size = path.stat().st_size
    # A line of dialogue with a few words that have rules in it.
    words = [draw.choice(rules).text for _ in range(2 * asked.lines)]
    lines = [f"我们{one}去银行{other}，一会儿就回来。" for one, other in zip(words[::2], words[1::2], strict=True)]
    first = _seconds(lambda: known.rules_in(lines[0]))
    read_line(lines[0])
    found = {line: known.rules_in(line) for line in lines}
    find = [_seconds(partial(known.rules_in, line)) for line in lines]
    plain = [_seconds(partial(read_line, line)) for line in lines]
    ruled = [_seconds(partial(read_line, line, "auto", found[line])) for line in lines]
    print(f"| what | {asked.rules:,} rules |\n| --- | --- |")
    print(f"| file | {size / 2**20:.1f} MB |")
    print(f"| written | {written:.1f} s |")
    print(f"| read and checked | {read:.1f} s |")
    print(f"| index, at the first line | {first:.1f} s |")
    for name, times in (("find the rules of a line", find), ("read a line", plain), ("read it with its rules", ruled)):
        low, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"| {name} | {1000 * low:.2f} ms, 95 %: {1000 * high:.2f} ms |")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
