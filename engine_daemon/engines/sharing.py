"""One engine for all who use it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine


class Shared:
    """Makes an engine when it is first asked for, and again once nobody holds the one that was made. For any thread."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Callable[[], Engine | None] = lambda: None

    def __call__(self) -> Engine:
        with self._lock:
            engine = self._made()
            if engine is None:
                engine = self._make()
                self._made = weakref.ref(engine)
            return engine
