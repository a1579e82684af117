"""Watched files: which of them were saved, and when a save is over."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import watch
from watchfiles._rust_notify import WatchfilesRustInternalError

State = tuple[tuple[int, int, int] | None, ...]
"""When each watched file was written, its size and its inode; None for one that is not there."""
_LOOK_MS = 1000
"""How often files are looked at besides: folders that were deleted and made again, or unmounted, report nothing."""


@dataclass(frozen=True)
class Job:
    """What is filled again when ``source`` or one of ``others`` was saved. ``label`` is how the job is named, and
    ``written`` are the files that its fills write besides media."""

    source: Path
    out: Path
    arguments: tuple[str, ...]
    folder: Path
    others: tuple[Path, ...] = ()
    label: str = ""
    written: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are looked at; of a bundle that is a folder, the timeline inside."""
        inside = self.source / "content.otio"
        return (inside if self.source.is_dir() else self.source, *self.others)

    def state(self) -> State:
        return tuple(_state(path) for path in self.files)


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Watcher:
    """Calls ``fill(job)`` for each job at once, and again after each save of one of its files, one at a time.

    A save is over when its files have been the same for ``quiet`` seconds, so saves in quick succession are one. What
    is saved while its job is filled is filled again afterwards. ``gone(job)`` is called once when a source is not
    there; it is filled when it is back. The files are looked at every second besides, as the system knows nothing of
    what other machines write to a network share; ``poll`` does only that.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        fill: Callable[[Job], object],
        gone: Callable[[Job], object],
        *,
        quiet: float = 0.5,
        poll: bool = False,
        stop: threading.Event | None = None,
    ) -> None:
        self._jobs = jobs
        self._fill, self._gone = fill, gone
        self._quiet, self._poll = quiet, poll
        self._stop = stop or threading.Event()
        self._done: dict[Job, State | None] = {}

    def run(self) -> None:
        """Returns when ``stop`` is set; raises KeyboardInterrupt, and what ``fill`` raises."""
        self._look()
        while not self._stop.is_set():
            # A folder that is not there yet, or no more, or too many watched files on this system: looking still works.
            with contextlib.suppress(OSError, WatchfilesRustInternalError):
                for _ in watch(
                    *self._folders(),
                    watch_filter=None,  # other files in these folders may be saved so often that no look was ever due
                    debounce=max(1, round(self._quiet * 1000)),
                    rust_timeout=_LOOK_MS,
                    yield_on_timeout=True,
                    stop_event=self._stop,
                    force_polling=True if self._poll else None,
                    poll_delay_ms=_LOOK_MS,
                    recursive=False,
                    raise_interrupt=True,
                ):
                    self._look()
            self._stop.wait(_LOOK_MS / 1000)
            self._look()

    def _folders(self) -> Iterable[Path]:
        # Of a link, both ends: saving by renaming replaces the link, saving in place changes what it leads to.
        files = [path for job in self._jobs for path in job.files]
        return {folder for path in files for folder in (path.absolute().parent, path.resolve().parent)}

    def _look(self) -> None:
        for job in self._jobs:
            while not self._stop.is_set() and self._needs_fill(job):
                self._fill(job)

    def _needs_fill(self, job: Job) -> bool:
        """Whether a job's files were saved since it was last filled; returns when the save is over."""
        state = job.state()
        if job in self._done and state == self._done[job]:
            return False
        while True:
            self._stop.wait(self._quiet)
            if self._stop.is_set():
                return False
            before, state = state, job.state()
            if state == before:
                break
        known = self._done.get(job)
        # Taken down before the job is filled, so that a save meanwhile is seen afterwards.
        self._done[job] = state
        if state[0] is None:
            if known is None or known[0] is not None:
                self._gone(job)
            return False
        return True


def clock() -> str:
    """The time of day that a line begins with."""
    return time.strftime("%H:%M:%S")
