"""Running a menu entry against a world, in an interpreter that has none of our packages."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from .world import World

RUNNER = Path(__file__).with_name("runner.py")
LUA_RUNNER = Path(__file__).with_name("lua_runner.py")


@dataclass(frozen=True)
class Ran:
    """What an entry printed and showed. ``windows``: all windows with what is in them, each time they changed.

    ``waited``: the seconds that it spent waiting for the fake's answers.
    """

    code: int
    out: str
    err: str
    windows: list[Any]
    waited: float


def run_entry(
    world: World,
    entry: Path,
    environment: Mapping[str, str],
    *,
    python: str = sys.executable,
    seconds: float = 60,
    clicks: Mapping[str, Any] | None = None,
    lua: str = "",
) -> Ran:
    """Runs ``entry`` to its end. ``clicks``: what is clicked at which turn of the window's loop (``3``), or of
    which window's (``2:3``)."""
    with start_entry(world, entry, environment, python=python, clicks=clicks, lua=lua) as (process, log):
        out, err = process.communicate(timeout=seconds)
        shown = json.loads(log.read_text()) if log.exists() else {"windows": [], "waited": 0.0}
        return Ran(process.returncode, out, err, **shown)


@contextlib.contextmanager
def start_entry(
    world: World,
    entry: Path,
    environment: Mapping[str, str],
    *,
    python: str = sys.executable,
    clicks: Mapping[str, Any] | None = None,
    lua: str = "",
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A running entry and the file its windows are logged in; it is killed when the block is left.

    ``lua`` is the Lua that runs it, a module of lupa.
    """
    with tempfile.TemporaryDirectory() as folder:
        key = secrets.token_bytes(16)
        log = Path(folder, "windows.json")
        with Listener(str(Path(folder, "world")), "AF_UNIX", authkey=key) as listener:
            threading.Thread(target=_serve, args=(world, listener), daemon=True).start()
            told = [str(listener.address), key.hex(), str(entry)]
            process = subprocess.Popen(
                [python, str(LUA_RUNNER), *told, lua]
                if lua
                # No site packages, no PYTHON* variables, not even the working folder on the path.
                else [*(python, "-S", "-E", "-I", str(RUNNER)), *told, json.dumps(dict(clicks or {})), str(log)],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=folder,
            )
            try:
                yield process, log
            finally:
                process.kill()
                process.wait()
                assert process.stdout is not None and process.stderr is not None
                process.stdout.close()
                process.stderr.close()


def _serve(world: World, listener: Listener) -> None:
    with contextlib.suppress(OSError, EOFError), listener.accept() as connection:
        _answer(world, connection)


def _answer(world: World, connection: Connection) -> None:
    while True:
        kind, *rest = connection.recv()
        if kind == "hello":
            connection.send((world.root()[1], world.studio, world.traps.stdout))
        elif kind == "names":
            connection.send(world.names(rest[0]))
        elif kind == "dialog":
            world.modal = True
            connection.send(None)
        else:
            connection.send(world.call(*rest))
