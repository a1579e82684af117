"""Resolve as an entry sees it: its globals, its edition, and the ways to show something."""

from __future__ import annotations

from typing import Any, Optional

from ...host.lock import OneAtATime
from ...host.progress import Steps, run_in_console
from .gateway import Session, maybe
from .windows import WindowProgress, run_in_window, show_message


class App:
    """What every entry is given: Resolve's globals, where Framevox's Python is, and how to show things."""

    def __init__(self, python: str, root: str, globals_: dict[str, Any]) -> None:
        self.python, self.root = python, root
        self.resolve = globals_.get("resolve")
        self.fusion, self.bmd = globals_.get("fusion"), globals_.get("bmd")
        self.session: Optional[Session] = None
        self.progress = WindowProgress()
        self.lock = OneAtATime()
        """Held while the entry runs; a window that the editor leaves open at the end holds up no other."""

    def open(self) -> Session:
        self.session = Session(self.resolve)
        return self.session

    @property
    def windows(self) -> bool:
        """Whether windows are allowed. In the free edition, asking for one raises a dialog (trap 15)."""
        if self.session is not None:
            return self.session.studio and self.fusion is not None and self.bmd is not None
        name = maybe(self.resolve, "GetProductName") if self.resolve is not None else None
        return "Studio" in str(name) and self.fusion is not None and self.bmd is not None

    def work(self, steps: Steps) -> None:
        steps = self._then_released(steps)
        if self.windows:
            run_in_window(steps, self.progress, self.fusion, self.bmd)
        else:
            run_in_console(steps, self.progress)

    def _then_released(self, steps: Steps) -> Steps:
        try:
            yield from steps
        finally:
            self.lock.release()

    def tell(self, sentence: str) -> None:
        """Says what the entry came to, at its end."""
        self.lock.release()
        self.progress.say(sentence)
        if self.windows:
            show_message(sentence, self.fusion, self.bmd)
