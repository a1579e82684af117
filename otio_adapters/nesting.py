"""How deeply JSON nests: OpenTimelineIO's parser recurses, and a file nested deeply enough would end the process."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from framevox.engine_daemon.protocol.errors import InputError

_MAX_LEVELS = 1000


def check_levels(content: bytes, path: Path) -> None:
    """Raises InputError for content that nests more levels than any timeline."""
    if _levels(content) > _MAX_LEVELS and _levels(_without_strings(content)) > _MAX_LEVELS:
        raise InputError(f"{path} nests more than {_MAX_LEVELS} levels: that is no timeline")


def _levels(content: bytes) -> int:
    brackets = np.frombuffer(content.translate(None, _NOT_BRACKETS), np.uint8)
    steps = np.where((brackets == ord("{")) | (brackets == ord("[")), 1, -1)
    return int(np.cumsum(steps).max(initial=0))


_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_without_strings: Callable[[bytes], bytes] = partial(re.compile(rb'"(?:[^"\\]|\\.)*"', re.S).sub, b'""')
