"""What runs now. One run at a time: a timer, or a script, takes it from step to step."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Optional

from .shared.progress import Progress


class Work(Progress):
    """The state of a run, as it is shown. ``wait`` is how long a step may wait for the helper, in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait
        self.changed = False
        """Whether something in the scene was changed, so that there is something to undo."""
        self.answer: Any = None

    @property
    def part(self) -> float:
        return self.done / self.total if self.total else 0.0

    @property
    def title(self) -> str:
        return f"{self.done} of {self.total}" if self.total else self.line


class Running:
    """A run under way: its steps, and what is shown of it."""

    def __init__(self, work: Work, steps: Generator[None, None, Any]) -> None:
        self.work, self.steps = work, steps

    def step(self) -> bool:
        """Takes one step. Returns False at the end."""
        try:
            next(self.steps)
        except StopIteration:
            return False
        return True

    def stop(self) -> None:
        """Ends the run where it is: the helper is closed, and what was placed stays."""
        self.steps.close()


current: Optional[Running] = None
"""What runs beside the window."""
last: list[str] = []
"""What the last run said, for the panel."""
broken_off: dict[str, str] = {}
"""By scene, what the panel says of a run that was broken off; read once, because panels are drawn often."""


def show_last(work: Work) -> None:
    """Keeps what a run said for the panel: the sum, and how much more there is."""
    more = len(work.said) - 1
    last[:] = [*([f"{more} more in the Info editor and the console"] if more > 0 else []), *work.said[-1:]]
    last.reverse()
    broken_off.clear()


def begin(running: Running) -> None:
    global current
    current = running


def end() -> None:
    global current
    if current is not None:
        show_last(current.work)
        current = None


def abandon() -> None:
    """Ends what runs because its scene goes away: another file is opened, or the extension is switched off."""
    if current is not None:
        current.stop()
        end()
