"""What speaking costs: the whole of ``fill`` beside its model, the model beside the unmodified one, and the rest.

Work is counted in CPU seconds as well as in wall seconds, because the former hardly change when the machine has other
things to do. Every comparison is made in one run.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import engines
import harness
import lines
import opentimelineio as otio
import plain
import report

from framevox.engine_daemon.client import Client

VOICE = "jm_kumo"
CORES = 2
MOST_FILL = 1.10
MOST_FACTOR, AIMED_FACTOR = 0.32, 0.25
MOST_PASS_SECONDS = 3.0
MOST_ROUND_TRIP_MS = 2.0
FPS = 24000 / 1001
BLOCK = 20


def short_cues(count: int) -> list[str]:
    """``count`` clauses of the film dialogue, all different, the languages taking turns; then pairs of clauses."""
    by_language = []
    for language in lines.LANGUAGES:
        texts = (*lines.TUNING[language], *lines.HELD_OUT[language])
        found = [piece.strip() for text in texts for piece in re.split(r"(?<=[，。？！、.?!])|(?<=[a-z]),\s", text)]
        by_language.append([piece for piece in dict.fromkeys(found) if len(piece) > 2])
    longest = max(map(len, by_language))
    turns = [found[i] for i in range(longest) for found in by_language if i < len(found)]
    pairs = [f"{first} {second}" for first, second in zip(turns, turns[4:], strict=False)]
    if count > len(turns) + len(pairs):
        raise ValueError(f"there are {len(turns) + len(pairs)} different cues, not {count}")
    return [*turns, *pairs][:count]


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds of something."""

    cpu: float = 0.0
    wall: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.wall + other.wall)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu - other.cpu, self.wall - other.wall)


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used so far, from Linux's /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost_of_children() -> Cost:
    """What ended child processes of this one have used, and the clock."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter())


def cost_of_model(meter: engines.Meter) -> Cost:
    """What all graphs have cost so far; wall seconds as if shared evenly by the cores."""
    graphs = meter.read().values()
    return Cost(sum(cpu for _, cpu, _ in graphs), sum(wall for _, _, wall in graphs) / CORES)


# --- the whole of fill ---


def measure_fill(count: int) -> bool:
    """``fill`` from its first to its last instant, daemon and command line together, beside the model's own time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "meter"
        meter = engines.Meter(path)
        with harness.daemon(engines.METERED, **{engines.METER_VARIABLE: str(path)}) as daemon:
            source, out = daemon.folder / "in.otio", daemon.folder / "out.otio"
            slots = [harness.Slot(text, 240 * i, 240) for i, text in enumerate(short_cues(count))]
            harness.write_timeline(source, slots, FPS)
            before = cost_of_children() + Cost(cpu_of(daemon.pid))
            said = daemon.fill(source, out, "--fit", "natural", "--voice", VOICE)
            whole = cost_of_children() + Cost(cpu_of(daemon.pid)) - before
            model, graphs = cost_of_model(meter), meter.read()
    placed = said["counts"]["placed"]
    speech = sum(cue["natural_seconds"] for cue in said["cues"] if cue["status"] == "placed")
    print(f"### The whole of fill: {placed} cues, {speech:.0f} s of speech, daemon cold, store empty\n")
    parts = [("fill, everything", placed, whole), ("of it the model", "", model)]
    parts += [(f"– {name}", runs, Cost(cpu, wall / CORES)) for name, (runs, cpu, wall) in graphs.items()]
    rows = [
        (name, runs, cost.cpu, cost.wall, f"{cost.cpu / model.cpu:.3f}", f"{cost.wall / model.wall:.3f}")
        for name, runs, cost in parts
    ]
    report.table(("what", "runs", "CPU s", "wall s", "CPU / model's", "wall / model's"), rows)
    cpu, wall = whole.cpu / model.cpu, whole.wall / model.wall
    met = report.verdict(f"all {count} cues were placed", placed == count)
    met &= report.verdict(f"fill costs at most {MOST_FILL:.2f} x its model: {cpu:.3f} in CPU seconds", cpu <= MOST_FILL)
    return met & report.verdict(f"and {wall:.3f} in wall seconds on {CORES} cores", wall <= MOST_FILL)


# --- the model's own real-time factor ---

_worker_session: Any = None


def _start_worker() -> None:
    global _worker_session
    _worker_session = plain.session(1)


def _run_worker(feed: dict[str, Any]) -> float:
    before = time.process_time()
    _worker_session.run(None, feed)
    return time.process_time() - before


def _run_all(session: Any, feeds: list[dict[str, Any]]) -> list[Any]:
    return [session.run(None, feed)[0] for feed in feeds]


def _map_all(threads: ThreadPoolExecutor, work: Callable[[Any], None], items: list[Any]) -> None:
    list(threads.map(work, items))


def _timed(work: Callable[[], Any]) -> tuple[Cost, Any]:
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return Cost(time.process_time() - cpu, time.perf_counter() - wall), result


def measure_factor(count: int) -> bool:
    """Seconds of work for a second of sound, both cores busy: ours, and the shipped int8 graph in two ways.

    A second of sound is a second of what the shipped graph makes of the same phones, silence included, for all alike.
    """
    from framevox.engine_daemon.engines.base import PLAIN, unwrap
    from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
    from framevox.engine_daemon.engines.kokoro.phonemes import phones
    from framevox.engine_daemon.text import read_line

    one_session, each_core = Cost(), Cost()
    ours, our_model, seconds = Cost(), Cost(), 0.0
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(CORES, initializer=_start_worker) as processes,
        ThreadPoolExecutor(CORES) as threads,
    ):
        list(processes.map(time.sleep, [0.5] * CORES))
        meter = engines.Meter(Path(folder) / "meter")
        engine = KokoroEngine(None, Path(folder), CORES)
        voice = engine.voice(VOICE)
        read = [read_line(text) for text in short_cues(count)]
        feeds = [plain.feed("".join(phone.symbol for phone in phones(line)), VOICE) for line in read]
        shipped = plain.session(CORES)

        def speak(line: Any) -> None:
            ((_, speech),) = engine.speak([(unwrap(engine.plan([(line, voice, PLAIN)])[0]), None)])
            assert unwrap(speech).end > 0

        list(processes.map(_run_worker, feeds[: 2 * CORES]))
        shipped.run(None, feeds[0])
        list(threads.map(speak, read[: 2 * CORES]))
        engines.install(meter)
        for first in range(0, count, BLOCK):
            # In turns, so that whatever else the machine does meets all three alike.
            feeds_now, read_now = feeds[first : first + BLOCK], read[first : first + BLOCK]
            cost, sounds = _timed(partial(_run_all, shipped, feeds_now))
            one_session += cost
            seconds += sum(sound.size for sound in sounds) / plain.RATE
            wall = time.perf_counter()
            cpu = sum(processes.map(_run_worker, feeds_now))
            each_core += Cost(cpu, time.perf_counter() - wall)
            before = cost_of_model(meter)
            cost, _ = _timed(partial(_map_all, threads, speak, read_now))
            ours += cost
            our_model += cost_of_model(meter) - before
    print(f"### Real-time factor: {count} short cues, {seconds:.0f} s of the shipped graph's sound\n")
    rows = [
        (name, f"{cost.cpu / CORES / seconds:.3f}", f"{cost.wall / seconds:.3f}")
        for name, cost in (
            (f"shipped graph, one session of {CORES} threads", one_session),
            ("shipped graph, a process per core", each_core),
            ("ours, the model alone", our_model),
            ("ours, from words to sound", ours),
        )
    ]
    report.table(("system", f"CPU s / {CORES} cores / s of sound", "wall s / s of sound"), rows)
    factor = our_model.cpu / CORES / seconds
    met = report.verdict(f"real-time factor at most {MOST_FACTOR}: {factor:.3f} in CPU seconds", factor <= MOST_FACTOR)
    report.verdict(f"aimed for {AIMED_FACTOR}: {factor:.3f}", factor <= AIMED_FACTOR)
    return met


# --- without speech ---


def measure_pass_through(clips: int) -> bool:
    """``fill`` on a timeline of many clips and no placeholder, from start to exit."""
    with harness.daemon() as daemon:
        source, out = daemon.folder / "in.otio", daemon.folder / "out.otio"
        _write_plain_timeline(source, clips)
        before = cost_of_children()
        daemon.fill(source, out)
        cost = cost_of_children() - before
    print(f"### A timeline of {clips} clips without placeholders\n")
    report.table(("what", "CPU s", "wall s"), [("fill, start to exit", cost.cpu, cost.wall)])
    return report.verdict(f"under {MOST_PASS_SECONDS:g} s: {cost.wall:.2f} s", cost.wall < MOST_PASS_SECONDS)


def _write_plain_timeline(path: Path, clips: int) -> None:
    """Video and sound tracks of clips that all have their media."""
    timeline = otio.schema.Timeline("assembly", global_start_time=otio.opentime.RationalTime(86400, FPS))
    media = path.with_suffix(".mov")
    media.touch()
    tracks = [otio.schema.Track(kind, kind=kind) for kind in ("Video", "Audio")]
    for number in range(clips):
        span = otio.opentime.TimeRange(otio.opentime.RationalTime(number, FPS), otio.opentime.RationalTime(48, FPS))
        reference = otio.schema.ExternalReference(media.as_uri(), available_range=span)
        tracks[number % 2].append(otio.schema.Clip(f"shot {number}", reference, span))
    timeline.tracks.extend(tracks)
    otio.adapters.write_to_file(timeline, str(path))


def measure_round_trip(times: int) -> bool:
    """A question on the control socket and its answer."""
    with harness.daemon() as daemon:
        home = Path(daemon.environment["FRAMEVOX_HOME"])
        with Client.connect(start=False, home=home) as client:
            client.status()
            taken = []
            for _ in range(times):
                before = time.perf_counter()
                client.status()
                taken.append(1000 * (time.perf_counter() - before))
    taken.sort()
    print(f"### Round trip through the daemon, {times} times\n")
    rows = [(f"{statistics.median(taken):.2f}", f"{taken[int(0.95 * times)]:.2f}", f"{taken[-1]:.2f}")]
    report.table(("median ms", "95 % ms", "slowest ms"), rows)
    claim = f"median under {MOST_ROUND_TRIP_MS:g} ms: {statistics.median(taken):.2f} ms"
    return report.verdict(claim, statistics.median(taken) < MOST_ROUND_TRIP_MS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cues", type=int, default=200)
    parser.add_argument("--only", choices=("fill", "factor", "pass", "trip"), action="append")
    options = parser.parse_args()
    report.heading("Speed", "onnxruntime", "numpy", "opentimelineio", "pyzmq")
    parts: dict[str, Callable[[], bool]] = {
        "fill": lambda: measure_fill(options.cues),
        "factor": lambda: measure_factor(options.cues),
        "pass": lambda: measure_pass_through(10_000),
        "trip": lambda: measure_round_trip(500),
    }
    met = [parts[name]() for name in options.only or parts]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
