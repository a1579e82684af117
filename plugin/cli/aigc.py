"""The option for GB 45438-2025's metadata, which every command that writes sound has."""

from __future__ import annotations

from typing import Annotated

import typer

AigcOption = Annotated[
    str,
    typer.Option(
        "--aigc",
        metavar="PRODUCER",
        help="Write the AIGC metadata of GB 45438-2025 into every file; PRODUCER is the provider's name or code.",
        show_default=False,
    ),
]
