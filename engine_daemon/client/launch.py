"""Finding the user's daemon, starting one, and stopping it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from framevox.engine_daemon.protocol.connection import Connection, Home, daemon_lives, lock_holder
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.messages import VERSION

PATIENCE_SECONDS = 10.0
"""How long a daemon may be about to serve, or about to end."""
START_SECONDS = 60.0
_SERVE = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "from framevox.engine_daemon.service.main import main; sys.exit(main())"
)
"""``python -m`` would import from the working folder first, where a user's ``zmq.py`` may lie; so would ``-c`` with the
empty entry of its path. What is on PYTHONPATH still counts."""


def find_daemon(home: Home) -> Connection | None:
    """The connection of the daemon that lives; None if there is none. Waits for one that is just starting."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while daemon_lives(home):
        connection = Connection.read(home)
        if connection is not None:
            if connection.protocol != VERSION:
                raise DaemonError(
                    f"the running daemon (process {connection.pid}) speaks protocol {connection.protocol}, this "
                    f"installation {VERSION}: run `framevox stop` and try again"
                )
            return connection
        if time.monotonic() > deadline:
            raise DaemonError(f"a daemon is starting or stopping and does not get on; its log is {home.log_file}")
        time.sleep(0.02)
    return None


def start_daemon(home: Path | None, options: Sequence[str]) -> None:
    """Starts a daemon in the background; returns when it serves, or when another one does."""
    _serve(home, [*options, "--detach"])


def which_engine(home: Path | None = None) -> dict[str, Any]:
    """What a daemon that is started now would speak with, and why.

    ``{"engine", "reason", "unused": path of a model that is configured in vain or None, "clones"}``
    """
    answer: dict[str, Any] = json.loads(_serve(home, ["--which"]))
    return answer


def _serve(home: Path | None, options: Sequence[str]) -> bytes:
    """Runs the daemon's own program, which knows its engines, and returns what it printed."""
    environment = dict(os.environ)
    if home is not None:
        environment["FRAMEVOX_HOME"] = str(home)
    for name in ("FRAMEVOX_HOME", "FRAMEVOX_MODEL"):  # Its working folder will be another.
        if environment.get(name):
            environment[name] = str(Path(environment[name]).expanduser().absolute())
    try:
        run = subprocess.run(
            [sys.executable, "-c", _SERVE, *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DaemonError(f"the daemon did not start within {START_SECONDS:.0f} s") from None
    if run.returncode != 0:
        said = run.stderr.decode(errors="replace").strip().splitlines()
        raise DaemonError(said[-1] if said else f"the daemon could not be started (exit code {run.returncode})")
    return run.stdout


def stop_daemon(home: Path | None = None) -> bool:
    """Stops the daemon, of whatever version, and waits until it is gone. False if none was running."""
    folders = Home.find(home)
    if not daemon_lives(folders):
        return False
    pid = lock_holder(folders)
    if pid is None:
        raise DaemonError(f"a daemon is just starting or stopping, see {folders.log_file}: try again in a moment")
    # A signal, because it is understood by a daemon of any version.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while daemon_lives(folders):
        if time.monotonic() > deadline:
            raise DaemonError(f"the daemon (process {pid}) does not stop: end it with `kill -9 {pid}`")
        time.sleep(0.02)
    return True
