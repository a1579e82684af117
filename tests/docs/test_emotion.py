"""docs/emotion.md: its commands give what the page shows, and its options exist."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from framevox.engine_daemon.client.given_voices import VoiceFiles
from framevox.engine_daemon.client.values import emotion_of
from framevox.engine_daemon.emotion.read import read_description
from framevox.engine_daemon.protocol.emotion import EMOTIONS
from framevox.plugin.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "emotion.md").read_text()
SHOWN = [
    (command, output)
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for command, output in re.findall(r"\$ framevox (.*)\n((?:(?!\$ ).*\n)*)", block)
]
EXAMPLES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_every_command_gives_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert len(SHOWN) > 10
    for command, output in SHOWN:
        assert CliRunner().invoke(app, shlex.split(command)).output == output, command


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_command_whose_emotion_can_be_read(example: str) -> None:
    program, name, *arguments = shlex.split(example)
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    assert program == "framevox" and {word for word in arguments if word.startswith("-")} <= known
    given = dict(itertools.pairwise(arguments))
    emotion = emotion_of(given.get("--emotion", "calm"), "", 1.0, VoiceFiles(), {"excited": "happy=0.7,surprised=0.3"})
    assert emotion is not None
    if emotion.description and emotion.description != "auto":
        assert any(read_description(emotion.description).weights)


def test_the_page_names_every_emotion() -> None:
    assert [name for name in EMOTIONS if f"`{name}`" not in PAGE] == []
