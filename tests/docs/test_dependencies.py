"""docs/dependencies.md and pyproject.toml name the same packages."""

from __future__ import annotations

import re
import sys
from itertools import chain
from pathlib import Path

import pytest

if sys.version_info < (3, 11):
    pytest.skip("reading pyproject.toml takes tomllib", allow_module_level=True)

import tomllib

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = [*PROJECT["dependencies"], *chain.from_iterable(PROJECT["optional-dependencies"].values())]


def declared(requirements: list[str]) -> list[str]:
    return [re.match(r"[A-Za-z0-9._-]+", requirement).group().lower() for requirement in requirements]


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "dependencies.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] != "package" and not set(row[0]) <= {"-", " "}]


def test_every_dependency_has_a_row_and_every_row_a_dependency() -> None:
    assert sorted(row[0].lower() for row in rows()) == sorted(set(declared(REQUIREMENTS)))


def test_every_row_says_licence_size_and_reason() -> None:
    assert all(len(row) == 4 and all(row) for row in rows())


def test_every_dependency_has_a_range() -> None:
    for requirement in REQUIREMENTS:
        assert (">=" in requirement and "<" in requirement) or "==" in requirement, requirement


def test_the_base_install_has_no_torch() -> None:
    assert not {"torch", "torchaudio", "transformers"} & set(declared(PROJECT["dependencies"]))
