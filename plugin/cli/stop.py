"""``framevox stop``: ends the daemon."""

from __future__ import annotations


def stop() -> None:
    """Stop the daemon and wait until it is gone. Takes made so far are kept."""
    from framevox.engine_daemon.client import stop_daemon
    from framevox.plugin.cli.exits import say

    print("The daemon has stopped." if stop_daemon(say=say) else "No daemon was running.")
