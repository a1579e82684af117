"""What the tests of a page in docs/ share: the page, and the commands that stand in it."""

from __future__ import annotations

import itertools
import re
from pathlib import Path


def page(name: str) -> str:
    """The text of ``docs/<name>.md``."""
    return (Path(__file__).parents[2] / "docs" / f"{name}.md").read_text("utf-8")


def commands(page: str) -> list[str]:
    """The lines of the page's ``sh`` blocks."""
    return [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]


def table(page: str, corner: str) -> dict[tuple[str, str], str]:
    """The cells of the table whose first heading is ``corner``, by row and column; one of several names is several."""
    lines = page.splitlines()
    (head,) = (n for n, line in enumerate(lines) if line.startswith("|") and _cells(line)[0] == corner)
    columns = _cells(lines[head])[1:]
    found = {}
    for line in itertools.takewhile(lambda line: line.startswith("|"), lines[head + 2 :]):
        row, *values = _cells(line)
        for column, value in zip(columns, values, strict=True):
            found.update({(name, part): value for name in _names(row) for part in _names(column)})
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _names(heading: str) -> list[str]:
    """The suffixes in a heading, else the heading itself."""
    return re.findall(r"`(\.\w+)`", heading) or [heading]
