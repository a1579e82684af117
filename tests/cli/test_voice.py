"""``framevox voice``: what it says and returns."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from framevox.plugin.cli.main import app
from tests.audio.test_enrolment import NO_VOICES, bad
from tests.audio.voices import RATE, voice
from tests.client.test_voice_library import GOOD, MALICE, packed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    soundfile.write("clip.wav", voice(9), RATE)
    return tmp_path / "home" / "voices"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["voice", *arguments])


def test_a_voice_is_added_shown_and_listed(home: Path) -> None:
    assert run("add", "MEI", "clip.wav", "--consent", "yes").exit_code == 0
    shown = json.loads(run("show", "MEI", "--json").stdout)
    assert shown["record"]["source"] == "clip.wav" and shown["record"]["consent"] == "yes"
    assert shown["record"]["measured"]["snr_db"] > 20
    assert json.loads(run("list", "--json").stdout) == [shown]
    assert "consent recorded" in run("list").stdout


def test_a_consent_can_be_recorded_later(home: Path) -> None:
    assert "framevox voice consent MEI TEXT" in run("add", "MEI", "clip.wav").stderr
    assert run("consent", "MEI", " yes, by letter ").exit_code == 0
    about = json.loads(run("show", "MEI", "--json").stdout)["record"]
    assert about["consent"] == "yes, by letter" and about["source"] == "clip.wav"
    (home / "MEI.json").unlink()
    assert run("consent", "MEI", "yes").exit_code == 0
    assert json.loads(run("show", "MEI", "--json").stdout)["record"]["consent"] == "yes"


def test_what_is_wrong_is_said_and_nothing_is_kept(home: Path) -> None:
    soundfile.write("bad.wav", np.clip(voice(9) * 9, -1, 1), RATE)
    ran = run("add", "MEI", "bad.wav")
    assert ran.exit_code == 2 and "clipped" in ran.stderr and "--force" in ran.stderr and not home.exists()
    assert run("add", "MEI", "bad.wav", "--force").exit_code == 0
    assert "fault: the clip is clipped" in run("show", "MEI").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "a/b", "clip.wav"), "no slash"),
        (("add", "con", "clip.wav"), "Windows"),
        (("add", "MEI", "none.wav"), "no such file"),
        (("add", "MEI", "clip.wav", "--from", "x"), "is no time"),
        (("add", "MEI", "clip.wav", "--to", "1:00"), "--from and --to"),
        (("show", "MEI"), "unknown voice 'MEI'"),
        (("remove", "MEI"), "unknown voice 'MEI'"),
        (("consent", "MEI", "yes"), "unknown voice 'MEI'"),
        (("rename", "MEI", "LI"), "unknown voice 'MEI'"),
        (("export", "MEI"), "unknown voice 'MEI'"),
        (("import", "clip.wav"), "no exported voice"),
    ],
)
def test_bad_input_exits_with_2(arguments: tuple[str, ...], says: str, home: Path) -> None:
    ran = run(*arguments)
    assert ran.exit_code == 2 and says in ran.stderr
    assert not home.exists() or list(home.iterdir()) == []


@pytest.mark.parametrize(("what", "says"), NO_VOICES)
def test_a_recording_that_is_no_voice_exits_with_2_and_keeps_nothing(
    what: str, says: str, tmp_path: Path, home: Path
) -> None:
    ran = run("add", "MEI", str(bad(tmp_path, what)))
    assert ran.exit_code == 2 and "bad.wav" in ran.stderr and re.search(says, ran.stderr), ran.stderr
    assert not home.exists() and ran.stdout == ""


@pytest.mark.parametrize("name", ["MEI", "mei"])
def test_a_second_voice_of_one_name_is_refused(name: str, home: Path) -> None:
    assert run("add", "MEI", "clip.wav", "--consent", "first").exit_code == 0
    kept = {path.name: path.read_bytes() for path in home.iterdir()}
    ran = run("add", name, "clip.wav", "--consent", "second")
    assert ran.exit_code == 2 and "there is a voice “MEI” already: choose another name" in ran.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir()} == kept


@pytest.mark.parametrize("kind", sorted(MALICE))
def test_an_import_that_is_not_ours_or_leads_out_of_its_folder_writes_nothing(
    kind: str, tmp_path: Path, home: Path
) -> None:
    Path("bad.fvoice").write_bytes(MALICE[kind])
    before = sorted(tmp_path.rglob("*"))
    ran = run("import", "bad.fvoice")
    assert ran.exit_code == 2 and "bad.fvoice" in ran.stderr, ran.stderr
    assert sorted(tmp_path.rglob("*")) == before and not home.exists()


def test_an_import_whose_clip_is_no_sound_is_refused(home: Path) -> None:
    Path("bad.fvoice").write_bytes(packed(("voice.json", GOOD), ("clip.wav", b"a letter")))
    ran = run("import", "bad.fvoice")
    assert ran.exit_code == 2 and "cannot be read as sound" in ran.stderr and not home.exists()


def test_an_export_does_not_overwrite(home: Path) -> None:
    assert run("add", "MEI", "clip.wav").exit_code == 0
    assert run("export", "MEI").exit_code == 0 and Path("MEI.fvoice").is_file()
    ran = run("export", "MEI")
    assert ran.exit_code == 1 and "is there already" in ran.stderr
    assert run("import", "MEI.fvoice").exit_code == 2
    assert run("import", "MEI.fvoice", "--name", "LI").exit_code == 0
    assert np.array_equal(soundfile.read(home / "LI.wav")[0], soundfile.read(home / "MEI.wav")[0])
