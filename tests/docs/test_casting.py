"""Every command of docs/casting.md runs as it stands there, and so does its program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from framevox.engine_daemon.project.file import read_project
from tests.e2e.conftest import Framevox, write_timeline

from .pages import commands, page

PAGE = page("casting")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_timeline(tmp_path / "film.otio", [("ALICE: Good to know.", 60), ("小明: 我们下周发布。", 60)])
    return tmp_path


@pytest.mark.parametrize("command", commands(PAGE))
def test_a_command_runs(framevox: Framevox, folder: Path, command: str) -> None:
    framevox.run(*shlex.split(command)[1:], cwd=folder)


def test_the_program_runs(framevox: Framevox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEVOX_HOME", str(framevox.home))
    monkeypatch.chdir(folder)
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(program, {})


def test_the_file_can_be_read(tmp_path: Path) -> None:
    [text] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "framevox.toml").write_text(text, "utf-8")
    project = read_project(tmp_path / "framevox.toml")
    assert project.voices == {"ALICE": "tenor", "小明": "female"} and project.fill["handles"] == "24"
