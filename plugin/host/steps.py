"""Runs in steps: taken to their end where waiting is allowed, cancelled between two of them, and none too long."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from .errors import CancelledError
from .progress import Progress, Steps


def finish(steps: Steps) -> Any:
    """Takes every step, and returns what the run returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def cancellable(steps: Steps, progress: Progress) -> Steps:
    """The same steps, of which none follows once ``progress.cancelled`` is set: then CancelledError."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        if progress.cancelled:
            steps.close()
            raise CancelledError("stopped: nothing was changed")
        yield


class Pace:
    """Ends steps that have been at work for ``seconds``, so that what is done in many small parts holds no window."""

    def __init__(self, seconds: float = 0.01) -> None:
        self._seconds = seconds
        self._until = time.perf_counter() + seconds

    def rest(self) -> Generator[None, None, bool]:
        """Between two parts. Returns whether a step ended, and the program may have changed what it holds."""
        if time.perf_counter() < self._until:
            return False
        yield
        self._until = time.perf_counter() + self._seconds
        return True
