"""Finding the user's daemon, starting one, and stopping it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from framevox.engine_daemon.client.any_version import ask_any_version
from framevox.engine_daemon.protocol.connection import (
    Connection,
    ConnectionFileError,
    Home,
    daemon_lives,
    forget_left,
    lock_holder,
    private_folder,
)
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.installation import REINSTALL
from framevox.engine_daemon.protocol.starting import StartReport

PATIENCE_SECONDS = 10.0
"""How long a daemon may be about to serve, or about to end."""
START_SECONDS = 60.0
"""How long a daemon that starts may say nothing."""
SLOW_SECONDS = 1.5
"""What takes longer is said."""

Say = Callable[[str], None]
"""Takes a sentence for the user: what is slow, or what was done without being asked for."""


class Remark(str):
    """A sentence that a user should still find when the command is over, unlike one about what is slow."""

    __slots__ = ()


_SERVE = (
    "import sys; sys.path[:] = filter(None, sys.path); from framevox.engine_daemon.__main__ import run; sys.exit(run())"
)
"""``python -m`` would import from the working folder first, where a user's ``zmq.py`` may lie; so would ``-c`` with the
empty entry of its path. What is on PYTHONPATH still counts."""

_started: list[subprocess.Popen[bytes]] = []
"""Daemons that this process started and that may live; those that ended are reaped when the next one starts."""


def silent(text: str) -> None:
    """Says nothing: for programs that have nobody to tell."""


class Slow:
    """Says ``text`` once, at the first ``look`` after ``SLOW_SECONDS``: for loops that wait."""

    def __init__(self, say: Say, text: str) -> None:
        self._say: Say | None = say
        self._text = text
        self._at = time.monotonic() + SLOW_SECONDS

    def look(self) -> None:
        if self._say is not None and time.monotonic() > self._at:
            self._say(self._text)
            self._say = None


@contextlib.contextmanager
def said_if_slow(say: Say, text: str) -> Iterator[Callable[[], None]]:
    """Says ``text``, from a thread of its own, if what is done inside takes longer than ``SLOW_SECONDS``.

    Gives a function that takes that back, for when the slow part is over before the block is.
    """
    timer = threading.Timer(SLOW_SECONDS, say, [text])
    timer.daemon = True
    timer.start()
    try:
        yield timer.cancel
    finally:
        timer.cancel()


def find_daemon(home: Home, say: Say = silent) -> Connection | None:
    """The connection of the daemon that lives, of whatever version; None if there is none.

    Waits for one that is just starting or stopping. Raises DaemonError if that takes more than ``PATIENCE_SECONDS``.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    slow = Slow(say, "Waiting for a daemon that is starting or stopping")
    while daemon_lives(home):
        connection = Connection.read(home)
        if connection is not None:
            return connection
        if time.monotonic() > deadline:
            raise DaemonError(
                f"a daemon has been starting or stopping for {PATIENCE_SECONDS:.0f} s: run `framevox stop` and try "
                f"again; its log is {home.log_file}"
            )
        slow.look()
        time.sleep(0.02)
    return None


def start_daemon(folder: Path | None, options: Sequence[str], say: Say = silent) -> None:
    """Starts a daemon in the background; returns when it serves, or when another one does.

    ``folder`` is its home, None for the user's. ``options`` are those of ``framevox serve``. Raises DaemonError with
    what kept it from serving.
    """
    home = Home.find(folder)
    private_folder(home.run)
    private_folder(home.log)
    _started[:] = [process for process in _started if process.poll() is None]
    report = StartReport.new(home)
    try:
        process = _spawn(home, [*options, "--report", str(report.path)], _environment(folder))
        _await_service(home, process, report, say)
    finally:
        report.remove()
    _started.append(process)


def start_successor(folder: Path | None, options: Sequence[str], say: Say = silent) -> None:
    """As ``start_daemon`` of the ``options`` that a client has; without any, of those of the daemon that died, if the
    last one did. That is said."""
    kept = () if options else options_left(Home.find(folder), say)
    if not kept:
        say("Starting the engine daemon")
        start_daemon(folder, options, say)
        return
    as_before = shlex.join(kept)
    again = f"Starting the engine daemon again as it was before it died, with {as_before}"
    say(Remark(f"{again} (`framevox stop` forgets that)"))
    try:
        start_daemon(folder, kept, say)
    except DaemonError as error:
        raise DaemonError(
            f"the daemon cannot be started again as it was before it died, with {as_before}: {error}; or run `framevox "
            "stop`, and the next one starts with the defaults"
        ) from None


def options_left(home: Home, say: Say = silent) -> tuple[str, ...]:
    """The options of the daemon that died: none if it had none, the last one was stopped, or one lives. ``say`` is told
    where they cannot be read."""
    if daemon_lives(home):
        return ()
    try:
        left = Connection.left(home)
    except ConnectionFileError as error:
        say(Remark(f"Note: the options of the daemon that died are not known, the defaults hold: {error.problem}"))
        return ()
    return left.options if left is not None else ()


def which_engine(home: Path | None = None, say: Say = silent) -> dict[str, Any]:
    """What a daemon that is started now would speak with, and why.

    ``{"engine", "reason", "unused": path of a model that is configured in vain or None, "clones", "beside": the engine
    that would serve with it}``
    """
    try:
        with said_if_slow(say, "Looking for the engine that fits this machine"):
            run = subprocess.run(
                [sys.executable, "-c", _SERVE, "--which", *options_left(Home.find(home), say)],
                env=_environment(home),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=START_SECONDS,
                creationflags=_NO_WINDOW,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise DaemonError(f"no engine was found within {START_SECONDS:.0f} s: name one with --engine") from None
    if run.returncode != 0:
        raise DaemonError(_last_line(run.stderr) or f"no engine was found (exit code {run.returncode})")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def stop_daemon(home: Path | None = None, say: Say = silent) -> bool:
    """Stops the daemon, of whatever version, and waits until it is gone. False if none was running.

    It is asked over its control socket, then told by the system, and at last killed: takes are never half-written. The
    next daemon starts with the defaults, whatever this one, or one that died, was started with.
    """
    folders = Home.find(home)
    if daemon_lives(folders):
        _stop(folders, say)
        forget_left(folders)
        return True
    if forget_left(folders):
        say("The options of the daemon that died are forgotten: the next one starts with the defaults")
    return False


def _stop(folders: Home, say: Say) -> None:
    slow = Slow(say, "Waiting for the daemon to stop")
    if _ask_to_stop(folders) and await_end(folders, slow):
        return
    pid = lock_holder(folders)
    if pid is None:
        if await_end(folders, slow):
            return
        raise DaemonError(f"a daemon is just starting or stopping, see {folders.log_file}: try again in a moment")
    for end in ("terminate", "kill"):
        slow.look()
        _end_process(folders, pid, end)
        if await_end(folders, slow):
            return
    raise DaemonError(f"the daemon (process {pid}) cannot be stopped: end it with the system's own means")


def await_end(home: Home, slow: Slow, seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether the daemon is gone within ``seconds``."""
    deadline = time.monotonic() + seconds
    while daemon_lives(home):
        if time.monotonic() > deadline:
            return False
        slow.look()
        time.sleep(0.02)
    return True


if sys.platform == "win32":
    _NO_WINDOW = subprocess.CREATE_NO_WINDOW
    # A console of its own that nobody sees: Ctrl-C and closing the terminal do not reach it, and what it starts in turn
    # opens no window, as it would with DETACHED_PROCESS.
    _APART = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _NO_WINDOW = _APART = 0


def _spawn(home: Home, options: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A daemon in a session of its own: it outlives its starter, and holds neither its terminal nor its folder."""
    try:
        handle = os.open(home.output_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise DaemonError(
            f"cannot write {home.output_file} ({error.strerror}): set FRAMEVOX_HOME to a folder that you can write to"
        ) from None
    with os.fdopen(handle, "wb") as output:
        try:
            return subprocess.Popen(
                [sys.executable, "-c", _SERVE, *options],
                env=environment,
                cwd=home.run,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=sys.platform != "win32",
                creationflags=_APART,
            )
        except OSError as error:
            raise DaemonError(f"the daemon cannot be started ({error}): {REINSTALL}") from None


def _await_service(home: Home, process: subprocess.Popen[bytes], report: StartReport, say: Say) -> None:
    deadline = time.monotonic() + START_SECONDS
    heard = 0
    while True:
        ended = process.poll() is not None
        lines = report.lines()
        for line in lines[heard:]:
            if "failed" in line:
                raise DaemonError(line["failed"])
            if "serving" in line:
                return
            say(line["doing"])
            deadline = time.monotonic() + START_SECONDS
        heard = len(lines)
        if ended:
            printed = _last_line(home.output_file.read_bytes()) if home.output_file.exists() else ""
            raise DaemonError(
                f"the daemon ended while it started ({printed or f'exit code {process.returncode}'}): run `framevox "
                f"doctor`; what it printed is in {home.log}"
            )
        if time.monotonic() > deadline:
            process.kill()
            raise DaemonError(
                f"the daemon did not start within {START_SECONDS:.0f} s: try again; its log is {home.log_file}"
            )
        time.sleep(0.01)


def _environment(folder: Path | None) -> dict[str, str]:
    environment = dict(os.environ)
    if folder is not None:
        environment["FRAMEVOX_HOME"] = str(folder)
    for name in ("FRAMEVOX_HOME", "FRAMEVOX_MODEL"):  # Its working folder will be another.
        if environment.get(name):
            environment[name] = str(Path(environment[name]).expanduser().absolute())
    return environment


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _ask_to_stop(home: Home) -> bool:
    """Whether a daemon said that it will stop. One that is starting is given time to write its file."""
    try:
        connection = Connection.read(home)
    except DaemonError:
        return False
    return connection is not None and ask_any_version(connection, "shutdown").get("type") == "ok"


def _end_process(home: Home, pid: int, end: str) -> None:
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess, OSError):
        process = psutil.Process(pid)
        # A process that began after the file was written is another one that was given the same number.
        if process.create_time() <= home.holder_file.stat().st_mtime + 1:
            try:
                getattr(process, end)()
            except psutil.AccessDenied:
                raise DaemonError(f"the daemon (process {pid}) belongs to someone else: let them stop it") from None
