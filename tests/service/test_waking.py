"""Waking a loop that waits for sockets."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest
import zmq

from framevox.engine_daemon.protocol.waking import Wake
from tests.processes import ROOT, interrupt, rest


def test_another_thread_ends_the_wait_and_clearing_lets_it_wait_again() -> None:
    wake, poller = Wake(), zmq.Poller()
    wake.register(poller)
    assert not poller.poll(10)
    threading.Timer(0.1, wake.wake).start()
    began = time.monotonic()
    assert dict(poller.poll(10_000)) == {wake.fileno(): zmq.POLLIN}
    assert time.monotonic() - began < 5
    for _ in range(100_000):  # more than any buffer holds
        wake.wake()
    wake.clear()
    assert not poller.poll(10)
    wake.close()
    wake.wake()


@pytest.mark.skipif(sys.platform == "win32", reason="a test cannot send itself Ctrl-C there")
def test_a_signal_ends_the_wait_even_if_it_came_just_before() -> None:
    code = (
        "import signal, zmq, os\nfrom framevox.engine_daemon.protocol.waking import Wake\n"
        "from framevox.engine_daemon.service.signals import stop_on_signals\n"
        "wake, poller = Wake(), zmq.Poller()\nwake.register(poller)\nreasons = []\n"
        "stop_on_signals(lambda reason, again: reasons.append(reason), wake)\nprint('ready', flush=True)\n"
        "while not reasons:\n    poller.poll(60_000)\nprint(reasons)"
    )
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        interrupt(process)
        assert rest(process, 20)[0] == "['a signal']\n"


def test_ctrl_break_stops_as_well_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from framevox.engine_daemon.service.signals import stop_on_signals

    caught: list[object] = []
    monkeypatch.setattr(signal, "SIGBREAK", 21, raising=False)
    monkeypatch.setattr(signal, "signal", lambda number, handler: caught.append(int(number)))
    monkeypatch.setattr(signal, "set_wakeup_fd", lambda *_, **__: -1)
    stop_on_signals(lambda reason, again=False: None, Wake())
    assert caught == [signal.SIGTERM, signal.SIGINT, 21]
