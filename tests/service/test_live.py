"""Live lines over the protocol: pieces, turns, cancelling, and a daemon that dies."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from msgspec import structs

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Attention, Failed, LiveEvent, Piece, Started, Stopped, TakeReady
from framevox.engine_daemon.protocol.declared import to_plain
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from tests.processes import kill

from .conftest import OUTPUT, Peer, cue, eventually, spoken

LIVE = structs.replace(OUTPUT, handles=0)


def line(id: str, text: str = "", **changes: object) -> object:
    return cue(id, text or f"this is the line of {id}", **{"duration": None, **changes})


def heard(events: list[LiveEvent], id: str) -> bytes:
    """The samples of a line, whose pieces follow one another without a gap."""
    pieces = [event for event in events if isinstance(event, Piece) and event.cue == id]
    at = 0
    for piece in pieces:
        assert piece.start_sample == at
        at += len(piece.samples) // 3
    return b"".join(piece.samples for piece in pieces)


def slot(event: TakeReady) -> bytes:
    """The samples in a take's slot, as pieces have them."""
    pcm, _ = soundfile.read(io.BytesIO(event.media), dtype="int32")
    start = event.take.media_slot_start_sample
    pcm = pcm[start : start + event.take.slot_end_sample - event.take.slot_start_sample]
    return b"".join(int(sample >> 8).to_bytes(3, "little", signed=True) for sample in pcm)


def last(events: list[LiveEvent], id: str) -> LiveEvent:
    [found] = [
        event
        for event in events
        if (isinstance(event, TakeReady) and event.take.cue == id)
        or (isinstance(event, (Attention, Failed, Stopped)) and event.cue == id)
    ]
    return found


@pytest.mark.parametrize("text", ["one piece", "PART of PART of PART of a line", "LOUD PART of a line", "PART x"])
@pytest.mark.parametrize("rate", [pytest.param(24000, marks=pytest.mark.slow), 44100, 48000])
def test_the_pieces_are_the_slot_of_the_take_to_the_sample(client: Client, text: str, rate: int) -> None:
    output = structs.replace(LIVE, sample_rate=rate, loudness=-18.0)
    with client.live(output) as session:
        session.say(line("a", text))
        events = list(session.events())
    assert isinstance(events[0], Started)
    take = events[-1]
    assert isinstance(take, TakeReady) and heard(events, "a") == slot(take)
    *_, whole, _ = client.render([line("a", text)], output)
    assert isinstance(whole, TakeReady) and whole.media == take.media


def test_pieces_come_before_the_line_is_whole(connect: Callable[..., Client]) -> None:
    with connect().live(LIVE) as session:
        session.say(line("a", "PART and PART and PART and the rest of a line"))
        events = list(session.events())
    assert sum(isinstance(event, Piece) for event in events) == 4


def test_a_line_that_was_made_comes_from_the_store_unless_it_is_fresh(client: Client, home: Path) -> None:
    with client.live(LIVE) as session:
        takes = []
        for number, fresh in enumerate((False, False, True)):
            session.say(line(f"a{number}", "the same line"), fresh=fresh)
            events = list(session.events())
            takes.append(events[-1])
            assert heard(events, f"a{number}") == slot(events[-1])
    assert [slot(take) for take in takes] == [slot(takes[0])] * 3
    assert len(spoken(home)) == 2


def test_what_cannot_be_spoken_is_told_of_and_the_next_line_is_spoken(client: Client) -> None:
    bad = {
        "empty": (line("empty", "   "), "empty-text"),
        "long": (line("long", "x" * 10_000), "text-too-long"),
        "tongue": (line("tongue", language="xx"), "unknown-language"),
        "stranger": (line("stranger", voice="nobody"), "unknown-voice"),
        "bad": (line("bad", "FAIL here"), "engine"),
        "mute": (line("mute", "UNSAYABLE"), "empty-text"),
    }
    with client.live(LIVE) as session:
        for each, _ in bad.values():
            session.say(each)
        session.say(line("good"))
        events = list(session.events())
    assert {id: last(events, id).code for id in bad} == {id: code for id, (_, code) in bad.items()}
    assert isinstance(last(events, "good"), TakeReady)


def test_a_line_that_the_daemon_refuses_has_its_outcome(peer: Peer) -> None:
    session = peer.say("live", output=to_plain(LIVE), voices=0)
    assert peer.hear().type == "opened"
    id = peer.say("line", live=session, cue={"id": "a", "text": "x"})
    said = peer.hear()
    assert (said.type, said.id, said.fields["code"]) == ("failed", id, "bad-input")
    assert peer.hear().type == "done"
    peer.say("line", live="nowhere", cue={"id": "a"})
    assert peer.hear().fields["code"] == "unknown-batch"
    peer.say("live", output=to_plain(OUTPUT), voices=0)
    assert "no handles" in peer.hear().fields["message"]


def test_a_session_takes_no_handles_and_wav_only(client: Client) -> None:
    for output in (OUTPUT, structs.replace(LIVE, format="flac")):
        with pytest.raises(InputError, match="no handles, and its format is wav"):
            client.live(output)


def test_voices_come_along_once(client: Client) -> None:
    with client.live(LIVE, voices={"anna": b"a voice"}) as session:
        for number in range(3):
            session.say(line(f"a{number}", voice="anna"))
        events = list(session.events())
    assert [event.take.voice for event in events if isinstance(event, TakeReady)] == ["anna"] * 3


def test_a_stopped_line_says_no_more_and_another_begins(client: Client) -> None:
    with client.live(LIVE) as session:
        session.say(line("a", "SLOW and SLOW " + "PART " * 20))
        session.say(line("b", "SLOW and SLOW"))
        session.say(line("c", "SLOW too"))
        events = []
        while not any(isinstance(event, Started) for event in events):
            events.append(session.receive())
        session.stop("a")
        session.stop("c")
        events += session.events()
    assert isinstance(last(events, "a"), Stopped) and isinstance(last(events, "c"), Stopped)
    assert isinstance(last(events, "b"), TakeReady)


def test_a_batch_delays_a_live_line_by_one_line_at_most(connect: Callable[..., Client]) -> None:
    """Two workers are at 60 lines of 150 ms each: without turns a live line would wait for seconds."""
    filling, talking = connect(), connect()
    thread = threading.Thread(
        target=lambda: list(filling.render([cue(f"c{i}", f"SLOW {i}") for i in range(60)], OUTPUT))
    )
    with talking.live(LIVE) as session:
        session.say(line("first"))
        list(session.events())
        thread.start()
        time.sleep(0.3)
        waits = []
        for number in range(5):
            began = time.monotonic()
            session.say(line(f"a{number}", f"quick {number}"))
            events = iter(session.events())
            while not isinstance(next(events), Piece):
                pass
            waits.append(time.monotonic() - began)
            list(events)
    filling.cancel()
    thread.join()
    assert max(waits) < 1.5, waits


def test_ten_clients_are_served_in_turn_and_a_long_line_gives_way(connect: Callable[..., Client]) -> None:
    clients = [connect() for _ in range(10)]
    first: dict[int, float] = {}
    ended: dict[int, float] = {}
    barrier = threading.Barrier(10)

    def talk(number: int) -> None:
        with clients[number].live(LIVE) as session:
            session.say(line("warm"))
            list(session.events())
            barrier.wait()
            began = time.monotonic()
            session.say(line("a", f"{'SLOW PART ' * 8 if number < 2 else 'SLOW'} {number}"), fresh=True)
            for event in session.events():
                if isinstance(event, Piece):
                    first.setdefault(number, time.monotonic() - began)
            ended[number] = time.monotonic() - began

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Every line is heard before the long ones, which began among the first or gave way, are over.
    assert len(first) == 10 and max(first.values()) < min(ended[0], ended[1]), (first, ended)


def test_an_idle_daemon_stays_while_a_session_is_open(connect: Callable[..., Client], home: Path) -> None:
    with connect("--idle-timeout", "0.5") as client, client.live(LIVE) as session:
        session.say(line("a"))
        list(session.events())
        pid = client.status()["pid"]
        assert client.status()["live"] == 1
        time.sleep(1.5)
        session.say(line("b"))
        assert isinstance(list(session.events())[-1], TakeReady)
        assert client.status()["pid"] == pid


def test_a_client_that_goes_costs_its_session_and_nothing_else(peer: Peer, client: Client) -> None:
    session = peer.say("live", output=to_plain(LIVE), voices=0)
    peer.say("line", live=session, cue=to_plain(line("a", "SLOW " + "PART " * 30)))
    eventually(lambda: client.status()["live"] == 1)
    peer.close()
    eventually(lambda: client.status()["live"] == 0 and client.status()["batches"] == 0, 20)
    with client.live(LIVE) as own:
        own.say(line("b"))
        assert isinstance(list(own.events())[-1], TakeReady)


@pytest.mark.slow
def test_a_client_that_acknowledges_nothing_is_given_no_more(peer: Peer, client: Client, home: Path) -> None:
    output = structs.replace(LIVE, sample_rate=192000)
    session = peer.say("live", output=to_plain(output), voices=0)
    text = "a long line " * 80
    for number in range(8):
        peer.say("line", live=session, cue=to_plain(line(f"a{number}", f"{text} {number}")))
    # A line is 77 s, 44 MB as pieces and as many as a take: the second passes 64 MiB.
    eventually(lambda: spoken(home) and client.status()["running"] == 0, 120)
    assert client.status()["queued"] >= 5 and len(spoken(home)) <= 3


@pytest.mark.parametrize("when", ["in the middle", "between two lines"])
def test_a_daemon_that_dies_is_replaced_and_nothing_is_heard_twice(client: Client, home: Path, when: str) -> None:
    text = "SLOW " + "PART " * 4 + "of a line"
    with client.live(LIVE) as session:
        session.say(line("whole", text))
        whole = heard(list(session.events()), "whole")
        events: list[LiveEvent | None] = []
        if when == "in the middle":
            session.say(line("a", text), fresh=True)
            while not any(isinstance(event, Piece) for event in events):
                events.append(session.receive())
            kill(client.status()["pid"])
        else:
            kill(client.status()["pid"])
            time.sleep(0.5)
            session.say(line("a", text))
        events += session.events()
    assert heard([event for event in events if event], "a") == whole
    assert sum(isinstance(event, Started) for event in events) == 1


def test_a_line_that_kills_daemons_fails_and_the_next_is_spoken(client: Client) -> None:
    with client.live(LIVE) as session:
        session.say(line("bad", "DEATH"))
        events = list(session.events())
        session.say(line("good"))
        events += session.events()
    assert last(events, "bad").code == "internal" and "died 3 times" in last(events, "bad").message
    assert isinstance(last(events, "good"), TakeReady)


@pytest.mark.slow
def test_memory_is_flat_over_a_thousand_lines(client: Client) -> None:
    taken = []
    with client.live(LIVE) as session:
        for number in range(1000):
            session.say(line("a", f"line {number} PART of many"))
            assert isinstance(list(session.events())[-1], TakeReady)
            if number % 100 == 99:
                taken.append(client.status()["memory_bytes"])
    assert taken[-1] < 1.03 * taken[2], taken


def test_a_daemon_that_is_stopped_is_said_to_be(connect: Callable[..., Client]) -> None:
    talking, other = connect(), connect()
    with talking.live(LIVE) as session:
        session.say(line("a", "SLOW SLOW"))
        assert isinstance(session.receive(), Started)
        other.shutdown()
        with pytest.raises(DaemonError, match="was stopped"):
            list(session.events())


def test_wake_ends_the_wait(client: Client) -> None:
    with client.live(LIVE) as session:
        threading.Timer(0.2, session.wake).start()
        assert session.receive() is None


def test_an_id_is_taken_until_the_outcome(client: Client) -> None:
    with client.live(LIVE) as session:
        session.say(line("a", "SLOW"))
        with pytest.raises(InputError, match="a line 'a' is being spoken"):
            session.say(line("a"))
        list(session.events())
        session.say(line("a"))
        assert isinstance(list(session.events())[-1], TakeReady)
