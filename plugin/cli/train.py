"""``framevox train``: training parts of a model on one's own clips."""

from __future__ import annotations

import typer

from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.installation import broken_package
from framevox.plugin.cli.modules import become


def train(context: typer.Context) -> None:
    """Train the emotion branch of IndexTTS-2 on your own clips; `framevox train --help` says more."""
    try:
        become("framevox.engine_daemon.engines.indextts2.training.command", context.args)
    except ImportError as error:
        raise DaemonError(broken_package(error, "pip install 'framevox[indextts,train]'")) from None
