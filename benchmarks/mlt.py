"""How long a Kdenlive project of many subtitle lines takes beside the speech: read, its takes placed, written, and all
of it once more for the filled project.

``python -m benchmarks.mlt --lines 1250 --lines 5000``; ``--characters 0`` gives each line a character of its own,
and so a track.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import harness, report
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.timebase import edge
from framevox.otio_adapters import PlacedTake, find_placeholders, load, place, save
from framevox.otio_adapters.mlt.clock import exact_handles
from framevox.otio_adapters.placeholders import Placeholder

PROJECT = harness.CHECKOUT / "tests" / "otio_adapters" / "mlt" / "data" / "saved.kdenlive"
RATE = 48000


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{seconds % 60:06.3f}".replace(".", ",")


def _taken(one: Placeholder, folder: Path) -> PlacedTake:
    start, end = (edge(frame, RATE, one.rate) for frame in (one.start, one.start + one.duration))
    head = edge(exact_handles(12, one.rate), RATE, one.rate)
    timing = (RATE, start, end, head, end - start + 2 * head, start, 0, end - start, 1.0, 1.0, (), ())
    told = {"text": one.text, "character": one.character}
    return PlacedTake(Take("take", one.cue_id, "tone", "", *timing), folder / f"{one.cue_id}.wav", told)


def measure(lines: int, characters: int) -> list[tuple[str, float]]:
    """Seconds of CPU for each stage."""
    found: list[tuple[str, float]] = []

    def timed(what: str, work: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = work()
        found.append((what, time.process_time() - before))
        return result

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / PROJECT.name
        shutil.copy(PROJECT, source)
        spoken = "".join(
            f"{n + 1}\n{_clock(2 * n)} --> {_clock(2 * n + 1.5)}\nP{n % (characters or lines)}: Line number {n}.\n\n"
            for n in range(lines)
        )
        source.with_name(f"{source.name}.srt").write_text(spoken, "utf-8")
        for again in ("", " again"):
            timeline = timed(f"read{again}", lambda source=source: load(source))
            lines_found = timed(f"find lines{again}", lambda timeline=timeline: find_placeholders(timeline))
            takes = {one.cue_id: _taken(one, folder) for one in lines_found}
            filled = timed(
                f"place{again}", lambda timeline=timeline, of=lines_found, takes=takes: place(timeline, of, takes)
            )
            out = folder / f"out{len(again)}.kdenlive"
            timed(f"write{again}", lambda filled=filled, out=out, source=source: save(filled, out, source=source))
            source = out
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, action="append")
    parser.add_argument("--characters", type=int, default=8)
    options = parser.parse_args()
    report.heading("Kdenlive projects", "opentimelineio")
    measured = [(lines, measure(lines, options.characters)) for lines in options.lines or [1250, 5000]]
    head = ("CPU s", *(what for what, _ in measured[0][1]))
    report.table(head, [(f"{lines} lines", *(f"{took:.1f}" for _, took in found)) for lines, found in measured])
    return 0


if __name__ == "__main__":
    sys.exit(main())
