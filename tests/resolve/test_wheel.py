"""The menu entries out of an installed wheel, where there is no source tree."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import zipfile
from itertools import chain
from pathlib import Path

from framevox.plugin.resolve.helper.install import ENTRIES
from tests.e2e.conftest import Framevox
from tests.fakes.resolve import World
from tests.resolve.conftest import Editor

ROOT = Path(__file__).parents[2]


def test_a_wheel_installs_entries_that_work(hums: Framevox, tmp_path: Path) -> None:
    # A copy, because a build leaves things beside what it builds.
    source = tmp_path / "source"
    source.mkdir()
    for name in ("framevox", "engine_daemon", "otio_adapters", "plugin"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("framevox-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    files = ROOT.glob("plugin/resolve/**/*.py"), ROOT.glob("otio_adapters/otio_plugin/*.py")
    for file in (ROOT / "otio_adapters" / "plugin_manifest.json", *chain(*files)):
        assert f"framevox/{file.relative_to(ROOT).as_posix()}" in names
    (entry_points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
    plug_in = "[opentimelineio.plugins]\nframevox = framevox.otio_adapters\n"
    assert plug_in in zipfile.ZipFile(wheel).read(entry_points).decode()

    home = tmp_path / "home"
    home.mkdir()
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    subprocess.run([*pip, "--python", environment / "bin" / "python", "install", "--no-deps", wheel], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    # What it depends on is the test's own, without the source tree that is installed there.
    (packages / "others.pth").write_text(site.getsitepackages()[0] + "\n")

    scripts = tmp_path / "Scripts"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    for command in (["resolve", "install", "--folder", str(scripts)], ["--version"]):
        subprocess.run([environment / "bin" / "framevox", *command], check=True, cwd=home, env=clean)
    assert {path.name for path in scripts.iterdir()} == set(ENTRIES.values())
    for path in scripts.iterdir():
        assert str(ROOT) not in path.read_text() and str(packages) in path.read_text()

    world = World()
    world.caption("ALICE: Hello there.", 24, 36)
    editor = Editor(scripts, home, {"FRAMEVOX_HOME": str(hums.home), "HOME": str(home)})
    try:
        assert "1 placed" in editor.run(world).out
    finally:
        for file in editor.state.glob("*"):
            file.unlink()
