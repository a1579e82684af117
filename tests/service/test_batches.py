"""What a client sees of a batch."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Accepted, Attention, Done, Event, Failed, Started, TakeReady
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError

from .conftest import OUTPUT, Peer, cue, eventually, spoken


def outcomes(events: list[Event]) -> dict[str, str]:
    found = {}
    for event in events:
        if isinstance(event, TakeReady):
            found[event.take.cue] = "placed"
        elif isinstance(event, (Attention, Failed)):
            found[event.cue] = type(event).__name__.lower()
    return found


def test_every_cue_gets_one_outcome_and_the_batch_one_last_word(client: Client) -> None:
    cues = [
        *(cue(f"good{i}") for i in range(20)),
        cue("tight", "a line that is far too long for its slot", duration=3),
        cue("bad", "FAIL here"),
        cue("empty", "   "),
        cue("long", "word " * 3000),
        cue("nowhere", duration=0),
        cue("stranger", voice="nobody"),
        cue("tongue", language="xx"),
        cue("broken", "half a \ud83d face"),
    ]
    events = list(client.render(cues, OUTPUT))
    assert [isinstance(event, Done) for event in events].count(True) == 1
    assert events[-1] == Done({"placed": 20, "attention": 1, "failed": 7, "cancelled": 0})
    assert len(outcomes(events)) == len(cues)
    failed = {event.cue: event.code for event in events if isinstance(event, Failed)}
    assert failed == {
        "bad": "engine",
        "empty": "empty-text",
        "long": "text-too-long",
        "nowhere": "bad-slot",
        "stranger": "unknown-voice",
        "tongue": "unknown-language",
        "broken": "bad-input",
    }
    assert all(event.media[:4] == b"RIFF" for event in events if isinstance(event, TakeReady))


def test_a_cue_is_accepted_then_started_then_done_with(client: Client) -> None:
    events = list(client.render([cue("a"), cue("b")], OUTPUT))
    for id in ("a", "b"):
        about = [type(e) for e in events if id in (getattr(e, "cue", ""), getattr(getattr(e, "take", 0), "cue", ""))]
        assert about == [Accepted, Started, TakeReady]


def test_what_the_engine_has_to_tell_is_told_with_the_batch_and_once(client: Client) -> None:
    *_, done = client.render([cue("a", "CRAMPED"), cue("b")], OUTPUT)
    assert done.counts["placed"] == 2 and done.warnings == ("there was too little memory",)
    *_, done = client.render([cue("c", "as usual")], OUTPUT)
    assert done.warnings == ()
    # Whoever asks later finds it there, once.
    assert client.status()["engine_notices"] == ["there was too little memory"]


def test_an_empty_batch_is_done_at_once(client: Client) -> None:
    assert list(client.render([], OUTPUT)) == [Done(dict.fromkeys(("placed", "attention", "failed", "cancelled"), 0))]


def test_a_second_run_comes_from_the_store(client: Client, home: Path) -> None:
    cues = [cue(f"c{i}") for i in range(10)]
    first = {e.take.cue: e for e in client.render(cues, OUTPUT) if isinstance(e, TakeReady)}
    second = {e.take.cue: e for e in client.render(cues, OUTPUT) if isinstance(e, TakeReady)}
    assert not any(event.cached for event in first.values())
    assert all(event.cached for event in second.values())
    assert {id: event.media for id, event in first.items()} == {id: event.media for id, event in second.items()}
    assert len(spoken(home)) == 10


def test_two_cues_of_one_id_are_refused_before_anything_is_sent(client: Client) -> None:
    with pytest.raises(InputError, match="two cues have the id 'a'"):
        client.render([cue("a"), cue("b"), cue("a")], OUTPUT)


def test_clients_take_turns(connect: Callable[..., Client]) -> None:
    """The second client's three cues do not wait for the first one's sixty."""
    finished: dict[str, float] = {}

    def run(name: str, number: int) -> None:
        with connect() as client:
            *_, last = client.render([cue(f"{name}{i}", f"SLOW line {name} {i}") for i in range(number)], OUTPUT)
        assert last == Done({"placed": number, "attention": 0, "failed": 0, "cancelled": 0})
        finished[name] = time.monotonic()

    connect().close()
    threads = [threading.Thread(target=run, args=args) for args in (("long", 30), ("short", 3))]
    threads[0].start()
    time.sleep(0.3)
    threads[1].start()
    for thread in threads:
        thread.join()
    assert finished["long"] - finished["short"] > 0.5


def test_cues_of_a_batch_are_begun_in_order(client: Client) -> None:
    started = [e.cue for e in client.render([cue(f"c{i}") for i in range(40)], OUTPUT) if isinstance(e, Started)]
    assert started == [f"c{i}" for i in range(40)]


def test_cancel_in_flight_ends_the_batch_at_once_and_keeps_what_is_made(client: Client, home: Path) -> None:
    cues = [cue(f"c{i}", f"SLOW line {i}") for i in range(50)]
    events: list[Event] = []
    for event in client.render(cues, OUTPUT):
        events.append(event)
        if isinstance(event, TakeReady) and not isinstance(events[-2], Done) and len(outcomes(events)) == 3:
            began = time.monotonic()
            threading.Thread(target=client.cancel).start()
    assert time.monotonic() - began < 2
    last = events[-1]
    assert isinstance(last, Done) and last.reason == "cancelled"
    assert last.counts == {
        "placed": len(outcomes(events)),
        "attention": 0,
        "failed": 0,
        "cancelled": 50 - len(outcomes(events)),
    }
    assert last.counts["cancelled"] > 40
    again = list(client.render(cues[:3], OUTPUT))
    assert all(event.cached for event in again if isinstance(event, TakeReady))


def test_closing_the_iterator_cancels_the_batch(client: Client) -> None:
    events = client.render([cue(f"c{i}", f"SLOW line {i}") for i in range(50)], OUTPUT)
    next(events)
    events.close()
    eventually(lambda: client.status()["batches"] == 0)
    assert outcomes(list(client.render([cue("next")], OUTPUT))) == {"next": "placed"}


def test_cues_not_begun_by_the_deadline_fail(client: Client) -> None:
    list(client.render([cue("warm")], OUTPUT))
    events = list(client.render([cue(f"c{i}", f"SLOW line {i}") for i in range(60)], OUTPUT, deadline=0.5))
    codes = Counter(event.code for event in events if isinstance(event, Failed))
    last = events[-1]
    assert isinstance(last, Done) and last.counts["placed"] + last.counts["failed"] == 60
    assert codes == {"deadline": last.counts["failed"]}
    assert 0 < last.counts["placed"] < 30


def test_a_client_that_takes_nothing_gets_no_more_than_its_credit(peer: Peer, connect: Callable[..., Client]) -> None:
    batch = peer.open_batch([cue(f"c{i}") for i in range(60)])
    with connect() as other:
        eventually(lambda: other.status()["counts"]["placed"] == 32)
        time.sleep(0.3)
        status = other.status()
        assert (status["counts"]["placed"], status["queued"], status["running"]) == (32, 28, 0)
        assert outcomes(list(other.render([cue("other")], OUTPUT))) == {"other": "placed"}
    last = 0
    while (message := peer.hear()).type != "done":
        if message.type == "take":
            last = message.fields["sequence"]
            peer.say("ack", batch=batch, sequence=last)
    assert message.fields["counts"]["placed"] == last == 60


def test_a_voice_that_comes_along_can_be_used_by_its_name(client: Client, home: Path) -> None:
    voices = {"anna": b"voice a", "ben": b"voice b"}
    cues = [cue("a", "the line", voice="anna"), cue("b", "the line", voice="ben"), cue("c", "the line", voice="carl")]
    events = list(client.render(cues, OUTPUT, voices=voices))
    assert outcomes(events) == {"a": "placed", "b": "placed", "c": "failed"}
    other = list(client.render(cues[:1], OUTPUT, voices={"anna": b"another voice"}))
    assert not any(event.cached for event in other if isinstance(event, TakeReady))


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "a+b", "a:b", ""])
def test_a_voice_cannot_be_sent_under_a_name_that_is_a_path(client: Client, home: Path, name: str) -> None:
    with pytest.raises(FramevoxError):
        list(client.render([cue("a")], OUTPUT, voices={name: b"x"}))
    assert not list(home.rglob("*.bin"))
    assert outcomes(list(client.render([cue("a")], OUTPUT))) == {"a": "placed"}


def test_a_cue_cannot_name_a_file_as_its_voice(client: Client) -> None:
    [failed, _] = client.render([cue("a", voice="/etc/passwd")], OUTPUT)
    assert isinstance(failed, Failed) and failed.code == "unknown-voice" and "opens no files" in failed.message


def test_an_engine_that_cannot_be_loaded_fails_the_cues_with_its_own_words(connect: Callable[..., Client]) -> None:
    client = connect("--engine", "tests.fakes.daemon_engine:broken")
    events = list(client.render([cue("a"), cue("b")], OUTPUT))
    assert {event.code for event in events if isinstance(event, Failed)} == {"engine"}
    assert "framevox doctor" in next(event.message for event in events if isinstance(event, Failed))
    assert client.status()["engine_state"] == "failed"
    with pytest.raises(FramevoxError, match="framevox doctor"):
        client.voices()


def test_status_and_start_load_no_engine(client: Client) -> None:
    status = client.status()
    assert status["engine"] == "tests.fakes.daemon_engine:Tones"
    assert status["engine_state"] == "not loaded"
    assert status["memory_bytes"] < 60e6
    assert [voice["name"] for voice in client.voices()] == ["alto", "tenor"]
    assert client.status()["engine_state"] == "ready"


@pytest.mark.slow
def test_ten_thousand_cues_fit_in_a_batch_and_one_more_does_not(client: Client) -> None:
    cues = [cue(f"c{i}", voice="nobody") for i in range(10_001)]
    with pytest.raises(InputError, match="10000"):
        client.render(cues, OUTPUT)
    *_, last = client.render(cues[:-1], OUTPUT, deadline=0)
    assert isinstance(last, Done) and last.counts["failed"] == 10_000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sample_rate": 44000}, "output.sample_rate: invalid enum value 44000"),
        ({"handles": -1}, "output.handles: expected `int` >= 0"),
        ({"loudness": float("nan")}, "a loudness of nan LUFS"),
        ({"format": "ogg"}, "unknown format 'ogg'"),
    ],
)
def test_an_output_that_cannot_be_had_is_an_error_before_anything_is_sent(
    client: Client, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        client.render([cue("a")], structs.replace(OUTPUT, **changes))
