"""Every command of docs/exchange.md runs as it stands there."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Framevox, write_timeline
from tests.e2e.test_subtitles import SRT
from tests.otio_adapters.test_picture import movie

from .pages import commands, page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_timeline(tmp_path / "film.otio", [("ALICE: Good to know.", 60), ("小明: 我们下周发布。", 60)])
    write_timeline(tmp_path / "recut.otio", [("ALICE: Good to know.", 50), ("小明: 我们下周发布。", 60)])
    (tmp_path / "captions.srt").write_text(SRT)
    if shutil.which("ffmpeg") is not None:
        movie(tmp_path / "film.mov", "24000/1001")
    return tmp_path


@pytest.mark.parametrize("command", commands(page("exchange")))
def test_a_command_runs(framevox: Framevox, folder: Path, command: str) -> None:
    if "--picture" in command and not (folder / "film.mov").exists():
        pytest.skip("ffmpeg makes the movie")
    framevox.run(*shlex.split(command)[1:], cwd=folder)
