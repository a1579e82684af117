"""``framevox status``: what the daemon is doing."""

from __future__ import annotations

from typing import Any


def status() -> None:
    """Show what the running daemon is doing. Ends with 1 if there is none."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from framevox.engine_daemon.client import Client
    from framevox.plugin.cli.exits import say

    with Client.connect(start=False, say=say) as client:
        known = client.status()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in known.items():
        table.add_row(
            Text(name.removesuffix("_bytes").removesuffix("_seconds").replace("_", " "), "bold"),
            Text(readable(name, value), overflow="fold"),
        )
    Console(highlight=False).print(table)


def readable(name: str, value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{number} {key}" for key, number in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    if name.endswith("_bytes"):
        return f"{value / 1e6:.0f} MB"
    if name.endswith("_seconds"):
        return f"{value:.0f} s"
    return str(value)
