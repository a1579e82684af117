"""Every command of the pages on cue sheets, scripts and DAPT runs as it stands there."""

from __future__ import annotations

import shlex
from pathlib import Path

import openpyxl
import pytest

from tests.e2e.conftest import Framevox, write_timeline
from tests.otio_adapters import lines_in
from tests.otio_adapters.sheets.workbooks import workbook

from .pages import commands, page

COMMANDS = [command for name in ("sheets", "scripts", "dapt") for command in commands(page(name))]
FILES = {"film.fountain": ".fountain", "film.fdx": ".fdx", "play.txt": ".txt", "script.dapt": ".dapt"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("film", "cut"):
        write_timeline(tmp_path / f"{name}.otio", [("ALICE: Good to know.", 60), ("小明: 我们下周发布。", 60)])
    for name, suffix in FILES.items():
        content = lines_in.FILES[suffix]
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return tmp_path


def sheets_for(command: str, folder: Path) -> None:
    """The sheets that a command reads: with the columns that it names, and timecode that its rate has."""
    named = "character=Wer" in command
    heads = ("Wer", "In", "Out", "D") if named else ("Character", "TC In", "TC Out", "Line")
    drop = ";" if "DF" in command else ":"
    times = ("0", "60") if named else (f"01:00:01{drop}00", f"01:00:03{drop}00")
    (folder / "cues.csv").write_text(",".join(heads) + "\n" + ",".join(("ALICE", *times, "Good to know.")) + "\n")
    (folder / "cues.xlsx").write_bytes(workbook((heads, ("ALICE", *times, "Good to know."))))
    rows = "MEI: Then send it now.\t01:00:01:00\t01:00:03:00\t\n"
    head = "Heading\nFIELD_DELIM\tTABS\nFPS\t25\n\nColumn\nName\tStart\tEnd\tDialogue\n\nData\n"
    (folder / "log.ale").write_text(
        head + (rows if "line=Name" in command else f"A001{rows[rows.index(chr(9)) : -1]}Hi.\n")
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs(framevox: Framevox, folder: Path, command: str) -> None:
    sheets_for(command, folder)
    arguments = shlex.split(command, comments=True)[1:]
    framevox.run(*arguments, cwd=folder)
    if arguments[0] != "fill":
        return
    out = folder / arguments[2]
    assert out.stat().st_size > 0
    if out.suffix == ".xlsx":
        assert "placed" in [cell.value for row in openpyxl.load_workbook(out).active for cell in row]


def test_no_page_is_without_commands() -> None:
    assert len(COMMANDS) >= 14
