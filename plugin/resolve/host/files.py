"""Folders and files of what runs inside Resolve: state, settings, the lock, and the journal of what is under way."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Optional

from .errors import HostError

DEFAULTS: dict[str, Any] = {
    "voice": "",
    "voices": {},
    "language": "auto",
    "fit": "fill",
    "loudness": -23.0,
    "media_dir": "",
    "disable_captions": True,
}
"""The settings, and what they are when the file does not say."""

TAKE_NAME = re.compile(
    r"_f(?P<start>\d+)-(?P<duration>\d+)_(?P<cue>fv-[0-9a-f]{16})_t(?P<take>\d+)_[0-9A-Za-z]+(?:_v\d+)?\.wav$"
)
"""The end of a take's file name: its slot's first frame and length, its cue, which take of it, and its content."""


def state_folder() -> Path:
    """Where settings, lock and journal lie. Raises HostError if nothing can be written there."""
    home = os.environ.get("FRAMEVOX_HOME")
    if home:
        folder = Path(home).expanduser() / "resolve"
    elif sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA", str(Path.home()))) / "Framevox" / "resolve"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support" / "Framevox" / "resolve"
    else:
        folder = Path(os.environ.get("XDG_STATE_HOME", "") or Path.home() / ".local/state") / "framevox" / "resolve"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"cannot write {folder} ({error.strerror}): make the folder writable") from None
    return folder


def write_json(path: Path, content: Any) -> None:
    """The file appears whole or not at all. Raises HostError."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        try:
            aside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
            os.replace(aside, path)
        finally:
            if aside.exists():
                aside.unlink()
    except OSError as error:
        raise HostError(f"cannot write {path} ({error.strerror}): free some space, or make it writable") from None


def settings_file() -> Path:
    """The settings file, made with the defaults if it is not there."""
    path = state_folder() / "settings.json"
    if not path.exists():
        write_json(path, DEFAULTS)
    return path


def read_settings() -> dict[str, Any]:
    """The settings. Raises HostError that names the key for what cannot be used."""
    path = settings_file()
    try:
        given = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise HostError(f"{path} cannot be read ({error}): mend it, or delete it to have the defaults") from None
    if not isinstance(given, dict):
        raise HostError(f"{path} must hold an object: mend it, or delete it to have the defaults")
    for key, value in given.items():
        if key not in DEFAULTS:
            raise HostError(f"{path}: there is no setting “{key}”; there are {', '.join(DEFAULTS)}")
        kinds = (int, float, type(None)) if key == "loudness" else (type(DEFAULTS[key]),)
        if not isinstance(value, kinds):
            raise HostError(f"{path}: “{key}” cannot be {value!r}; the default is {DEFAULTS[key]!r}")
    return {**DEFAULTS, **given}


class OneAtATime:
    """A lock that the system takes back when its holder dies. Use as a context manager."""

    def __init__(self) -> None:
        self._path = state_folder() / "lock"

    def __enter__(self) -> OneAtATime:
        try:
            self._file = self._path.open("a+b")
        except OSError as error:
            raise HostError(f"cannot write {self._path} ({error.strerror}): make the folder writable") from None
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise HostError(
                "Framevox is at work already: wait until it is done, or press Cancel in its window"
            ) from None
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._file.close()


class Journal:
    """What is under way on a timeline, on disk before it is done: the next run there puts a killed one right.

    Keys: ``project`` and ``timeline`` (ids), ``page``, ``bin``, ``locks`` (names of audio tracks that were unlocked),
    ``tracks`` (how many there were before one is added), ``placing`` (cues whose placing is not finished).
    """

    def __init__(self, project: str, timeline: str) -> None:
        name = hashlib.sha256(f"{project}\n{timeline}".encode("utf-8", "replace")).hexdigest()[:16]
        self._path = state_folder() / f"journal-{name}.json"
        self.entries: dict[str, Any] = {}

    def left_behind(self) -> dict[str, Any]:
        """What an earlier run did not finish; empty where it did, or where the file says nothing of use."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def note(self, **entries: Any) -> None:
        self.entries.update(entries)
        write_json(self._path, self.entries)

    def close(self) -> None:
        if self._path.exists():
            self._path.unlink()


def same_sound(one: str, other: str) -> bool:
    """Whether two WAV files have the same samples, whatever else they say; False where one cannot be read."""
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
