"""Which voices this engine has, told without numpy, the model, or the voices themselves."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from framevox.engine_daemon.engines.clips import is_file, is_sound

TABLE = Path(__file__).with_name("voices.json")
"""Made by benchmarks/voice_table.py."""
SUFFIXES = (".bin", ".npy", ".npz", ".pt")
"""Of voice files."""
RAW_BYTES = 510 * 256 * 4
"""The size of a voice file that is nothing but styles."""
_NAME = re.compile(r"\w[\w.-]*")
_HEADS = (b"\x93NUMPY", b"PK")


@cache
def packaged() -> frozenset[str]:
    """The names of the packaged voices."""
    return frozenset(json.loads(TABLE.read_bytes())["voices"])


def find_voice_file(folder: Path, name: str) -> Path | None:
    """Returns the voice file ``name`` in the folder, and no clip; None if there is none."""
    paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES if _NAME.fullmatch(name)]
    return next((path for path in paths if is_file(path) and is_voice_file(path)), None)


def is_voice_file(path: Path) -> bool:
    """Returns whether a file is a voice of this engine, by its name, size and first bytes. It may still be damaged."""
    if path.suffix != ".bin":
        return path.suffix in SUFFIXES
    try:
        with path.open("rb") as file:
            head = file.read(len(_HEADS[0]))
        return head.startswith(_HEADS) or (path.stat().st_size == RAW_BYTES and not is_sound(head))
    except OSError:
        return False
