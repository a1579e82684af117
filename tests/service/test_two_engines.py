"""The built-in engine beside another one, in one daemon: nobody waits for an engine that a line does not need."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Done, Failed, Started, TakeReady
from framevox.engine_daemon.protocol.errors import DaemonError

from .conftest import OUTPUT, cue, eventually

BESIDE = ("--beside", "kokoro")
GATED = ("--engine", "tests.fakes.engines_in_trouble:gated", *BESIDE)
STATES = ("engine_state", "beside_state")
LIVE = msgspec.structs.replace(OUTPUT, handles=0)


def built_in(id: str, voice: str = "af_heart", **changes: Any) -> Any:
    return cue(id, "See you in the morning, then.", voice=voice, duration=None, **changes)


def states(client: Client) -> tuple[str, ...]:
    status = client.status()
    return tuple(status[key] for key in STATES)


def test_a_built_in_voice_speaks_while_the_other_engine_loads_and_in_the_same_batch(
    connect: Callable[..., Client], home: Path
) -> None:
    client, other = connect(*GATED), connect(*GATED)
    assert states(other) == ("not loaded", "not loaded")
    takes: list[str] = []
    # What waits for the slow engine comes first, and fills more than a window.
    cues = [*(cue(f"own{i}") for i in range(40)), built_in("beside0"), built_in("beside1", "af_heart:0.5+bf_emma:0.5")]
    for event in client.render(cues, OUTPUT):
        if isinstance(event, TakeReady):
            takes.append(event.take.cue)
            assert event.take.engine.split()[0] == ("kokoro" if "beside" in event.take.cue else "tone")
        if len(takes) == 1 and isinstance(event, TakeReady):
            assert states(other) == ("loading", "ready")
            status = other.status()
            assert (status["queued"] + status["running"], status["counts"]["placed"]) in ((41, 1), (40, 2))
        if len(takes) == 2 and isinstance(event, TakeReady):
            (home / "cache" / "go").touch()
    assert sorted(takes[:2]) == ["beside0", "beside1"] and len(takes) == 42
    assert event == Done({"placed": 42, "attention": 0, "failed": 0, "cancelled": 0})
    assert states(other) == ("ready", "ready")


def test_only_the_engine_that_a_line_needs_is_loaded(connect: Callable[..., Client]) -> None:
    client = connect("--engine", "tests.fakes.daemon_engine:Tones", *BESIDE)
    assert client.status()["beside"] == "kokoro"
    *_, done = client.render([cue("a")], OUTPUT)
    assert done.counts["placed"] == 1 and states(client) == ("ready", "not loaded")


@pytest.mark.slow
def test_lines_of_one_live_session_need_not_wait_for_each_others_engine(
    connect: Callable[..., Client], home: Path
) -> None:
    with connect(*GATED) as client, client.live(LIVE) as session:
        session.say(cue("own", duration=None))
        session.say(built_in("beside"))
        placed = []
        for event in session.events():
            if isinstance(event, TakeReady):
                placed.append(event.take.cue)
                (home / "cache" / "go").touch()
    assert placed == ["beside", "own"]


def test_an_engine_that_cannot_be_loaded_fails_its_own_lines_alone(connect: Callable[..., Client]) -> None:
    client = connect("--engine", "tests.fakes.daemon_engine:broken", *BESIDE)
    events = list(client.render([cue("own"), built_in("beside")], OUTPUT))
    [failed] = [event for event in events if isinstance(event, Failed)]
    assert (failed.cue, failed.code) == ("own", "engine") and "framevox doctor" in failed.message
    assert [event.take.cue for event in events if isinstance(event, TakeReady)] == ["beside"]
    assert states(client) == ("failed", "ready")
    # Whoever asks for voices is told of those that can be spoken.
    assert {voice["engine"] for voice in client.voices()} == {"kokoro"}


def test_the_built_in_voices_are_there_where_the_other_engines_packages_are_not(
    connect: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    client = connect("--engine", "indextts2")
    assert {(voice["engine"], voice["beside"]) for voice in client.voices()} == {("kokoro", True)}
    events = list(client.render([cue("own", voice=""), built_in("beside")], OUTPUT))
    [failed] = [event for event in events if isinstance(event, Failed)]
    assert failed.cue == "own" and "pip install 'framevox[indextts]'" in failed.message
    assert [event.take.cue for event in events if isinstance(event, TakeReady)] == ["beside"]


def test_a_voice_says_which_engine_it_needs(connect: Callable[..., Client]) -> None:
    client = connect("--engine", "tests.fakes.daemon_engine:Tones", *BESIDE)
    voices = {voice["name"]: (voice["engine"], voice["beside"]) for voice in client.voices()}
    assert voices["alto"] == ("tests.fakes.daemon_engine:Tones", False)
    assert voices["af_heart"] == ("kokoro", True)


def test_cancelling_reaches_what_waits_for_either_engine(connect: Callable[..., Client], home: Path) -> None:
    client = connect(*GATED)
    for event in client.render([cue("own"), *(built_in(f"beside{i}") for i in range(3))], OUTPUT):
        if isinstance(event, Started):
            client.cancel()
    assert isinstance(event, Done) and event.reason == "cancelled" and event.counts["cancelled"] >= 1
    (home / "cache" / "go").touch()
    eventually(lambda: states(client)[0] == "ready")
    assert client.status()["queued"] == 0


def test_only_the_built_in_engine_serves_beside_another(connect: Callable[..., Client]) -> None:
    with pytest.raises(DaemonError, match="--beside indextts2: only kokoro serves beside another engine"):
        connect("--beside", "indextts2")
