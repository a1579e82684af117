"""What the daemon makes of messages that no good client sends."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.protocol.connection import Connection, Home
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.messages import MAX_FRAME_BYTES, MAX_HEADER_BYTES, VERSION
from tests.processes import kill

from .conftest import OUTPUT, Peer, a_home, cue, eventually


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One daemon has to bear all of this."""
    yield from a_home(tmp_path_factory.mktemp("trust") / "home")


def header(**changes: object) -> bytes:
    return json.dumps({"framevox": VERSION, "type": "status", "id": "me", **changes}).encode()


BAD = {
    "empty": ([b""], "", "bad-message"),
    "bytes": ([b"\x00\xff\x80garbage"], "", "bad-message"),
    "not an object": ([b"[1, 2]"], "", "bad-message"),
    "nested": ([b"[" * 100_000], "", "bad-message"),
    "a huge number": ([b'{"framevox": ' + b"9" * 10_000 + b"}"], "", "bad-message"),
    "not a number": ([header(id=float("nan"))], "", "bad-message"),
    "no id": ([b'{"framevox": %d, "type": "status"}' % VERSION], "", "bad-message"),
    "a number as id": ([header(id=5)], "", "bad-message"),
    "an id too long": ([header(id="x" * 65)], "", "bad-message"),
    "a lone surrogate": ([b'{"framevox": %d, "type": "status", "id": "\\ud800"}' % VERSION], "", "bad-message"),
    "an old version": ([header(framevox=0)], "me", "version"),
    "true as version": ([header(framevox=True)], "me", "version"),
    "no version": ([b'{"type": "status", "id": "me"}'], "me", "version"),
    "unknown type": ([header(type="explode")], "me", "unknown-type"),
    "a type that is a list": ([header(type=["status"])], "me", "unknown-type"),
    "a type of the other socket": ([header(type="batch")], "me", "unknown-type"),
    "a type that only the daemon sends": ([header(type="ok")], "me", "unknown-type"),
    "an unknown key": ([header(extra=1)], "me", "bad-message"),
    "a missing key": ([header(type="cancel")], "me", "bad-message"),
    "a key of another kind": ([header(type="cancel", batch=7)], "me", "bad-message"),
    "a frame too many": ([header(), b"more"], "me", "bad-message"),
    "a header too long": ([header(id="x" * MAX_HEADER_BYTES)], "", "too-large"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_message_is_answered_with_an_error_and_the_daemon_goes_on(peer: Peer, what: str) -> None:
    frames, id, code = BAD[what]
    answer = peer.ask(frames)
    assert (answer.type, answer.id, answer.fields["code"]) == ("error", id, code)
    assert peer.ask([header(id="next")]).type == "status-reply"


def test_garbage_of_any_kind_leaves_the_daemon_well(home: Path, client: Client) -> None:
    peer = Peer(home)
    pid = client.status()["pid"]

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.sampled_from(["work", "control"]))
    def throw(frames: list[bytes], end: str) -> None:
        assert peer.ask(frames, end).type == "error"

    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
    types = st.sampled_from(["batch", "voice", "cues"])
    keys = st.sampled_from(["output", "cues", "voices", "deadline_seconds", "batch", "name"])

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(types, st.dictionaries(keys, values, max_size=4), st.lists(st.binary(max_size=9), max_size=2))
    def throw_nearly_right(type: str, fields: dict[str, object], blobs: list[bytes]) -> None:
        assert peer.ask([header(type=type, **fields), *blobs], "work").type == "error"

    throw()
    throw_nearly_right()
    peer.close()
    *_, done = client.render([cue("a")], OUTPUT)
    assert done.counts["placed"] == 1 and client.status()["pid"] == pid


def test_bytes_that_are_not_zeromq_leave_the_daemon_well(client: Client, home: Path) -> None:
    import socket

    connection = Connection.read(Home.find(home))
    assert connection is not None
    for end in (connection.work, connection.control):
        host, _, port = end.removeprefix("tcp://").partition(":")
        with socket.create_connection((host, int(port))) as raw:
            raw.sendall(os.urandom(10_000))
    assert client.status()["batches"] == 0


def test_a_client_with_another_key_is_refused_within_seconds_and_told_so(client: Client, home: Path) -> None:
    connection = Connection.read(Home.find(home))
    assert connection is not None
    public, secret = zmq.curve_keypair()
    replace(connection, client_key=public.decode(), client_secret=secret.decode()).write(Home.find(home))
    with pytest.raises(DaemonError, match="refused this client's key"):
        Client.connect(home=home)
    connection.write(Home.find(home))
    assert "its key is not known" in (home / "log" / "daemon.log").read_text()
    assert client.status()["batches"] == 0


def test_a_daemon_that_dies_while_it_is_reached_is_replaced(client: Client, home: Path) -> None:
    connection = Connection.read(Home.find(home))
    assert connection is not None
    # A connection that is refused and one that a dying process closes look alike.
    public, secret = zmq.curve_keypair()
    replace(connection, client_key=public.decode(), client_secret=secret.decode()).write(Home.find(home))
    death = threading.Timer(0.4, kill, [connection.pid])
    death.start()
    with Client.connect(home=home) as other:
        assert other.status()["pid"] != connection.pid
    death.join()


def test_a_daemon_with_another_key_is_not_talked_to(client: Client, home: Path) -> None:
    connection = Connection.read(Home.find(home))
    assert connection is not None
    public, _ = zmq.curve_keypair()
    replace(connection, server_key=public.decode()).write(Home.find(home))
    with pytest.raises(DaemonError):
        Client.connect(home=home)
    connection.write(Home.find(home))


def test_what_just_passes_a_bound_is_told_which(peer: Peer) -> None:
    id = peer.say("batch", output=to_plain(OUTPUT), cues=2, voices=1, deadline_seconds=None)
    assert peer.hear().type == "opened"
    peer.say("voice", b"x" * (MAX_FRAME_BYTES + 1), batch=id, name="big")
    answer = peer.hear()
    assert answer.fields["code"] == "too-large" and f"{MAX_FRAME_BYTES} binary frame bytes" in answer.fields["message"]
    peer.say("cues", batch=id, cues=[to_plain(cue(f"c{i}")) for i in range(3)])
    answer = peer.hear()
    assert answer.fields["code"] == "too-large" and "2 cues" in answer.fields["message"]


def test_a_frame_far_past_the_bound_costs_only_its_own_connection(peer: Peer, client: Client) -> None:
    peer.control.send(b"x" * (MAX_FRAME_BYTES + 2**22))
    assert client.status()["protocol"] == VERSION


def test_open_batches_are_bounded(peer: Peer, client: Client) -> None:
    eventually(lambda: client.status()["batches"] == 0)
    for _ in range(64):
        peer.say("batch", output=to_plain(OUTPUT), cues=1, voices=0, deadline_seconds=None)
        assert peer.hear().type == "opened"
    peer.say("batch", output=to_plain(OUTPUT), cues=1, voices=0, deadline_seconds=None)
    answer = peer.hear()
    assert answer.fields["code"] == "busy" and "64 open batches" in answer.fields["message"]
    peer.close()
    eventually(lambda: client.status()["batches"] == 0)


def test_a_batch_is_its_own_clients(peer: Peer, home: Path) -> None:
    batch = peer.say("batch", output=to_plain(OUTPUT), cues=1, voices=0, deadline_seconds=None)
    assert peer.hear().type == "opened"
    stranger = Peer(home)
    stranger.say("cues", batch=batch, cues=[to_plain(cue("a"))])
    assert stranger.hear().fields["code"] == "unknown-batch"
    stranger.close()
    peer.say("cues", batch=batch, cues=[to_plain(cue("a"))])
    assert [peer.hear().type for _ in range(4)] == ["accepted", "started", "take", "done"]


def test_a_bad_cue_is_refused_and_the_rest_of_its_message_taken(peer: Peer) -> None:
    good = to_plain(cue("good"))
    cues = [
        good,
        {**to_plain(cue("key")), "extra": 1},
        {**to_plain(cue("rate")), "rate": "23.5"},
        {**to_plain(cue("frames")), "start": 1.5},
        {**to_plain(cue("power")), "start": "1e999999999"},
        {**to_plain(cue("zero")), "start": "1/0"},
        {**to_plain(cue("fit")), "fit": {"policy": "squeeze"}},
        {"id": "bare"},
        good,
    ]
    peer.say("batch", output=to_plain(OUTPUT), cues=len(cues), voices=0, deadline_seconds=None, id="b")
    peer.say("cues", batch="b", cues=cues)
    assert peer.hear().type == "opened"
    answer = peer.hear()
    assert answer.fields["cues"] == ["good"]
    codes = {refusal["cue"]: refusal["code"] for refusal in answer.fields["refused"]}
    assert codes.pop("good") == "duplicate-cue"
    assert set(codes) == {"key", "rate", "frames", "power", "zero", "fit", "bare"} and set(codes.values()) == {
        "bad-input"
    }
    assert [peer.hear().type for _ in range(3)] == ["started", "take", "done"]


def test_an_acknowledgement_of_what_was_never_sent_is_an_error(peer: Peer) -> None:
    batch = peer.open_batch([cue("a", "SLOW")])
    peer.say("ack", batch=batch, sequence=9)
    while (answer := peer.hear()).type != "error":
        assert answer.type in ("opened", "accepted", "started")
    assert answer.fields["code"] == "bad-message" and "never sent" in answer.fields["message"]


def test_the_daemon_never_listens_beyond_this_machine(client: Client, home: Path) -> None:
    connection = Connection.read(Home.find(home))
    assert connection is not None
    assert connection.work.startswith("tcp://127.0.0.1:") and connection.control.startswith("tcp://127.0.0.1:")


def test_a_client_with_another_protocol_is_told_what_to_do(peer: Peer, connect: Callable[..., Client]) -> None:
    answer = peer.ask([header(framevox=VERSION + 1)])
    assert "framevox stop" in answer.fields["message"]
