"""The marks of a film: what is said of a take, when a file counts as the same, and what the film's files ask for."""

from __future__ import annotations

import ast
import io
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framevox.engine_daemon.audio.label import Label, encode
from framevox.engine_daemon.client.disk import store_media, write_media
from framevox.engine_daemon.client.marking import Marking
from framevox.engine_daemon.client.own_key import key_file, make_own_key
from framevox.engine_daemon.client.voice_library import Record, VoiceLibrary
from framevox.engine_daemon.project.film import Film
from framevox.engine_daemon.project.options import Options
from framevox.engine_daemon.project.provenance import Provenance, provenance_of
from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.cues import Take
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.provenance.checking import Checked, check, check_file
from framevox.engine_daemon.provenance.signing import SigningError
from tests.processes import ROOT

from .keys import new_key, write_chain, write_key

LINE = "Then send it now."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("FRAMEVOX_HOME", str(tmp_path / "home"))
    return Home.find()


def spoken(voice: str = "alto", text: str = LINE) -> tuple[Take, bytes]:
    label = Label(text, "1", "ALICE", "tone 1", voice, Rate.parse("25"), 48000, 0)
    content = encode(np.arange(4801, dtype=np.int32), label, "wav")
    take = Take("3f9a2b7c01d45e6f", "1", "tone 1", voice, 48000, 0, 4801, 0, 4801, 0, 0, 4801, 0.1, 1.0, (), ())
    return take, content


def store(folder: Path, marking: Marking, voice: str = "alto") -> Path:
    take, content = spoken(voice)
    folder.mkdir(exist_ok=True)
    return store_media(folder, "take.wav", marking.of(LINE, take, content, "take.wav"))


def signed(path: Path) -> Any:
    found = check_file(path)
    assert isinstance(found, Checked) and found.status == "marked"
    return found.signature


def test_running_again_writes_nothing(home: Home, tmp_path: Path) -> None:
    first = store(tmp_path / "media", Marking())
    before = first.read_bytes(), first.stat().st_mtime_ns
    assert store(tmp_path / "media", Marking()) == first
    assert (first.read_bytes(), first.stat().st_mtime_ns) == before
    assert list((tmp_path / "media").iterdir()) == [first]


def test_a_take_from_before_signing_is_signed_in_its_place(home: Home, tmp_path: Path) -> None:
    path = store(tmp_path / "media", Marking(Provenance("off")))
    assert path.read_bytes() == spoken()[1] and not key_file(home).exists()
    assert store(tmp_path / "media", Marking()) == path
    assert signed(path).state == "valid"


def test_a_signed_file_is_left_in_peace_where_nothing_is_to_be_signed(home: Home, tmp_path: Path) -> None:
    path = store(tmp_path / "media", Marking(Provenance(aigc="x")))
    before = path.read_bytes()
    assert store(tmp_path / "media", Marking(Provenance("off"))) == path and path.read_bytes() == before


@pytest.mark.parametrize("change", ["consent", "key", "aigc"])
def test_a_file_whose_marks_say_something_else_gets_new_ones(home: Home, tmp_path: Path, change: str) -> None:
    library = VoiceLibrary(home.voices)
    library.add(encode(np.zeros(48000, np.int32), Label("", "", "", "", "", Rate.parse("25"), 48000, 0), "wav"),
                Record(name="MEI", added="2026-01-01"))  # fmt: skip
    path = store(tmp_path / "media", Marking(), "MEI")
    assert signed(path).facts["voices"] == [{"name": "MEI", "origin": "enrolled", "consent": "none stated"}]
    asked = Provenance()
    if change == "consent":
        library.consent("MEI", "for this film, by letter")
    elif change == "key":
        make_own_key(home, "Studio X", replace=True)
    else:
        asked = Provenance(aigc="公司")
    assert store(tmp_path / "media", Marking(asked), "MEI") == path
    said = signed(path)
    if change == "consent":
        assert said.facts["voices"][0]["consent"] == "for this film, by letter"
    elif change == "key":
        assert said.signer == "Studio X"
    else:
        assert check_file(path).aigc is not None
    assert store(tmp_path / "media", Marking(asked), "MEI") == path and len(list(path.parent.iterdir())) == 1


def test_another_take_of_that_name_is_kept(home: Home, tmp_path: Path) -> None:
    path = store(tmp_path / "media", Marking())
    take, content = spoken()
    other = content.replace(b"ALICE", b"CLARA")
    second = store_media(tmp_path / "media", "take.wav", Marking().of(LINE, take, other, "take.wav"))
    assert second.name == "take_v2.wav" and signed(path) and signed(second)
    (tmp_path / "media" / "text.wav").write_text("no sound")
    third = store_media(tmp_path / "media", "text.wav", Marking().of(LINE, take, content, "text.wav"))
    assert third.name == "text_v2.wav"


def test_a_file_that_is_written_over_stays_where_it_is_the_same(home: Home, tmp_path: Path) -> None:
    take, content = spoken()
    path = tmp_path / "line.wav"
    write_media(path, Marking().of(LINE, take, content, path.name))
    before = path.read_bytes()
    write_media(path, Marking().of(LINE, take, content, path.name))
    assert path.read_bytes() == before
    write_media(path, Marking().of("Another line.", *spoken(text="Another line."), path.name))
    assert path.read_bytes() != before


def test_who_speaks_is_told_apart(home: Home) -> None:
    facts = Marking().facts("a.wav", "1", [(LINE, spoken("interview.0123456789ab:0.5+af_heart:0.5")[0])])
    assert [(voice.name, voice.origin) for voice in facts.voices] == [
        ("af_heart", "built-in"),
        ("interview.0123456789ab", "file"),
    ]
    assert "none stated" in str(facts.told()["voices"][1]) and "consent" not in facts.told()["voices"][0]


def test_the_table_says_what_a_film_wants(home: Home, tmp_path: Path) -> None:
    key = new_key()
    write_chain(tmp_path / "chain.pem", key)
    write_key(tmp_path / "key.pem", key)
    (tmp_path / "framevox.toml").write_text(
        '[provenance]\nsign = true\ncertificate = "chain.pem"\nkey = "key.pem"\naigc = "A"\naigc-propagator = "B"\n'
    )
    asked = provenance_of(Film.of(tmp_path).files)
    assert (asked.sign, asked.certificate, asked.aigc, asked.aigc_propagator) == (
        "on", tmp_path / "chain.pem", "A", "B",
    )  # fmt: skip
    assert provenance_of(Film.of(tmp_path).files, "typed").aigc == "typed"
    path = store(tmp_path / "media", Options(Film.of(tmp_path)).marking(print))
    assert signed(path).signer == "Studio Z" and not key_file(home).exists()
    (tmp_path / "framevox.toml").write_text('[provenance]\ncertificate = "chain.pem"\n')
    with pytest.raises(
        InputError, match=r"framevox\.toml \[provenance\] certificate: .*chain\.pem holds no private key"
    ):
        Options(Film.of(tmp_path)).marking(print).check()
    (tmp_path / "chain.pem").unlink()
    with pytest.raises(InputError, match=r"chain\.pem cannot be read"):
        Options(Film.of(tmp_path)).marking(print).check()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('sign = "maybe"', r"\[provenance\] sign: 'maybe' is not known: use auto, on, off"),
        ('key = "key.pem"', r"\[provenance\] key has no certificate beside it"),
        ('aigc = "a\\nb"', "a provider's name or code has at most 200 characters"),
        ("aigc = 3", "3 is not text"),
        ('signature = "x"', r"\[provenance\] has an unknown key 'signature'"),
    ],
)
def test_a_table_that_is_wrong_is_named(home: Home, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "framevox.toml").write_text(f"[provenance]\n{text}\n")
    with pytest.raises(InputError, match=said):
        Options(Film.of(tmp_path)).marking(print)


def test_signing_that_is_asked_for_and_not_installed_is_an_error(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framevox.engine_daemon.provenance.signing.importlib.util.find_spec", lambda name: None)
    Marking().check()
    path = store(tmp_path / "media", Marking())
    assert path.read_bytes() == spoken()[1] and check_file(path).status == "marked"
    with pytest.raises(InputError, match=r"signing is asked for, and is not installed: pip install"):
        Marking(Provenance("on")).check()


def test_a_signed_file_is_said_to_be_unchecked_without_the_extra(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store(tmp_path / "media", Marking())
    monkeypatch.setattr("framevox.engine_daemon.provenance.signing.importlib.util.find_spec", lambda name: None)
    found = check_file(path)
    assert found.signature is not None and (found.signature.state, found.signature.synthetic) == ("unchecked", True)


def test_a_library_that_does_not_load_is_said(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken" / "c2pa").mkdir(parents=True)
    (tmp_path / "broken" / "c2pa" / "__init__.py").write_text("raise OSError('GLIBC_2.38 not found')")
    monkeypatch.syspath_prepend(tmp_path / "broken")
    for name in [name for name in sys.modules if name.partition(".")[0] == "c2pa"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(InputError, match=r"does not load \(GLIBC_2\.38 not found\): .* sign = \"off\""):
        store(tmp_path / "media", Marking())


def test_what_the_library_refuses_is_one_sentence(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marking = Marking()
    credentials = marking.credentials
    assert credentials is not None
    bad = credentials.__class__(b"", b"", "ed25519", "", credentials.expires)
    monkeypatch.setitem(marking.__dict__, "credentials", bad)
    with pytest.raises(SigningError, match="the file could not be signed"):
        store(tmp_path / "media", marking)
    assert not list((tmp_path / "media").iterdir())


def test_a_chunk_that_holds_no_manifest_is_a_broken_mark() -> None:
    _, content = spoken()
    chunk = struct.pack("<4sI", b"C2PA", 12) + b"no manifest!"
    spoilt = content[:4] + struct.pack("<I", len(content) - 8 + len(chunk)) + content[8:] + chunk
    found = check(io.BytesIO(spoilt))
    assert found.status == "broken" and "C2PA" in found.problems[0]


def test_nothing_is_loaded_before_something_is_signed() -> None:
    script = (
        "import sys, framevox.plugin.cli.main, framevox.plugin.cli.provenance, framevox.otio_adapters, framevox;"
        "from framevox.engine_daemon.client.marking import Marking; Marking().signs;"
        "sys.exit(bool({'c2pa', 'cryptography'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_whoever_keeps_takes_marks_them() -> None:
    """Every function of a host that is given a take and its bytes puts them down with their marks."""
    keepers = []
    for folder in ("plugin", "otio_adapters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    types = {ast.unparse(each.annotation) for each in node.args.args if each.annotation}
                    if {"Take", "bytes"} <= types:
                        keepers.append((f"{path.name}: {node.name}", "marking" in ast.unparse(node)))
    assert len(keepers) >= 4
    assert [name for name, marks in keepers if not marks] == []
