"""docs/api.md: its examples run as they stand, and every exported name is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import framevox
from tests.e2e.conftest import serving, write_timeline
from tests.processes import ROOT, python_path

PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")


def test_the_examples_run_one_after_another(tmp_path: Path) -> None:
    write_timeline(tmp_path / "cut.otio", [("MEI: Hello there, Jack.", 36), ("JACK: We leave at noon.", 34)])
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    with serving(tmp_path / "home") as hums:
        ran = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**hums.environment, "PYTHONPATH": python_path()},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "placed MEI Hello there, Jack." in ran.stdout and "placed JACK We leave at noon." in ran.stdout
    assert "the slot is too short" in ran.stdout
    assert "{'placed': 1, 'attention': 1, 'failed': 0, 'cancelled': 0}" in ran.stdout
    assert (
        (tmp_path / "spoken.otio").exists() and (tmp_path / "1.wav").exists() and list((tmp_path / "takes").iterdir())
    )


def test_every_exported_name_is_there_and_no_other() -> None:
    for name in framevox.__all__:
        assert getattr(framevox, name) is not None
        assert name in dir(framevox)
    try:
        framevox.nothing  # noqa: B018
    except AttributeError as error:
        assert "no attribute 'nothing'" in str(error)
    else:
        raise AssertionError


def test_importing_it_loads_nothing() -> None:
    code = "import sys, framevox; print({'zmq', 'numpy', 'msgspec', 'opentimelineio'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.stdout.strip() == "set()"
