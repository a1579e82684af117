"""A real Blender without a window: ``bpy`` in environments of its own, the extension installed, and a daemon that hums.

``FRAMEVOX_BPY`` names the Pythons that have bpy, as PATH does; ``.ci/run`` makes them.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from framevox.plugin.blender.building import install
from tests.e2e.conftest import Framevox

PYTHONS = [Path(one) for one in os.environ.get("FRAMEVOX_BPY", "").split(os.pathsep) if one]
WANTED = pytest.mark.skip(reason="FRAMEVOX_BPY names no Python that has Blender's module bpy")
_INSIDE = Path(__file__).with_name("inside")


@dataclass
class Blender:
    """Somebody's Blender: its Python with bpy, and the folders of its extensions and of their work."""

    python: Path
    extensions: Path
    work: Path
    environment: dict[str, str]

    def start(self, script: str, **more: str) -> subprocess.Popen[str]:
        """Starts a script inside Blender, after ``inside/prelude.py``."""
        (self.work / "out.json").unlink(missing_ok=True)
        code = f"import sys; sys.path.insert(0, {str(_INSIDE)!r})\nfrom prelude import *\n{dedent(script)}"
        return subprocess.Popen(
            [self.python, "-c", code],
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=self.work,
        )

    def run(self, script: str, **more: str) -> dict[str, Any]:
        """Runs a script to its end, and returns what it told with ``out``."""
        process = self.start(script, **more)
        said, _ = process.communicate(timeout=250)
        assert process.returncode == 0 and "Traceback" not in said, said
        return dict(json.loads((self.work / "out.json").read_text("utf-8")))


def _daemon(home: Path, engine: str) -> Iterator[Framevox]:
    framevox = Framevox(home)
    daemon = framevox.serve(f"tests.e2e.engine:{engine}")
    yield framevox
    framevox.run("stop")
    assert daemon.wait(20) == 0


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    yield from _daemon(tmp_path_factory.mktemp("blender"), "company")


@pytest.fixture
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framevox]:
    """A daemon of one test's own, because takes that it keeps would be there at once."""
    yield from _daemon(tmp_path_factory.mktemp("blender-slow"), "slow_tone")


def made(python: Path, framevox: Framevox, work: Path, monkeypatch: pytest.MonkeyPatch) -> Blender:
    monkeypatch.setenv("FRAMEVOX_HOME", str(framevox.home))
    extensions = work / "extensions"
    install([extensions])
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XDG_", "VIRTUAL"))}
    return Blender(
        python,
        extensions,
        work,
        {
            **inherited,
            "FRAMEVOX_HOME": str(framevox.home),
            "BLENDER_USER_RESOURCES": str(work / "user"),
            "BLENDER_USER_EXTENSIONS": str(extensions),
            "WORK": str(work),
            "OUT": str(work / "out.json"),
        },
    )


each = pytest.mark.parametrize("python", PYTHONS or [pytest.param(None, marks=WANTED)], ids=str)


@pytest.fixture
def blender(python: Path, company: Framevox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Blender:
    return made(python, company, tmp_path, monkeypatch)


@pytest.fixture
def slow_blender(python: Path, slow: Framevox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Blender:
    return made(python, slow, tmp_path, monkeypatch)
