"""Every command of docs/exchange.md runs as it stands there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.e2e.conftest import Framevox, write_timeline
from tests.e2e.test_subtitles import SRT

from .pages import commands, page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_timeline(tmp_path / "film.otio", [("ALICE: Good to know.", 60), ("小明: 我们下周发布。", 60)])
    write_timeline(tmp_path / "recut.otio", [("ALICE: Good to know.", 50), ("小明: 我们下周发布。", 60)])
    (tmp_path / "captions.srt").write_text(SRT)
    return tmp_path


@pytest.mark.parametrize("command", commands(page("exchange")))
def test_a_command_runs(framevox: Framevox, folder: Path, command: str) -> None:
    framevox.run(*shlex.split(command)[1:], cwd=folder)
