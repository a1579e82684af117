"""The menu entries out of an installed wheel, where there is no source tree."""

from __future__ import annotations

import os
import subprocess
import zipfile
from itertools import chain
from pathlib import Path

import pytest

from framevox.plugin.resolve.install import ENTRIES, LUA
from tests.conftest import Environment
from tests.e2e.conftest import Framevox
from tests.fakes.resolve import World
from tests.resolve.conftest import Editor

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_wheel_installs_entries_that_work(
    hums: Framevox, wheel: Path, installed: Environment, tmp_path: Path
) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    files = ROOT.glob("plugin/resolve/**/*.py"), ROOT.glob("otio_adapters/otio_plugin/*.py")
    for file in (ROOT / "otio_adapters" / "plugin_manifest.json", *chain(*files)):
        assert f"framevox/{file.relative_to(ROOT).as_posix()}" in names
    (entry_points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
    plug_in = "[opentimelineio.plugins]\nframevox = framevox.otio_adapters\n"
    assert plug_in in zipfile.ZipFile(wheel).read(entry_points).decode()

    home = tmp_path / "home"
    home.mkdir()
    scripts = tmp_path / "Scripts"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    for command in (["resolve", "install", "--folder", str(scripts)], ["--version"]):
        subprocess.run([installed.command, *command], check=True, cwd=home, env=clean)
    assert {path.name for path in scripts.iterdir()} == {*ENTRIES.values(), LUA}
    for path in (one for one in scripts.rglob("*") if one.is_file()):
        assert str(ROOT) not in path.read_text("utf-8") and str(installed.packages) in path.read_text("utf-8")

    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor = Editor(scripts, home, {"FRAMEVOX_HOME": str(hums.home), "HOME": str(home)})
    try:
        assert "1 placed" in editor.run(world).out
    finally:
        for file in editor.state.glob("*"):
            file.unlink()
