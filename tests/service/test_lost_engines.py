"""A card that disappears: the next daemon speaks its lines otherwise and says so, or fails them; never does it try for
ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from framevox.engine_daemon.client import Client
from framevox.engine_daemon.client.events import Done, Event, Failed, Started, TakeReady
from framevox.engine_daemon.client.wording import say_take
from framevox.engine_daemon.engines.losses import (
    DIED,
    MOST,
    Losses,
    add_loss,
    count_death,
    forget_losses,
    mark_work,
    read_losses,
)
from framevox.engine_daemon.protocol.connection import Home, daemon_lives
from framevox.engine_daemon.protocol.cues import Cue
from tests.processes import kill

from .conftest import OUTPUT, cue, eventually

LOST = ("--engine", "tests.fakes.engines_in_trouble:Lost", "--beside", "kokoro")
LOST_AT_LOAD = ("--engine", "tests.fakes.engines_in_trouble:lost_at_load", "--beside", "kokoro")
FALL_BACK = ("--without-gpu", "built-in")


def loads(home: Path) -> int:
    path = home / "cache" / "loads.txt"
    return len(path.read_text().splitlines()) if path.exists() else 0


def by_cue(events: list[Event]) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for event in events:
        if isinstance(event, TakeReady):
            found[event.take.cue] = event
        elif isinstance(event, Failed):
            found[event.cue] = event
    return found


def line(id: str, voice: str = "", text: str = "See you in the morning, then.") -> Cue:
    return cue(id, text, voice=voice, duration=None)


@pytest.mark.parametrize("engine", ["Lost", pytest.param("lost_at_load", marks=pytest.mark.slow)])
def test_an_engine_that_is_lost_again_and_again_is_replaced_by_the_built_in_one_which_says_so(
    connect: Callable[..., Client], home: Path, engine: str
) -> None:
    client = connect("--engine", f"tests.fakes.engines_in_trouble:{engine}", "--beside", "kokoro", *FALL_BACK)
    found = by_cue(list(client.render([line("own"), line("beside", "af_heart")], OUTPUT)))
    assert loads(home) == MOST
    own, beside = found["own"], found["beside"]
    if engine == "Lost":  # a line that three daemons died at may be what they died of
        assert isinstance(own, Failed) and "died 3 times" in own.message
    else:
        assert isinstance(own, TakeReady) and [note.code for note in own.take.notes] == ["other-engine"]
    assert isinstance(beside, TakeReady) and not beside.take.notes
    again = by_cue(list(client.render([line("later"), line("clear", "af_heart")], OUTPUT)))
    later, clear = again["later"], again["clear"]
    assert isinstance(later, TakeReady) and later.take.engine.startswith("kokoro ")
    [note] = later.take.notes
    assert note.code == "other-engine" and "was lost 3 times in a row (CUDA error" in str(note.fields["why"])
    assert say_take(later.take).startswith("spoken by the built-in engine instead of tests.fakes")
    # A line that was to be spoken by the built-in engine anyway is what it always was.
    assert isinstance(clear, TakeReady) and not clear.take.notes and clear.take.engine == later.take.engine
    status = client.status()
    assert status["engine"] == "kokoro" and status["beside"] == "" and not status["clones"]
    assert "cannot be used (it was lost 3 times in a row" in status["engine_reason"]
    assert "run `framevox stop` to have it tried again" in status["engine_reason"]
    assert loads(home) == MOST


@pytest.mark.parametrize(
    "engine", ["WideDeadly", *(pytest.param(name, marks=pytest.mark.slow) for name in ("Wide", "Deadly"))]
)
def test_a_batch_of_which_every_line_kills_its_daemon_ends_and_every_cue_is_told(
    connect: Callable[..., Client], home: Path, engine: str
) -> None:
    """Also where the process dies without a word: then two lines may be spoken alone when their third daemon dies."""
    deadly = "Deadly" in engine
    client = connect("--engine", f"tests.fakes.engines_in_trouble:{engine}", "--beside", "kokoro", *FALL_BACK)
    cues = [line(f"c{i}", text=f"Line {i}, then.") for i in range(6)]
    events = list(client.render(cues, OUTPUT))
    outcomes = [event for event in events if isinstance(event, (TakeReady, Failed))]
    assert len(outcomes) == 6 and set(by_cue(events)) == {cue.id for cue in cues}
    assert loads(home) == MOST + deadly
    failed = [event for event in outcomes if isinstance(event, Failed)]
    assert len(failed) <= 1 + deadly and all(
        "died 3 times while it spoke this line" in event.message for event in failed
    )
    assert isinstance(events[-1], Done)
    assert events[-1].counts == {"placed": 6 - len(failed), "attention": 0, "failed": len(failed), "cancelled": 0}
    for event in outcomes:
        if isinstance(event, TakeReady):
            assert event.take.engine.startswith("kokoro ")
            assert [note.code for note in event.take.notes] == ["other-engine"]
    why = "its process died while it was at work" if deadly else "CUDA error: unspecified launch failure"
    assert f"was lost {MOST + deadly} times in a row ({why})" in client.status()["engine_reason"]


@pytest.mark.parametrize("engine", ["Wide", "WideDeadly"])
@pytest.mark.slow
def test_a_batch_of_which_every_line_kills_its_daemon_fails_whole_where_that_is_the_choice(
    connect: Callable[..., Client], home: Path, engine: str
) -> None:
    client = connect("--engine", f"tests.fakes.engines_in_trouble:{engine}", "--without-gpu", "fail")
    cues = [line(f"c{i}", text=f"Line {i}, then.") for i in range(40)]
    events = list(client.render(cues, OUTPUT))
    assert events[-1] == Done({"placed": 0, "attention": 0, "failed": 40, "cancelled": 0})
    told = [event.message for event in events if isinstance(event, Failed)]
    deadly = "Deadly" in engine
    assert len(told) == 40 and all(f"was lost {MOST + deadly} times in a row" in message for message in told)
    assert loads(home) == MOST + deadly


def test_a_daemon_that_was_killed_while_it_had_nothing_to_do_lost_no_engine(
    connect: Callable[..., Client], home: Path
) -> None:
    client = connect("--engine", "tests.fakes.engines_in_trouble:Lost", "--beside", "kokoro")
    well = line("a", "alto", "WELL then")
    for number in range(3):
        assert isinstance(by_cue(list(client.render([well], OUTPUT)))["a"], TakeReady)
        eventually(lambda: not (home / "run" / "at-work").exists())
        kill(client.status()["pid"])
        eventually(lambda: not daemon_lives(Home.find(home)))
        client = connect("--engine", "tests.fakes.engines_in_trouble:Lost", "--beside", "kokoro")
        assert read_losses(Home.find(home)) is None, number


def test_a_daemon_that_ends_as_asked_leaves_no_mark(connect: Callable[..., Client], home: Path) -> None:
    client = connect("--engine", "tests.fakes.engines_in_trouble:Slowly", "--beside", "kokoro")
    events = client.render([line("a", "alto", "WELL then")], OUTPUT)
    for event in events:
        if isinstance(event, Started):
            eventually(lambda: (home / "run" / "at-work").exists())
            client.shutdown()
            break
    eventually(lambda: not daemon_lives(Home.find(home)))
    assert not (home / "run" / "at-work").exists()


def test_processes_that_died_are_counted_once_and_are_no_lost_card(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    home.run.mkdir(parents=True)
    count_death(home)
    assert read_losses(home) is None
    for number in (1, 2):
        mark_work(home, "indextts2", True)
        count_death(home)
        count_death(home)
        assert read_losses(home) == Losses("indextts2", number, DIED, card=False)
    add_loss(home, "indextts2", "CUDA error")
    assert read_losses(home) == Losses("indextts2", 3, "CUDA error")
    mark_work(home, "indextts2", True)
    mark_work(home, "indextts2", False)
    count_death(home)
    assert read_losses(home) == Losses("indextts2", 3, "CUDA error")


def test_lines_for_an_engine_that_was_asked_for_fail_when_it_is_lost_and_others_are_spoken(
    connect: Callable[..., Client], home: Path
) -> None:
    client = connect(*LOST_AT_LOAD)
    events = list(client.render([line("own"), line("too"), line("beside", "af_heart")], OUTPUT))
    assert events[-1] == Done({"placed": 1, "attention": 0, "failed": 2, "cancelled": 0})
    failed = by_cue(events)["own"]
    assert isinstance(failed, Failed) and failed.code == "engine"
    assert "was lost 3 times in a row (CUDA error: no CUDA-capable device is detected)" in failed.message
    assert "framevox stop" in failed.message
    assert (loads(home), client.status()["engine_state"]) == (MOST, "failed")
    # Whoever comes later is told at once, and no card is tried again.
    assert isinstance(by_cue(list(client.render([line("later")], OUTPUT)))["later"], Failed)
    assert loads(home) == MOST


@pytest.mark.slow
def test_a_live_line_is_spoken_by_the_built_in_engine_when_the_other_one_is_lost_for_good(
    connect: Callable[..., Client], home: Path
) -> None:
    client = connect(*LOST_AT_LOAD, *FALL_BACK)
    with client.live(structs.replace(OUTPUT, handles=0)) as session:
        session.say(line("own"))
        *_, take = session.events()
    assert isinstance(take, TakeReady) and [note.code for note in take.take.notes] == ["other-engine"]
    assert loads(home) == MOST


@pytest.mark.slow
def test_a_card_that_is_gone_on_the_next_start_is_told_with_every_line_that_needed_it(
    connect: Callable[..., Client], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine was chosen because there was a GPU, and so was never named."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in ("transformers", "sentencepiece", "tiktoken"):
        (packages / f"{name}.py").touch()
    (packages / "torch.py").write_text("class cuda:\n    is_available = staticmethod(lambda: False)\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), os.environ["PYTHONPATH"]]))
    (home / "models" / "indextts2").mkdir(parents=True)
    (home / "models" / "indextts2" / "config.yaml").touch()
    (home / "run").mkdir(mode=0o700)
    add_loss(Home.find(home), "indextts2", "CUDA error: unspecified launch failure")
    client = connect(options=())
    cues = [line("plain"), line("gender", "female"), line("named", "af_heart")]
    found = by_cue(list(client.render(cues, OUTPUT)))
    said = {id: say_take(event.take) for id, event in found.items() if isinstance(event, TakeReady)}
    assert said == {
        "plain": "spoken by the built-in engine instead of indextts2, which cannot be used: torch finds no GPU",
        "gender": "",
        "named": "",
    }
    reason = client.status()["engine_reason"]
    assert reason == (
        "indextts2 cannot be used (torch finds no GPU): the built-in voices speak instead; run `framevox stop` to have "
        "it tried again"
    )
    # What was said was said: a daemon that starts after this one ended in peace has nothing to tell with each line.
    client.shutdown()
    again = connect(options=())
    [take] = [e for e in again.render([line("plain")], OUTPUT) if isinstance(e, TakeReady)]
    assert not take.take.notes and "but torch finds no GPU" in again.status()["engine_reason"]


@pytest.mark.slow
def test_an_engine_is_tried_again_after_the_daemon_was_stopped(connect: Callable[..., Client], home: Path) -> None:
    client = connect(*LOST_AT_LOAD)
    list(client.render([line("own")], OUTPUT))
    assert read_losses(Home.find(home)) is not None
    client.shutdown()
    assert read_losses(Home.find(home)) is None
    again = connect(*LOST_AT_LOAD)
    list(again.render([line("own")], OUTPUT))
    assert loads(home) == 2 * MOST


@pytest.mark.slow
def test_an_engine_that_has_spoken_since_was_not_lost_in_a_row(connect: Callable[..., Client], home: Path) -> None:
    """One line of poison in a film is no reason to do without the card: that line fails, all others are spoken."""
    client = connect(*LOST)
    cues = [line(f"c{i}", "alto", f"WELL, this is line {i}") for i in range(6)]
    cues.insert(2, line("poison", "alto"))
    events = list(client.render(cues, OUTPUT))
    failed = [event for event in events if isinstance(event, Failed)]
    assert [event.cue for event in failed] == ["poison"] and "died 3 times" in failed[0].message
    assert events[-1] == Done({"placed": 6, "attention": 0, "failed": 1, "cancelled": 0})
    found = by_cue(list(client.render([line("after", "alto", "WELL then")], OUTPUT)))["after"]
    assert isinstance(found, TakeReady) and found.take.engine == "tone 1"
    eventually(lambda: read_losses(Home.find(home)) is None)


def test_losses_of_one_engine_in_a_row_are_counted_and_forgotten(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    assert read_losses(home) is None
    add_loss(home, "one", "no folder")  # which costs a try, and nothing else
    home.run.mkdir(parents=True)
    for number in (1, 2):
        add_loss(home, "one", f"reason {number}")
    assert read_losses(home) == Losses("one", 2, "reason 2")
    add_loss(home, "other", "else")
    assert read_losses(home) == Losses("other", 1, "else")
    (home.run / "lost.json").write_text('{"engine": "one", "times": "many", "why": ""}')
    assert read_losses(home) is None
    forget_losses(home)
    forget_losses(home)
    assert not (home.run / "lost.json").exists()
