"""Where the daemon keeps its things, and the file by which a client finds it.

The connection file is JSON that only its owner can read, in a folder that only its owner can enter. Whether a daemon
lives is told by a lock that it holds as long as it does: a lock cannot be left behind, a file or a process id can.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import DaemonError, InputError
from .fields import listed, read_object, text, whole
from .messages import VERSION


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
        """The folders under ``folder``, else under FRAMEVOX_HOME, else where the XDG rules put them."""
        chosen = folder or os.environ.get("FRAMEVOX_HOME")
        if chosen:
            root = Path(chosen).expanduser().absolute()
            return cls(root / "run", root / "log", root / "cache", root / "voices")
        state = _xdg("XDG_STATE_HOME", ".local/state")
        return cls(
            state / "run",
            state / "log",
            _xdg("XDG_CACHE_HOME", ".cache"),
            _xdg("XDG_DATA_HOME", ".local/share") / "voices",
        )

    @property
    def emotions(self) -> Path:
        """Emotions that the user added, beside the voices."""
        return self.voices.with_name("emotions")

    @property
    def connection_file(self) -> Path:
        return self.run / "connection.json"

    @property
    def lock_file(self) -> Path:
        return self.run / "lock"

    @property
    def log_file(self) -> Path:
        return self.log / "daemon.log"


def _xdg(variable: str, otherwise: str) -> Path:
    # The XDG rules: a relative path in the variable is to be ignored.
    value = os.environ.get(variable, "")
    base = Path(value) if value.startswith("/") else Path.home() / otherwise
    return base / "framevox"


def private_folder(path: Path) -> None:
    """Makes ``path`` a folder that only its owner can enter. Raises DaemonError if that cannot be had."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = path.stat()
        if about.st_uid != os.geteuid():
            raise DaemonError(f"{path} belongs to someone else: set FRAMEVOX_HOME to a folder of your own")
        if stat.S_IMODE(about.st_mode) & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise DaemonError(
            f"cannot use {path} ({error.strerror}): set FRAMEVOX_HOME to a folder that you can write to"
        ) from None


@dataclass(frozen=True)
class Connection:
    """What a client needs to talk to a daemon. ``options`` are those it was started with, to start it so again."""

    protocol: int
    pid: int
    work: str
    control: str
    server_key: str
    client_key: str
    client_secret: str
    options: tuple[str, ...] = ()

    def write(self, home: Home) -> None:
        """Puts the file in place in one step. Raises DaemonError if it cannot be written."""
        private_folder(home.run)
        aside = home.connection_file.with_suffix(f".{os.getpid()}.tmp")
        try:
            with contextlib.suppress(FileNotFoundError):
                aside.unlink()
            # O_EXCL and the mode at creation: at no moment can anyone else open it.
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(self), file, indent=1)
            aside.replace(home.connection_file)
        except OSError as error:
            raise DaemonError(
                f"cannot write {home.connection_file} ({error.strerror}): set FRAMEVOX_HOME to a folder that you can "
                "write to"
            ) from None

    @classmethod
    def read(cls, home: Home) -> Connection | None:
        """The connection in the file, or None without a file.

        Raises DaemonError for a file or folder that is not its owner's alone, or that is not a connection file.
        """
        path = home.connection_file
        try:
            folder = home.run.stat()
            with path.open("rb") as file:
                about = os.fstat(file.fileno())
                content = file.read(65_536)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DaemonError(
                f"cannot read {path} ({error.strerror}): set FRAMEVOX_HOME to a folder of your own"
            ) from None
        for what, found in ((home.run, folder), (path, about)):
            if found.st_uid != os.geteuid():
                raise DaemonError(
                    f"{what} belongs to someone else and is not used: set FRAMEVOX_HOME to a folder of your own"
                )
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise DaemonError(
                    f"{what} can be read by others and is not used, for it holds keys: run `framevox stop`, delete it "
                    "and try again"
                )
        try:
            value = json.loads(content)
            # An older or newer daemon's file may differ in all but these two.
            protocol, pid = (whole(0, 2**31).read(value[key]) for key in ("protocol", "pid"))
            if protocol != VERSION:
                return cls(protocol, pid, "", "", "", "", "")
            keys = read_object("connection file", value, CONNECTION_KEYS)
        except (ValueError, KeyError, TypeError, RecursionError, InputError) as error:
            raise DaemonError(f"{path} is not a connection file ({error}): delete it and try again") from None
        return cls(**{**keys, "options": tuple(keys["options"])})


CONNECTION_KEYS = {
    "protocol": whole(0, 2**31),
    "pid": whole(1, 2**31),
    "work": text(200, 1),
    "control": text(200, 1),
    "server_key": text(40, 40),
    "client_key": text(40, 40),
    "client_secret": text(40, 40),
    "options": listed(text(4_096), 100),
}


class Lock:
    """The lock a daemon holds while it lives. Process-wide: freed by the system however the process ends."""

    def __init__(self, home: Home) -> None:
        self._path = home.lock_file
        self._connection_file = home.connection_file
        self._handle: int | None = None

    def acquire(self) -> bool:
        """True if this process holds the lock now; then a stale connection file is gone as well."""
        private_folder(self._path.parent)
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DaemonError(
                f"cannot write {self._path} ({error.strerror}): set FRAMEVOX_HOME to a folder that you can write to"
            ) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        # Who holds the lock, for whoever has to stop it when nothing else is to be had of it.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        # A file that an earlier daemon left behind is now known to be stale.
        with contextlib.suppress(OSError):
            self._connection_file.unlink()
        return True

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def lock_holder(home: Home) -> int | None:
    """The process that holds the daemon's lock, if one does and says so."""
    if not daemon_lives(home):
        return None
    try:
        return int(home.lock_file.read_bytes())
    except (OSError, ValueError):
        return None


def daemon_lives(home: Home) -> bool:
    """Whether some process holds the daemon's lock. Raises DaemonError if that cannot be found out."""
    try:
        with home.lock_file.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise DaemonError(
            f"cannot use {home.lock_file} ({error.strerror}): set FRAMEVOX_HOME to a folder of your own"
        ) from None
    return False


def remove_connection(home: Home, pid: int) -> None:
    """Takes away the connection file if it is the one that ``pid`` wrote."""
    with contextlib.suppress(OSError, ValueError, DaemonError):
        found = Connection.read(home)
        if found is not None and found.pid == pid:
            home.connection_file.unlink()
