"""Clips in the folder of voices, found by name. Nothing of a model is loaded for it."""

from __future__ import annotations

import re
from pathlib import Path

from framevox.engine_daemon.protocol.sent_voices import is_sent

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
SENT = ".bin"
"""The suffix of a voice file that a client sent, of any format."""
_NAME = re.compile(r"\w[\w. -]*")


def find_clip(folder: Path, name: str) -> Path | None:
    """Returns the file of the clip ``name``, or of whatever a client sent under that name; None if there is none.

    A name never leads out of the folder.
    """
    if _NAME.fullmatch(name):
        for suffix in ("", *SUFFIXES, *(suffix.upper() for suffix in SUFFIXES), SENT):
            path = folder / f"{name}{suffix}"
            if path.suffix.lower() in (*SUFFIXES, SENT) and is_file(path):
                return path
    return None


def is_file(path: Path) -> bool:
    """Returns whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def clip_names(folder: Path) -> list[str]:
    """Returns the user's clips, sorted, without the hidden files that systems put beside clips."""
    if not folder.is_dir():
        return []
    stems = {path.stem for path in folder.iterdir() if path.suffix.lower() in SUFFIXES}
    return sorted(stem for stem in stems if not is_sent(stem) and find_clip(folder, stem) is not None)


def is_sound(head: bytes) -> bool:
    """Returns whether a file that begins so is a recording: WAV, FLAC, Ogg, AIFF, or MP3."""
    return head[:4] in (b"RIFF", b"RF64", b"fLaC", b"OggS", b"FORM") or head[:3] == b"ID3" or head[:2] == b"\xff\xfb"
