"""Takes away from our code what only POSIX has, so that Linux shows what would fail on Windows.

``pytest -p tests.posixless`` does so in the tests' own process, and, by the ``sitecustomize`` in tests/posixless_site,
in every process they start. Libraries keep everything: on Windows they have other ways. What is left on Windows under
another name or with another meaning (paths, consoles, open files) this cannot show.
"""

from __future__ import annotations

import builtins
import os
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
SITE = Path(__file__).with_name("posixless_site")
OURS = ("framevox", "tests", "conftest", "engine_daemon", "plugin", "otio_adapters")

_MODULES = """
crypt fcntl grp nis ossaudiodev posix pty pwd readline resource spwd syslog termios tty
"""
_OS = """
O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK WNOHANG chown chroot confstr ctermid fchmod fchown fdatasync fork
forkpty getegid geteuid getgid getgroups getloadavg getpgid getpgrp getpriority getresgid getresuid getsid getuid
initgroups killpg lchown lockf major minor mkfifo mknod nice openpty pathconf pipe2 posix_fadvise posix_fallocate
posix_spawn posix_spawnp pread pwrite readv register_at_fork sched_getaffinity sched_setaffinity sendfile setegid
seteuid setgid setgroups setpgid setpriority setregid setreuid setsid setuid statvfs sync sysconf tcgetpgrp
tcsetpgrp ttyname uname wait wait3 wait4 waitid writev
"""
_SIGNAL = """
SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGPROF SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGUSR1
SIGUSR2 alarm getitimer pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigwait sigwaitinfo
"""

MODULES = frozenset(_MODULES.split())
"""Modules of the standard library that Windows lacks."""

NAMES = {"os": frozenset(_OS.split()), "signal": frozenset(_SIGNAL.split())}
"""What Windows lacks of modules that it has."""


class _Without(ModuleType):
    """A module as it is, without some of its names. What is patched in the one is patched in the other."""

    def __init__(self, whole: ModuleType, names: frozenset[str]) -> None:
        super().__init__(whole.__name__)
        object.__setattr__(self, "_whole", whole)
        object.__setattr__(self, "_names", names)

    def __getattribute__(self, name: str) -> Any:
        if name in object.__getattribute__(self, "_names"):
            raise AttributeError(f"there is no {name} on this system (tests/posixless.py)")
        return getattr(object.__getattribute__(self, "_whole"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_whole"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_whole"), name)


_CUT = {"os": _Without(os, NAMES["os"]), "signal": _Without(signal, NAMES["signal"])}
_import = builtins.__import__


def _is_ours(scope: Any) -> bool:
    module = str((scope or {}).get("__package__") or (scope or {}).get("__name__") or "")
    return module.partition(".")[0] in OURS and module != "tests.posixless"


def _import_less(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    if level == 0 and _is_ours(globals):
        top = name.partition(".")[0]
        if top in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r} (tests/posixless.py)", name=name)
        if name in _CUT or (top in _CUT and not fromlist):
            _import(name, globals, locals, fromlist, level)
            return _CUT[top]
    return _import(name, globals, locals, fromlist, level)


def _forbid_proc(event: str, arguments: tuple[Any, ...]) -> None:
    """There is no /proc either, for code of ours that opens a file there."""
    if event != "open" or not isinstance(arguments[0], str) or not arguments[0].startswith("/proc/"):
        return
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ("pathlib", "io", "os"):
        frame = frame.f_back  # type: ignore[assignment]
    if frame is not None and _is_ours(frame.f_globals):
        raise FileNotFoundError(2, "there is no /proc on this system (tests/posixless.py)", arguments[0])


def take_away() -> None:
    """From now on, in this process."""
    if builtins.__import__ is not _import_less:
        builtins.__import__ = _import_less
        sys.addaudithook(_forbid_proc)


def for_children(environment: Any = os.environ) -> None:
    """And in the processes that are started from here."""
    paths = [str(SITE), str(ROOT), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(filter(None, paths)))


take_away()
for_children()
