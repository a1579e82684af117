"""Every command of docs/mlt.md runs as it stands there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from framevox.engine_daemon.protocol.timebase import Rate
from tests.e2e.conftest import Framevox
from tests.otio_adapters.mlt import projects

from .pages import commands, page


@pytest.mark.slow
def test_the_commands_run_in_their_order(framevox: Framevox, tmp_path: Path) -> None:
    rate = Rate.parse("25")
    guides = [(25, "ALICE: Good to know."), (75, "/"), (100, "小明: 我们下周发布。"), (160, "/")]
    source = projects.kdenlive(tmp_path / "edit.kdenlive", rate, guides)
    projects.shotcut(tmp_path / "edit.mlt", rate, [(25, 75, "ALICE: Good to know.")])
    found = commands(page("mlt"))
    for command in found:
        framevox.run(*shlex.split(command)[1:], cwd=tmp_path)
    assert len(found) >= 5 and (tmp_path / "back.kdenlive").read_bytes() == source.read_bytes()
    assert (tmp_path / "dialogue.wav").stat().st_size > 100_000
