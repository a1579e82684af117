"""The pages on files of lines: their commands have the options that they show, and name what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from framevox.otio_adapters.scripts.pauses import DEFAULT
from framevox.otio_adapters.sheets.headings import ROLES
from framevox.otio_adapters.sheets.results import HEADINGS

from .test_readme import ROOT, options_of

NAMES = ("sheets.md", "scripts.md", "dapt.md", "exchange.md")
PAGES = {name: (ROOT / "docs" / name).read_text("utf-8") for name in NAMES}
LINES = [line for page in PAGES.values() for line in page.splitlines()]
EXAMPLES = [line.partition("  #")[0] for line in LINES if line.startswith("framevox ")]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_command_with_options_it_has(example: str) -> None:
    _, name, *arguments = shlex.split(example)
    assert {word for word in arguments if word.startswith("--")} <= options_of(name)


def test_every_link_leads_somewhere() -> None:
    for page in PAGES.values():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page):
            assert (ROOT / "docs" / target).exists(), target
        for path in re.findall(r"`(tests/[\w./]+)`", page):
            assert Path(ROOT / path).exists(), path


def test_the_page_on_sheets_names_every_role_and_column() -> None:
    assert [role for role in ROLES if f"`{role}`" not in PAGES["sheets.md"]] == []
    for heading in HEADINGS:
        assert heading in PAGES["sheets.md"], heading


def test_the_page_on_scripts_says_the_pauses() -> None:
    line, scene = DEFAULT.split(",")
    assert f"{line} and {scene} by default" in PAGES["scripts.md"]
