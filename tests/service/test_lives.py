"""Starting, stopping and dying: the daemon's life and its clients'."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from framevox.engine_daemon.client import Client, stop_daemon
from framevox.engine_daemon.client.events import Done, Failed, TakeReady
from framevox.engine_daemon.engines import create
from framevox.engine_daemon.protocol.connection import Connection, Home, Lock, daemon_lives
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.engine_daemon.protocol.messages import VERSION
from tests.processes import NEW_GROUP, interrupt, python_path, rest

from .conftest import OUTPUT, ROOT, TONES, Peer, cue, eventually, script, spoken

TALKER = """
import sys
from pathlib import Path
from framevox.engine_daemon.client import Client
from tests.service.conftest import *
with Client.connect(home=Path(sys.argv[1]), options=TONES) as client:
    for event in client.render([cue(f"gone{i}", f"SLOW line {i}") for i in range(100)], OUTPUT):
        print(type(event).__name__, flush=True)
"""


needs_mode_bits = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has access lists, not mode bits")


def pid_of(home: Path) -> int:
    connection = Connection.read(Home.find(home))
    assert connection is not None
    return connection.pid


def test_a_client_finds_the_daemon_that_another_started(connect: Callable[..., Client]) -> None:
    said: list[str] = []
    first = connect(say=lambda text: said.append(f"first: {text}"))
    second = connect(say=lambda text: said.append(f"second: {text}"))
    assert said == ["first: Starting the engine daemon"]
    assert first.status()["pid"] == second.status()["pid"]


def test_without_start_a_missing_daemon_is_an_error_that_says_how_to_start_one(home: Path) -> None:
    with pytest.raises(DaemonError, match="framevox serve"):
        Client.connect(home=home, start=False)
    assert not home.exists()


def test_clients_that_start_a_daemon_at_the_same_moment_get_one(home: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.service.conftest import *\n"
        "with Client.connect(home=Path(sys.argv[1]), options=TONES) as client: print(client.status()['pid'])"
    )
    clients = [script(code, home) for _ in range(3)]
    answers = [client.communicate(timeout=60)[0] for client in clients]
    assert all(client.returncode == 0 for client in clients)
    assert set(answers) == {f"{pid_of(home)}\n"}


def test_a_killed_daemon_is_started_again_and_nothing_is_lost_or_made_twice(client: Client, home: Path) -> None:
    cues = [cue(f"c{i}", f"SLOW line {i}") for i in range(24)]
    takes: list[str] = []
    for event in client.render(cues, OUTPUT):
        if isinstance(event, TakeReady):
            takes.append(event.take.cue)
            if len(takes) in (5, 15):
                psutil.Process(pid_of(home)).kill()
    assert event == Done({"placed": 24, "attention": 0, "failed": 0, "cancelled": 0})
    assert sorted(takes) == sorted(cue.id for cue in cues)
    lines = spoken(home)
    assert {line for line in lines if line.startswith("SLOW")} == {cue.text for cue in cues}
    # At the two moments of death, two workers may each have spoken two lines whose takes were not kept yet.
    assert len(lines) <= 24 + 2 * 4


def test_a_restarted_daemon_keeps_its_options(client: Client, home: Path) -> None:
    before = client.status()
    psutil.Process(before["pid"]).kill()
    *_, done = client.render([cue("a")], OUTPUT)
    after = client.status()
    assert done.counts["placed"] == 1
    assert after["pid"] != before["pid"] and after["engine"] == before["engine"]


def test_a_line_that_kills_every_daemon_fails_and_all_others_are_spoken(client: Client) -> None:
    cues = [cue("a"), cue("poison", "DEATH"), *(cue(f"c{i}") for i in range(10))]
    events = list(client.render(cues, OUTPUT))
    [failed] = [event for event in events if isinstance(event, Failed)]
    assert (failed.cue, failed.code) == ("poison", "internal") and "died 3 times" in failed.message
    assert events[-1] == Done({"placed": 11, "attention": 0, "failed": 1, "cancelled": 0})


def test_a_fault_that_spoils_the_process_ends_the_daemon_and_its_lines_are_made_by_another(
    client: Client, home: Path
) -> None:
    before = client.status()["pid"]
    cues = [cue("a"), cue("b", "ASSERT"), *(cue(f"c{i}") for i in range(6))]
    events = list(client.render(cues, OUTPUT))
    assert events[-1] == Done({"placed": 8, "attention": 0, "failed": 0, "cancelled": 0})
    assert client.status()["pid"] != before
    assert "cannot speak in this process any more" in Home.find(home).log_file.read_text()


def test_an_engine_at_whose_loading_daemons_die_is_not_loaded_for_ever(connect: Callable[..., Client]) -> None:
    client = connect("--engine", "tests.fakes.daemon_engine:deadly")
    [failed] = [event for event in client.render([cue("a")], OUTPUT) if isinstance(event, Failed)]
    assert "was lost 4 times in a row (its process died while it was at work)" in failed.message


def test_daemons_that_die_before_they_begin_a_line_are_given_up(connect: Callable[..., Client]) -> None:
    client = connect("--engine", "tests.fakes.daemon_engine:deadly_without_mark")
    with pytest.raises(DaemonError, match=r"5 daemons in a row were lost before they began a line.*daemon\.log"):
        list(client.render([cue("a")], OUTPUT))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for a process without a console")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_daemon_cleanly_in_the_middle_of_work(client: Client, home: Path, number: int) -> None:
    cues = [cue(f"c{i}", f"SLOW line {i}") for i in range(50)]
    takes = 0
    for event in client.render(cues, OUTPUT):
        if isinstance(event, TakeReady):
            takes += 1
            if takes == 1:
                os.kill(pid_of(home), number)
    assert isinstance(event, Done) and event.reason == "stopped"
    assert event.counts == {"placed": takes, "attention": 0, "failed": 0, "cancelled": 50 - takes}
    eventually(lambda: not daemon_lives(Home.find(home)))
    assert not (home / "run" / "connection.json").exists()
    assert "stopping" in (home / "log" / "daemon.log").read_text()


def test_shutdown_and_stop_wait_until_the_daemon_is_gone(connect: Callable[..., Client], home: Path) -> None:
    connect().shutdown()
    assert not daemon_lives(Home.find(home))
    connect()
    assert stop_daemon(home) is True
    assert not daemon_lives(Home.find(home))
    assert stop_daemon(home) is False


def test_an_idle_daemon_stops_by_itself_and_a_working_one_does_not(connect: Callable[..., Client], home: Path) -> None:
    client = connect("--idle-timeout", "0.4")
    *_, done = client.render([cue(f"c{i}", f"SLOW line {i}") for i in range(10)], OUTPUT)
    assert done == Done({"placed": 10, "attention": 0, "failed": 0, "cancelled": 0})
    eventually(lambda: not daemon_lives(Home.find(home)))
    assert "idle for 0.4 s" in (home / "log" / "daemon.log").read_text()
    *_, done = client.render([cue("later")], OUTPUT)
    assert done.counts["placed"] == 1


def test_questions_keep_an_idle_daemon_alive(connect: Callable[..., Client]) -> None:
    client = connect("--idle-timeout", "0.5")
    until = time.monotonic() + 1.2
    pid = client.status()["pid"]
    while time.monotonic() < until:
        assert client.status()["pid"] == pid


def test_a_question_that_takes_longer_than_the_idle_timeout_is_answered(connect: Callable[..., Client]) -> None:
    client = connect("--engine", "tests.e2e.engine:slow_to_list", "--idle-timeout", "0.3")
    assert {voice["name"] for voice in client.voices()} >= {"alto", "tenor"}


def test_the_batch_of_a_client_that_vanishes_ends_and_others_go_on(client: Client, home: Path) -> None:
    talker = script(TALKER, home)
    assert talker.stdout is not None
    while talker.stdout.readline() != "TakeReady\n":
        pass
    assert client.status()["batches"] == 1
    talker.kill()
    talker.wait()
    *_, done = client.render([cue("mine")], OUTPUT)
    assert done.counts["placed"] == 1
    eventually(lambda: client.status()["batches"] == client.status()["running"] == 0)


@pytest.mark.slow
def test_the_batch_of_a_client_that_hangs_ends_too_and_it_gets_it_all_when_it_wakes(client: Client, home: Path) -> None:
    talker = script(TALKER.replace("SLOW ", "").replace("100", "60"), home)
    assert talker.stdout is not None
    while talker.stdout.readline() != "TakeReady\n":
        pass
    psutil.Process(talker.pid).suspend()
    eventually(lambda: client.status()["batches"] == 0, 30)
    psutil.Process(talker.pid).resume()
    said, _ = rest(talker)
    assert said is not None
    assert 1 + said.count("TakeReady") == 60 and said.count("Done") == 1 and said.endswith("Done\n")


def test_a_stale_connection_file_is_replaced(connect: Callable[..., Client], home: Path) -> None:
    client = connect()
    psutil.Process(client.status()["pid"]).kill()
    eventually(lambda: not daemon_lives(Home.find(home)))
    (home / "run" / "connection.json").write_text("left behind")
    assert connect().status()["pid"] == pid_of(home)


def test_a_daemon_that_does_not_answer_is_named_with_what_to_do(
    client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framevox.engine_daemon.client.link.ANSWER_SECONDS", 0.5)
    pid = pid_of(home)
    psutil.Process(pid).suspend()
    try:
        with pytest.raises(DaemonError, match=rf"process {pid}.*framevox stop"):
            client.status()
        with pytest.raises(DaemonError, match=rf"process {pid}.*framevox stop"):
            Client.connect(home=home)
    finally:
        psutil.Process(pid).resume()


def test_stop_signals_the_daemon_that_lives_and_not_the_one_in_a_stale_file(client: Client, home: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    path = home / "run" / "connection.json"
    path.write_text(json.dumps({"protocol": 1, "pid": bystander.pid}))
    assert stop_daemon(home) is True
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_lock_without_a_daemon_behind_it_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framevox.engine_daemon.client.launch.PATIENCE_SECONDS", 0.2)
    lock = Lock(Home.find(home))
    assert lock.acquire()
    with pytest.raises(DaemonError, match=r"starting or stopping.*daemon\.log"):
        Client.connect(home=home)
    lock.release()


@needs_mode_bits
def test_keys_lines_and_takes_are_for_their_owner_only(client: Client, home: Path) -> None:
    list(client.render([cue("a", voice="anna")], OUTPUT, voices={"anna": b"voice"}))
    assert not [path for path in home.rglob("*") if path.stat().st_mode & 0o077 and path.parent.name != "home"]
    assert stat.S_IMODE((home / "run").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "run" / "connection.json").stat().st_mode) == 0o600


@needs_mode_bits
@pytest.mark.parametrize("name", ["run", "run/connection.json"])
def test_a_connection_file_that_others_can_read_is_not_used(client: Client, home: Path, name: str) -> None:
    path = home / name
    mode = path.stat().st_mode
    path.chmod(mode | 0o044)
    with pytest.raises(DaemonError, match="can be read by others"):
        Client.connect(home=home)
    path.chmod(mode)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"protocol": %d, "pid": 5}' % VERSION, b'{"protocol": "1"}', b"[" * 99999],
)
def test_a_file_that_is_no_connection_file_is_an_error(client: Client, home: Path, content: bytes) -> None:
    path = home / "run" / "connection.json"
    kept = path.read_bytes()
    path.write_bytes(content)
    with pytest.raises(DaemonError, match="is not a connection file"):
        Client.connect(home=home)
    path.write_bytes(kept)


def test_a_home_that_cannot_be_written_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", python_path())
    (tmp_path / "file").write_text("")
    with pytest.raises(DaemonError, match=r"cannot use .*FRAMEVOX_HOME"):
        Client.connect(home=tmp_path / "file" / "home", options=TONES)


def test_a_foreground_daemon_says_where_its_log_is_and_a_second_one_steps_aside(home: Path) -> None:
    command = [sys.executable, "-m", "framevox.engine_daemon", *TONES, "--home", str(home)]
    daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, creationflags=NEW_GROUP)
    assert daemon.stderr is not None
    line = daemon.stderr.readline()
    assert "serving" in line and str(home / "log" / "daemon.log") in line
    second = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=30)
    assert second.returncode == 0 and "another daemon serves already" in second.stderr
    interrupt(daemon)
    assert daemon.wait(10) == 0


def test_an_unknown_engine_is_refused_before_a_daemon_starts(home: Path) -> None:
    with pytest.raises(DaemonError, match=r"unknown engine 'nothing': use one of kokoro"):
        Client.connect(home=home, options=("--engine", "nothing"))


@pytest.mark.parametrize(
    ("engine", "said"),
    [("tests.nosuch:thing", "there is no module tests.nosuch"), ("tests.e2e.engine:nosuch", "has no nosuch")],
)
def test_an_engine_that_cannot_be_found_is_named_with_those_there_are(tmp_path: Path, engine: str, said: str) -> None:
    with pytest.raises(InputError, match=f"{said}: use one of kokoro, indextts2"):
        create(engine, tmp_path, tmp_path, 1)


def test_a_client_does_not_import_from_the_folder_it_is_called_in(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    with Client.connect(home=home, options=TONES) as client:
        assert client.status()["protocol"] == VERSION


def test_starting_neither_client_nor_daemon_loads_a_model(client: Client) -> None:
    daemon = psutil.Process(client.status()["pid"])
    if not hasattr(daemon, "memory_maps"):
        pytest.skip("this system does not say which libraries a process has loaded")
    loaded = {part for found in daemon.memory_maps() for part in Path(found.path).parts}
    assert "zmq" in loaded
    assert not loaded & {"onnxruntime", "numpy", "torch"}


def test_the_daemon_outlives_the_client_that_started_it(home: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.service.conftest import *\n"
        "Client.connect(home=Path(sys.argv[1]), options=TONES)"
    )
    assert script(code, home).wait(60) == 0
    with Client.connect(home=home, start=False) as client:
        pid = client.status()["pid"]
        # A terminal that is closed takes its session with it.
        assert not hasattr(os, "getsid") or os.getsid(pid) != os.getsid(0)


def test_a_peer_that_leaves_without_a_word_costs_nothing(peer: Peer, client: Client) -> None:
    peer.open_batch([cue(f"c{i}", f"SLOW line {i}") for i in range(20)])
    eventually(lambda: client.status()["running"])
    peer.close()
    eventually(lambda: client.status()["batches"] == 0)


def test_a_daemon_that_is_about_to_stop_and_one_that_just_did_serve_every_client(
    connect: Callable[..., Client], home: Path
) -> None:
    client = connect("--idle-timeout", "0.2")
    # A client's first word: from here on the daemon stops by itself.
    *_, done = client.render([cue("first")], OUTPUT)
    assert done.counts["placed"] == 1
    eventually(lambda: not (home / "run" / "connection.json").exists())
    *_, done = client.render([cue("as it stops")], OUTPUT)
    assert done.counts["placed"] == 1
    eventually(lambda: not daemon_lives(Home.find(home)))
    *_, done = connect("--idle-timeout", "0.2").render([cue("afterwards")], OUTPUT)
    assert done.counts["placed"] == 1


def test_a_client_that_vanishes_with_two_batches_open_costs_nobody_else_anything(home: Path, client: Client) -> None:
    peer = Peer(home)
    for name in ("a", "b"):
        peer.open_batch([cue(f"{name}{i}", f"SLOW line {i}") for i in range(5)])
    eventually(lambda: client.status()["batches"] == 2)
    peer.close()
    pid = client.status()["pid"]
    client.shutdown()
    assert "Traceback" not in (home / "log" / "daemon.log").read_text()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_vanished_client_does_not_keep_the_daemon_from_a_clean_end(home: Path, client: Client) -> None:
    """The second batch is found gone while the first one is being ended."""
    peer = Peer(home)
    for name in ("a", "b"):
        peer.open_batch([cue(f"{name}{i}", f"SLOW line {i}") for i in range(5)])
    eventually(lambda: client.status()["batches"] == 2)
    process = psutil.Process(client.status()["pid"])
    peer.close()
    process.terminate()
    process.wait(10)
    log = (home / "log" / "daemon.log").read_text()
    assert "stopping: a signal" in log and "Traceback" not in log


def test_refused_cues_are_among_the_counts(client: Client, peer: Peer) -> None:
    before = client.status()["counts"]["failed"]
    peer.say("batch", output=to_plain(OUTPUT), cues=1, voices=0, id="b")
    peer.say("cues", batch="b", cues=[{**to_plain(cue("bad")), "rate": "23.5"}])
    assert [peer.hear().type for _ in range(3)] == ["opened", "accepted", "done"]
    assert client.status()["counts"]["failed"] == before + 1
