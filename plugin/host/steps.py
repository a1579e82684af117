"""Runs in steps: taken to their end where waiting is allowed, or cancelled between two of them."""

from __future__ import annotations

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
