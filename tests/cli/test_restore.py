"""What ``framevox restore`` says of files in which nothing was filled, each kind in its own words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters import load
from framevox.plugin.cli.main import app
from tests.otio_adapters.mlt.projects import DATA

XMEML = '<xmeml version="4"><sequence id="s"><rate><timebase>25</timebase></rate><media/></sequence></xmeml>'
OTIO = '{"OTIO_SCHEMA": "Timeline.1", "name": "a", "tracks": {"OTIO_SCHEMA": "Stack.1", "children": []}}'


def said(*arguments: str | Path) -> str:
    ended = CliRunner().invoke(app, [*map(str, arguments)])
    assert ended.exit_code == 2, ended.output
    return ended.output


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for path in DATA.glob("saved*"):
        shutil.copy(path, tmp_path)
    for name, text in (
        ("a.srt", "1\n00:00:01,000 --> 00:00:03,000\nALICE: Hello there.\n"),
        ("a.csv", "Character,In,Out,Line\nBOB,00:00:01:00,00:00:02:00,Hello\n"),
        ("a.txt", "ALICE: Hello there.\n"),
        ("a.otio", OTIO),
        ("a.xml", XMEML),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("saved.kdenlive", "name the project that framevox fill wrote"),
        ("saved.mlt", "name the project that framevox fill wrote"),
        ("a.otio", "name the timeline that framevox fill wrote"),
        ("a.xml", "kept in a.framevox.json beside it, and there is none"),
        ("a.srt", "is a file of subtitles and no timeline"),
        ("a.csv", "is a cue sheet and no timeline"),
        ("a.txt", "is a script and no timeline"),
    ],
)
def test_what_was_never_filled(files: Path, name: str, message: str) -> None:
    source = files / name
    if name == "a.xml":
        pytest.importorskip("otio_fcp_adapter")
    output = said(
        "restore", source, files / f"back{source.suffix if source.suffix in ('.mlt', '.kdenlive') else '.otio'}"
    )
    assert str(source) in output and message in output
    assert ".otio and .otioz" not in output and ("NAME" not in output)
    assert not list(files.glob("back*"))


def test_suffixes_that_hold_no_timeline(files: Path) -> None:
    assert "framevox fill writes subtitles to the file of --subtitles" in said(
        "fill", files / "a.srt", files / "out.srt", "--rate", "25"
    )
    assert "holds lines and no frame rate: name a timeline" in said(
        "fill", files / "a.csv", files / "out.otio", "--reference", files / "a.srt"
    )
    (files / "a.prproj").write_text("")
    reads = said("restore", files / "a.prproj", files / "out.otio")
    assert ".kdenlive" in reads and ".mlt" in reads


def test_an_adapter_of_ours_is_not_said_to_be_broken(files: Path) -> None:
    """A list of lines that a timeline's reader is given says itself what is missing."""
    with pytest.raises(InputError, match=r"^\S*a\.csv does not say its frame rate"):
        load(files / "a.csv")
