"""What the tests of a page in docs/ share: the page, and the commands that stand in it."""

from __future__ import annotations

import re
from pathlib import Path


def page(name: str) -> str:
    """The text of ``docs/<name>.md``."""
    return (Path(__file__).parents[2] / "docs" / f"{name}.md").read_text("utf-8")


def commands(page: str) -> list[str]:
    """The lines of the page's ``sh`` blocks."""
    return [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
