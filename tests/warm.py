"""The ``framevox`` command in a process of its own that need not import it first.

Importing is most of the work of a short command. So a server process imports the command once a session, and each run
is a fork of it: its own pid, environment, folder, streams and exit code, as the installed script has them.
"""

from __future__ import annotations

import atexit
import importlib
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.processes import python_path

IMPORTED = ("plugin.cli", "plugin.common", "otio_adapters", "engine_daemon.client", "engine_daemon.audio")
"""Packages of ours that commands import; no engine, and nothing that reads its environment while it is imported."""


def available() -> bool:
    return "forkserver" in multiprocessing.get_all_start_methods()


def run(
    arguments: list[str], environment: Mapping[str, str], folder: Path, stdin: str, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Runs ``framevox ARGUMENTS``; its standard streams are files.

    Raises:
        subprocess.TimeoutExpired: It ran for longer than ``seconds``, and was killed.
    """
    with tempfile.TemporaryDirectory() as name:
        streams = [Path(name) / stream for stream in ("in", "out", "err")]
        streams[0].write_text(stdin, "utf-8")
        process = _server().Process(target=_command, args=(arguments, dict(environment), folder, streams))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, seconds)
        out, err = (stream.read_text("utf-8") for stream in streams[1:])
        return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.warm_imports"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = python_path()
    try:
        multiprocessing.forkserver.ensure_running()  # type: ignore[attr-defined]
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return context


def import_all() -> None:
    """Imports what commands need, in the server."""
    for package in IMPORTED:
        module = importlib.import_module(f"framevox.{package}")
        for found in pkgutil.walk_packages(module.__path__, f"{module.__name__}."):
            if "otio_plugin" not in found.name:
                importlib.import_module(found.name)


def _command(arguments: list[str], environment: dict[str, str], folder: Path, streams: list[Path]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, (path, mode) in enumerate(zip(streams, ("r", "w", "w"), strict=True)):
        with path.open(mode) as file:
            os.dup2(file.fileno(), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (
        open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        for number in (1, 2)
    )
    sys.argv = ["framevox", *arguments]
    from framevox.__main__ import main

    try:
        main()
    finally:
        atexit._run_exitfuncs()
