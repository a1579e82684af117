"""A daemon of the benchmark's own, timelines to fill, and the real command line to fill them with."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Daemon:
    """A running daemon with a home folder of its own. ``environment`` leads clients to it."""

    pid: int
    folder: Path
    environment: dict[str, str]

    def fill(self, source: Path, out: Path, *options: str) -> dict[str, Any]:
        """``framevox fill source out --json …``: what it printed. Raises RuntimeError when OUT was not written."""
        command = [str(Path(sys.executable).with_name("framevox")), "fill", str(source), str(out), "--json", *options]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"fill ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@contextlib.contextmanager
def daemon(engine: str = "kokoro", **variables: str) -> Iterator[Daemon]:
    """A fresh daemon with an empty store and ``variables`` in its environment; stopped and cleared away at the end."""
    with tempfile.TemporaryDirectory(prefix="framevox-benchmark-") as name:
        folder = Path(name)
        paths = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            **os.environ,
            "FRAMEVOX_HOME": str(folder / "home"),
            "PYTHONPATH": os.pathsep.join(paths),
            **variables,
        }
        # A client that is busy for long finds it again.
        command = [sys.executable, "-m", "framevox.engine_daemon", "--engine", engine, "--idle-timeout", "86400"]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            _await(process, folder / "home" / "run" / "connection.json")
            yield Daemon(process.pid, folder, environment)
        finally:
            process.terminate()
            process.wait(30)


def _await(process: subprocess.Popen[str], connection: Path) -> None:
    for _ in range(600):
        if connection.exists():
            return
        if process.poll() is not None:
            assert process.stderr is not None
            raise RuntimeError(f"the daemon ended while starting: {process.stderr.read()}")
        time.sleep(0.05)
    raise RuntimeError("the daemon did not start within 30 s")


@dataclass(frozen=True)
class Slot:
    """A line and where it goes, in frames from the timeline's first; ``fit`` overrides the command line's."""

    text: str
    start: int
    duration: int
    fit: str | None = None


def write_timeline(path: Path, slots: Sequence[Slot], rate: float, origin: int = 0) -> None:
    """An .otio of one audio track whose clips lack their media; ``slots`` in order and not overlapping."""
    timeline = otio.schema.Timeline(path.stem, global_start_time=otio.opentime.RationalTime(origin, rate))
    track = otio.schema.Track("Dialogue", kind=otio.schema.TrackKind.Audio)
    timeline.tracks.append(track)
    end = 0
    for slot in slots:
        if slot.start > end:
            track.append(otio.schema.Gap(source_range=_span(0, slot.start - end, rate)))
        said = {"framevox": {"fit": slot.fit}} if slot.fit else {}
        clip = otio.schema.Clip(slot.text, source_range=_span(0, slot.duration, rate), metadata=said)
        track.append(clip)
        end = slot.start + slot.duration
    otio.adapters.write_to_file(timeline, str(path))


def _span(start: int, duration: int, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))
