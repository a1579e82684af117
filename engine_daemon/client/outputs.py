"""Files that are being written, each by one process at a time.

Each file has two locks: who reserved it holds one, ``framevox watch`` as long as it watches, and who writes it just now
the other. A fill that a watch runs holds the second one itself, and so is alone with its files even when the watch was
killed. The system frees the locks of a process however it ends. They lie in the state folder, so they hold for one user
on one computer.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from framevox.engine_daemon.protocol.connection import Home, private_folder, unusable
from framevox.engine_daemon.protocol.errors import DaemonError, InputError
from framevox.engine_daemon.protocol.files import place_of, put_file

_PATIENCE_SECONDS = 0.25
"""Whoever asks whether a lock is held takes it for an instant, so only one that stays held is somebody's."""
_MOST_BYTES = 2**20


class Writer(msgspec.Struct, frozen=True):
    """A process that writes files: what it does (``framevox watch of /film/a.srt``), since when [s since 1970], and the
    files that it reads and writes, as ``place_of`` gives them."""

    pid: int
    what: str
    since: float
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    def __str__(self) -> str:
        since = time.strftime("%H:%M:%S", time.localtime(self.since))
        return f"{self.what} (process {self.pid}, since {since})"


@dataclass(frozen=True)
class _Place:
    """Where the lock of one file lies, and who holds it."""

    lock: FileLock
    record: Path

    @classmethod
    def of(cls, folder: Path, name: str) -> _Place:
        return cls(FileLock(folder / f"{name}.lock", mode=0o600, thread_local=False), folder / f"{name}.json")

    def acquire(self, seconds: float = _PATIENCE_SECONDS) -> bool:
        try:
            self.lock.acquire(timeout=seconds, poll_interval=0.02)
        except Timeout:
            return False
        except OSError as error:
            raise DaemonError(unusable("use", Path(self.lock.lock_file), error)) from None
        return True

    def release(self) -> None:
        with contextlib.suppress(OSError):
            self.record.unlink(missing_ok=True)
        self.lock.release()

    def writer(self) -> Writer | None:
        """Who holds the lock, as far as that can be read."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            if self.record.stat().st_size <= _MOST_BYTES:
                return msgspec.json.decode(self.record.read_bytes(), type=Writer)
        return None


@contextlib.contextmanager
def writing(
    paths: Iterable[Path], what: str, *, reads: Iterable[Path] = (), under: int | None = None, home: Home | None = None
) -> Iterator[Writer]:
    """Inside the block, no other process writes ``paths`` this way. ``under`` is the process that reserved them and has
    this one write. Raises InputError that names who writes them, and DaemonError where locks cannot be had."""
    with _holding(paths, what, reads, home, under) as (writer, _):
        yield writer


@contextlib.contextmanager
def reserving(
    paths: Iterable[Path], what: str, *, reads: Iterable[Path] = (), home: Home | None = None
) -> Iterator[Writer]:
    """Inside the block, only processes ``under`` this one write ``paths``. Raises as ``writing`` does."""
    with _holding(paths, what, reads, home) as (writer, turns):
        turns.close()
        yield writer


@contextlib.contextmanager
def _holding(
    paths: Iterable[Path], what: str, reads: Iterable[Path], home: Home | None, under: int | None = None
) -> Iterator[tuple[Writer, contextlib.ExitStack]]:
    """Holds both locks of each file, those of who writes on a stack of their own."""
    folder = (home or Home.find()).run / "outputs"
    private_folder(folder.parent)
    private_folder(folder)
    wanted = {place_of(path): path for path in paths}
    writer = Writer(os.getpid(), what, time.time(), tuple({place_of(path) for path in reads}), tuple(wanted))
    with contextlib.ExitStack() as reserved, contextlib.ExitStack() as turns:
        # In one order, so that of two processes with several files in common one gets all of them.
        for key in sorted(wanted):
            name = _name(key)
            other = _take(_Place.of(folder, name), writer, reserved, under)
            other = other or _take(_Place.of(folder, f"{name}-turn"), writer, turns)
            if other:
                raise InputError(
                    f"{wanted[key]} is being written by {other}: let it end or stop it, or name another file"
                )
        yield writer, turns


def _take(place: _Place, writer: Writer, held: contextlib.ExitStack, under: int | None = None) -> str:
    """Takes a lock, unless ``under`` holds it; returns who else does."""
    other: Writer | None = None
    # The process above holds its locks to its end: only another's is waited for.
    for seconds in (0.0, _PATIENCE_SECONDS):
        if place.acquire(seconds):
            held.callback(place.release)
            _write(place.record, writer)
            return ""
        other = place.writer()
        if other is not None and other.pid == under:
            return ""
    return str(other or "another framevox")


def other_writers(home: Home | None = None) -> list[Writer]:
    """Every other process that is writing files."""
    folder = (home or Home.find()).run / "outputs"
    found: dict[int, Writer] = {}
    for record in sorted(folder.glob("*.json")):
        place = _Place.of(folder, record.stem)
        writer = place.writer()
        if writer is None or writer.pid in (os.getpid(), *found):
            continue
        if place.acquire():
            place.release()  # it died, and left its record behind
        else:
            found[writer.pid] = writer
    return list(found.values())


def _name(key: str) -> str:
    return hashlib.sha256(os.fsencode(key)).hexdigest()[:24]


def _write(record: Path, writer: Writer) -> None:
    try:
        put_file(record, msgspec.json.encode(writer))
    except OSError as error:
        raise DaemonError(f"cannot write {record} ({error.strerror or error}): free some space") from None
