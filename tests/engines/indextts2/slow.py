"""The engine as a daemon loads it, with a load that lasts until a test is done with waiting."""

from __future__ import annotations

import time
from pathlib import Path

from framevox.engine_daemon.engines.indextts2.engine import IndexTTS2Engine
from framevox.engine_daemon.engines.indextts2.engine import create as create_at_once

GATE_SECONDS = 120


def create(voices_dir: Path, cache_dir: Path, threads: int) -> IndexTTS2Engine:
    """Loads as soon as there is a file ``go`` in the cache folder."""
    deadline = time.monotonic() + GATE_SECONDS
    while not (cache_dir / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return create_at_once(voices_dir, cache_dir, threads)
