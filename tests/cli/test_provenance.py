"""``framevox provenance``: what it says and returns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from framevox.engine_daemon.client.disk import write_media
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import Options
from framevox.plugin.cli.doctor import _signing
from framevox.plugin.cli.main import app
from tests.provenance.keys import new_key, write_chain, write_key
from tests.provenance.test_marking import LINE, spoken


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["provenance", *arguments])


def write_take(name: str = "line.wav") -> None:
    take, content = spoken()
    marking = Options(Film.of(Path.cwd())).marking(lambda _: None)
    write_media(Path(name).absolute(), marking.of(LINE, take, content, name))


def test_a_key_is_made_by_name_and_not_replaced_unasked() -> None:
    shown = run("show")
    assert shown.exit_code == 2 and "there is no key yet" in shown.stderr
    assert "on; a key is made when" in _signing().found
    write_take()
    assert "somebody who gave no name" in run("show").stdout
    made = run("init", "--name", "Studio X", "--algorithm", "es256", "--years", "2")
    assert made.exit_code == 0 and "Studio X (es256)" in made.stdout and "--trust" in made.stdout
    again = run("init")
    assert again.exit_code == 2 and "there is a key of Studio X already" in again.stderr and "--force" in again.stderr
    assert run("init", "--name", "Studio Y", "--force").exit_code == 0
    assert "on, by Studio Y" in _signing().found
    assert "valid, signed by somebody who gave no name" in run("check", "line.wav").stdout, "its key was replaced"
    assert run("init", "--name", "x" * 65).exit_code == 2


def test_where_signing_is_off_it_is_said() -> None:
    Path("framevox.toml").write_text("[provenance]\nsign = false\n")
    shown = run("show")
    assert shown.exit_code == 2 and 'files are not signed: sign = "off"' in shown.stderr
    assert (_signing().state, _signing().found[:3]) == ("optional", "off")


def test_without_the_extra_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framevox.engine_daemon.provenance.signing.importlib.util.find_spec", lambda name: None)
    for arguments in (["init"], ["show"]):
        ran = run(*arguments)
        assert ran.exit_code == 2 and "pip install 'framevox[provenance]'" in ran.stderr
    assert "pip install 'framevox[provenance]'" in _signing().found
    write_take()
    assert run("check", "line.wav").exit_code == 0


def test_a_given_certificate_signs_and_is_trusted_where_it_is_known() -> None:
    key = new_key()
    write_chain(Path("chain.pem"), key)
    write_key(Path("key.pem"), key)
    Path("framevox.toml").write_text('[provenance]\ncertificate = "chain.pem"\nkey = "key.pem"\n')
    write_take()
    shown = run("show").stdout
    assert "Studio Z (es256)" in shown and "the one named in framevox.toml" in shown
    printed = run("show", "--certificate").stdout
    assert printed.count("BEGIN CERTIFICATE") == 2 and "PRIVATE" not in printed
    unknown = run("check", "line.wav").stdout
    assert "signed by somebody who calls themselves Studio Z: --trust their certificate" in unknown
    assert "valid, signed by Studio Z\n" in run("check", "line.wav", "--trust", "chain.pem").stdout
    write_key(Path("key.pem"), new_key())
    assert _signing().state == "missing" and "is not the key of the first certificate" in _signing().found


def test_check_ends_as_what_it_found() -> None:
    write_take()
    soundfile.write("music.wav", np.zeros(4800), 48000)
    spoilt = bytearray(Path("line.wav").read_bytes())
    spoilt[5000] ^= 1
    Path("spoilt.wav").write_bytes(spoilt)
    Path("text.wav").write_text("no sound at all")
    Path("empty").mkdir()
    Path("no.otioz").write_text("no bundle")
    for code, files, said in (
        (0, ["line.wav"], "line.wav: marked"),
        (3, ["line.wav", "music.wav"], "music.wav: unmarked\n  C2PA: not signed"),
        (1, ["music.wav", "spoilt.wav"], "problem: its C2PA manifest does not hold: the file was changed after it was"),
        (2, ["spoilt.wav", "text.wav"], "text.wav: cannot be checked\n  problem: it is no WAV, FLAC or MP3 file"),
        (2, ["gone.wav"], "problem: it cannot be read (No such file or directory): check its name and folder"),
        (2, ["empty"], "the folder holds no WAV, FLAC or MP3 file"),
        (2, ["no.otioz"], "it cannot be read (File is not a zip file)"),
    ):
        ran = run("check", *files)
        assert ran.exit_code == code and said in ran.stdout, ran.stdout
    told = json.loads(run("check", "text.wav", "spoilt.wav", "--json").stdout)
    assert [each["status"] for each in told["files"]] == ["unusable", "broken"]
    assert told["counts"] == {"unusable": 1, "broken": 1, "unmarked": 0, "marked": 0}
    refused = run("check", "line.wav", "--trust", "text.wav")
    assert refused.exit_code == 2 and "--trust text.wav holds no certificate: name a PEM file" in refused.stderr
