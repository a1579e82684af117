"""How long a scene of many lines takes in Blender, and how long a tick of the timer beside its window holds it: the
first run, a second with nothing to do, and one after ten lines were changed.

``python -m benchmarks.blender BPY_PYTHON… --lines 10000``: Pythons that have ``bpy`` (docs/blender.md, Testing it).
Lines are hummed by the tests' engine, so that what is measured is what surrounds the speech. ``--profile`` prints what
takes longest inside Blender, and lets the times grow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import harness, report
from framevox.plugin.blender.building import install

INSIDE = harness.CHECKOUT / "tests" / "blender" / "inside"

SCRIPT = """
import sys; sys.path.insert(0, INSIDE)
from prelude import *
import cProfile, pstats, resource, time

LINES = int(os.environ["LINES"])
NAMES = "ALICE BOB CARL DORA EVE FRED GINA HUGO".split()
scene().render.fps = 24
for number in range(LINES):
    text(60 * number, 48, f"{NAMES[number % 8]}: Line number {number}.", channel=1 + number % 2, name=f"L{number}")
save()

def peak():
    "The most memory that Blender has held, in MiB."
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def measured():
    "A run, tick by tick as the timer beside a window takes it."
    profile = cProfile.Profile() if os.environ["PROFILE"] else None
    ticks, read, planned = [], None, None
    began = time.perf_counter()
    running = steps_of(0)
    alive = True
    while alive:
        if profile:
            profile.enable()
        tick, cpu = time.perf_counter(), time.thread_time()
        alive = running.step()
        took, cpu = time.perf_counter() - tick, time.thread_time() - cpu
        if profile:
            profile.disable()
        ticks.append((took, cpu, running.work.line))
        if read is None and running.work.line == "Starting":
            read = time.perf_counter() - began
        if planned is None and running.work.total:
            planned = time.perf_counter() - began
        time.sleep(max(0.0, float(os.environ["TICK"]) - took))
    part("work").end()
    if profile:
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(20)
    worst = sorted(ticks, reverse=True)[:5]
    longest = [[round(1000 * took, 1), round(1000 * cpu, 1), line] for took, cpu, line in worst]
    return dict(
        read=read, planned=planned, whole=time.perf_counter() - began, held=sum(one[0] for one in ticks),
        cpu=sum(one[1] for one in ticks), ticks=len(ticks), late=sum(one[0] > 0.05 for one in ticks), longest=longest,
        most_cpu=1000 * max(one[1] for one in ticks), said=running.work.said[-1], peak=peak(),
    )

built = peak()
first = measured()
again = measured()
lines = scene().sequence_editor.strips
for number in range(0, LINES, max(1, LINES // 10)):
    lines[f"L{number}"].text += " And more."
changed = measured()
out(built=built, runs=[first, again, changed], takes=len(takes()))
"""


def measure(python: Path, lines: int, tick: float, profile: bool) -> dict[str, Any]:
    """Fills a scene of ``lines`` lines in a Blender, and returns what its script told."""
    with harness.daemon("tests.e2e.engine:company") as daemon, tempfile.TemporaryDirectory() as name:
        work = Path(name)
        os.environ["FRAMEVOX_HOME"] = daemon.environment["FRAMEVOX_HOME"]
        install([work / "extensions"])
        environment = {
            **{key: value for key, value in daemon.environment.items() if not key.startswith(("PYTHON", "XDG_"))},
            "BLENDER_USER_RESOURCES": str(work / "user"),
            "BLENDER_USER_EXTENSIONS": str(work / "extensions"),
            "WORK": str(work),
            "OUT": str(work / "out.json"),
            "LINES": str(lines),
            "TICK": str(tick),
            "PROFILE": "yes" if profile else "",
        }
        script = SCRIPT.replace("INSIDE", repr(str(INSIDE)))
        subprocess.run([python, "-c", script], env=environment, cwd=work, check=True, stdout=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads((work / "out.json").read_text("utf-8"))
        return found


def show(python: Path, lines: int, told: dict[str, Any]) -> None:
    version = subprocess.check_output([python, "-c", "import bpy; print(bpy.app.version_string)"], encoding="utf-8")
    print(f"### {lines} lines in Blender {version.split()[0]}\n")
    names = ("first run", "nothing changed", "10 lines changed")
    head = ("run", "read s", "planned s", "whole s", "CPU s inside", "ticks", "over 50 ms", "longest ms", "its CPU ms")
    rows = [
        (name, f"{run['read']:.1f}", f"{run['planned']:.1f}", f"{run['whole']:.0f}", f"{run['cpu']:.1f}", run["ticks"],
         run["late"], f"{run['longest'][0][0]:.0f}", f"{run['most_cpu']:.0f}")
        for name, run in zip(names, told["runs"], strict=True)
    ]  # fmt: skip
    report.table(head, rows)
    for name, run in zip(names, told["runs"], strict=True):
        print(f"- {name}: {run['said']}; longest ticks: {run['longest']}")
    peaks = [told["built"], *(run["peak"] for run in told["runs"])]
    print(f"- most memory: {', '.join(f'{one:.0f}' for one in peaks)} MiB, before the first run and after each\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", type=Path, nargs="+")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--tick", type=float, default=0.05, help="seconds between two ticks; the extension's is 0.05")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    report.heading("Blender")
    for python in options.python:
        told = measure(python.absolute(), options.lines, options.tick, options.profile)
        show(python, options.lines, told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
