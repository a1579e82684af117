"""Whose turn it is, and what is in flight; without sockets."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from framevox.engine_daemon.protocol.cues import Output
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.messages import MAX_LIVE_SESSIONS, MAX_OPEN_BATCHES, MAX_UNACKNOWLEDGED_BYTES
from framevox.engine_daemon.service.scheduler import LEAST_WINDOW, Batch, Outcome, Scheduler, Session

from .conftest import cue

VOICES = ("alto", "tenor")


def batch(scheduler: Scheduler, id: str, number: int, client: bytes = b"c", **changes: object) -> Batch:
    new = Batch(client, id, Output(), number, **changes)  # type: ignore[arg-type]
    scheduler.open(new)
    scheduler.add(new, [cue(f"{id}{i}", voice=VOICES[i % 2]) for i in range(number)], 0)
    return new


def begin(scheduler: Scheduler, most: int = 1) -> list[str]:
    work = scheduler.next_work(most)
    return [] if work is None else [cue.id for cue in work[1]]


def test_clients_take_turns_and_batches_of_one_client_keep_their_order() -> None:
    scheduler = Scheduler()
    batch(scheduler, "a", 2, b"one")
    batch(scheduler, "b", 2, b"one")
    batch(scheduler, "x", 3, b"two")
    assert [begin(scheduler) for _ in range(8)] == [["a0"], ["x0"], ["a1"], ["x1"], ["b0"], ["x2"], ["b1"], []]


def test_work_is_of_one_batch_and_no_more_than_asked_for() -> None:
    scheduler = Scheduler()
    batch(scheduler, "a", 5)
    assert begin(scheduler, 4) == ["a0", "a1", "a2", "a3"]
    assert begin(scheduler, 4) == ["a4"]


def test_nothing_is_begun_before_the_voices_are_there() -> None:
    scheduler = Scheduler()
    waiting = batch(scheduler, "a", 1, voices_to_come=1)
    assert begin(scheduler) == []
    waiting.voices_to_come = 0
    assert begin(scheduler) == ["a0"]


def test_cues_for_one_engine_do_not_wait_for_those_of_another() -> None:
    scheduler = Scheduler(lambda voice: voice)
    mixed, later = Batch(b"c", "m", Output(), 5), Batch(b"c", "l", Output(), 1)
    scheduler.open(mixed)
    scheduler.add(
        mixed, [cue(f"m{i}", voice=voice) for i, voice in enumerate(("slow", "slow", "fast", "slow", "fast"))], 0
    )
    scheduler.open(later)
    scheduler.add(later, [cue("l0", voice="fast")], 0)
    assert scheduler.waits_for("slow") and scheduler.waits_for("fast") and not scheduler.waits_for("other")

    def begin_by(engine: str, most: int = 8) -> list[str]:
        work = scheduler.next_work(most, engine)
        return [] if work is None else [each.id for each in work[1]]

    assert [begin_by("fast") for _ in range(3)] == [["m2", "m4"], ["l0"], []]
    assert (mixed.queued, mixed.in_flight) == (3, 2)
    # Both engines' cues share the batch's credit.
    scheduler.window = 3
    assert begin_by("slow") == ["m0"] and begin_by("slow") == []
    scheduler.fail_queued(mixed, None, "slow")
    assert [outcome.cue for _, outcome in scheduler.end(mixed)] == ["m1", "m3"]
    assert mixed.counts == {"placed": 0, "attention": 0, "failed": 2, "cancelled": 3}


def test_a_live_line_for_one_engine_has_another_give_way_to_nothing() -> None:
    scheduler = Scheduler(lambda voice: voice)
    session = Session(b"one", "s", Output())
    scheduler.open_session(session)
    line = Batch(b"one", "l", Output(), 1, session=session)
    scheduler.open(line)
    scheduler.add(line, [cue("l0", voice="slow")], 0)
    assert scheduler.live_waits("slow") and not scheduler.live_waits("fast")
    # The session's next line may need any of them.
    assert scheduler.may_need("fast") and not scheduler.waits_for("fast")


def test_live_lines_come_first_and_their_clients_take_turns() -> None:
    scheduler = Scheduler()
    batch(scheduler, "a", 3, b"filler")
    one, two = Session(b"one", "s1", Output()), Session(b"two", "s2", Output())
    for session in (one, two):
        scheduler.open_session(session)
    for id, session in (("l", one), ("m", one), ("n", two)):
        batch(scheduler, id, 1, session.client, session=session)
    assert scheduler.live_waits()
    begun = [begin(scheduler, 8) for _ in range(4)]
    # The one line of the second client does not wait for both of the first.
    assert sorted(begun[0] + begun[1] + begun[2]) == ["l0", "m0", "n0"] and begun[2] == ["m0"]
    # While sessions are open, a batch is begun a cue at a time.
    assert begun[3] == ["a0"] and not scheduler.live_waits()
    scheduler.sessions.clear()
    assert begin(scheduler, 8) == ["a1", "a2"]


def test_a_live_line_waits_for_voices_and_for_a_client_that_takes_nothing() -> None:
    scheduler = Scheduler()
    session = Session(b"one", "s", Output(), voices_to_come=1)
    scheduler.open_session(session)
    batch(scheduler, "l", 1, b"one", session=session)
    assert begin(scheduler) == [] and not scheduler.live_waits()
    session.voices_to_come = 0
    session.held["before"] = MAX_UNACKNOWLEDGED_BYTES + 1
    assert begin(scheduler) == []
    del session.held["before"]
    assert begin(scheduler) == ["l0"]


def test_a_session_is_its_clients_and_there_is_a_bound() -> None:
    scheduler = Scheduler()
    for number in range(MAX_LIVE_SESSIONS - 1):
        scheduler.open_session(Session(b"one", str(number), Output()))
    with pytest.raises(FramevoxError, match="open already"):
        scheduler.open_session(Session(b"one", "1", Output()))
    with pytest.raises(FramevoxError, match="no live session"):
        scheduler.find_session("1", b"two")
    scheduler.open_session(Session(b"one", "last", Output()))
    with pytest.raises(FramevoxError, match="is the bound"):
        scheduler.open_session(Session(b"one", "another", Output()))


def test_no_more_is_begun_than_the_window_until_outcomes_are_acknowledged() -> None:
    scheduler = Scheduler()
    one = batch(scheduler, "a", LEAST_WINDOW + 5)
    begun = begin(scheduler, 1000)
    assert len(begun) == LEAST_WINDOW
    for id in begun:
        assert scheduler.finish(one, Outcome(id, "placed", None))
    assert [sequence for sequence, _ in scheduler.deliver(one)] == list(range(1, LEAST_WINDOW + 1))
    assert begin(scheduler) == []
    scheduler.acknowledge(one, 3)
    assert len(begin(scheduler, 1000)) == 3


def test_nothing_is_begun_while_too_many_bytes_wait() -> None:
    scheduler = Scheduler()
    one = batch(scheduler, "a", 5)
    begin(scheduler, 2)
    scheduler.finish(one, Outcome("a0", "placed", None, MAX_UNACKNOWLEDGED_BYTES + 1))
    assert begin(scheduler) == []
    list(scheduler.deliver(one))
    assert begin(scheduler) == []
    scheduler.acknowledge(one, 1)
    assert begin(scheduler) == ["a2"]


def test_a_deadline_fails_what_was_not_begun_and_only_that() -> None:
    scheduler = Scheduler()
    one = batch(scheduler, "a", 3, deadline=10.0)
    begin(scheduler)
    assert scheduler.next_deadline() == 10.0
    assert scheduler.expired(9.9) == []
    assert scheduler.expired(10.0) == [one]
    scheduler.fail_queued(one, "late")
    assert [(outcome.cue, outcome.status) for _, outcome in scheduler.deliver(one)] == [
        ("a1", "failed"),
        ("a2", "failed"),
    ]
    assert not one.finished
    assert scheduler.next_deadline() is None
    scheduler.finish(one, Outcome("a0", "placed", None))
    list(scheduler.deliver(one))
    assert one.finished


def test_an_ended_batch_counts_what_has_no_outcome_as_cancelled_and_hears_no_more() -> None:
    scheduler = Scheduler()
    one = batch(scheduler, "a", 4)
    begin(scheduler, 2)
    scheduler.finish(one, Outcome("a0", "placed", None))
    assert [outcome.cue for _, outcome in scheduler.end(one)] == ["a0"]
    assert one.counts == {"placed": 1, "attention": 0, "failed": 0, "cancelled": 3}
    assert scheduler.finish(one, Outcome("a1", "placed", None)) is False
    assert len(scheduler) == scheduler.clients == 0


def test_refused_cues_count_as_failed() -> None:
    scheduler = Scheduler()
    one = Batch(b"c", "a", Output(), 3)
    scheduler.open(one)
    scheduler.add(one, [], 3)
    assert one.finished and one.counts["failed"] == 3


def test_too_many_batches_or_cues_are_refused_with_the_bound() -> None:
    scheduler = Scheduler()
    for number in range(10):
        scheduler.open(Batch(b"c", str(number), Output(), 10_000))
    with pytest.raises(FramevoxError, match="100000 queued cues"):
        scheduler.open(Batch(b"c", "more", Output(), 1))
    scheduler = Scheduler()
    for number in range(MAX_OPEN_BATCHES):
        scheduler.open(Batch(b"c", str(number), Output(), 1))
    with pytest.raises(FramevoxError, match="64 open batches") as error:
        scheduler.open(Batch(b"c", "more", Output(), 1))
    assert error.value.code == "busy"


def test_a_batch_is_found_by_its_name_and_client_only() -> None:
    scheduler = Scheduler()
    one = batch(scheduler, "a", 1, b"one")
    assert scheduler.find("a") is scheduler.find("a", b"one") is one
    for args in (("b",), ("a", b"two")):
        with pytest.raises(FramevoxError) as error:
            scheduler.find(*args)  # type: ignore[arg-type]
        assert error.value.code == "unknown-batch"
    with pytest.raises(FramevoxError, match="open already"):
        batch(scheduler, "a", 1)


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order: no cue is begun or delivered twice, none is forgotten, credit holds."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduler = Scheduler(lambda voice: voice)
        self.scheduler.window = 3
        self.number = 0
        self.begun: list[tuple[Batch, str]] = []
        self.sent: Counter[str] = Counter()
        self.everyone: list[Batch] = []

    def send(self, outcomes: list[tuple[int, Outcome[None]]]) -> None:
        self.sent.update(outcome.cue for _, outcome in outcomes)

    @rule(client=st.sampled_from([b"one", b"two", b"three"]), size=st.integers(1, 6))
    def open(self, client: bytes, size: int) -> None:
        self.number += 1
        self.everyone.append(batch(self.scheduler, f"b{self.number}-", size, client))

    @rule(most=st.integers(1, 4), engine=st.sampled_from(VOICES))
    def begin(self, most: int, engine: str) -> None:
        work = self.scheduler.next_work(most, engine)
        if work is not None:
            assert {cue.voice for cue in work[1]} == {engine}
            self.begun += [(work[0], cue.id) for cue in work[1]]
        else:
            assert all(not b.queues.get(engine) or b.in_flight >= 3 for b in self.scheduler)

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), status=st.sampled_from(["placed", "attention", "failed"]))
    def finish(self, data: st.DataObject, status: str) -> None:
        one, id = self.begun.pop(data.draw(st.integers(0, len(self.begun) - 1)))
        assert self.scheduler.finish(one, Outcome(id, status, None)) is not one.ended
        if not one.ended:
            self.send(list(self.scheduler.deliver(one)))

    @precondition(lambda self: len(self.scheduler))
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(list(self.scheduler)))
        self.scheduler.acknowledge(one, data.draw(st.integers(0, one.sequence)))
        self.send(list(self.scheduler.deliver(one)))

    @precondition(lambda self: len(self.scheduler))
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.send(self.scheduler.end(data.draw(st.sampled_from(list(self.scheduler)))))

    @invariant()
    def books_balance(self) -> None:
        assert not self.sent or max(self.sent.values()) == 1
        assert len({id for _, id in self.begun}) == len(self.begun)
        for one in self.everyone:
            if one.ended:
                assert sum(one.counts.values()) == one.total
            else:
                assert len(one.unacknowledged) <= 3
                assert one.queued + len(one.running) + len(one.outbox) + sum(one.counts.values()) == one.total


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
