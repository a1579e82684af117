"""What the packaged voices cost the daemon: time at its start, and memory.

In processes of their own, five times each, the least counts. A daemon makes the shelf when it starts, lists it when a
client asks, and loads the pack when the first line is spoken; each further voice that is kept takes half a megabyte.
"""

from __future__ import annotations

import json
import subprocess
import sys

import report

from framevox.engine_daemon.engines.kokoro.stock import default

RUNS = 5
MOST_MEGABYTES, MOST_MILLISECONDS = 5.0, 50.0
STEPS = {
    "at the start": "shelf = VoiceShelf(None)",
    "once listed": "shelf.infos()",
    "once the defaults of zh and en have spoken": "for name in DEFAULTS: shelf.timbre(name).styles",
    "once all have": "for info in shelf.infos(): shelf.timbre(info.name).styles",
}
CODE = """
import gc, json, time
import numpy, psutil
from framevox.engine_daemon.engines.kokoro.voices import VoiceShelf
DEFAULTS = {defaults!r}
process, found = psutil.Process(), []
def memory():
    gc.collect()
    return process.memory_info().rss
before = memory()
for step in {steps!r}:
    begin = time.perf_counter()
    exec(step)
    found.append([time.perf_counter() - begin, memory() - before])
print(json.dumps(found))
"""


def measure() -> list[list[float]]:
    """Seconds that each step takes, and bytes that the process has grown by since before the first."""
    defaults = [default(language, gender) for language in ("zh", "en") for gender in ("female", "male")]
    code = CODE.format(steps=list(STEPS.values()), defaults=defaults)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: list[list[float]] = json.loads(done.stdout)
    return found


def main() -> int:
    report.heading("What the packaged voices cost", "numpy")
    runs = [measure() for _ in range(RUNS)]
    rows = []
    for index, step in enumerate(STEPS):
        seconds, size = (min(run[index][column] for run in runs) for column in (0, 1))
        rows.append((step, f"{1000 * seconds:.1f}", f"{size / 2**20:.1f}"))
    report.table(("when", "takes ms", "MB in all"), rows)
    start, spoken = float(rows[0][1]) + float(rows[1][1]), max(float(row[2]) for row in rows)
    met = report.verdict(f"start and list: {start:.1f} ms, at most {MOST_MILLISECONDS:.0f}", start < MOST_MILLISECONDS)
    claim = f"memory at most: {spoken:.1f} MB, {MOST_MEGABYTES:.0f} allowed"
    return 0 if report.verdict(claim, spoken < MOST_MEGABYTES) & met else 1


if __name__ == "__main__":
    sys.exit(main())
