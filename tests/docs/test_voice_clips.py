"""Every command of docs/voice-clips.md that needs no engine runs as it stands, in the order of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import soundfile
from typer.testing import CliRunner

from framevox.engine_daemon.audio import condition
from framevox.engine_daemon.audio.pitch import APART_TONES, TURN_TONES
from framevox.plugin.cli.main import app
from tests.audio.voices import RATE, voice

PAGE = (Path(__file__).parents[2] / "docs" / "voice-clips.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.partition("## The commands")[2], re.DOTALL)


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    soundfile.write("interview.wav", voice(14), RATE)
    commands = [line for block in BLOCKS for line in block.splitlines()]
    assert {shlex.split(line)[2] for line in commands} == {
        "add",
        "list",
        "show",
        "export",
        "import",
        "consent",
        "rename",
        "remove",
    }
    for line in commands:
        ran = CliRunner().invoke(app, shlex.split(line)[1:])
        assert ran.exit_code == 0, (line, ran.output)
    assert sorted(path.name for path in (tmp_path / "home" / "voices").iterdir()) == [
        "ANNA.json",
        "ANNA.wav",
        "MEI.json",
        "MEI.wav",
    ]


def test_the_table_has_the_thresholds() -> None:
    assert f"under {condition.MIN_SECONDS} s (under {condition.ADVISED_SECONDS} s is said)" in PAGE
    assert f"less than {condition.LEAST_SNR_DB:.0f} dB above" in PAGE
    assert f"{condition._CLIPPED_SHARE:.2%} of the samples".replace("%", " %") in PAGE
    assert f"{condition._MUSIC_SHARE:.0%} of the time".replace("%", " %") in PAGE
    assert f"two pitches {APART_TONES:.0f} semitones apart, or {TURN_TONES:.0f} semitones where" in PAGE
    assert f"| reverberation | {condition._REVERBERATION_SECONDS} s |" in PAGE
