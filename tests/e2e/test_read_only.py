"""A file that somebody made read-only is never replaced, whichever command is to write it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framevox.engine_daemon.client.disk import DiskError, Kinship, check_outputs, store_media, write_file, write_pieces
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import is_read_only
from framevox.otio_adapters import load, save
from tests.e2e.conftest import Framevox, served, write_timeline
from tests.otio_adapters.mlt.projects import DATA

__all__ = ["served"]
LINES = [("ALICE: Hello there.", 48)]
MINE = b"somebody's work"


@pytest.fixture
def locked() -> Iterator[Callable[[Path], Path]]:
    """Makes read-only files; they are writable again afterwards, as Windows removes no others."""
    made: list[Path] = []

    def lock(path: Path) -> Path:
        if not path.exists():
            path.write_bytes(MINE)
        path.chmod(0o444)
        made.append(path)
        return path

    yield lock
    for path in made:
        if path.exists():
            path.chmod(0o644)


def left_alone(path: Path) -> None:
    assert path.read_bytes() == MINE and is_read_only(path)
    assert not [other.name for other in path.parent.iterdir() if other.name.startswith(".")]


def test_whatever_is_written_for_a_user(tmp_path: Path, locked: Callable[[Path], Path]) -> None:
    path = locked(tmp_path / "out.srt")
    for write in (
        lambda: write_file(path, b"new"),
        lambda: write_pieces(path, [b"new"]),
        lambda: check_outputs([path]),
    ):
        with pytest.raises(DiskError, match=r"cannot write .*out\.srt: it is read-only: make it writable, or choose"):
            write()
        left_alone(path)


class Bare:
    """A take whose file lacks the marks."""

    def written(self) -> bytes:
        return b"marked"

    def compared(self, there: bytes) -> Kinship:
        return "bare" if there == MINE else "other"


def test_a_take_without_marks_is_kept_as_it_is(tmp_path: Path, locked: Callable[[Path], Path]) -> None:
    path = locked(tmp_path / "a.wav")
    assert store_media(tmp_path, "a.wav", Bare()) == tmp_path / "a_v2.wav"
    left_alone(path)


@pytest.mark.parametrize("name", ["out.otio", "out.otioz", "out.xml", "out.framevox.json", "out.csv", "out.dapt"])
def test_a_timeline(tmp_path: Path, locked: Callable[[Path], Path], name: str) -> None:
    timeline = load(write_timeline(tmp_path / "in.otio", LINES))
    path = locked(tmp_path / name)
    out = path if path.suffix != ".json" else tmp_path / "out.xml"
    if out.suffix == ".xml":
        pytest.importorskip("otio_fcp_adapter")
    with pytest.raises(InputError, match=rf"{path.name} cannot be written: it is read-only: make it writable"):
        save(timeline, out, source=tmp_path / "in.otio")
    left_alone(path)
    assert out == path or not out.exists()


def test_a_bundle_that_is_a_folder(tmp_path: Path, locked: Callable[[Path], Path]) -> None:
    out = tmp_path / "out.otiod"
    save(load(write_timeline(tmp_path / "in.otio", LINES)), out, source=tmp_path / "in.otio")
    inside = locked(out / "content.otio")
    before = inside.read_bytes()
    with pytest.raises(InputError, match=r"out\.otiod cannot be written: it is read-only"):
        save(load(tmp_path / "in.otio"), out, source=tmp_path / "in.otio")
    assert inside.read_bytes() == before and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("suffix", [".mlt", ".kdenlive"])
def test_a_project(tmp_path: Path, locked: Callable[[Path], Path], suffix: str) -> None:
    for path in DATA.glob("saved*"):
        shutil.copy(path, tmp_path)
    source, out = tmp_path / f"saved{suffix}", locked(tmp_path / f"out{suffix}")
    with pytest.raises(InputError, match=rf"out\{suffix} cannot be written: it is read-only"):
        save(load(source), out, source=source)
    left_alone(out)


@pytest.mark.parametrize("option", ["OUT", "--subtitles", "--stem", "--ducking", "--report", "--sheet", "--mouth"])
def test_fill_says_so_before_anything_is_spoken(
    served: Framevox, tmp_path: Path, locked: Callable[[Path], Path], option: str
) -> None:
    source, out = write_timeline(tmp_path / "in.otio", LINES), tmp_path / "out.otio"
    names = {"OUT": "out.otio", "--subtitles": "a.srt", "--stem": "a.wav", "--sheet": "a.csv", "--mouth": "a.json"}
    path = locked(tmp_path / names.get(option, "a.html"))
    more = () if option == "OUT" else (option, path)
    said = served.run("fill", source, out, *more, code=1).err
    assert f"{path.name}: it is read-only: make it writable, or choose another file" in said
    left_alone(path)
    assert not (tmp_path / "out_media").exists() and (option == "OUT" or not out.exists())
