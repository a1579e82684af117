"""The files of takes: their names, which the timeline keeps, and their sound."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Optional

TAKE_NAME = re.compile(
    r"_f(?P<start>\d+)-(?P<duration>\d+)_(?P<cue>fv-[0-9a-f]{16})_t(?P<take>\d+)_[0-9A-Za-z]+(?:_v\d+)?\.wav$"
)
"""The end of a take's file name: its slot's first frame and length, its cue, which take of it, and its content."""


def file_of(path: str) -> str:
    """Returns the name of a take's file, which no other file has. Resolve may write the path to it differently."""
    return unicodedata.normalize("NFC", re.split(r"[/\\]", path)[-1])


def same_sound(one: str, other: str) -> bool:
    """Returns whether two WAV files have the same samples, whatever their headers say; False if one cannot be read."""
    try:
        sounds = [_samples(Path(path).read_bytes()) for path in (one, other)]
    except OSError:
        return False
    return sounds[0] is not None and sounds[0] == sounds[1]


def _samples(content: bytes) -> Optional[bytes]:
    at = 12  # chunks follow the file's own header: a name, a length, and content that is padded to an even length
    while at + 8 <= len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        if content[at : at + 4] == b"data":
            return content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return None
