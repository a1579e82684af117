"""Processes and their environment in tests, the same on every system."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

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


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for by its parent or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
