"""The script for a card, tried without one: it must not be on the card that it fails for the first time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT, python_path


@pytest.mark.slow
@pytest.mark.parametrize("release", ["2", "2.5"])
def test_the_script_for_a_card_ends_without_one_and_says_each_thing_it_measures(release: str) -> None:
    command = [sys.executable, ROOT / "benchmarks" / "indextts2.py", "--dry-run", "--release", release]
    ran = subprocess.run(
        [*command, "--cues", "1", "2", "--repeat", "1"],
        capture_output=True,
        encoding="utf-8",
        # Without a card also where there is one.
        env={**os.environ, "PYTHONPATH": python_path(), "CUDA_VISIBLE_DEVICES": ""},
        timeout=280,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    for said in ("integrations a segment", "times the floor", "first audio within", "for 32 cues", "reads by the host"):
        assert said in ran.stdout, said
