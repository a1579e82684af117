"""Takes and raw speech on disk, found again by what they were made from.

One file per entry, written aside and renamed, so that a reader sees a whole entry or none. An entry carries a hash of
itself: a damaged one is dropped and made again. Two processes may share a folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import struct
import threading
import time
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.files import long_path, remove_file, replace_file

log = logging.getLogger(__name__)

DEFAULT_LIMIT = 5 * 10**9
"""Bytes a store holds before the least recently used entries go."""

FORMAT = 2
"""The format of the entries: of their files, and of what each kind describes. Raise it whenever either changes: entries
of another format lie in folders of their own, where this version neither reads nor overwrites them, and make room as
all others do."""

_MAGIC = b"FVX1"
_LENGTHS = struct.Struct("<IQ")
_PREFIX = len(_MAGIC) + 32 + _LENGTHS.size
_SUFFIX = ".entry"
_STALE_SECONDS = 3600


class Store:
    """A folder of entries, each a JSON object and bytes, by ``kind`` and ``key``. Safe to use from many threads.

    Nothing here raises for a disk that is full, read-only or gone: what cannot be kept is made again next time. The
    reason stands in ``problem`` (None when all is well), for the user to be told.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT) -> None:
        self.folder = folder
        self.limit = limit
        self.problem: str | None = None
        self._lock = threading.Lock()
        self._held: int | None = None

    def get(self, kind: str, key: str) -> tuple[dict[str, Any], bytes] | None:
        """The entry, or None if there is none or it is damaged (then it is dropped)."""
        path = self._path(kind, key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._complain("read", error)
            return None
        entry = _unpack(content, _name(kind, key))
        if entry is None:
            log.warning("dropped the damaged entry %s: it will be made again", path)
            with contextlib.suppress(OSError):
                remove_file(path)
                self._account(-len(content))
            return None
        # The file's time says when it was last used, for eviction. A read-only disk cannot say, and need not.
        with contextlib.suppress(OSError):
            os.utime(path)
        return entry

    def put(self, kind: str, key: str, description: dict[str, Any], data: bytes) -> bool:
        """Keeps an entry. Returns False if the write failed (``problem`` says why)."""
        path = self._path(kind, key)
        content = _pack(_name(kind, key), description, data)
        aside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
        before = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with aside.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                with contextlib.suppress(FileNotFoundError):
                    before = path.stat().st_size  # makes way for the new one, and its bytes with it
                replace_file(aside, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    aside.unlink()
                raise
        except OSError as error:
            self._complain("write", error)
            return False
        self.problem = None
        self._account(len(content) - before)
        return True

    def held(self) -> int:
        """The bytes in the folder, as far as this process knows."""
        with self._lock:
            if self._held is None:
                self._held = sum(size for _, size, _ in self._entries())
            return self._held

    def _account(self, added: int) -> None:
        with self._lock:
            if self._held is None:
                self._held = sum(size for _, size, _ in self._entries())
            else:
                self._held += added
            if self._held > self.limit:
                self._evict()

    def _evict(self) -> None:
        # What other processes added or evicted is seen here: the count starts afresh from the folder.
        entries = sorted(self._entries())
        held = sum(size for _, size, _ in entries)
        goal = self.limit - self.limit // 10
        for _, size, path in entries:
            if held <= goal:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                held -= size
        self._held = held

    def _entries(self) -> list[tuple[float, int, Path]]:
        """``(last used, bytes, path)`` of every entry; clears away what a killed process left half-written."""
        found = []
        for parent, _, names in os.walk(self.folder):
            for name in names:
                path = Path(parent, name)
                with contextlib.suppress(OSError):
                    about = path.stat()
                    if name.endswith(_SUFFIX):
                        found.append((about.st_mtime, about.st_size, path))
                    elif name.endswith(".tmp") and time.time() - about.st_mtime > _STALE_SECONDS:
                        path.unlink()
        return found

    def _path(self, kind: str, key: str) -> Path:
        digest = hashlib.sha256(_name(kind, key)).hexdigest()
        return long_path(self.folder / f"{kind}-{FORMAT}" / digest[:2] / (digest + _SUFFIX))

    def _complain(self, verb: str, error: OSError) -> None:
        reason = error.strerror or str(error)
        problem = (
            f"takes cannot be kept: could not {verb} in {self.folder} ({reason}). They are delivered all the same, and "
            "made again next time. Free some space there, or set FRAMEVOX_HOME to a folder that can be written"
        )
        if problem != self.problem:
            log.error("%s", problem)
        self.problem = problem


def _name(kind: str, key: str) -> bytes:
    return f"{kind}\0{key}".encode()


def _digest(name: bytes, rest: memoryview) -> bytes:
    digest = hashlib.sha256(name)
    digest.update(rest)
    return digest.digest()


def _pack(name: bytes, description: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(description, ensure_ascii=False, separators=(",", ":")).encode()
    rest = b"".join((_LENGTHS.pack(len(text), len(data)), text, data))
    return b"".join((_MAGIC, _digest(name, memoryview(rest)), rest))


def _unpack(content: bytes, name: bytes) -> tuple[dict[str, Any], bytes] | None:
    """The entry in a file's content, or None if a single bit is not as it was written."""
    view = memoryview(content)
    start = len(_MAGIC) + 32
    if len(content) < _PREFIX or content[: len(_MAGIC)] != _MAGIC:
        return None
    if content[len(_MAGIC) : start] != _digest(name, view[start:]):
        return None
    size, length = _LENGTHS.unpack_from(content, start)
    if len(content) != _PREFIX + size + length:
        return None
    return json.loads(content[_PREFIX : _PREFIX + size]), content[_PREFIX + size :]
