"""File names and paths as each system takes them, and files that another program has open for a moment."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.protocol import files
from framevox.engine_daemon.protocol.files import (
    extended,
    is_reserved,
    long_path,
    name_on_disk,
    patiently,
    remove_file,
    replace_file,
    same_name,
    usable_name,
)


@pytest.mark.parametrize(
    "name", ["CON", "con", "aux.wav", "Nul.tar.gz", "COM1", "lpt9.txt", "com¹", "CONIN$", "prn.", "aux ", "nul. . "]
)
def test_names_of_devices_are_known_whatever_their_case_and_suffix(name: str) -> None:
    assert is_reserved(name)
    assert not is_reserved(usable_name(name)) and usable_name(name).startswith("_")


@pytest.mark.parametrize(
    "name", ["Connie.wav", "auxiliary", "COM0x", "com10.wav", "lpt", "小明.wav", "null", "_con", ""]
)
def test_other_names_stay_as_they_are(name: str) -> None:
    assert not is_reserved(name)
    assert usable_name(name) == name


@given(st.text())
def test_a_usable_name_is_one_on_every_system(text: str) -> None:
    name = usable_name(text)
    assert not set(name) & set('<>:"/\\|?*') and not any(ord(character) < 32 for character in name)
    assert not name.endswith((" ", ".")) and not is_reserved(name)
    assert usable_name(name) == name


def test_names_that_differ_by_case_or_by_how_an_accent_is_encoded_can_be_one_file() -> None:
    assert same_name("MEI_01.wav", "Mei_01.WAV") and same_name("Ren\u00e9", "rene\u0301")
    assert not same_name("mei_1.wav", "mei_2.wav")


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (r"C:\takes\a.wav", r"C:\takes\a.wav"),
        ("C:\\" + "x" * 300, "\\\\?\\C:\\" + "x" * 300),
        ("C:/" + "x" * 300 + "/y", "\\\\?\\C:\\" + "x" * 300 + "\\y"),
        ("\\\\server\\share\\" + "x" * 300, "\\\\?\\UNC\\server\\share\\" + "x" * 300),
        ("\\\\?\\C:\\" + "x" * 300, "\\\\?\\C:\\" + "x" * 300),
    ],
)
def test_long_windows_paths_are_written_in_the_form_without_a_limit(path: str, written: str) -> None:
    assert extended(path) == written


def test_paths_of_other_systems_are_left_alone() -> None:
    path = Path("/takes") / ("x" * 200) / ("y" * 200)
    assert long_path(path, "linux") is path and long_path(path, "darwin") is path


class InUseError(PermissionError):
    """What Windows raises for a file that another program has open."""

    winerror = 32


def test_a_file_in_another_programs_hands_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    threading.Timer(0.2, free.set).start()
    rename, unlink = Path.replace, Path.unlink

    def refuse_to_replace(self: Path, target: Path) -> Path:
        if not free.is_set():
            raise InUseError(13, "The process cannot access the file because it is being used by another process")
        return rename(self, target)

    def refuse_to_unlink(self: Path, missing_ok: bool = False) -> None:
        if not free.is_set():
            raise InUseError(13, "The process cannot access the file because it is being used by another process")
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "replace", refuse_to_replace)
    monkeypatch.setattr(Path, "unlink", refuse_to_unlink)
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    replace_file(tmp_path / "new", tmp_path / "old")
    assert free.is_set() and (tmp_path / "old").read_text() == "new"
    free.clear()
    threading.Timer(0.2, free.set).start()
    remove_file(tmp_path / "old")
    assert free.is_set() and not (tmp_path / "old").exists()


def test_it_is_not_waited_for_without_end_and_other_refusals_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BUSY_SECONDS", 0.1)
    calls: list[Exception] = []

    def refuse(error: Exception) -> None:
        calls.append(error)
        raise error

    with pytest.raises(InUseError):
        patiently(lambda: refuse(InUseError(13, "in use")))
    assert len(calls) > 1
    calls.clear()
    with pytest.raises(PermissionError):
        patiently(lambda: refuse(PermissionError(13, "Permission denied")))
    assert len(calls) == 1


@pytest.fixture
def caseless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a disk that ignores case, as those of macOS and Windows do; played where the disk here does not."""
    (tmp_path / "Probe").write_text("")
    if not (tmp_path / "pROBE").exists():

        def real(path: Path) -> Path:
            entries = path.parent.iterdir()
            return next((entry for entry in entries if entry.name.lower() == path.name.lower()), path)

        exists, samefile = Path.exists, Path.samefile
        monkeypatch.setattr(Path, "exists", lambda self: exists(real(self)))
        monkeypatch.setattr(Path, "samefile", lambda self, other: samefile(real(self), real(other)))
    (tmp_path / "Probe").unlink()
    return tmp_path


def test_a_name_is_that_of_the_disk_where_case_is_ignored(caseless: Path) -> None:
    (caseless / "Mei.wav").write_text("")
    assert name_on_disk(caseless / "MEI.wav").name == "Mei.wav"
    assert name_on_disk(caseless / "Mei.wav").name == "Mei.wav"


@pytest.mark.skipif(sys.platform != "linux", reason="case counts on the disks of Linux")
def test_where_case_counts_a_name_is_itself(tmp_path: Path) -> None:
    for name in ("Mei.wav", "MEI.wav", "mEI.WAV"):
        (tmp_path / name).write_text(name)
        assert name_on_disk(tmp_path / name).name == name
