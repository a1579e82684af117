"""README.md says what is there: its commands, options, keys, folders and links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from framevox.engine_daemon.service.options import parser
from framevox.plugin.cli.main import app
from tests.cli.test_report import KEYS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = typer.main.get_command(app).commands
EXAMPLES = [line.partition("  #")[0] for line in README.splitlines() if line.startswith("framevox ")]


def options_of(name: str) -> set[str]:
    return {option for parameter in COMMANDS[name].params for option in parameter.opts} | {"--help"}


def test_there_are_two_commands_of_one_line_each() -> None:
    demo, tests = [line for line in README.splitlines() if line.startswith("python3 -m venv ")]
    assert demo.endswith(".venv/bin/framevox demo")
    assert tests.endswith(".venv/bin/pytest") and ".[test]" in tests


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_command_with_options_it_has(example: str) -> None:
    _, name, *arguments = shlex.split(example)
    assert {word for word in arguments if word.startswith("-")} <= options_of(name)


def test_every_option_that_is_mentioned_exists() -> None:
    daemon = {option for action in parser()._actions for option in action.option_strings}
    known = set().union(*(options_of(name) for name in COMMANDS)) | daemon
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= known


def test_every_command_is_mentioned() -> None:
    assert {name for name in COMMANDS if f"framevox {name}" not in README} == set()


def test_the_json_table_has_every_key_in_order() -> None:
    table = README.partition("## `--json`")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert [key for cell in cells for key in re.findall(r"`(\w+)`", cell)] == KEYS


def test_every_folder_page_and_link_exists() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README) + re.findall(
        r"`((?:docs|tests|examples|plugin|benchmarks)/[\w./]*)`", README
    )
    assert [path for path in named if not (ROOT / path).exists()] == []
