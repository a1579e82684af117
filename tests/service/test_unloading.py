"""Memory given back: an engine that is idle makes room when memory is wanted, and is loaded again when it is needed."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import TakeReady
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.service.engines import LEAST_FREE, Engines
from framevox.engine_daemon.service.free_memory import MACHINE, Free
from framevox.engine_daemon.service.workers import Loaded, Workers
from tests.fakes.engines_in_trouble import BALLAST_BYTES
from tests.fakes.tone_engine import ToneEngine

from .conftest import OUTPUT, cue, eventually

HEAVY = ("--engine", "tests.fakes.engines_in_trouble:Heavy", "--beside", "kokoro", "--unload-after", "0.3")


def take(client: Client, text: str, voice: str) -> TakeReady:
    [made] = [
        event
        for event in client.render([cue("a", text, voice=voice, duration=None)], OUTPUT)
        if isinstance(event, TakeReady)
    ]
    return made


def memory(client: Client) -> int:
    return psutil.Process(client.status()["pid"]).memory_info().rss


def test_an_idle_engine_is_unloaded_when_its_card_is_full_and_speaks_again_the_same(
    connect: Callable[..., Client], home: Path
) -> None:
    client = connect(*HEAVY)
    take(client, "warm", "alto")
    loaded = memory(client)
    time.sleep(0.8)
    assert client.status()["engine_state"] == "ready"  # nobody wants its memory
    (home / "cache" / "card").write_text(str(LEAST_FREE / 2))
    eventually(lambda: client.status()["engine_state"] == "unloaded")
    eventually(lambda: memory(client) < loaded - 0.95 * BALLAST_BYTES)
    assert "unloading the engine tests.fakes.engines_in_trouble:Heavy" in Home.find(home).log_file.read_text()
    assert "5% of its card's memory is free" in Home.find(home).log_file.read_text()
    (home / "cache" / "card").unlink()
    (home / "cache" / "store").rename(home / "cache" / "elsewhere")
    again = take(client, "warm", "alto")
    assert client.status()["engine_state"] == "ready" and memory(client) > loaded - 0.05 * BALLAST_BYTES
    assert not again.cached
    assert len((home / "cache" / "loads.txt").read_text().splitlines()) == 2


@pytest.mark.slow
def test_the_built_in_engine_gives_back_what_it_took_when_another_one_is_loaded(
    connect: Callable[..., Client], home: Path
) -> None:
    client = connect("--beside", "kokoro", "--unload-after", "0.3")
    text = "See you in the morning, then, and not a minute later."
    first = take(client, text, "af_heart")
    loaded = memory(client)
    time.sleep(0.5)
    take(client, "warm", "alto")
    status = client.status()
    assert (status["engine_state"], status["beside_state"]) == ("ready", "unloaded")
    # Most of what is left are dictionaries and libraries, which stay. Elsewhere it is up to the C library.
    if sys.platform == "linux":
        eventually(lambda: memory(client) < loaded - 100e6)
    print(f"{loaded / 1e6:.0f} MB with the built-in engine, {memory(client) / 1e6:.0f} MB after it was unloaded")
    (home / "cache" / "store").rename(home / "cache" / "elsewhere")
    again = take(client, text, "af_heart")
    assert not again.cached and again.media == first.media
    assert client.status()["beside_state"] == "ready"


class Card(ToneEngine):
    """An engine with a card of its own, of which ``free`` is left."""

    free: float | None = None

    def free_memory(self) -> float | None:
        return self.free


class Machine:
    """Two engines on a machine whose ``free`` memory is what a test says."""

    def __init__(self, unload_after: float = 0.05) -> None:
        self.woken = threading.Semaphore(0)
        self.free = 1.0
        self.wanted: set[str] = set()
        self.loads = {"own": 0, "beside": 0}
        self.cards: dict[str, Card] = {}
        self.own, self.beside = (Workers(lambda n=n: self._load(n), self.woken.release, n) for n in ("own", "beside"))
        self.engines = Engines(
            self.own,
            self.beside,
            unload_after=unload_after,
            is_wanted=lambda name: name in self.wanted,
            free_memory=lambda: Free(self.free, MACHINE),
        )

    def _load(self, name: str) -> tuple[ToneEngine, None]:
        self.loads[name] += 1
        self.cards[name] = Card(parallel=2)
        return self.cards[name], None

    def load(self, workers: Workers) -> None:
        self.engines.ensure_loading(workers)
        while not any(isinstance(item, Loaded) for _, item in self.engines.news()):
            assert self.woken.acquire(timeout=10)
        assert workers.state == "ready"

    def idle(self) -> tuple[str, str]:
        time.sleep(0.12)
        self.engines.check_memory()
        return self.own.state, self.beside.state


def test_engines_are_kept_while_there_is_memory_and_unloaded_when_the_machine_has_little() -> None:
    machine = Machine()
    machine.load(machine.own)
    machine.load(machine.beside)
    assert machine.idle() == ("ready", "ready")
    machine.free = LEAST_FREE - 0.01
    machine.wanted = {"own"}
    assert machine.idle() == ("ready", "unloaded")
    machine.wanted = set()
    assert machine.idle() == ("unloaded", "unloaded")
    assert machine.engines.next_check() is None
    machine.load(machine.own)
    assert machine.loads == {"own": 2, "beside": 1}


def test_an_engine_on_a_full_card_is_unloaded_and_the_other_is_not() -> None:
    machine = Machine()
    machine.load(machine.own)
    machine.load(machine.beside)
    machine.cards["own"].free = 0.02
    assert machine.idle() == ("unloaded", "ready")


def test_an_engine_that_speaks_or_spoke_just_now_is_kept_when_another_is_loaded() -> None:
    machine = Machine(unload_after=60)
    machine.load(machine.own)
    machine.load(machine.beside)
    assert machine.own.state == "ready"
    machine.free = 0.0
    assert machine.idle() == ("ready", "ready")


def test_the_next_engine_is_loaded_after_the_idle_one_has_given_its_memory_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    machine.load(machine.own)
    order: list[str] = []
    may_close = threading.Event()

    def close(engine: ToneEngine) -> None:
        assert may_close.wait(10)
        order.append("closed")

    monkeypatch.setattr(ToneEngine, "close", close)
    monkeypatch.setattr(Machine, "_load", lambda self, name: order.append("loaded") or (Card(), None))
    time.sleep(0.1)
    machine.engines.ensure_loading(machine.beside)
    assert (machine.own.state, machine.beside.state) == ("unloaded", "loading")
    time.sleep(0.1)
    assert order == []
    may_close.set()
    while machine.beside.state == "loading":
        assert machine.woken.acquire(timeout=10)
        list(machine.engines.news())
    assert order == ["closed", "loaded"]
