"""docs/live.md: its program runs as it stands, and its options and keys are those of the command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import typer.main

from framevox.plugin.cli.live_cues import KEYS
from framevox.plugin.cli.live_sinks import PCM
from framevox.plugin.cli.main import app
from tests.e2e.conftest import COMMAND, serving
from tests.processes import ROOT

PAGE = (ROOT / "docs" / "live.md").read_text("utf-8")


def test_the_program_runs(tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    with serving(tmp_path / "home") as hums:
        hums.run("preset", "add", "girl", "--voice", "alto")
        path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
        program = [sys.executable, "-c", f"{code}    print(about['bytes'], len(samples))\n"]
        ran = subprocess.run(
            program, env={**hums.environment, "PATH": path}, capture_output=True, text=True, timeout=60
        )
    assert ran.returncode == 0, ran.stderr
    piece, end = (line.split() for line in ran.stdout.splitlines())
    assert piece[0] == piece[1] != "0" and end == ["0", "0"]


def test_its_keys_and_options_are_those_there_are() -> None:
    table = PAGE.split("| key | what |")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in table.splitlines()[2:]))) == set(KEYS)
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    groups = [commands["live"], commands["preset"].commands["add"], commands["speak"]]
    known = {option for command in groups for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"(--[a-z][a-z-]*)", PAGE)) <= known
    assert all(f"`{form}`" in PAGE for form in PCM)
    for line in re.findall(r'^\{"line".*\}$', PAGE, re.MULTILINE):
        json.loads(line)
