"""Whose cue is next, how much a client may have under way, and when a batch is over. Bookkeeping only: no sockets,
no threads, no clock of its own.

A line of a live session is a batch of one cue, begun before the cues of other batches. A batch has a queue for each
engine that its cues need, so that those for one engine never wait for another.

A cue goes from a queue to ``running`` to ``outbox`` to ``unacknowledged`` to done with. What is past the queue and
not acknowledged is in flight; a batch may have ``window`` of those, so a client that does not take its results is
given no more work, and what the daemon holds for it stays bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from framevox.engine_daemon.protocol.cues import Cue, Output
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.messages import (
    COUNTS,
    MAX_LIVE_SESSIONS,
    MAX_OPEN_BATCHES,
    MAX_QUEUED_CUES,
    MAX_UNACKNOWLEDGED_BYTES,
)

LEAST_WINDOW = 32

Payload = TypeVar("Payload")


@dataclass(frozen=True)
class Outcome(Generic[Payload]):
    """What became of a cue: ``status`` is a key of COUNTS, ``size`` the bytes it holds until acknowledged."""

    cue: str
    status: str
    payload: Payload
    size: int = 0


@dataclass
class Session:
    """A client's live session: what its lines share. Each line is a batch of its own."""

    client: bytes
    id: str
    output: Output
    voices_to_come: int = 0
    voices: dict[str, str] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    """Bytes sent about each line that is not acknowledged."""

    @property
    def waits(self) -> bool:
        """Whether its lines are not begun yet: voices are to come, or the client takes nothing."""
        return self.voices_to_come > 0 or sum(self.held.values()) > MAX_UNACKNOWLEDGED_BYTES


@dataclass
class Batch:
    """A batch and where its cues are. Only the scheduler changes it."""

    client: bytes
    id: str
    output: Output
    total: int
    voices_to_come: int = 0
    deadline: float | None = None
    voices: dict[str, str] = field(default_factory=dict)
    """The name of each voice the client sent, and what the engine calls it."""
    session: Session | None = None
    """The live session that this is a line of."""
    fresh: bool = False
    """Whether a live line is made again even where it is kept."""
    ids: set[str] = field(default_factory=set)
    queues: dict[str, deque[Cue]] = field(default_factory=dict)
    """The cues that were not begun, in the order they came, by the engine that they need."""
    running: set[str] = field(default_factory=set)
    outbox: deque[Outcome[Any]] = field(default_factory=deque)
    unacknowledged: deque[tuple[int, int]] = field(default_factory=deque)
    """``(sequence, size)`` of what was sent."""
    sequence: int = 0
    received: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    ended: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is to be begun later, if it has cues at all."""
        return self.session.waits if self.session else self.voices_to_come > 0

    @property
    def queued(self) -> int:
        return sum(map(len, self.queues.values()))

    @property
    def in_flight(self) -> int:
        return len(self.running) + len(self.outbox) + len(self.unacknowledged)

    @property
    def held_bytes(self) -> int:
        return sum(outcome.size for outcome in self.outbox) + sum(size for _, size in self.unacknowledged)

    @property
    def finished(self) -> bool:
        """Whether every cue has an outcome that was sent."""
        return sum(self.counts.values()) == self.total


class Scheduler:
    """The open batches of all clients. ``engine_of`` names the engine that a cue's voice needs."""

    def __init__(self, engine_of: Callable[[str], str] = lambda voice: "") -> None:
        self._engine_of = engine_of
        self._batches: dict[str, Batch] = {}
        self.sessions: dict[str, Session] = {}
        """The open live sessions by their ids."""
        self._turns: deque[bytes] = deque()
        self.window = LEAST_WINDOW
        """How many cues of a batch may be begun and not yet acknowledged."""

    def __iter__(self) -> Iterator[Batch]:
        return iter(list(self._batches.values()))

    def __len__(self) -> int:
        return len(self._batches)

    @property
    def queued(self) -> int:
        return sum(batch.queued for batch in self._batches.values())

    @property
    def running(self) -> int:
        return sum(len(batch.running) for batch in self._batches.values())

    @property
    def clients(self) -> int:
        return len(self._turns)

    def voices_in_use(self) -> set[str]:
        """What the engine calls the voices that open batches brought."""
        held = [batch.voices for batch in self._batches.values()]
        held += [session.voices for session in self.sessions.values()]
        return {name for voices in held for name in voices.values()}

    def open(self, batch: Batch) -> None:
        """Takes a batch on. Raises FramevoxError with code ``busy`` or ``bad-message``."""
        if batch.id in self._batches:
            raise FramevoxError(f"a batch {batch.id!r} is open already", code="bad-message")
        if len(self._batches) >= MAX_OPEN_BATCHES:
            raise FramevoxError(f"{MAX_OPEN_BATCHES} open batches is the bound: try again later", code="busy")
        promised = sum(batch.total - batch.received for batch in self._batches.values())
        if self.queued + promised + batch.total > MAX_QUEUED_CUES:
            raise FramevoxError(f"{MAX_QUEUED_CUES} queued cues is the bound: try again later", code="busy")
        self._batches[batch.id] = batch
        if batch.client not in self._turns:
            self._turns.append(batch.client)

    def open_session(self, session: Session) -> None:
        """Takes a live session on. Raises FramevoxError with code ``busy`` or ``bad-message``."""
        if session.id in self.sessions:
            raise FramevoxError(f"a live session {session.id!r} is open already", code="bad-message")
        if len(self.sessions) >= MAX_LIVE_SESSIONS:
            raise FramevoxError(f"{MAX_LIVE_SESSIONS} live sessions is the bound: try again later", code="busy")
        self.sessions[session.id] = session

    def find_session(self, id: str, client: bytes | None = None) -> Session:
        """The live session of this name (and client). Raises FramevoxError with code ``unknown-batch``."""
        session = self.sessions.get(id)
        if session is None or (client is not None and session.client != client):
            raise FramevoxError(f"no live session {id!r} is open", code="unknown-batch")
        return session

    def find(self, id: str, client: bytes | None = None) -> Batch:
        """The open batch of this name (and client). Raises FramevoxError with code ``unknown-batch``."""
        batch = self._batches.get(id)
        if batch is None or (client is not None and batch.client != client):
            raise FramevoxError(f"no batch {id!r} is open", code="unknown-batch")
        return batch

    def add(self, batch: Batch, cues: Sequence[Cue], refused: int) -> None:
        """Queues cues that came in; ``refused`` others were told so already and count as failed."""
        engines: dict[str, str] = {}
        for cue in cues:
            if cue.voice not in engines:
                engines[cue.voice] = self._engine_of(cue.voice)
            batch.queues.setdefault(engines[cue.voice], deque()).append(cue)
        batch.received += len(cues) + refused
        batch.counts["failed"] += refused

    def next_work(self, most: int, engine: str = "") -> tuple[Batch, list[Cue]] | None:
        """Up to ``most`` cues of one batch for an engine to begin now: live lines first, clients in turn, batches and
        cues in the order they came. While a live session is open it is one cue, so that a line never waits for more
        than that."""
        return self._next(1, engine, live=True) or self._next(1 if self.sessions else most, engine, live=False)

    def live_waits(self, engine: str = "") -> bool:
        """Whether a live line could be begun by an engine."""
        return any(batch.session and batch.queues.get(engine) and not batch.waits for batch in self._batches.values())

    def waits_for(self, engine: str) -> bool:
        """Whether a cue waits for an engine."""
        return any(batch.queues.get(engine) for batch in self._batches.values())

    def may_need(self, engine: str) -> bool:
        """Whether a cue waits for an engine, or a live session is open, whose next line may need any."""
        return bool(self.sessions) or self.waits_for(engine)

    def _next(self, most: int, engine: str, *, live: bool) -> tuple[Batch, list[Cue]] | None:
        for _ in range(len(self._turns)):
            client = self._turns[0]
            self._turns.rotate(-1)
            for batch in self._batches.values():
                queue = batch.queues.get(engine)
                if batch.client != client or not queue or batch.waits or live != bool(batch.session):
                    continue
                number = min(most, self._room(batch), len(queue))
                if number:
                    cues = [queue.popleft() for _ in range(number)]
                    batch.running.update(cue.id for cue in cues)
                    return batch, cues
        return None

    def _room(self, batch: Batch) -> int:
        return 0 if batch.held_bytes > MAX_UNACKNOWLEDGED_BYTES else max(0, self.window - batch.in_flight)

    def finish(self, batch: Batch, outcome: Outcome[Any]) -> bool:
        """Notes what became of a running cue; False if that is of no interest any more."""
        if batch.ended or outcome.cue not in batch.running:
            return False
        batch.running.remove(outcome.cue)
        batch.outbox.append(outcome)
        return True

    def refuse(self, batch: Batch, cue: str, payload: Any) -> None:
        """Notes a live line whose cue cannot be used: that is its outcome."""
        batch.received += 1
        batch.outbox.append(Outcome(cue, "failed", payload))

    def fail_queued(self, batch: Batch, payload: Any, engine: str | None = None) -> None:
        """Fails every cue of the batch that was not begun, or those for one engine."""
        for name, queue in batch.queues.items():
            if engine in (None, name):
                batch.outbox.extend(Outcome(cue.id, "failed", payload) for cue in queue)
                queue.clear()

    def deliver(self, batch: Batch) -> Iterator[tuple[int, Outcome[Any]]]:
        """The outcomes to send now, with their sequence numbers, as far as the client has acknowledged."""
        while batch.outbox and len(batch.unacknowledged) < self.window:
            yield self._send(batch)

    def _send(self, batch: Batch) -> tuple[int, Outcome[Any]]:
        outcome = batch.outbox.popleft()
        batch.sequence += 1
        batch.unacknowledged.append((batch.sequence, outcome.size))
        batch.counts[outcome.status] += 1
        return batch.sequence, outcome

    def acknowledge(self, batch: Batch, sequence: int) -> None:
        """The client has taken every outcome up to ``sequence``."""
        if sequence > batch.sequence:
            raise FramevoxError(f"outcome {sequence} was never sent", code="bad-message")
        while batch.unacknowledged and batch.unacknowledged[0][0] <= sequence:
            batch.unacknowledged.popleft()

    def expired(self, now: float) -> list[Batch]:
        """The batches whose deadline has passed with cues not begun."""
        return [b for b in self._batches.values() if b.queued and b.deadline is not None and b.deadline <= now]

    def next_deadline(self) -> float | None:
        return min((b.deadline for b in self._batches.values() if b.queued and b.deadline is not None), default=None)

    def end(self, batch: Batch) -> list[tuple[int, Outcome[Any]]]:
        """Closes the batch; whatever has no outcome counts as cancelled. Returns the outcomes still to be sent."""
        rest = [self._send(batch) for _ in range(len(batch.outbox))]
        batch.counts["cancelled"] = batch.total - sum(batch.counts.values())
        batch.ended = True
        batch.queues.clear()
        batch.running.clear()
        del self._batches[batch.id]
        if not any(other.client == batch.client for other in self._batches.values()):
            self._turns.remove(batch.client)
        return rest

    def of_client(self, client: bytes) -> list[Batch]:
        return [batch for batch in self._batches.values() if batch.client == client]

    def of_session(self, session: Session) -> list[Batch]:
        return [batch for batch in self._batches.values() if batch.session is session]
