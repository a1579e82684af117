"""``framevox emotion``, as a user types it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from framevox.plugin.cli.main import app


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def emotion(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["emotion", *arguments])


def clip(seconds: float, level: float = 0.3, rate: int = 24000) -> bytes:
    file = io.BytesIO()
    time = np.arange(int(seconds * rate)) / rate
    soundfile.write(file, level * np.sin(2 * np.pi * 200 * time), rate, format="WAV")
    return file.getvalue()


def test_a_description_is_shown_as_json() -> None:
    done = emotion("read", "a little annoyed, quickly", "--json")
    read = json.loads(done.stdout)
    assert list(read) == ["weights", "pace", "loudness", "message"]
    assert max(read["weights"], key=read["weights"].get) == "angry" and read["pace"] == 1


def test_weights_that_add_up_to_more_than_one_are_scaled_and_said() -> None:
    done = emotion("read", "happy=0.8,angry=0.8")
    assert "happy       0.50" in done.stdout and "add up to 1.6" in done.stdout


def test_a_line_is_read_for_auto() -> None:
    assert "angry" in emotion("read", "--line", "Get out of my house!").stdout
    assert "no emotion" in emotion("read", "--line", "The train leaves at seven.").stdout


def test_an_emotion_is_kept_carried_and_forgotten(tmp_path: Path) -> None:
    (tmp_path / "angry.wav").write_bytes(clip(5))
    assert emotion("add", "excited", "happy=0.7,surprised=0.3").exit_code == 0
    assert emotion("add", "ben", "angry.wav").exit_code == 0
    assert emotion("list").stdout == "@ben  a clip of 5.0 s\n@excited  happy=0.7,surprised=0.3\n"
    assert emotion("export", "ben", "ben.json").exit_code == 0
    assert emotion("remove", "@ben").exit_code == 0
    assert json.loads(emotion("list", "--json").stdout)["emotions"] == [
        {"name": "excited", "emotion": "happy=0.7,surprised=0.3", "clip": None}
    ]
    assert emotion("import", "ben.json").stdout == "@ben\n"
    assert emotion("show", "ben").stdout == "a clip of 5.0 s\n"
    assert "happy       0.70" in emotion("read", "@excited").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("read", "zzqx"), "not known"),
        (("read", "@none"), "framevox emotion add none EMOTION"),
        (("read", "auto"), "--line"),
        (("add", "a/b", "sad"), "no name for an emotion"),
        (("add", "x", "none.wav"), "cannot be read"),
        (("add", "x", "text.wav"), "no sound"),
        (("add", "x", "short.wav"), "at least 3 s"),
        (("add", "x", "silent.wav"), "silent"),
        (("import", "text.wav"), "no emotion that framevox exported"),
        (("show", "none"), "there is no emotion @none"),
        (("remove", "none"), "there is no emotion @none"),
    ],
)
def test_bad_input_is_refused_in_words(tmp_path: Path, home: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "text.wav").write_text("not a sound")
    (tmp_path / "short.wav").write_bytes(clip(0.5))
    (tmp_path / "silent.wav").write_bytes(clip(5, 0.0))
    done = emotion(*arguments)
    assert done.exit_code == 2 and said in done.output
    assert not home.exists()
