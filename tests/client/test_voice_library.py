"""The library of the user's voices: names, records, and a file that carries one elsewhere and nothing with it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from framevox.engine_daemon.client.disk import DiskError
from framevox.engine_daemon.client.voice_library import MAX_RECORD_BYTES, Record, VoiceLibrary, read_export
from framevox.engine_daemon.protocol.errors import InputError

CLIP = b"RIFF of a clip"


@pytest.fixture
def library(tmp_path: Path) -> VoiceLibrary:
    return VoiceLibrary(tmp_path / "voices")


def record(name: str) -> Record:
    return Record(name=name, added="2025-03-01", source="a.wav", consent="yes, by letter", measured={"snr_db": 40.0})


def test_a_voice_is_kept_with_its_record(library: VoiceLibrary) -> None:
    made = library.add(CLIP, record("MEI"))
    assert made.clip.read_bytes() == CLIP and made.record == record("MEI")
    assert library.find("MEI") == made and library.voices() == [made]


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "a\\b",
        "..",
        ".x",
        "",
        "con",
        "LPT1.x",
        "a b",
        "x.wav",
        "female",
        "af_heart",
        "x" * 65,
        "a:b",
        "x.",
        "a+b",
    ],
)
def test_a_name_that_cannot_be_is_refused(library: VoiceLibrary, name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="voice"):
        library.add(CLIP, record(name))
    assert not (tmp_path / "voices").exists()


@pytest.mark.parametrize("other", ["MEI", "mei", "Mei"])
def test_two_voices_of_one_name_are_refused(library: VoiceLibrary, other: str) -> None:
    library.add(CLIP, record("MEI"))
    with pytest.raises(InputError, match="there is a voice “MEI” already"):
        library.add(b"other", record(other))
    assert library.find("MEI").clip.read_bytes() == CLIP


def test_one_name_in_two_encodings_is_one(library: VoiceLibrary) -> None:
    library.add(CLIP, record("Zoe\u0301"))
    assert library.find("Zo\u00e9").name == "Zo\u00e9"
    with pytest.raises(InputError, match="already"):
        library.add(CLIP, record("Zo\u00e9"))


def test_a_voice_file_of_that_name_counts_too(library: VoiceLibrary, tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir(mode=0o700)
    (tmp_path / "voices" / "MEI.bin").write_bytes(b"styles")
    with pytest.raises(InputError, match="already"):
        library.add(CLIP, record("MEI"))
    with pytest.raises(InputError, match="unknown voice"):
        library.remove("MEI")


def test_renaming_keeps_everything(library: VoiceLibrary, tmp_path: Path) -> None:
    library.add(CLIP, record("MEI"))
    library.add(CLIP, record("LI"))
    with pytest.raises(InputError, match="already"):
        library.rename("MEI", "li")
    assert library.rename("MEI", "Mei").name == "Mei"
    renamed = library.rename("Mei", "小红")
    assert renamed.record is not None and renamed.record.consent == "yes, by letter" and renamed.record.name == "小红"
    assert sorted(path.name for path in (tmp_path / "voices").iterdir()) == [
        "LI.json",
        "LI.wav",
        "小红.json",
        "小红.wav",
    ]


def test_a_removed_voice_is_unknown_by_name(library: VoiceLibrary, tmp_path: Path) -> None:
    library.add(CLIP, record("MEI"))
    library.remove("MEI")
    assert list((tmp_path / "voices").iterdir()) == []
    with pytest.raises(InputError, match="unknown voice 'MEI': there is none yet") as caught:
        library.find("MEI")
    assert caught.value.code == "unknown-voice"


def test_a_clip_put_there_by_hand_is_a_voice_without_a_record(library: VoiceLibrary, tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir(mode=0o700)
    (tmp_path / "voices" / "MEI.wav").write_bytes(CLIP)
    (tmp_path / "voices" / "._MEI.wav").write_bytes(b"what macOS puts beside it")
    assert [(voice.name, voice.record) for voice in library.voices()] == [("MEI", None)]


def test_a_broken_record_is_named(library: VoiceLibrary) -> None:
    made = library.add(CLIP, record("MEI"))
    made.clip.with_suffix(".json").write_text('{"name": "MEI", "added": "x", "run": "rm"}')
    with pytest.raises(InputError, match=r"voice 'MEI': MEI.json is not a voice's record .*`run`"):
        library.find("MEI")
    assert [voice.name for voice in library.voices()] == ["MEI"]


def test_a_record_that_cannot_be_written_leaves_nothing(
    library: VoiceLibrary, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise DiskError("the disk is full")

    monkeypatch.setattr("framevox.engine_daemon.client.voice_library.write_file", full)
    with pytest.raises(DiskError, match="full"):
        library.add(CLIP, record("MEI"))
    assert list((tmp_path / "voices").iterdir()) == []


def test_an_exported_voice_is_the_same_elsewhere(library: VoiceLibrary, tmp_path: Path) -> None:
    library.add(CLIP, record("MEI"))
    file = tmp_path / "mei.fvoice"
    file.write_bytes(library.export("MEI"))
    assert file.read_bytes() == library.export("MEI")
    sound, about = read_export(file)
    assert sound == CLIP and about == record("MEI")


def packed(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


GOOD = json.dumps({"name": "MEI", "added": "2025-03-01"}).encode()
MALICE = {
    "no zip": b"#!/bin/sh",
    "nothing": b"",
    "a way out": packed(("voice.json", GOOD), ("clip.wav", CLIP), ("../../.bashrc", b"rm")),
    "a way out instead": packed(("voice.json", GOOD), ("../clip.wav", CLIP)),
    "a script": packed(("voice.json", GOOD), ("clip.wav", CLIP), ("setup.py", b"boom")),
    "no clip": packed(("voice.json", GOOD)),
    "another version": packed(("voice.json", GOOD[:-1] + b', "format": 2}'), ("clip.wav", CLIP)),
    "unknown keys": packed(("voice.json", GOOD[:-1] + b', "exec": "x"}'), ("clip.wav", CLIP)),
    "a huge record": packed(("voice.json", GOOD + b" " * MAX_RECORD_BYTES), ("clip.wav", CLIP)),
    "a bomb": packed(("voice.json", GOOD), ("clip.wav", bytes(65 * 2**20))),
    "cut short": packed(("voice.json", GOOD), ("clip.wav", CLIP))[:60],
}


@pytest.mark.parametrize("what", MALICE)
def test_what_is_not_ours_is_refused_and_writes_nothing(what: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.fvoice"
    file.write_bytes(MALICE[what])
    with pytest.raises(InputError, match=r"bad\.fvoice"):
        read_export(file)
    assert list(tmp_path.iterdir()) == [file]


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    content = bytearray(packed(("voice.json", GOOD), ("clip.wav", bytes(range(256)) * 40)))
    place = content.index(b"clip.wav") + 20
    content[place : place + 8] = b"\xff" * 8
    file = tmp_path / "bad.fvoice"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.fvoice"):
        read_export(file)
