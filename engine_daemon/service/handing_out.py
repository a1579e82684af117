"""Cues handed to an engine's workers: live lines first, those that gave way and those that wait to begin by turns."""

from __future__ import annotations

from collections import deque
from functools import partial

from framevox.engine_daemon.protocol.messages import CueStarted
from framevox.engine_daemon.service.delivery import Delivery
from framevox.engine_daemon.service.scheduler import Batch, Scheduler
from framevox.engine_daemon.service.workers import Job, Workers


class HandingOut:
    """Keeps the workers of an engine busy with what the scheduler has for it, and tells clients what was begun."""

    def __init__(self, scheduler: Scheduler, workers: Workers, delivery: Delivery) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._delivery = delivery
        self._gave_way: deque[Job] = deque()
        """Live lines that stopped between two pieces, the longest waiting first."""
        self._turn_of_begun = False

    def take_back(self, job: Job) -> None:
        """Takes a live line that made room for another between two of its pieces."""
        self._gave_way.append(job)

    def hand_out(self) -> None:
        """Gives work to every worker that is free."""
        engine = self._workers.name
        while self._workers.free > 0:
            # Lines that gave way and lines that wait to begin take turns.
            if self._gave_way and (self._turn_of_begun or not self._scheduler.live_waits(engine)):
                self._turn_of_begun = False
                self._workers.submit(self._gave_way.popleft())
                continue
            work = self._scheduler.next_work(self._workers.batch_size, engine)
            if work is None:
                break
            self._turn_of_begun = True
            batch, cues = work
            for cue in cues:
                self._delivery.send("work", batch.client, CueStarted(re=batch.id, cue=cue.id))
            if batch.ended:  # The client turned out to be gone.
                continue
            job = Job(batch.id, cues, batch.output, partial(_is_over, batch), bool(batch.session), batch.fresh)
            self._workers.submit(job)
        self._workers.give_way = bool(self._gave_way) or self._scheduler.live_waits(engine)


def _is_over(batch: Batch) -> bool:
    return batch.ended
