"""How much memory the daemon takes while it fills 200 cues: resident set after each take, from Linux's /proc."""

from __future__ import annotations

import argparse
import os
import sys
from fractions import Fraction
from pathlib import Path

import harness
import numpy as np
import report
from speed import short_cues

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Failed, TakeReady
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.timebase import Rate

MOST_MB = 700
FLAT_PERCENT = 3
"""Flat: the last 25 takes see at most this much more than takes 50 to 75."""


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """A process's resident memory in MB (10^6 bytes); ``VmHWM`` for its highest so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"/proc/{pid}/status has no {field}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=200)
    options = parser.parse_args()
    report.heading("Memory of the daemon", "onnxruntime", "numpy")
    rate = Rate(Fraction(24000, 1001))
    cues = [Cue(f"cue-{i}", text, rate, 240 * i, None) for i, text in enumerate(short_cues(options.cues))]
    taken: list[float] = []
    with harness.daemon() as daemon:
        os.environ["FRAMEVOX_HOME"] = daemon.environment["FRAMEVOX_HOME"]
        empty = resident_mb(daemon.pid)
        with Client.connect(start=False) as client:
            for event in client.render(cues, Output()):
                if isinstance(event, TakeReady):
                    taken.append(resident_mb(daemon.pid))
                elif isinstance(event, Failed):
                    raise RuntimeError(f"{event.cue}: {event.message}")
        highest = resident_mb(daemon.pid, "VmHWM")
    marks = [0, *(n for n in (10, 25, 50, 75, 100, 150, 200) if n <= len(taken))]
    report.table(("takes made", "resident MB"), [(n, f"{taken[n - 1] if n else empty:.0f}") for n in marks])
    early, late = float(np.mean(taken[49:75])), float(np.mean(taken[-25:]))
    slope = float(np.polyfit(np.arange(50, len(taken) + 1), taken[49:], 1)[0])
    print(f"Highest ever {highest:.0f} MB; from the 50th take {slope:+.3f} MB a take.\n")
    met = report.verdict(f"under {MOST_MB} MB: {highest:.0f} MB at most", highest < MOST_MB)
    growth = 100 * (late / early - 1)
    claim = f"flat from the 50th take to the {len(taken)}th: {growth:+.1f} % ({FLAT_PERCENT} % allowed)"
    return 0 if met & report.verdict(claim, growth <= FLAT_PERCENT) else 1


if __name__ == "__main__":
    sys.exit(main())
