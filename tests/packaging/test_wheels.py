"""Everything Framevox needs is there as a wheel for each system and each Python that it names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import PIP

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
PLATFORMS = {
    "Linux": (*(f"manylinux_2_{n}_x86_64" for n in range(28, 16, -1)), "manylinux2014_x86_64", "linux_x86_64"),
    "macOS": ("macosx_14_0_arm64",),
    "Windows": ("win_amd64",),
}
"""The oldest of each that README.md names: glibc 2.28, macOS 14 on Apple silicon, 64-bit Windows."""


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", PLATFORMS)
def test_every_dependency_has_a_wheel_for(system: str, python: str, wheel: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    platforms = [argument for platform in PLATFORMS[system] for argument in ("--platform", platform)]
    # Resolved only: nothing but what the index says of the packages is fetched.
    ran = subprocess.run(
        [
            *PIP,
            *("install", "--dry-run", "--ignore-installed", "--target", str(tmp_path), "--only-binary=:all:"),
            *(*platforms, "--python-version", python, "--implementation", "cp", "--report", str(report)),
            f"framevox[adapters] @ {wheel.as_uri()}",
        ],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stderr
    found = {item["metadata"]["name"].lower() for item in json.loads(report.read_text())["install"]}
    assert {"framevox", "onnxruntime", "pyzmq", "psutil", "soundfile", "pyopenjtalk-plus"} <= found
