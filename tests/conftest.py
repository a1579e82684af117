"""What tests of several folders build: the wheel, once a session."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import ROOT

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
SCRIPTS, SUFFIX = ("Scripts", ".exe") if sys.platform == "win32" else ("bin", "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three for every two cores: a third of the time a test waits for a process that it has started."""
    return max((os.cpu_count() or 1) * 3 // 2, 1)


@dataclass(frozen=True)
class Environment:
    """A virtual environment with Framevox in it, and with what it needs out of the tests' own."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / SCRIPTS / f"python{SUFFIX}"

    @property
    def command(self) -> Path:
        return self.folder / SCRIPTS / f"framevox{SUFFIX}"

    @property
    def packages(self) -> Path:
        out = subprocess.run(
            [self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return Path(out.strip())

    @classmethod
    def make(cls, folder: Path, *install: str | Path) -> Environment:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        environment = cls(folder)
        # With a PYTHONPATH that leads to a checkout, pip would take Framevox for installed, and install nothing.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        command = [*PIP, "--python", environment.python, "install", "--no-deps", *install]
        subprocess.run(command, check=True, env=clean)
        # The others come from the tests' own environment, without the source tree that is installed there.
        others = site.getsitepackages()[-1]
        (environment.packages / "others.pth").write_text(f"{others}\n", "utf-8")
        return environment


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is needed to build, because a build leaves things beside what it builds."""
    folder = tmp_path_factory.mktemp("source") / "framevox-source"
    folder.mkdir()
    for name in ("engine_daemon", "otio_adapters", "plugin"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "framevox").mkdir()
    for name in ("__init__.py", "__main__.py", "py.typed"):
        shutil.copy(ROOT / "framevox" / name, folder / "framevox")
    # The links beside them as git makes them where it makes no links.
    for name in ("engine_daemon", "otio_adapters", "plugin"):
        (folder / "framevox" / name).write_text(f"../{name}")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE", "MANIFEST.in"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*PIP, "wheel", "--no-deps", "-w", folder, source], check=True)
    (wheel,) = folder.glob("framevox-*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the wheel is installed."""
    return Environment.make(tmp_path_factory.mktemp("installed") / "environment", wheel)
