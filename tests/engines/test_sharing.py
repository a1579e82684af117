"""One engine for all who use it."""

from __future__ import annotations

import gc
from typing import Any

from framevox.engine_daemon.engines.sharing import Shared


class Model:
    pass


def test_all_who_ask_get_one_engine_until_nobody_holds_it() -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(1)
        return Model()

    shared = Shared(make)
    assert made == []
    first, second = shared(), shared()
    assert first is second and made == [1]
    del first
    assert shared() is second and made == [1]
    del second
    gc.collect()
    assert isinstance(shared(), Model) and made == [1, 1]
