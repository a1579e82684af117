"""Where the daemon keeps its things, and the file by which a client finds it.

The connection file is JSON that only its owner can read, in a folder that only its owner can enter. Whether a daemon
lives is told by a lock that it holds as long as it does: a lock cannot be left behind, a file or a process id can.
docs/systems.md says where things lie on each system, and what keeps them private.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from filelock import FileLock, Timeout
from msgspec import Meta
from platformdirs import PlatformDirs
from platformdirs.api import PlatformDirsABC

from .declared import Declared, from_json, to_json, to_plain
from .errors import DaemonError, InputError
from .files import patiently, remove_file, replace_file
from .messages import VERSION

Whole = Annotated[int, Meta(ge=0, le=2**31)]
Endpoint = Annotated[str, Meta(min_length=1, max_length=200)]
Key = Annotated[str, Meta(min_length=40, max_length=40)]


@dataclass(frozen=True)
class Home:
    """The daemon's folders. None of them need exist yet."""

    run: Path
    """The connection file and the lock."""
    log: Path
    cache: Path
    """What can be made again."""
    voices: Path
    """Voices that the user or a client added."""

    @classmethod
    def find(cls, folder: Path | None = None) -> Home:
        """The folders under ``folder``, else under FRAMEVOX_HOME, else where the system keeps such things."""
        chosen = folder or os.environ.get("FRAMEVOX_HOME")
        if chosen:
            root = Path(chosen).expanduser().absolute()
            return cls(root / "run", root / "log", root / "cache", root / "voices")
        return cls.of_system(PlatformDirs("framevox", appauthor=False))

    @classmethod
    def of_system(cls, folders: PlatformDirsABC) -> Home:
        """The folders of a system: the XDG ones on Linux, ``~/Library`` on macOS, ``%LOCALAPPDATA%`` on Windows."""
        return cls(
            Path(folders.user_state_dir) / "run",
            Path(folders.user_log_dir),
            Path(folders.user_cache_dir),
            Path(folders.user_data_dir) / "voices",
        )

    @property
    def emotions(self) -> Path:
        """Emotions that the user added, beside the voices."""
        return self.voices.with_name("emotions")

    @property
    def presets(self) -> Path:
        """Presets for live lines that the user added, beside the voices."""
        return self.voices.with_name("presets")

    @property
    def provenance(self) -> Path:
        """The key that files are signed with, beside the voices."""
        return self.voices.with_name("provenance")

    @property
    def casts(self) -> Path:
        """Who was cast with which voice, a file for each film."""
        return self.run.with_name("casts")

    @property
    def connection_file(self) -> Path:
        return self.run / "connection.json"

    @property
    def left_file(self) -> Path:
        """The connection file of a daemon that died, until another one serves."""
        return self.run / "left.json"

    @property
    def lock_file(self) -> Path:
        return self.run / "lock"

    @property
    def holder_file(self) -> Path:
        """Names the process that holds the lock. Not the lock itself: on Windows nobody can read a locked file."""
        return self.run / "holder"

    @property
    def log_file(self) -> Path:
        return self.log / "daemon.log"

    @property
    def output_file(self) -> Path:
        """What libraries print in a daemon without a terminal."""
        return self.log / "output.log"


def private_folder(path: Path) -> None:
    """Makes ``path`` a folder that only its owner can enter. Raises DaemonError if that cannot be had."""
    try:
        # On Windows the mode becomes an access list for the owner alone, from Python 3.10.15, 3.11.10 and 3.12.4 on.
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = path.stat()
        if _is_foreign(about):
            raise DaemonError(f"{path} belongs to someone else: set FRAMEVOX_HOME to a folder of your own")
        if _is_open(about):
            path.chmod(0o700)
    except OSError as error:
        raise DaemonError(unusable("use", path, error)) from None


def _is_foreign(about: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and about.st_uid != os.geteuid()


def _is_open(about: os.stat_result) -> bool:
    """Whether the mode bits let others in; where there are none, access lists decide (see private_folder)."""
    return hasattr(os, "geteuid") and bool(stat.S_IMODE(about.st_mode) & 0o077)


def unusable(verb: str, path: Path, error: OSError) -> str:
    """What to say where a file of the daemon's cannot be used."""
    reason = error.strerror or str(error)
    return f"cannot {verb} {path} ({reason}): set FRAMEVOX_HOME to a folder that you can write to"


class ConnectionFileError(DaemonError):
    """A connection file that is not to be used. ``problem`` is the message without the advice."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}: {advice}")
        self.problem = problem


class Connection(Declared, frozen=True):
    """What a client needs to talk to a daemon. ``options`` are those it was started with, to start it so again."""

    protocol: Whole
    framevox: Annotated[str, Meta(max_length=100)]
    """The version of the installation; empty where the daemon is too old to say."""
    pid: Whole
    work: Endpoint
    control: Endpoint
    server_key: Key
    client_key: Key
    client_secret: Key
    options: Annotated[tuple[Annotated[str, Meta(max_length=4_096)], ...], Meta(max_length=100)] = ()

    def write(self, home: Home) -> None:
        """Puts the file in place in one step; what a daemon that died left is then gone.

        Raises DaemonError if it cannot be written.
        """
        private_folder(home.run)
        aside = home.connection_file.with_suffix(f".{os.getpid()}.tmp")
        try:
            with contextlib.suppress(FileNotFoundError):
                aside.unlink()
            # O_EXCL and the mode at creation: at no moment can anyone else open it.
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(msgspec.json.format(to_json(self).decode(), indent=1))
            replace_file(aside, home.connection_file)
        except OSError as error:
            raise DaemonError(unusable("write", home.connection_file, error)) from None
        with contextlib.suppress(OSError):
            remove_file(home.left_file)

    @classmethod
    def read(cls, home: Home) -> Connection | None:
        """The connection in the file, or None without a file.

        Raises DaemonError for a file or folder that is not its owner's alone, or that is not a connection file.
        """
        return cls._read(home, home.connection_file)

    @classmethod
    def left(cls, home: Home) -> Connection | None:
        """The connection of a daemon that died: None if the last one was stopped, and of no meaning while one lives.

        Raises ConnectionFileError as ``read`` does.
        """
        return cls._read(home, home.connection_file) or cls._read(home, home.left_file)

    @classmethod
    def _read(cls, home: Home, path: Path) -> Connection | None:
        try:
            folder = home.run.stat()
            with patiently(lambda: path.open("rb")) as file:
                about = os.fstat(file.fileno())
                content = file.read(65_536)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConnectionFileError(
                f"cannot read {path} ({error.strerror})", "set FRAMEVOX_HOME to a folder of your own"
            ) from None
        for what, found in ((home.run, folder), (path, about)):
            if _is_foreign(found):
                raise ConnectionFileError(
                    f"{what} belongs to someone else and is not used", "set FRAMEVOX_HOME to a folder of your own"
                )
            if _is_open(found):
                raise ConnectionFileError(
                    f"{what} can be read by others and is not used, for it holds keys",
                    "run `framevox stop`, delete it and try again",
                )
        try:
            # An older or newer daemon's file may lack what is not in _EveryVersion.
            about_it = from_json(_EveryVersion, "connection file", content)
            if about_it.protocol != VERSION:
                return cls(**to_plain(about_it), work="")
            return from_json(cls, "connection file", content)
        except InputError as error:
            raise ConnectionFileError(f"{path} is not a connection file ({error})", "delete it and try again") from None


class _EveryVersion(msgspec.Struct):
    """Keys that keep their meaning in every version: a client of any version can ask the daemon to retire."""

    protocol: Whole
    pid: Whole
    framevox: str = ""
    control: str = ""
    server_key: str = ""
    client_key: str = ""
    client_secret: str = ""
    options: tuple[str, ...] = ()


class Lock:
    """The lock a daemon holds while it lives. Process-wide: freed by the system however the process ends."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = _file_lock(home)

    def acquire(self) -> bool:
        """True if this process holds the lock now; then a stale connection file is out of the way as well."""
        home = self._home
        private_folder(home.run)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise DaemonError(unusable("write", home.lock_file, error)) from None
        # Who holds the lock, for whoever has to stop it when nothing else is to be had of it.
        with contextlib.suppress(OSError):
            home.holder_file.write_text(str(os.getpid()), "ascii")
        # A file that an earlier daemon left behind is now known to be stale. Its options hold until this one serves.
        set_aside(home)
        return True

    def release(self) -> None:
        self._lock.release()


def _file_lock(home: Home) -> FileLock:
    return FileLock(home.lock_file, mode=0o600, thread_local=False)


def lock_holder(home: Home) -> int | None:
    """The process that holds the daemon's lock, if one does and says so."""
    if not daemon_lives(home):
        return None
    try:
        return int(home.holder_file.read_text("ascii"))
    except (OSError, ValueError):
        return None


def daemon_lives(home: Home) -> bool:
    """Whether some process holds the daemon's lock. Raises DaemonError if that cannot be found out."""
    # Whoever asks holds the lock for an instant, so only a lock that stays held is a daemon's.
    for wait in (0.0, 0.001, 0.004):
        time.sleep(wait)
        try:
            if not home.lock_file.exists():
                return False
            with _file_lock(home).acquire(timeout=0):
                return False
        except Timeout:
            continue
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise DaemonError(unusable("use", home.lock_file, error)) from None
    return True


def remove_connection(home: Home, pid: int, *, again: bool) -> None:
    """Takes away the connection file if it is the one that ``pid`` wrote; ``again`` leaves its options to the next
    daemon, as one that was killed does."""
    with contextlib.suppress(OSError, ValueError, DaemonError):
        found = Connection.read(home)
        if found is not None and found.pid == pid:
            if again:
                set_aside(home)
            else:
                remove_file(home.connection_file)
                remove_file(home.left_file)


def set_aside(home: Home) -> None:
    """Makes the connection file that of a daemon that died. For who holds the lock."""
    try:
        replace_file(home.connection_file, home.left_file)
    except OSError:
        # What cannot be kept must not stay where clients look for a daemon.
        with contextlib.suppress(OSError):
            remove_file(home.connection_file)


def forget_left(home: Home) -> bool:
    """Removes what a daemon that died left, unless one lives. True if there was something. Raises DaemonError."""
    left = [path for path in (home.connection_file, home.left_file) if os.path.lexists(path)]
    if not left:
        return False
    try:
        with _file_lock(home).acquire(timeout=0):
            for path in left:
                remove_file(path)
    except Timeout:
        return False
    except OSError as error:
        raise DaemonError(unusable("remove", left[0], error)) from None
    return True
