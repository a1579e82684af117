"""One engine for all who hold it."""

from __future__ import annotations

import gc
import threading

from framevox.engine_daemon.engines.shared import Shared
from tests.fakes.tone_engine import ToneEngine


def test_it_is_made_once_while_anybody_holds_it_and_anew_when_nobody_does() -> None:
    made: list[int] = []

    def create() -> ToneEngine:
        made.append(1)
        return ToneEngine()

    shared = Shared(create)
    held: list[object] = []
    threads = [threading.Thread(target=lambda: held.append(shared())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, held))) == len(made) == 1
    held.clear()
    gc.collect()
    assert shared() is not None and len(made) == 2
