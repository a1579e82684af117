"""The cast of earlier runs, kept from one run to the next."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from framevox.engine_daemon.project import remembered
from framevox.engine_daemon.project.remembered import CastRecord, RecordError
from framevox.engine_daemon.protocol.connection import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find(tmp_path / "home")


def test_what_is_kept_is_there_in_the_next_run(tmp_path: Path, home: Home) -> None:
    record = CastRecord.of(tmp_path / "film", home)
    assert record.voices() == {} and not home.casts.exists()
    record.keep({"ALICE": "af_1", "小明": "zf_1"})
    record.keep({"BOB": "am_1", "ALICE": "af_2"})
    assert CastRecord.of(tmp_path / "film", home).voices() == {"ALICE": "af_2", "小明": "zf_1", "BOB": "am_1"}
    record.forget(["ALICE", "NOBODY"])
    assert record.voices() == {"小明": "zf_1", "BOB": "am_1"}


def test_every_folder_has_a_record_of_its_own_however_it_is_named(tmp_path: Path, home: Home) -> None:
    (tmp_path / "film").mkdir()
    CastRecord.of(tmp_path / "film", home).keep({"ALICE": "af_1"})
    assert CastRecord.of(tmp_path / "other", home).voices() == {}
    assert CastRecord.of(tmp_path / "film" / ".." / "film", home).voices() == {"ALICE": "af_1"}


@pytest.mark.parametrize("content", [b"", b"{", b'{"folder": "x", "voices": {"A": 3}}', b"[]", b"\xff" * 100])
def test_a_damaged_record_is_begun_again(tmp_path: Path, home: Home, content: bytes) -> None:
    record = CastRecord.of(tmp_path, home)
    home.casts.mkdir(parents=True)
    record.path.write_bytes(content)
    assert record.voices() == {}
    record.keep({"ALICE": "af_1"})
    assert record.voices() == {"ALICE": "af_1"}


def test_a_record_does_not_grow_without_end(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", 3)
    record = CastRecord.of(tmp_path, home)
    for number in range(5):
        record.keep({f"P{number}": "af_1"})
    assert list(record.voices()) == ["P2", "P3", "P4"]


def test_two_runs_at_once_lose_nothing(tmp_path: Path, home: Home) -> None:
    def keep(number: int) -> None:
        CastRecord.of(tmp_path, home).keep({f"P{number}": "af_1"})

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(CastRecord.of(tmp_path, home).voices()) == [f"P{number}" for number in range(8)]
    assert not list(home.casts.glob("*.part"))


@pytest.mark.skipif(sys.platform == "win32", reason="a file in the folder's place is another error there")
def test_a_record_that_cannot_be_written_is_an_error_that_says_what_to_do(tmp_path: Path, home: Home) -> None:
    home.casts.parent.mkdir()
    home.casts.write_text("a file")
    with pytest.raises(RecordError, match=r"cannot be remembered in .*casts .*: free some space, or set FRAMEVOX_HOME"):
        CastRecord.of(tmp_path, home).keep({"ALICE": "af_1"})
