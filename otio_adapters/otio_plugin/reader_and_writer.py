"""OpenTimelineIO adapter for files of lines that are read and written: cue sheets and W3C DAPT."""

from __future__ import annotations

from typing import Any


def read_from_file(filepath: str, **arguments: Any) -> Any:
    from framevox.otio_adapters.otio_plugin.lists import read

    return read(filepath, arguments)


def write_to_file(input_otio: Any, filepath: str) -> None:
    from framevox.otio_adapters.otio_plugin.lists import write

    write(input_otio, filepath)
