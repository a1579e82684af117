"""The installed ``framevox`` command, as a user runs it: real processes, files, sockets and signals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from tests import warm
from tests.processes import NEW_GROUP, kill, python_path

COMMAND = Path(sys.executable).with_name("framevox.exe" if sys.platform == "win32" else "framevox")
RATE = 24000 / 1001


@dataclass
class Framevox:
    """The command with a home of its own."""

    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("FRAMEVOX_", "XDG_"))}
        return {**inherited, "FRAMEVOX_HOME": str(self.home), "PYTHONPATH": python_path(), **self.extra}

    def start(self, *arguments: str | Path, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            creationflags=NEW_GROUP,
            **more,
        )

    def run(
        self, *arguments: str | Path, code: int | None = 0, stdin: str = "", seconds: float = 200, **more: Any
    ) -> Ran:
        """Runs a command to its end, which must be with exit code ``code``."""
        done = self._run([*map(str, arguments)], stdin, seconds, **more)
        assert "Traceback" not in done.stderr, done.stderr
        assert code is None or done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return Ran(done.returncode, done.stdout, done.stderr)

    def _run(self, arguments: list[str], stdin: str, seconds: float, **more: Any) -> subprocess.CompletedProcess[str]:
        if warm.available() and not self.extra and not more.keys() - {"cwd"}:
            return warm.run(arguments, self.environment, Path(more.get("cwd", Path.cwd())), stdin, seconds)
        return subprocess.run(
            [COMMAND, *arguments],
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            input=stdin,
            timeout=seconds,
            **more,
        )

    def serve(self, engine: str, *options: str) -> subprocess.Popen[str]:
        """A daemon in the foreground; returns when it serves."""
        daemon = self.start("serve", "--engine", engine, "--idle-timeout", "3600", *options)
        assert daemon.stderr is not None
        line = daemon.stderr.readline()
        assert "serving" in line, line
        return daemon

    def daemon_pid(self) -> int:
        return int(json.loads((self.home / "run" / "connection.json").read_text())["pid"])

    def kill_daemon(self) -> None:
        kill(self.daemon_pid())


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What --json printed: one line, one object, and nothing else."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


@contextmanager
def serving(home: Path, engine: str = "tests.e2e.engine:tone", *, code: int | None = 0) -> Iterator[Framevox]:
    """A command whose daemon has an engine of the tests. It ends with ``code``, or with any where that is None."""
    framevox = Framevox(home)
    daemon = framevox.serve(engine)
    try:
        yield framevox
    finally:
        framevox.run("stop")
        ended = daemon.wait(20)
    assert code is None or ended == code


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    """A command whose daemon hums; shared by the tests that do no harm to it."""
    with serving(tmp_path_factory.mktemp("home")) as framevox:
        yield framevox


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Framevox]:
    """A command with a daemon of its own, slow enough to be interrupted."""
    with serving(tmp_path / "home", "tests.e2e.engine:slow_tone", code=None) as framevox:
        yield framevox


def write_timeline(path: Path, lines: Sequence[tuple[str, int]], rate: float = RATE, start: float = 86400) -> Path:
    """A timeline with one placeholder clip for each ``(name, frames)``, seven frames apart."""
    timeline = otio.schema.Timeline("test", global_start_time=otio.opentime.RationalTime(start, rate))
    track = otio.schema.Track("Dialogue", kind=otio.schema.TrackKind.Audio)
    timeline.tracks.append(track)
    for name, frames in lines:
        span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(frames, rate))
        track.append(otio.schema.Clip(name, source_range=span))
        track.append(otio.schema.Gap(duration=otio.opentime.RationalTime(7, rate)))
    path.parent.mkdir(parents=True, exist_ok=True)
    otio.adapters.write_to_file(timeline, str(path))
    return path


def wait_for(condition: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
