"""A broken installation, as ``framevox doctor`` and every other command tell it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from framevox.plugin.cli import packages
from framevox.plugin.cli.packages import load, module_in, modules_of, required
from tests.processes import ROOT, python_path


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, for packages that do not work."""
    folder = tmp_path / "broken"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{python_path()}")
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    return folder


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "framevox", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=100
    )


def test_packages_are_loaded_and_each_fault_is_told_even_one_that_ends_the_process(broken: Path) -> None:
    (broken / "wrong_system.py").write_text("raise ImportError('wrong ELF class: ELFCLASS32\\nmore of it')")
    (broken / "crashes.py").write_text("import os\nos._exit(134)")
    (broken / "noisy.py").write_text("print('begin the day')\nraise OSError('libsound is not there')")
    assert load(["json", "wrong_system", "crashes", "nowhere", "noisy", "csv"]) == {
        "wrong_system": "ImportError wrong ELF class: ELFCLASS32",
        "crashes": "it ends the process (134)",
        "nowhere": "ModuleNotFoundError No module named 'nowhere'",
        "noisy": "OSError libsound is not there",
    }


def test_a_package_that_takes_too_long_is_told_and_the_rest_looked_at(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (broken / "sleepy.py").write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(packages, "SECONDS", 1.5)
    wrong = load(["sleepy", "nowhere"])
    assert "takes more than" in wrong["sleepy"] and "nowhere" in wrong


def test_every_requirement_has_a_module_that_can_be_loaded() -> None:
    modules = modules_of([*required(), "no-such-package"])
    assert set(modules.values()) == set(required())
    assert modules["zmq"] == "pyzmq" and modules["soundfile"] == "soundfile"


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("zmq/__init__.py", "zmq"),
        ("zmq/utils/__init__.py", ""),
        ("soundfile.py", "soundfile"),
        ("rjieba.cpython-310-darwin.so", "rjieba"),
        ("rjieba.pyd", "rjieba"),
        ("_soundfile.py", ""),
        ("numpy.libs/libopenblas.so", ""),
        ("pyzmq-27.dist-info/RECORD", ""),
        ("../../bin/onnx", ""),
    ],
)
def test_a_file_of_a_package_is_a_module_or_none(path: str, module: str) -> None:
    assert module_in(PurePosixPath(path)) == module


def test_doctor_names_a_package_that_is_installed_and_does_not_load(broken: Path) -> None:
    (broken / "onnxruntime.py").write_text("raise ImportError('DLL load failed')")
    ran = command("doctor")
    said = " ".join(ran.stdout.split())
    assert ran.returncode == 1 and "onnxruntime is installed and does not load (ImportError DLL load failed)" in said
    assert "pip install --force-reinstall onnxruntime" in said and "Traceback" not in ran.stderr


def test_doctor_names_a_home_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("PYTHONPATH", python_path())
    ran = command("doctor")
    assert ran.returncode == 1 and "cannot be written: set FRAMEVOX_HOME" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    ("module", "stub", "said"),
    [
        (
            "typer",
            "raise ModuleNotFoundError(\"No module named 'typer'\", name='typer')",
            "the package typer is missing",
        ),
        (
            "zmq",
            "raise ImportError('DLL load failed', name='zmq')",
            "the package zmq cannot be loaded (DLL load failed)",
        ),
    ],
)
def test_a_command_whose_packages_are_broken_says_which_and_how_to_mend_that(
    broken: Path, module: str, stub: str, said: str
) -> None:
    (broken / f"{module}.py").write_text(stub)
    ran = command("status")
    assert ran.returncode == 1 and ran.stderr.startswith(f"framevox: {said}")
    assert "pip install --force-reinstall framevox" in ran.stderr and ran.stderr.count("\n") == 1


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp932"])
def test_a_console_that_is_not_utf_8_ends_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    monkeypatch.setenv("PYTHONPATH", python_path())
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path))
    ran = subprocess.run(
        [sys.executable, "-m", "framevox", "fill", "小明 é 😀.otio", "out.otio"], cwd=tmp_path, capture_output=True
    )
    assert ran.returncode == 2 and b"Traceback" not in ran.stderr
    assert ".otio" in ran.stderr.decode(encoding)
