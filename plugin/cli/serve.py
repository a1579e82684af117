"""``framevox serve``: the daemon in the foreground."""

from __future__ import annotations

import os
import sys

import typer


def serve(context: typer.Context) -> None:
    """Run the engine daemon in the foreground. Its own options follow; `framevox serve --help` lists them."""
    # The daemon takes this process over, so that signals, output and exit code are its own.
    os.execv(sys.executable, [sys.executable, "-m", "engine_daemon", *context.args])
