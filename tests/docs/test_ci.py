"""The workflow of CI and the README speak of the same commands, systems and Pythons."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def matrix(key: str) -> list[str]:
    found = re.search(rf"^ +{key}: \[(.*)\]$", WORKFLOW, re.MULTILINE)
    assert found
    return [word.strip().strip('"') for word in found[1].split(",")]


def test_ci_runs_on_the_systems_that_the_readme_names() -> None:
    systems = {name.partition("-")[0] for name in matrix("system")}
    assert systems == {"ubuntu", "macos", "windows"}
    (row,) = re.findall(r"^\| Systems \|(.*)$", README, re.MULTILINE)
    assert all(system in row for system in ("Linux", "macOS", "Windows"))


def test_ci_runs_the_oldest_and_the_newest_python_that_the_package_takes() -> None:
    oldest, after = re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', PROJECT)[0]
    assert matrix("python") == [f"3.{oldest}", f"3.{int(after) - 1}"]
    assert f"3.{oldest} to 3.{int(after) - 1}" in README


def test_ci_runs_the_readmes_commands_which_are_the_same_on_every_system() -> None:
    commands = runpy.run_path(str(ROOT / ".ci" / "readme.py"))["commands"]
    posix, windows = commands(README, "linux"), commands(README, "win32")
    assert len(posix) == len(windows) == 2 and posix == commands(README, "darwin")
    for one, other in zip(posix, windows, strict=True):
        assert one.replace("python3", "python").replace(".venv/bin/", ".venv/X/").replace("'", '"') == other.replace(
            ".venv\\Scripts\\", ".venv/X/"
        )
    assert all(f"python .ci/readme.py {number}" in WORKFLOW for number in (1, 2))
