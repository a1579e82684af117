"""``framevox voices``: what there is to speak with."""

from __future__ import annotations


def voices() -> None:
    """List the voices."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from framevox.engine_daemon.client import Client
    from framevox.plugin.cli.exits import say

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Voice", "Languages"):
        table.add_column(heading)
    with Client.connect(say=say) as client:
        for voice in client.voices():
            table.add_row(Text(voice["name"]), Text(", ".join(voice["languages"])))
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "\nAny Kokoro voice file works too: --voice PATH. Blends: --voice jf_alpha:0.6+jm_kumo:0.4", soft_wrap=True
    )
