"""Handing this process over to another program of ours, one that reads its own options."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence


def become(module: str, arguments: Sequence[str]) -> None:
    """Runs ``module`` as the main program, in this process: signals, output and exit code are its own.

    Unlike ``python -m module`` this does not put the working folder on the path, where a user's ``zmq.py`` may lie.
    """
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
