"""``framevox models``: the models of engines that do not bring one."""

from __future__ import annotations

import os
import sys

import typer


def models(context: typer.Context) -> None:
    """Fetch and check the models of other engines; `framevox models --help` lists the commands."""
    # Engines are the daemon's, and need packages that the command line does without.
    os.execv(sys.executable, [sys.executable, "-m", "engine_daemon.engines.indextts2.hub", *context.args])
