"""``framevox models``: the models of engines that do not bring one."""

from __future__ import annotations

import typer

from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.installation import broken_package
from framevox.plugin.cli.modules import become


def models(context: typer.Context) -> None:
    """Fetch and check the models of other engines; `framevox models --help` lists the commands."""
    # Engines are the daemon's, and need packages that the command line does without.
    try:
        become("framevox.engine_daemon.engines.indextts2.loading.models", context.args)
    except ImportError as error:
        raise DaemonError(broken_package(error, "pip install 'framevox[indextts]'")) from None
