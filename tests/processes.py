"""Processes, their environment and small disks in tests, the same on every system as far as there are any."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import AnyStr

import psutil

ROOT = Path(__file__).parents[1]
NEW_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
"""For a process that is to be interrupted: Windows sends Ctrl-Break to whole groups."""


def python_path() -> str:
    """PYTHONPATH for a process that needs the tests: this tree, and what is on it already (tests/posixless.py)."""
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(dict.fromkeys([*filter(None, inherited), str(ROOT)]))


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C, or Ctrl-Break where a program cannot send the other."""
    process.send_signal(signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT)


def kill(pid: int) -> None:
    """Ends a process at once, if it is there."""
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).kill()


def interrupt_terminal(process: subprocess.Popen[str]) -> None:
    """Ctrl-C as a terminal sends it: to a process that has a session of its own, and to all that is in it."""
    if sys.platform == "win32":
        interrupt(process)
    else:
        subprocess.run(["kill", "-INT", "--", f"-{process.pid}"], check=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of ``size`` at ``folder``; skips the test where none can be mounted, which takes root on Linux."""
    import pytest  # not in every process that needs the rest of this module

    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small file system takes root on Linux")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def rest(process: subprocess.Popen[AnyStr], seconds: float = 60) -> tuple[AnyStr | None, AnyStr | None]:
    """What a process has still to say on its standard output and on standard error, until it ends.

    For one that was read before, by ``readline`` say: ``communicate()`` would pass over what that read had taken from
    the pipe beyond its own line. Its standard input stays open.

    Raises:
        subprocess.TimeoutExpired: It has not ended.
    """
    with ThreadPoolExecutor(2) as readers:
        texts = [readers.submit(pipe.read) if pipe else None for pipe in (process.stdout, process.stderr)]
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()  # or its pipes would stay open, and the readers with them
            raise
        out, err = (text.result() if text else None for text in texts)
    return out, err


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for by its parent or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
