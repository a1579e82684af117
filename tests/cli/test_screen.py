"""What is shown cannot harm a terminal, and says what it must."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from framevox.engine_daemon.client.speaking import Result, counts_line
from framevox.engine_daemon.protocol.cues import Note
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.plugin.cli.main import app
from framevox.plugin.cli.report import cue_json
from framevox.plugin.cli.screen import printable, results_table, shortened, where
from tests.otio_adapters.mlt import projects

from .test_report import CUE, TAKE


@given(st.text())
def test_a_users_text_is_shown_on_one_line_without_control_characters(text: str) -> None:
    assert printable(text).isprintable()
    assert cell_len(shortened(text)) <= 60


def test_escape_sequences_and_turned_text_are_taken_apart() -> None:
    assert printable("a\x1b[2Jb\u202ec\nd\ttab") == "a [2Jb c d tab"


def test_a_cue_is_named_by_who_and_when() -> None:
    assert where(CUE) == "小明 at 01:00:04:05"


def test_an_empty_project_is_told_what_a_line_is_in_its_own_terms(tmp_path: Path) -> None:
    source = projects.kdenlive(tmp_path / "edit.kdenlive", Rate.parse("25"), [])
    said = CliRunner().invoke(app, ["fill", str(source), str(tmp_path / "out.kdenlive")])
    assert said.exit_code == 0 and "subtitle, a title" in said.output and "metadata" not in said.output


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        (["placed"], "1 cue: 1 placed"),
        (["placed", "attention"], "2 cues: 1 placed, 1 needs attention"),
        (["attention", "attention", "failed"], "3 cues: 0 placed, 2 need attention, 1 failed"),
    ],
)
def test_the_counts_are_a_sentence(statuses: list[str], line: str) -> None:
    assert counts_line([Result(CUE, None, status) for status in statuses]) == line


def shown(results: list[Result], width: int) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(results_table(results))
    return console.file.getvalue()


def test_a_narrow_terminal_cuts_no_column_but_the_line() -> None:
    table = shown([Result(CUE, "Dialogue", "placed", take=TAKE, media=Path("/a.wav"))], 70)
    for what in ("01:00:04:05", "小明", "jm_kumo", "2.00 s", "0.96x", "placed"):
        assert what in table


def test_a_character_with_a_very_long_name_leaves_room_for_the_rest() -> None:
    cue = structs.replace(CUE, character="The man in the very long black coat " * 5)
    table = shown([Result(cue, "Dialogue", "placed", take=TAKE, media=Path("/a.wav"))], 90)
    for what in ("01:00:04:05", "The man in", "2.00 s", "0.96x", "placed"):
        assert what in table
    assert cell_len(where(cue)) < 50


def test_of_a_long_timeline_the_table_shows_what_was_not_placed() -> None:
    placed = Result(CUE, "Dialogue", "placed", take=TAKE, media=Path("/a.wav"))
    table = shown([placed] * 100 + [Result(CUE, "Dialogue", "attention", "too short")], 100)
    assert "attention" in table and "placed" not in table


def test_a_loose_slot_is_placed_and_the_table_says_that_it_is_loose() -> None:
    loose = structs.replace(TAKE, notes=(Note("loose"),))
    result = Result(CUE, "Dialogue", "placed", take=loose, media=Path("/a.wav"))
    assert "placed, loose" in shown([result], 100)
    assert "loose" not in shown([Result(CUE, "Dialogue", "placed", take=TAKE, media=Path("/a.wav"))], 100)
    assert cue_json(result, 48000)["status"] == "placed"
