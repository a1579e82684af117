"""Emotions kept by name: what is refused, what is kept, and what travels in one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framevox.engine_daemon.emotion.library import EmotionLibrary, Preset, Presets, exported, imported
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError


@pytest.fixture
def library(tmp_path: Path) -> EmotionLibrary:
    return EmotionLibrary(tmp_path / "emotions")


def test_a_preset_is_kept_shown_and_forgotten(library: EmotionLibrary) -> None:
    library.add(Preset("excited", "happy=0.7,surprised=0.3"))
    library.add(Preset("激动", "@excited"))
    assert library.names() == ["excited", "激动"]
    assert dict(Presets(library)) == {"excited": "happy=0.7,surprised=0.3", "激动": "@excited"}
    library.remove("excited")
    assert library.names() == ["激动"]
    with pytest.raises(InputError, match="there is no emotion @excited"):
        library.get("excited")


def test_a_clip_lies_beside_its_preset_and_goes_with_it(library: EmotionLibrary, tmp_path: Path) -> None:
    library.add(Preset("ben", clip=b"RIFF....", suffix=".wav"))
    path = Path(dict(Presets(library))["ben"])
    assert path.read_bytes() == b"RIFF...." and path.parent == tmp_path / "emotions"
    library.add(Preset("ben", "sad"), replace=True)
    assert not path.exists() and dict(Presets(library)) == {"ben": "sad"}


@pytest.mark.parametrize("preset", [Preset("excited", "happy=0.7"), Preset("b", clip=b"x" * 99, suffix=".mp3")])
def test_a_preset_travels_in_one_file(library: EmotionLibrary, tmp_path: Path, preset: Preset) -> None:
    file = tmp_path / "carried.json"
    file.write_bytes(exported(preset))
    assert imported(file) == preset
    library.add(imported(file))
    assert library.get(preset.name) == preset


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "-x", "a" * 65, "x.json", "happy", "auto", "悲伤"])
def test_a_name_that_cannot_be_one_is_refused(library: EmotionLibrary, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        library.add(Preset(name, "sad"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("emotion", "said"),
    [
        ("happpy=1", "did you mean happy"),
        ("happy=2", "a number from 0 to 1"),
        ("zzqx", "not known"),
        ("@other", "there is no emotion @other"),
        ("@mine", "refers to itself"),
    ],
)
def test_a_preset_that_says_nothing_is_refused(library: EmotionLibrary, emotion: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        library.add(Preset("mine", emotion))
    assert library.names() == []


def test_two_presets_never_refer_to_each_other(library: EmotionLibrary) -> None:
    library.add(Preset("a", "sad"))
    library.add(Preset("b", "@a"))
    with pytest.raises(InputError, match="@a → @b → @a"):
        library.add(Preset("a", "@b"), replace=True)
    assert dict(Presets(library)) == {"a": "sad", "b": "@a"}


def test_a_name_is_not_taken_twice(library: EmotionLibrary) -> None:
    library.add(Preset("a", "sad"))
    with pytest.raises(InputError, match="--replace"):
        library.add(Preset("a", "happy"))


GOOD = json.loads(exported(Preset("a", clip=b"x", suffix=".wav")))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"kind": "other"}',
        *(
            json.dumps({**GOOD, **change}).encode()
            for change in (
                {"version": 2},
                {"name": "../../x"},
                {"name": None},
                {"clip": "###"},
                {"clip": ""},
                {"clip": 7},
                {"clip_suffix": ".py"},
                {"clip_suffix": "/../x.wav"},
            )
        ),
        json.dumps({"kind": "framevox emotion", "version": 1, "name": "a"}).encode(),
    ],
)
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "carried.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"carried\.json"):
        imported(file)
    with pytest.raises(InputError):
        imported(tmp_path)
    with pytest.raises(InputError):
        imported(tmp_path / "none")


def test_a_disk_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "emotions").write_text("a file, no folder")
    with pytest.raises(FramevoxError, match="cannot be written"):
        EmotionLibrary(tmp_path / "emotions").add(Preset("a", "sad"))


def test_a_damaged_preset_costs_no_other(library: EmotionLibrary, tmp_path: Path) -> None:
    library.add(Preset("a", "sad"))
    (tmp_path / "emotions" / "b.json").write_text("{")
    presets = Presets(library)
    assert list(presets) == ["a", "b"] and presets["a"] == "sad"
    with pytest.raises(InputError, match=r"b\.json"):
        presets["b"]
