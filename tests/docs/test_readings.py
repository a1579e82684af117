"""Every command of docs/readings.md runs as it stands there, and so do its file and its program."""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from pathlib import Path

import pytest

from framevox.engine_daemon.project.file import read_project
from framevox.engine_daemon.text import read_line
from tests.e2e.conftest import Framevox, write_timeline

from .pages import commands, page

PAGE = page("readings")


@pytest.mark.slow
def test_the_commands_run_in_their_order(framevox: Framevox, tmp_path: Path) -> None:
    write_timeline(tmp_path / "film.otio", [("ALICE: Good to know.", 60), ("小明: 我们下周发布。", 60)])
    (tmp_path / "lines.txt").write_text("你好。\n", "utf-8")
    (tmp_path / "captions.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\n你好。\n", "utf-8")
    for command in commands(PAGE):
        framevox.run(*shlex.split(command)[1:], cwd=tmp_path)


def test_what_is_shown_is_what_comes_out(framevox: Framevox, tmp_path: Path) -> None:
    (framevox.home / "framevox.toml").unlink(missing_ok=True)
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        command, _, shown = block.removeprefix("$ ").partition("\n")
        ran = framevox.run(*shlex.split(command)[1:], code=None, cwd=tmp_path)
        assert (ran.out + ran.err).split() == shown.split()


def test_the_file_can_be_read(tmp_path: Path) -> None:
    [text] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "framevox.toml").write_text(text, "utf-8")
    assert len(read_project(tmp_path / "framevox.toml").readings.rules) == 5


def test_every_bracket_of_the_page_is_a_reading() -> None:
    part = PAGE.partition("## In one place")[2].partition("\n## ")[0]
    brackets = re.findall(r"`([^`]+\[[^`]+\])`", part)
    assert len(brackets) > 8
    for written in brackets:
        line = read_line(written)
        assert line.warnings == () and any(word.source == "rule" for word in line.words), written


def test_the_program_runs(framevox: Framevox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEVOX_HOME", str(framevox.home))
    monkeypatch.chdir(tmp_path)
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(program, names)
    assert names["Fraction"] is Fraction
