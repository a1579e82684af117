"""``framevox status``: what the daemon is doing."""

from __future__ import annotations


def status() -> None:
    """Show what the running daemon is doing. Ends with 1 if there is none."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from engine_daemon.client import Client

    with Client.connect(start=False) as client:
        known = client.status()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in known.items():
        table.add_row(Text(name.replace("_", " "), "bold"), Text(str(value), overflow="fold"))
    Console(highlight=False).print(table)
