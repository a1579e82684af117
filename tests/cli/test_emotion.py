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
    ("words", "shown"),
    [
        ("a little sad, slowly", "sad         0.33\npace        slow (-1.00)\n"),
        ("有点生气地大声", "angry       0.33\nloudness    loud (+1.00)\n"),
        ("優しくゆっくり", "calm        0.65\npace        slow (-1.00)\n"),
        ("조용히 슬프게", "sad         0.65\nloudness    soft (-1.00)\n"),
    ],
)
def test_a_description_is_read_in_four_languages(words: str, shown: str) -> None:
    assert emotion("read", words).stdout == shown


WRONG = [
    ("hapy=0.5", "did you mean happy?"),
    ("伤心=0.5", "no emotion that has a weight"),
    ("happy=-1", "the weight of happy is '-1': write a number from 0 to 1"),
    ("happy=nan", "the weight of happy is 'nan': write a number from 0 to 1"),
    ("happy=1.5", "the weight of happy is '1.5': write a number from 0 to 1"),
    ("happy=0.5,sad=inf", "the weight of sad is 'inf': write a number from 0 to 1"),
    ("@nobody", "there is no emotion @nobody"),
]


@pytest.mark.parametrize(("written", "said"), WRONG)
def test_a_wrong_emotion_is_refused_before_a_daemon_starts(home: Path, written: str, said: str) -> None:
    for command in (("emotion", "read", written), ("speak", "Hello.", "-o", "a.wav", "--emotion", written)):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 2 and said in done.output
    assert not home.exists()


@pytest.mark.parametrize("strength", ["7", "-0.1", "1.01", "nan", "inf", "much"])
def test_a_strength_is_a_number_from_0_to_1(home: Path, strength: str) -> None:
    wide = {"TERMINAL_WIDTH": "200"}
    options = ("-o", "a.wav", "--emotion", "happy", "--emotion-strength", strength)
    done = CliRunner().invoke(app, ["speak", "Hello.", *options], env=wide)
    assert done.exit_code == 2 and f"'{strength}' is not a strength: use 0" in done.output
    assert not home.exists()


def test_a_preset_that_leads_back_to_itself_is_named_with_its_way(tmp_path: Path) -> None:
    assert "@a refers to itself (@a → @a)" in emotion("add", "a", "@a").output
    assert emotion("add", "a", "angry").exit_code == 0
    assert emotion("add", "b", "@a").exit_code == 0
    done = emotion("add", "a", "@b", "--replace")
    assert done.exit_code == 2 and "refers to itself (@a → @b → @a)" in done.output
    assert emotion("show", "a").stdout == "angry\n"
    # Two that know each other already: edited by hand, say.
    (kept,) = (path for path in tmp_path.rglob("a.json"))
    kept.write_text(kept.read_text(encoding="utf-8").replace('"angry"', '"@b"'), encoding="utf-8")
    done = CliRunner().invoke(app, ["speak", "Hello.", "-o", "a.wav", "--emotion", "@b"])
    assert done.exit_code == 2 and "refers to itself" in done.output and "give one of them by weights" in done.output


def test_a_preset_that_is_not_kept_yet_is_not_among_those_that_are() -> None:
    done = emotion("add", "a", "@b")
    assert done.exit_code == 2 and "known are" not in done.output and "framevox emotion add b EMOTION" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("read", ""), "the emotion is empty"),
        (("read", "hapy"), "did you mean happy"),
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
