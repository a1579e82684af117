"""The engines of a daemon: its own, and another one beside it, each with workers and a memory of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from framevox.engine_daemon.service.free_memory import Free, free_memory
from framevox.engine_daemon.service.scheduler import LEAST_WINDOW
from framevox.engine_daemon.service.workers import News, Workers

log = logging.getLogger(__name__)

DEFAULT_UNLOAD_AFTER = 300.0
LEAST_FREE = 0.1
"""Of the machine's memory, of what a container may use, or of a card's: below this share, idle engines make room."""
CHECK_SECONDS = 5.0


class Engines:
    """``own`` is the daemon's engine. One that has been idle for ``unload_after`` seconds is unloaded where memory is
    wanted: another is to be loaded, or little is free. ``is_wanted`` says whether an engine, by its name, may be needed
    at any moment.
    """

    def __init__(
        self,
        own: Workers,
        beside: Workers | None = None,
        *,
        unload_after: float = DEFAULT_UNLOAD_AFTER,
        is_wanted: Callable[[str], bool],
        free_memory: Callable[[], Free] = free_memory,
    ) -> None:
        self.own, self.beside = own, beside
        self._all = [own] if beside is None else [own, beside]
        self._unload_after = unload_after
        self._is_wanted = is_wanted
        self._free_memory = free_memory
        self._next_check = 0.0

    def __iter__(self) -> Iterator[Workers]:
        return iter(self._all)

    @property
    def working(self) -> bool:
        """Whether any is being loaded, or speaks."""
        return any(workers.busy or workers.state == "loading" for workers in self)

    @property
    def window(self) -> int:
        """How many cues of a batch may be on their way: twice what the engines work on at once, so that they never wait
        for an acknowledgement to travel."""
        return max(LEAST_WINDOW, 2 * sum(workers.parallel * workers.batch_size for workers in self))

    def news(self) -> Iterator[tuple[Workers, News]]:
        """What happened since the last call, and where."""
        for workers in self:
            for item in workers.news():
                yield workers, item

    def notices(self) -> list[str]:
        """What the engines have to tell the user, once."""
        return [notice for workers in self for notice in workers.notices()]

    def told(self) -> list[str]:
        """What the engines that are loaded have had to tell."""
        return [notice for workers in self for notice in workers.told()]

    def ensure_loading(self, workers: Workers) -> None:
        """Begins to load an engine, unless that was done; idle ones are unloaded first."""
        if workers.is_needed:
            others = [other for other in self if other is not workers]
            workers.ensure_loading(self._unload(others, f"the engine {workers.name} is loaded"))

    def next_check(self) -> float | None:
        """When memory is to be looked at again; None while there is nothing to unload."""
        return self._next_check if any(workers.is_loaded for workers in self) else None

    def check_memory(self) -> None:
        """Unloads engines that are idle where little memory is left, now and then."""
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + min(CHECK_SECONDS, self._unload_after)
        idle = [workers for workers in self if self._is_idle(workers)]
        for workers in idle:
            card = workers.free_memory()
            if card is not None and card < LEAST_FREE:
                self._unload([workers], f"{card:.0%} of its card's memory is free")
            elif (free := self._free_memory()).share < LEAST_FREE:
                self._unload([workers], f"{free.share:.0%} of {free.of} is free")

    def _is_idle(self, workers: Workers) -> bool:
        return workers.is_loaded and workers.idle_seconds() >= self._unload_after and not self._is_wanted(workers.name)

    def _unload(self, those: Sequence[Workers], why: str) -> list[threading.Event]:
        """Unloads those that are idle; gives what tells when each has given its memory back."""
        idle = [workers for workers in those if self._is_idle(workers)]
        for workers in idle:
            log.info("unloading the engine %s, idle for %.0f s: %s", workers.name, workers.idle_seconds(), why)
            workers.unload()
        return [workers.freed for workers in idle]
