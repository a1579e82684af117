"""What is launched at the released size does not grow: the counts in docs/engine-indextts2.md are upper bounds."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
MOST = {
    "reading a line, before its first code": 271,
    "a decoding step": 322,
    "the latents of a line": 248,
    "an integration step, rows of different lengths": 334,
    "an integration of 25 steps, all of it": 8537,
    "the vocoder, equal rows, operation by operation": 1615,
    "the vocoder, rows of different lengths, operation by operation": 3159,
    "the vocoder, rows of different lengths, fused activation": 325,
}


@pytest.fixture(scope="module")
def operations() -> Any:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import indextts2_operations

        return indextts2_operations
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.mark.slow
def test_no_stage_launches_more_than_the_page_says(operations: Any) -> None:
    found = {row.what: row.operations for row in operations.counted()}
    assert found.keys() == MOST.keys()
    assert {what: n for what, n in found.items() if n > MOST[what]} == {}
    page = (ROOT / "docs" / "engine-indextts2.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (.+?) +\| +\S+ \| +(\d+) \|", page, re.MULTILINE)
    assert {what: int(n) for what, n in cells if what in MOST} == found


@pytest.mark.slow
def test_the_host_reads_codes_once_in_eight_steps_and_nothing_else(operations: Any) -> None:
    assert operations.reads() == [
        ("a decoding step", "0.125"),
        ("the latents", "0"),
        ("an integration of 25 steps", "0"),
        ("the vocoder", "0"),
    ]
