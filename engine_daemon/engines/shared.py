"""One engine for several users of it, such as the one that speaks beside another and times that one's words."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framevox.engine_daemon.engines.base import Engine


class Shared:
    """Gives the engine that ``create`` makes, the same one for as long as anybody holds it. From any thread."""

    def __init__(self, create: Callable[[], Engine]) -> None:
        self._create = create
        self._lock = threading.Lock()
        self._made: weakref.ref[Engine] | None = None

    def __call__(self) -> Engine:
        with self._lock:
            engine = None if self._made is None else self._made()
            if engine is None:
                engine = self._create()
                self._made = weakref.ref(engine)
            return engine
