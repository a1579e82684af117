"""OpenTimelineIO adapter for files of lines that are read: subtitles and scripts."""

from __future__ import annotations

from typing import Any


def read_from_file(filepath: str, **arguments: Any) -> Any:
    from framevox.otio_adapters.otio_plugin.lists import read

    return read(filepath, arguments)
