"""Installed, Framevox is in nobody's way and nobody is in its: wheel, sdist, editable install, and stray files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from framevox.plugin.host.helper_process import Helper
from tests.conftest import PIP, Environment
from tests.e2e.conftest import write_timeline
from tests.processes import ROOT

pytestmark = pytest.mark.slow

TONE = "tests.e2e.engine:tone"


def test_the_wheel_holds_nothing_but_framevox_at_its_top(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"framevox"} and len(tops) == 2


def test_the_wheel_has_every_file_of_its_parts_and_no_other(wheel: Path) -> None:
    wanted = {
        f"framevox/{path.relative_to(ROOT).as_posix()}"
        for part in ("engine_daemon", "otio_adapters", "plugin")
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {f"framevox/{name}" for name in ("__init__.py", "__main__.py", "py.typed")}
    found = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("framevox/")}
    assert found == wanted


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(source, copy)
    subprocess.run([sys.executable, "-m", "build", "--sdist", "-o", tmp_path, copy], check=True, capture_output=True)
    (sdist,) = tmp_path.glob("framevox-*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert {name.partition("/")[0] for name in archive.getnames()} == {sdist.name.removesuffix(".tar.gz")}
    subprocess.run([*PIP, "wheel", "--no-deps", "-w", tmp_path / "again", sdist], check=True)
    (again,) = (tmp_path / "again").glob("framevox-*.whl")
    one, other = zipfile.ZipFile(wheel), zipfile.ZipFile(again)
    assert sorted(one.namelist()) == sorted(other.namelist())
    for name in one.namelist():
        assert one.read(name) == other.read(name) or name.endswith("/RECORD"), name


@pytest.mark.slow
def test_an_editable_install_works_from_another_folder(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(source, copy)
    environment = Environment.make(tmp_path / "environment", "-e", copy)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    where = (
        "import framevox.plugin.cli.main as m, framevox.engine_daemon.service.main as d; print(m.__file__, d.__file__)"
    )
    ran = subprocess.run([environment.python, "-c", where], cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert ran.stdout.split() == [str(copy / "plugin/cli/main.py"), str(copy / "engine_daemon/service/main.py")], (
        ran.stderr
    )
    ran = subprocess.run([environment.command, "--version"], cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert ran.stdout.startswith("framevox 0."), ran.stderr
    for tree in ("plugin", "engine_daemon", "otio_adapters"):  # and nothing more than that is importable
        ran = subprocess.run([environment.python, "-c", f"import {tree}"], cwd=tmp_path, env=clean, capture_output=True)
        assert ran.returncode == 1, tree


class Stray:
    """An installed Framevox, called in a folder where files lie that have the names of what it imports."""

    def __init__(self, installed: Environment, folder: Path) -> None:
        self.installed = installed
        self.folder = folder / "work"
        self.folder.mkdir()
        self.named = folder / "named"
        self.named.mkdir()
        for place, names in ((self.folder, ("plugin", "zmq", "numpy", "typer", "argparse")), (self.named, ("plugin",))):
            for name in names:
                (place / f"{name}.py").write_text(f"raise SystemExit('WRONG {name}.py')\n")
            for name in ("engine_daemon", "otio_adapters"):
                (place / name).mkdir()
                (place / name / "__init__.py").write_text(f"raise SystemExit('WRONG {name}')\n")
        # What is put on the path on purpose: an engine of the user's own.
        shutil.copytree(
            ROOT / "tests" / "fakes", self.named / "tests" / "fakes", ignore=shutil.ignore_patterns("*.pyc")
        )
        (self.named / "tests" / "__init__.py").write_text("")
        (self.named / "tests" / "e2e").mkdir()
        shutil.copy(ROOT / "tests" / "e2e" / "engine.py", self.named / "tests" / "e2e")
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("FRAMEVOX_", "PYTHON"))}
        self.environment = {
            **inherited,
            "FRAMEVOX_HOME": str(folder / "home"),
            "PYTHONPATH": str(self.named),
            "PYTHONIOENCODING": "utf-8",
        }

    def start(self, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.installed.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=input,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        ran = self.start(*arguments)
        assert "WRONG" not in ran.stdout + ran.stderr, ran.stdout + ran.stderr
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def stray(installed: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stray]:
    stray = Stray(installed, tmp_path_factory.mktemp("stray"))
    stray.run("serve", "--detach", "--engine", TONE)
    yield stray
    stray.run("stop")


def test_the_daemon_serves_with_an_engine_that_is_on_the_path_on_purpose(stray: Stray) -> None:
    assert TONE in stray.run("status")


def test_a_client_starts_its_daemon_past_what_lies_around(stray: Stray) -> None:
    stray.run("stop")
    assert "jf_alpha" in stray.run("voices")
    stray.run("stop")
    stray.run("serve", "--detach", "--engine", TONE)


def test_lines_and_timelines_are_spoken_past_what_lies_around(stray: Stray) -> None:
    stray.run("speak", "Hello there.", "-o", "line.wav")
    assert (stray.folder / "line.wav").stat().st_size > 10_000
    write_timeline(stray.folder / "in.otio", [("MEI: Hello there.", 48)])
    assert "1 placed" in stray.run("fill", "in.otio", "out.otio")


def test_the_other_commands_look_past_what_lies_around(stray: Stray) -> None:
    assert "idle-timeout" in stray.run("serve", "--help")
    help = stray.start("models", "--help")
    said = help.stdout + help.stderr
    assert "WRONG" not in said and ("usage" in said.lower() or "framevox[indextts]" in said), said
    assert "onnxruntime" in stray.run("doctor")


def test_the_helper_inside_an_editing_host_looks_past_what_lies_around(
    stray: Stray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stray.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(stray.folder)
    # As the host starts it, and as a program starts it that names the command.
    with Helper(str(stray.installed.python), str(stray.folder)) as helper:
        helper.hello()
        assert helper.rate("29.97") == (30000, 1001)
    ran = stray.start("bridge", input=json.dumps({"id": 1, "ask": "hello", "protocol": 1}) + "\n")
    assert ran.returncode == 0 and "WRONG" not in ran.stderr
