"""Two versions of Framevox and one daemon: real processes, one of which says that it is another version."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from framevox.engine_daemon.client import Client, launch, stop_daemon
from framevox.engine_daemon.protocol.connection import Connection, Home, daemon_lives
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.installation import installed_version, version_order
from framevox.engine_daemon.protocol.messages import VERSION

from ..processes import rest
from .conftest import OUTPUT, TONES, cue, eventually, script
from .test_lives import TALKER, pid_of

DISGUISE = (
    "from framevox.engine_daemon.protocol import installation, messages\n"
    "installation.installed_version = lambda: {version!r}\n"
    "messages.VERSION = {protocol}\n"
)


@pytest.fixture
def start_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """``start_other(version, protocol)``: a daemon of another version; returns its process id."""

    def start(version: str, protocol: int = VERSION, *options: str) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(launch, "_SERVE", DISGUISE.format(version=version, protocol=protocol) + launch._SERVE)
            launch.start_daemon(home, (*TONES, *options))
        connection = Connection.read(Home.find(home))
        assert connection is not None and (connection.framevox, connection.protocol) == (version, protocol)
        return connection.pid

    return start


def busy_client(home: Path, version: str, protocol: int) -> subprocess.Popen[str]:
    """A client of that other version, in the middle of its batch."""
    talker = script(DISGUISE.format(version=version, protocol=protocol) + TALKER, home)
    assert talker.stdout is not None
    while (line := talker.stdout.readline()) != "TakeReady\n":
        assert line, "the client of another version ended"
    return talker


@pytest.mark.parametrize("protocol", [VERSION - 1, VERSION + 1])
@pytest.mark.parametrize("version", ["0.0.1", "999.1"])
def test_an_idle_daemon_of_another_protocol_is_replaced_and_that_is_said(
    home: Path, start_other: Callable[..., int], version: str, protocol: int
) -> None:
    before = start_other(version, protocol)
    said: list[str] = []
    with Client.connect(home=home, options=TONES, say=said.append) as client:
        assert client.status()["protocol"] == VERSION
        assert client.status()["pid"] != before
    assert "Replaced an idle daemon of another version" in said[0] and f"Framevox {version}" in said[0]


@pytest.mark.slow
def test_a_busy_daemon_of_another_protocol_is_left_at_its_work_and_the_user_told(
    home: Path, start_other: Callable[..., int]
) -> None:
    pid = start_other("0.0.1", 99)
    talker = busy_client(home, "0.0.1", 99)
    with pytest.raises(
        DaemonError, match=r"Framevox 0\.0\.1 \(protocol 99\).*run `framevox stop` when its work is done"
    ):
        Client.connect(home=home, options=TONES)
    assert pid_of(home) == pid and daemon_lives(Home.find(home))
    assert talker.poll() is None
    said, _ = rest(talker, 120)
    assert said is not None and 1 + said.count("TakeReady") == 100 and said.endswith("Done\n")


def test_the_older_of_two_versions_is_told_to_update(home: Path, start_other: Callable[..., int]) -> None:
    start_other("999.1", 99)
    busy = busy_client(home, "999.1", 99)
    with pytest.raises(DaemonError, match="update this installation, or run `framevox stop`"):
        Client.connect(home=home, options=TONES)
    busy.kill()
    busy.wait()


def test_an_idle_daemon_of_an_older_version_is_replaced_and_its_options_kept(
    home: Path, start_other: Callable[..., int]
) -> None:
    before = start_other("0.0.1", VERSION, "--idle-timeout", "321")
    with Client.connect(home=home) as client:
        status = client.status()
    assert status["pid"] != before and status["framevox"] == installed_version()
    assert status["engine"] == TONES[1] and status["idle_timeout_seconds"] == 321


def test_a_busy_daemon_of_an_older_version_that_can_be_talked_to_is_used_and_that_is_said(
    home: Path, start_other: Callable[..., int]
) -> None:
    pid = start_other("0.0.1")
    busy = busy_client(home, "0.0.1", VERSION)
    said: list[str] = []
    with Client.connect(home=home, say=said.append) as client:
        *_, done = client.render([cue("mine")], OUTPUT)
        assert done.counts["placed"] == 1 and client.status()["pid"] == pid
    assert len(said) == 1 and "Framevox 0.0.1" in said[0] and "framevox stop" in said[0]
    busy.kill()
    busy.wait()


def test_a_newer_daemon_is_used_and_never_replaced_by_an_older_one(home: Path, start_other: Callable[..., int]) -> None:
    pid = start_other("999.1")
    said: list[str] = []
    with Client.connect(home=home, say=said.append) as client:
        assert client.status()["pid"] == pid
    assert len(said) == 1 and "Framevox 999.1" in said[0]


def test_who_starts_no_daemon_replaces_none(home: Path, start_other: Callable[..., int]) -> None:
    pid = start_other("0.0.1", 99)
    with pytest.raises(DaemonError, match=r"protocol 99.*framevox stop"):
        Client.connect(home=home, start=False)
    assert pid_of(home) == pid
    assert stop_daemon(home) is True
    eventually(lambda: not daemon_lives(Home.find(home)))


def test_a_file_that_says_only_protocol_and_process_is_a_daemon_that_can_be_stopped(client: Client, home: Path) -> None:
    path, pid = home / "run" / "connection.json", pid_of(home)
    path.write_text(json.dumps({"protocol": 99, "pid": pid, "whatever": "else"}))
    with pytest.raises(DaemonError, match=r"an unknown version \(protocol 99\).*framevox stop"):
        Client.connect(home=home)
    assert stop_daemon(home) is True


def test_versions_are_compared_as_numbers() -> None:
    assert version_order("0.10.1") > version_order("0.9.12") > version_order("0.9") > version_order("unknown")
    assert version_order("1.2.0rc1") == version_order("1.2.0")
