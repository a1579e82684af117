"""A daemon that died while nobody spoke with it is started again as it was; one that was stopped is forgotten."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from framevox.engine_daemon.client import Client, launch, options_left, stop_daemon, which_engine
from framevox.engine_daemon.client.events import Done, Failed
from framevox.engine_daemon.engines import BUILT_IN
from framevox.engine_daemon.protocol.connection import Home, Lock, daemon_lives
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.messages import VERSION
from tests.processes import NEW_GROUP, ROOT, interrupt, kill

from .conftest import OUTPUT, TONES, cue, eventually
from .test_lives import needs_mode_bits, pid_of
from .test_platform_versions import start_other  # noqa: F401  (a fixture)

OPTIONS = (*TONES, "--beside", "kokoro", "--without-gpu", "fail", "--idle-timeout", "321")


@pytest.fixture
def killed(home: Path) -> int:
    """A daemon with OPTIONS that was killed while it was idle: its process."""
    launch.start_daemon(home, OPTIONS)
    return kill_daemon(home)


def kill_daemon(home: Path) -> int:
    pid = pid_of(home)
    kill(pid)
    eventually(lambda: not daemon_lives(Home.find(home)))
    return pid


def next_one(home: Path, *options: str) -> tuple[str, float, list[str]]:
    """The engine and idle timeout of the daemon that the next client has, and what that client says."""
    said: list[str] = []
    with Client.connect(home=home, options=options, say=said.append) as client:
        status = client.status()
    return status["engine"], status["idle_timeout_seconds"], said


def test_an_idle_daemon_that_was_killed_is_started_again_as_it_was_and_that_is_said(home: Path, killed: int) -> None:
    assert options_left(Home.find(home)) == OPTIONS
    engine, timeout, said = next_one(home)
    assert (engine, timeout) == (TONES[1], 321) and pid_of(home) != killed
    [line] = said
    assert f"again as it was before it died, with {' '.join(OPTIONS)} (`framevox stop` forgets that)" in line
    # As often as it dies; who comes in between finds it and says nothing.
    assert next_one(home) == (engine, timeout, [])
    kill_daemon(home)
    assert next_one(home) == (engine, timeout, said)
    assert sorted(path.name for path in (home / "run").glob("*.json")) == ["connection.json"]


def test_what_the_next_daemon_speaks_with_is_known_before(home: Path, killed: int) -> None:
    assert which_engine(home)["engine"] == TONES[1]
    assert next_one(home)[0] == TONES[1]
    assert which_engine(home)["engine"] == BUILT_IN, "one that lives may be stopped"


def test_options_of_the_client_go_before_those_of_the_daemon_that_died(home: Path, killed: int) -> None:
    engine, timeout, said = next_one(home, *TONES, "--idle-timeout", "99")
    assert (engine, timeout) == (TONES[1], 99) and said == ["Starting the engine daemon"]


def test_a_daemon_without_options_that_was_killed_is_nothing_to_speak_of(home: Path) -> None:
    launch.start_daemon(home, ())
    kill_daemon(home)
    assert next_one(home) == (BUILT_IN, 600, ["Starting the engine daemon"])


def shut_down(home: Path) -> None:
    with Client.connect(home=home, start=False) as client:
        client.shutdown()


@pytest.mark.parametrize("stop", [shut_down, stop_daemon])
def test_a_daemon_that_was_stopped_leaves_nothing_behind(home: Path, stop: Callable[[Path], object]) -> None:
    launch.start_daemon(home, OPTIONS)
    stop(home)
    assert not list((home / "run").glob("*.json"))
    assert next_one(home) == (BUILT_IN, 600, ["Starting the engine daemon"])


def test_a_daemon_that_had_nothing_to_do_leaves_nothing_behind(home: Path) -> None:
    with Client.connect(home=home, options=(*TONES, "--idle-timeout", "0.3")) as client:
        client.status()
    eventually(lambda: not daemon_lives(Home.find(home)), 30)
    assert not list((home / "run").glob("*.json"))


def test_a_daemon_that_had_to_be_killed_to_stop_it_is_forgotten(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launch.start_daemon(home, OPTIONS)
    monkeypatch.setattr(launch, "_ask_to_stop", lambda home: False)
    monkeypatch.setattr(launch, "_end_process", lambda home, pid, end: kill(pid))
    assert stop_daemon(home) is True
    assert not list((home / "run").glob("*.json"))


def test_ctrl_c_of_a_daemon_in_the_foreground_leaves_nothing_behind(home: Path) -> None:
    command = [sys.executable, "-m", "framevox.engine_daemon", *OPTIONS, "--home", str(home)]
    daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, creationflags=NEW_GROUP)
    assert daemon.stderr is not None and "serving" in daemon.stderr.readline()
    interrupt(daemon)
    daemon.communicate(timeout=20)
    assert not list((home / "run").glob("*.json"))


def test_stop_forgets_a_daemon_that_died_and_says_so(home: Path, killed: int) -> None:
    said: list[str] = []
    assert stop_daemon(home, said.append) is False
    assert said == ["The options of the daemon that died are forgotten: the next one starts with the defaults"]
    assert stop_daemon(home, said.append) is False and len(said) == 1
    assert next_one(home)[:2] == (BUILT_IN, 600)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows kills what runs when the machine is shut down")
def test_a_machine_that_is_shut_down_stops_no_daemon_for_good(home: Path) -> None:
    launch.start_daemon(home, OPTIONS)
    os.kill(pid_of(home), signal.SIGTERM)
    eventually(lambda: not daemon_lives(Home.find(home)))
    assert next_one(home)[:2] == (TONES[1], 321)


def test_a_machine_that_was_started_again_gave_the_process_id_to_another(home: Path, killed: int) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        for name in ("connection.json", "holder"):
            path = home / "run" / name
            path.write_text(path.read_text().replace(str(killed), str(bystander.pid)))
        assert next_one(home)[:2] == (TONES[1], 321)
        assert stop_daemon(home) is True
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_daemon_that_gave_up_its_engine_with_nobody_there_is_started_again_as_it_was(home: Path) -> None:
    lost = ("--engine", "tests.fakes.engines_in_trouble:lost_at_load")
    with Client.connect(home=home, options=lost) as client:
        events = client.render([cue("a")], OUTPUT)
        next(events)
        events.close()  # nobody is left to start another
    eventually(lambda: not daemon_lives(Home.find(home)), 30)
    assert not (home / "run" / "connection.json").exists()
    engine, _, [line] = next_one(home)
    assert engine == lost[1] and "again as it was before it died" in line


def test_a_daemon_that_dies_before_it_serves_passes_on_what_it_found(home: Path, killed: int) -> None:
    folders = Home.find(home)
    for _ in range(2):
        lock = Lock(folders)
        assert lock.acquire()
        assert not (home / "run" / "connection.json").exists(), "nobody can serve with that"
        lock.release()
        assert options_left(folders) == OPTIONS
    assert next_one(home)[:2] == (TONES[1], 321)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b'{"protocol": %d, "pid": 5, "options": ["--idle-timeout", "5"]}' % VERSION, b"[" * 99999],
)
def test_a_file_that_cannot_be_read_starts_the_defaults_with_a_word(home: Path, killed: int, content: bytes) -> None:
    (home / "run" / "connection.json").write_bytes(content)
    engine, timeout, said = next_one(home)
    assert (engine, timeout) == (BUILT_IN, 600)
    assert said[0].startswith("Note: the options of the daemon that died are not known, the defaults hold: ")
    assert "connection.json is not a connection file" in said[0] and said[1:] == ["Starting the engine daemon"]
    assert sorted(path.name for path in (home / "run").glob("*.json")) == ["connection.json"]


@needs_mode_bits
def test_a_file_that_others_could_have_written_starts_the_defaults_with_a_word(home: Path, killed: int) -> None:
    (home / "run" / "connection.json").chmod(0o666)
    engine, timeout, said = next_one(home)
    assert (engine, timeout) == (BUILT_IN, 600) and "can be read by others and is not used" in said[0]


def test_options_that_work_no_more_are_named_until_they_are_forgotten(home: Path, killed: int) -> None:
    path = home / "run" / "connection.json"
    path.write_text(path.read_text().replace(TONES[1], "of_another_version"))
    for _ in range(2):
        with pytest.raises(
            DaemonError,
            match=r"cannot be started again as it was before it died, with --engine of_another_version .*: "
            r"unknown engine 'of_another_version'.*; or run `framevox stop`, and the next one starts with the "
            r"defaults$",
        ):
            Client.connect(home=home)
    stop_daemon(home)
    assert next_one(home)[:2] == (BUILT_IN, 600)


def test_an_engine_that_loads_no_more_fails_its_lines_and_how_to_go_on_was_said(home: Path) -> None:
    launch.start_daemon(home, ("--engine", "tests.fakes.daemon_engine:broken"))
    kill_daemon(home)
    said: list[str] = []
    with Client.connect(home=home, say=said.append) as client:
        *_, failed, done = client.render([cue("a")], OUTPUT)
    assert isinstance(failed, Failed) and isinstance(done, Done) and done.counts["failed"] == 1
    assert "the model file is missing" in failed.message
    assert failed.message.endswith("; after `framevox stop` the next daemon starts with the defaults")
    assert "--engine tests.fakes.daemon_engine:broken (`framevox stop` forgets that)" in said[0]


def test_a_daemon_of_another_protocol_hands_on_its_options(home: Path, start_other: Callable[..., int]) -> None:  # noqa: F811
    start_other("0.0.1", VERSION - 1, "--idle-timeout", "321")
    engine, timeout, said = next_one(home)
    assert (engine, timeout) == (TONES[1], 321) and any("Replaced" in line for line in said)


def test_clients_that_come_at_the_same_moment_get_one_daemon_as_it_was(home: Path, killed: int) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom framevox.engine_daemon.client import Client\nimport json\n"
        "with Client.connect(home=Path(sys.argv[1])) as client: print(json.dumps(client.status()))"
    )
    clients = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(3)
    ]
    found = [json.loads(client.communicate(timeout=60)[0]) for client in clients]
    assert {(each["engine"], each["pid"]) for each in found} == {(TONES[1], pid_of(home))}
