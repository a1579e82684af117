"""``framevox serve``: the daemon in the foreground."""

from __future__ import annotations

import typer

from framevox.plugin.cli.modules import become


def serve(context: typer.Context) -> None:
    """Run the engine daemon in the foreground. Its own options follow; `framevox serve --help` lists them."""
    become("framevox.engine_daemon", context.args)
