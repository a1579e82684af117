"""The project file: what it may say, what is wrong with it, and that hand-made files keep their comments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framevox.engine_daemon.project.file import NAME, Project, change_project, presets_of, project_file, read_project
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError

WRITTEN = """# Our film.
version = 1

[voices]
ALICE = "af_heart"   # the lead
"小明" = "zm_yunxi"

[fill]
min-ratio = 0.8
fit = "natural"

[emotions]
excited = "happy=0.7,surprised=0.3"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "framevox.toml"


def test_a_file_says_what_it_says(path: Path) -> None:
    path.write_text(WRITTEN, "utf-8")
    project = read_project(project_file(path.parent / "cut.otio"))
    assert project == Project(
        path,
        {"ALICE": "af_heart", "小明": "zm_yunxi"},
        {"min-ratio": "0.8", "fit": "natural"},
        {"excited": "happy=0.7,surprised=0.3"},
    )
    assert project.folder == path.parent


def test_without_a_file_nothing_is_said(path: Path) -> None:
    assert read_project(path) == Project()


def test_an_empty_file_and_one_from_windows_are_files(path: Path) -> None:
    path.write_bytes(b"")
    assert read_project(path) == Project(path)
    path.write_bytes(b"\xef\xbb\xbf" + WRITTEN.replace("\n", "\r\n").encode())
    assert read_project(path).voices["小明"] == "zm_yunxi"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[voices\n", "not valid TOML"),
        ("[voices]\nALICE = 'a'\nALICE = 'b'\n", "not valid TOML"),
        ("[voice]\n", "an unknown key 'voice': did you mean 'voices'?"),
        ("[fill]\nmin_ratio = 1\n", r"\[fill\] has an unknown key 'min_ratio': did you mean 'min-ratio'?"),
        ("[fill]\nzzz = 1\n", "known are voice, fit"),
        ("[fill]\nfit = true\n", r"\[fill\] fit: True is not text"),
        ("[voices]\nALICE = 3\n", r"\[voices\] ALICE: 3 is not text"),
        ("[voices]\nALICE = ''\n", "is not text"),
        ("[voices]\n[voices.ALICE]\nx = 1\n", "is not text"),
        ("voices = 3\n", "voices is not a table"),
        ("version = 2\n", "has version 2, this Framevox reads up to 1: update"),
        ("version = 'x'\n", "write version = 1"),
    ],
)
def test_what_is_wrong_is_named_with_the_file_and_the_mend(path: Path, content: str, said: str) -> None:
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=said) as raised:
        read_project(path)
    assert str(path) in str(raised.value)
    with pytest.raises(InputError):
        change_project(path, "voices", {"BOB": "am_adam"})
    assert path.read_text("utf-8") == content


def test_what_is_no_text_is_said_to_be_none(path: Path) -> None:
    path.write_bytes(b"[voices]\nA = '\xff'\n")
    with pytest.raises(InputError, match="not UTF-8"):
        read_project(path)
    path.write_bytes(b"#" * (17 * 2**20))
    with pytest.raises(InputError, match="larger than"):
        read_project(path)
    path.write_bytes(b"a = " + b"[" * 100_000)
    with pytest.raises(InputError):
        read_project(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        read_project(path)


def test_a_change_leaves_comments_and_order_alone(path: Path) -> None:
    path.write_text(WRITTEN, "utf-8")
    assert change_project(path, "voices", {"ALICE": "bf_emma", "BOB": "am_adam"})
    changed = path.read_text("utf-8")
    assert changed == WRITTEN.replace('ALICE = "af_heart" ', 'ALICE = "bf_emma" ').replace(
        '"zm_yunxi"\n', '"zm_yunxi"\nBOB = "am_adam"\n'
    )
    assert change_project(path, "voices", {"BOB": None, "ALICE": "af_heart"})
    assert path.read_text("utf-8") == WRITTEN
    assert not change_project(path, "voices", {"ALICE": "af_heart", "NOBODY": None})


def test_a_file_that_is_not_there_is_made_and_can_be_read(path: Path) -> None:
    assert change_project(path, "voices", {"王先生": "zm_yunxi", "A.B": "x"})
    assert read_project(path).voices == {"王先生": "zm_yunxi", "A.B": "x"}
    assert path.read_text("utf-8").startswith("version = 1\n")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_read_only_file_is_left_as_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(WRITTEN, "utf-8")
    path.chmod(0o444)
    # Root may write whatever it likes, so that the system's answer is given for it.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FramevoxError, match="read-only"):
        change_project(path, "voices", {"BOB": "am_adam"})
    assert path.read_text("utf-8") == WRITTEN
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_clip_among_the_emotions_is_found_from_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "angry.wav").write_bytes(b"RIFF")
    path = tmp_path / NAME
    path.write_text('[emotions]\nangry_clip = "clips/angry.wav"\nsoft = "sadly and slowly"\n')
    presets = presets_of(read_project(path))
    assert presets == {"angry_clip": str(tmp_path / "clips" / "angry.wav"), "soft": "sadly and slowly"}
