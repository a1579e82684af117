"""Starting the daemon in the background, and what is said while it takes long or when it cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from framevox.engine_daemon.client import Client, launch, stop_daemon
from framevox.engine_daemon.client.events import Failed
from framevox.engine_daemon.protocol.connection import Home, daemon_lives
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.starting import StartReport
from tests.processes import is_gone, python_path

from .conftest import OUTPUT, TONES, cue, eventually

REPORT = (
    "import pathlib, sys, time, json\n"
    "report = pathlib.Path(sys.argv[sys.argv.index('--report') + 1])\n"
    "def say(**line):\n    with report.open('a') as file: file.write(json.dumps(line) + chr(10))\n"
)


def starts_as(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """A program of the test's own in the daemon's place."""
    monkeypatch.setattr(launch, "_SERVE", REPORT + program)


def test_what_takes_long_in_starting_is_said_while_it_does(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts_as(monkeypatch, "say(doing='Looking for a GPU'); time.sleep(0.3); say(serving=True)")
    said: list[tuple[str, float]] = []
    launch.start_daemon(home, (), lambda text: said.append((text, time.monotonic())))
    assert [text for text, _ in said] == ["Looking for a GPU"] and time.monotonic() - said[0][1] > 0.2


def test_what_keeps_a_daemon_from_serving_is_the_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts_as(monkeypatch, "say(doing='x'); say(failed='the disk is upside down: turn it'); sys.exit(1)")
    with pytest.raises(DaemonError, match=r"^the disk is upside down: turn it$"):
        launch.start_daemon(home, ())
    assert not list((home / "run").glob("start-*"))


def test_a_daemon_that_ends_without_a_word_is_told_with_what_it_printed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts_as(monkeypatch, "print('a library is unhappy', file=sys.stderr); sys.exit(9)")
    with pytest.raises(DaemonError, match=r"ended while it started \(a library is unhappy\).*framevox doctor"):
        launch.start_daemon(home, ())
    starts_as(monkeypatch, "sys.exit(9)")
    with pytest.raises(DaemonError, match=r"ended while it started \(exit code 9\)"):
        launch.start_daemon(home, ())


def test_a_daemon_that_says_nothing_for_too_long_is_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "START_SECONDS", 0.5)
    starts_as(monkeypatch, "pathlib.Path('pid').write_text(str(__import__('os').getpid())); time.sleep(60)")
    with pytest.raises(DaemonError, match="did not start within"):
        launch.start_daemon(home, ())
    pid = int((home / "run" / "pid").read_text())
    eventually(lambda: is_gone(pid))


def test_reports_that_a_killed_process_left_are_cleared_away(home: Path) -> None:
    folders = Home.find(home)
    folders.run.mkdir(parents=True)
    old, fresh = StartReport.new(folders), StartReport.new(folders)
    for report in (old, fresh):
        report.add(doing="x")
    os.utime(old.path, (1, 1))
    StartReport.new(folders)
    assert not old.path.exists() and fresh.path.exists()


@pytest.mark.parametrize(
    ("stub", "said"),
    [
        ("raise ModuleNotFoundError(\"No module named 'psutil'\", name='psutil')", "the package psutil is missing"),
        (
            "raise ImportError('DLL load failed while importing _psutil_windows', name='psutil')",
            r"the package psutil cannot be loaded \(DLL load failed.*another system or Python",
        ),
    ],
)
def test_a_package_that_is_missing_or_made_for_another_system_is_named_with_what_to_do(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: str, said: str
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "psutil.py").write_text(stub)
    monkeypatch.setenv("PYTHONPATH", f"{broken}{os.pathsep}{python_path()}")
    with pytest.raises(DaemonError, match=said + ".*pip install --force-reinstall framevox"):
        Client.connect(home=home, options=TONES)
    ran = subprocess.run(
        [sys.executable, "-m", "framevox.engine_daemon", "--home", str(home)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert ran.returncode == 1 and "force-reinstall framevox" in ran.stderr and "Traceback" not in ran.stderr


def test_a_package_that_only_the_engine_needs_fails_the_cue_with_what_to_do(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "onnxruntime.py").write_text("raise ImportError('wrong ELF class', name='onnxruntime')")
    monkeypatch.setenv("PYTHONPATH", f"{broken}{os.pathsep}{python_path()}")
    with Client.connect(home=home) as client:
        [failed] = [event for event in client.render([cue("a", voice="")], OUTPUT) if isinstance(event, Failed)]
    assert failed.code == "engine" and "the package onnxruntime cannot be loaded (wrong ELF class)" in failed.message
    assert "pip install --force-reinstall framevox" in failed.message


@pytest.mark.slow
def test_stop_ends_a_daemon_that_does_not_answer_and_says_that_it_waits(
    client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "SLOW_SECONDS", 0.3)
    monkeypatch.setattr(launch, "PATIENCE_SECONDS", 1.0)
    pid = client.status()["pid"]
    psutil.Process(pid).suspend()
    said: list[str] = []
    assert stop_daemon(home, said.append) is True
    assert said == ["Waiting for the daemon to stop"]
    assert not daemon_lives(Home.find(home))


def test_a_daemon_that_is_long_in_starting_is_waited_for_with_a_word(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framevox.engine_daemon.protocol.connection import Lock

    monkeypatch.setattr(launch, "SLOW_SECONDS", 0.1)
    monkeypatch.setattr(launch, "PATIENCE_SECONDS", 0.5)
    lock = Lock(Home.find(home))
    assert lock.acquire()
    said: list[str] = []
    with pytest.raises(DaemonError, match="framevox stop"):
        Client.connect(home=home, say=said.append)
    assert said == ["Waiting for a daemon that is starting or stopping"]
    lock.release()


def test_a_daemon_that_is_long_in_answering_is_waited_for_with_a_word(
    connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "SLOW_SECONDS", 0.1)
    monkeypatch.setattr("framevox.engine_daemon.client.link.ANSWER_SECONDS", 1.0)
    said: list[str] = []
    client = connect(say=said.append)
    said.clear()
    process = psutil.Process(client.status()["pid"])
    process.suspend()
    with pytest.raises(DaemonError, match="does not answer"):
        client.status()
    process.resume()
    assert said == ["Waiting for the daemon to answer"]


def test_serve_detach_returns_when_the_daemon_serves_or_says_why_not(home: Path) -> None:
    command = [sys.executable, "-m", "framevox.engine_daemon", "--detach", "--home", str(home)]
    assert subprocess.run([*command, *TONES], capture_output=True, timeout=60).returncode == 0
    with Client.connect(home=home, start=False) as client:
        assert client.status()["engine"] == TONES[1]
    assert subprocess.run([*command, *TONES], capture_output=True, timeout=60).returncode == 0, "one serves already"
    assert stop_daemon(home)
    (home / "file").write_text("")
    command[-1] = str(home / "file" / "home")
    ran = subprocess.run([*command, *TONES], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1 and "set FRAMEVOX_HOME" in ran.stderr and "Traceback" not in ran.stderr
