"""A home of its own for every test, a daemon that hums in it, and no daemon left behind."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zmq

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.protocol.connection import Connection, Home, daemon_lives, lock_holder
from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.messages import VERSION, message_type
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.protocol.wire import decode
from tests.processes import ROOT, kill, python_path

TONES = ("--engine", "tests.fakes.daemon_engine:Tones")
OUTPUT = Output(loudness=None)
FPS = Rate.parse(25)


def cue(id: str, text: str = "", **changes: Any) -> Cue:
    """A cue whose natural length is about that of its slot."""
    text = text or f"this is the line of {id}"
    frames = max(1, len(text) * 2)
    return Cue(**{"id": id, "text": text, "rate": FPS, "start": 0, "duration": frames, "voice": "alto", **changes})


def a_home(folder: Path) -> Iterator[Path]:
    """``folder`` as a daemon's home; whatever daemon lives in it at the end is killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", python_path())
        for variable in ("FRAMEVOX_HOME", "FRAMEVOX_MODEL"):
            patch.delenv(variable, raising=False)
        yield folder
    folders = Home.find(folder)
    for _ in range(200):
        pid = lock_holder(folders)
        if pid is not None:
            kill(pid)
        if not daemon_lives(folders):
            return
        time.sleep(0.05)
    pytest.fail("a daemon is left over")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A daemon's home, of this test alone."""
    yield from a_home(tmp_path / "home")


@pytest.fixture
def connect(home: Path) -> Iterator[Callable[..., Client]]:
    """``connect(...)``: a client of a humming daemon in ``home``, which the first one starts."""
    clients: list[Client] = []

    def connect(*options: str, **changes: Any) -> Client:
        client = Client.connect(**{"home": home, "options": (*TONES, *options), **changes})
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()


@dataclass(frozen=True)
class Heard:
    """A message of the daemon, as it is in JSON."""

    type: str
    id: str
    fields: dict[str, Any]
    frames: tuple[bytes, ...]


class Peer:
    """Bare sockets to the daemon, for what the client would never send."""

    def __init__(self, home: Path, **changes: str) -> None:
        connection = Connection.read(Home.find(home))
        assert connection is not None
        self.pid = connection.pid
        self.context = zmq.Context()
        self.work, self.control = (self._socket(connection, end, changes) for end in ("work", "control"))

    def _socket(self, connection: Connection, end: str, changes: dict[str, str]) -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.DEALER)
        socket.curve_serverkey = connection.server_key.encode()
        socket.curve_publickey = changes.get("client_key", connection.client_key).encode()
        socket.curve_secretkey = changes.get("client_secret", connection.client_secret).encode()
        socket.linger = 0
        socket.connect(getattr(connection, end))
        return socket

    def ask(self, frames: list[bytes], end: str = "control") -> Heard:
        """Sends raw frames and returns the answer, past heartbeats."""
        getattr(self, end).send_multipart(frames)
        return self.hear(end)

    def say(self, type: str, *blobs: bytes, end: str = "work", id: str = "", **fields: Any) -> str:
        id = id or uuid.uuid4().hex
        header = {"framevox": VERSION, "type": type, "id": id, **fields}
        getattr(self, end).send_multipart([json.dumps(header).encode(), *blobs])
        return id

    def hear(self, end: str = "work", seconds: float = 10) -> Heard:
        socket = getattr(self, end)
        while True:
            assert socket.poll(int(seconds * 1000)), "no answer"
            frames = socket.recv_multipart()
            received = decode(frames, sender="daemon", socket=end)
            heard = Heard(message_type(type(received.message)), received.id, json.loads(frames[0]), received.frames)
            if heard.type != "heartbeat":
                return heard

    def open_batch(self, cues: list[Cue]) -> str:
        """Opens a batch and sends its cues; the answers are still to be heard."""
        id = self.say("batch", output=to_plain(OUTPUT), cues=len(cues), voices=0, deadline_seconds=None)
        self.say("cues", batch=id, cues=[to_plain(cue) for cue in cues])
        return id

    def close(self) -> None:
        self.context.destroy(linger=0)


@pytest.fixture
def peer(home: Path, client: Client) -> Iterator[Peer]:
    peer = Peer(home)
    yield peer
    peer.close()


def spoken(home: Path) -> list[str]:
    """Every line that any daemon in ``home`` spoke, in order."""
    path = home / "cache" / "spoken.txt"
    return path.read_text().splitlines() if path.exists() else []


def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def script(code: str, home: Path) -> subprocess.Popen[str]:
    """A client in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
