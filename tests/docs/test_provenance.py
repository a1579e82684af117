"""The commands of docs/provenance.md run as they stand, and its tables have what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.project.file import PROVENANCE
from framevox.engine_daemon.provenance.aigc import FIELDS
from framevox.engine_daemon.provenance.facts import ASSERTION, SOURCE_TYPE, STATEMENT
from framevox.plugin.cli.main import app
from tests.provenance.keys import new_key, write_chain
from tests.provenance.test_marking import LINE, spoken

from .pages import commands, page

PAGE = page("provenance")


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    write_chain(Path("partner.pem"), new_key())
    take, content = spoken()
    marked = Marking().of(LINE, take, content, "line.wav").written()
    Path("spoken_media").mkdir()
    for path in (Path("line.wav"), Path("spoken_media", "line.wav")):
        path.write_bytes(marked)
    ours = [line for line in commands(PAGE) if line.startswith("framevox provenance")]
    assert {shlex.split(line)[2] for line in ours} == {"init", "show", "check"} and len(ours) == 6
    for line in ours:
        ran = CliRunner().invoke(app, shlex.split(line)[1:])
        assert ran.exit_code == 0, (line, ran.output)


def test_the_tables_name_what_there_is() -> None:
    for entry in PROVENANCE:
        assert re.search(rf"(^|`){re.escape(entry)} = ", PAGE, re.MULTILINE), entry
    assert all(f"`{field}`" in PAGE for field in FIELDS)
    assert f"`{ASSERTION}`" in PAGE and SOURCE_TYPE.rpartition("/")[2] in PAGE and STATEMENT in PAGE


def test_every_way_to_write_sound_is_in_the_table() -> None:
    routes = PAGE.partition("## Every way out")[2].partition("\n## ")[0]
    for way in (
        "--stem",
        "--report",
        "speak",
        "voices --play",
        "live -o DIR",
        "live -o -",
        ".otioz",
        "Resolve",
        "DAPT",
    ):
        assert way in routes, way
