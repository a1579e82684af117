"""Takes on disk: names that need no encoding, files that are never half-written nor overwritten."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.client.disk import (
    DiskError,
    Unmarked,
    default_media_dir,
    folder_name,
    make_folder,
    media_name,
    slug,
    store_media,
    write_file,
)
from tests.processes import small_disk


@given(st.text(), st.text(alphabet="0123456789abcdef", min_size=1))
def test_a_generated_name_needs_no_percent_encoding_and_no_folder(character: str, take: str) -> None:
    name = media_name(character, "01:00:03;12", take, "wav")
    assert urllib.parse.quote(name, safe="") == name
    assert len(name) < 100
    assert not name.startswith(".")


def test_a_name_tells_an_editor_who_speaks_and_when() -> None:
    assert media_name("小明", "01:00:03:12", "3f9a2b7c01d4e5f6", "wav") == "XiaoMing_01-00-03-12_3f9a2b7c01d4.wav"
    assert media_name("Señora (V.O.)", "00:00:00;00", "aa", "mp3") == "Senora-V-O_00-00-00-00_aa.mp3"
    assert media_name("🎬", "00:00:00:00", "aa", "flac").endswith("_aa.flac")


def test_the_default_media_folder_lies_beside_out_under_a_name_that_needs_no_encoding() -> None:
    assert default_media_dir(Path("/films/我的 片子.otio")) == Path("/films/WoDe-PianZi_media")
    assert default_media_dir(Path("/films/....otio")).name == "timeline_media"


def test_the_same_take_again_leaves_the_file_alone(tmp_path: Path) -> None:
    first = store_media(tmp_path, "a.wav", Unmarked(b"take"))
    os.utime(first, (1, 1))
    assert store_media(tmp_path, "a.wav", Unmarked(b"take")) == first
    assert first.stat().st_mtime == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_file_of_that_name_with_other_content_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"somebody's work")
    (tmp_path / "a_v2.wav").mkdir()
    third = store_media(tmp_path, "a.wav", Unmarked(b"take"))
    assert third == tmp_path / "a_v3.wav"
    assert (tmp_path / "a.wav").read_bytes() == b"somebody's work"
    assert third.read_bytes() == b"take"
    assert store_media(tmp_path, "a.wav", Unmarked(b"take")) == third


def test_a_dangling_link_of_that_name_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to(tmp_path / "elsewhere.wav")
    assert store_media(tmp_path, "a.wav", Unmarked(b"take")) == tmp_path / "a_v2.wav"
    assert not (tmp_path / "elsewhere.wav").exists()


def test_a_file_system_without_hard_links_gets_the_take_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert store_media(tmp_path, "a.wav", Unmarked(b"take")).read_bytes() == b"take"
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_take_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    assert store_media(tmp_path, "a.wav", Unmarked(b"take")).stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_writing_a_file_replaces_it_in_one_step(tmp_path: Path) -> None:
    out = tmp_path / "out.otio"
    out.write_bytes(b"old")
    write_file(out, b"new")
    assert out.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["out.otio"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match="file/media"):
        make_folder(tmp_path / "file" / "media")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB."""
    with small_disk(tmp_path / "disk", "64k") as disk:
        yield disk


def test_a_full_disk_is_named_and_nothing_half_written_stays(tiny_disk: Path) -> None:
    store_media(tiny_disk, "a.wav", Unmarked(b"x" * 30_000))
    with pytest.raises(DiskError, match=r"b\.wav.*No space left.*Free some space"):
        store_media(tiny_disk, "b.wav", Unmarked(b"x" * 90_000))
    assert [path.name for path in tiny_disk.iterdir()] == ["a.wav"]


def test_a_slug_of_nothing_readable_is_empty() -> None:
    assert slug(" …/\\ ") == slug("") == ""


def test_a_folder_named_after_a_project_is_one_on_every_system() -> None:
    assert folder_name("CON", "project") == "_CON" and folder_name("aux (2)", "project") == "aux-2"
    assert folder_name("片子", "project") == "PianZi" and folder_name("…", "project") == "project"


def test_a_file_in_another_programs_hands_is_replaced_when_it_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where a virus scanner opens every new file for a moment."""

    class InUseError(PermissionError):
        winerror = 32

    refusals = iter([True] * 5)
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if next(refusals, False):
            raise InUseError(13, "it is being used by another process")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    write_file(tmp_path / "out.otio", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["out.otio"]


def test_a_hidden_file_that_a_scanner_does_not_let_go_of_costs_no_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class InUseError(PermissionError):
        winerror = 32

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise InUseError(13, "it is being used by another process")

    monkeypatch.setattr("framevox.engine_daemon.protocol.files.BUSY_SECONDS", 0.1)
    monkeypatch.setattr(Path, "unlink", refuse)
    assert store_media(tmp_path, "a.wav", Unmarked(b"take")).read_bytes() == b"take"
