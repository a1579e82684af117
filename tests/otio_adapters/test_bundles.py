"""Timelines with their media inside: nothing is mixed up, nothing overwritten, nothing leads out of the folder."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import opentimelineio as otio
import pytest

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters import bundles, load, save
from framevox.otio_adapters.bundles import safe_name
from framevox.otio_adapters.media_urls import media_path

from .timelines import span, timeline, track


def clip(url: str) -> otio.schema.Clip:
    return otio.schema.Clip(url, otio.schema.ExternalReference(url, span(0, 9)), span(0, 9))


def otioz(path: Path, media: Mapping[str, bytes], *urls: str) -> Path:
    """A bundle as anybody may write one: media under any name, and a timeline that refers to ``urls``."""
    built = timeline(track("M", *(clip(url) for url in urls or media)), start=0)
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("version.txt", "1.0.0")
        bundle.writestr("content.otio", built.to_json_string())
        for name, content in media.items():
            bundle.writestr(name, content)
    return path


def contents(path: Path) -> list[bytes | None]:
    """What lies behind each clip of a timeline, None for what is offline."""
    home = bundles.home_of(path)
    files = [media_path(c.media_reference.target_url, home) for c in load(path).find_clips()]
    return [file.read_bytes() if file is not None and file.is_file() else None for file in files]


def unpacked(source: Path, out: Path) -> list[bytes | None]:
    save(load(source), out, source=source)
    return contents(out)


def test_media_of_one_name_in_two_folders_stay_two(tmp_path: Path) -> None:
    source = otioz(tmp_path / "in.otioz", {"a/x.wav": b"a's sound", "b/x.wav": b"b's sound", "b/X.WAV": b"B's sound"})
    assert unpacked(source, tmp_path / "out.otio") == [b"a's sound", b"b's sound", b"B's sound"]
    names = [file.name.casefold() for file in (tmp_path / "out.media").iterdir()]
    assert len(set(names)) == 3, "on a disk that ignores case they would be one"
    save(load(source), tmp_path / "out.otioz", source=source)
    with zipfile.ZipFile(tmp_path / "out.otioz") as bundle:
        members = [m for m in bundle.namelist() if m.startswith("media/")]
        assert len({m.casefold() for m in members}) == 3
        assert sorted(map(bundle.read, members)) == [b"B's sound", b"a's sound", b"b's sound"]


def test_a_file_of_the_users_is_never_overwritten_and_the_same_file_is_used_again(tmp_path: Path) -> None:
    source = otioz(tmp_path / "in.otioz", {"media/x.wav": b"bundle"})
    mine = tmp_path / "out.media" / "x.wav"
    mine.parent.mkdir()
    mine.write_bytes(b"mine!!")
    for _ in range(2):
        assert unpacked(source, tmp_path / "out.otio") == [b"bundle"]
    assert mine.read_bytes() == b"mine!!"
    assert sorted(f.name for f in mine.parent.iterdir()) == ["x-2.wav", "x.wav"]


def test_a_file_beside_out_is_not_taken_for_the_bundles(tmp_path: Path) -> None:
    source = otioz(tmp_path / "in.otioz", {"media/x.wav": b"bundle"})
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "x.wav").write_bytes(b"another film's")
    assert unpacked(source, tmp_path / "out.otio") == [b"bundle"]
    save(load(source), tmp_path / "out.otioz", source=source)
    with zipfile.ZipFile(tmp_path / "out.otioz") as bundle:
        assert bundle.read("media/x.wav") == b"bundle"


def test_nor_is_one_for_the_file_beside_a_plain_timeline(tmp_path: Path) -> None:
    for folder in ("in", "out"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.wav").write_bytes(folder.encode())
    save(timeline(track("M", clip("x.wav")), start=0), tmp_path / "in" / "t.otio")
    source = tmp_path / "in" / "t.otio"
    assert unpacked(source, tmp_path / "out" / "t.otio") == [b"in"]
    assert unpacked(source, tmp_path / "out" / "t.otiod") == [b"in"]


def test_two_references_to_one_file_are_one_file(tmp_path: Path) -> None:
    source = otioz(
        tmp_path / "in.otioz", {"media/m u.wav": b"m"}, "media/m%20u.wav", "./media/m u.wav", "media/m u.wav"
    )
    assert unpacked(source, tmp_path / "out.otio") == [b"m"] * 3
    assert [f.name for f in (tmp_path / "out.media").iterdir()] == ["m u.wav"]
    save(load(source), tmp_path / "out.otioz", source=source)
    with zipfile.ZipFile(tmp_path / "out.otioz") as bundle:
        assert [m for m in bundle.namelist() if m.startswith("media/")] == ["media/m u.wav"]


HOSTILE = (
    "../../up.wav", "media/../../up.wav", "/tmp/abs.wav", "C:\\drive.wav", "..\\..\\up.wav", "media/..", "media/.",
    "media/ ", "media/CON", "media/aux.wav", "media/a\x00b.wav", "media/a\nb.wav", "media/" + "long" * 60 + ".wav",
    "media/什么.wav", "media/x.wav:stream", "media/.framevox",
)  # fmt: skip


@pytest.mark.parametrize("member", HOSTILE)
def test_names_in_a_bundle_lead_nowhere_else(tmp_path: Path, member: str) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    source = otioz(folder / "in.otioz", {member: b"sound"})
    before = set(tmp_path.rglob("*"))
    save(load(source), folder / "out.otio", source=source)
    new = set(tmp_path.rglob("*")) - before
    media = {f for f in new if f.parent == folder / "out.media"}
    assert new - media <= {folder / "out.otio", folder / "out.media"} and len(media) <= 1
    save(load(source), folder / "out.otioz", source=source)
    with zipfile.ZipFile(folder / "out.otioz") as bundle:
        assert all(m.count("/") <= 1 and ".." not in m and "\\" not in m for m in bundle.namelist())


@pytest.mark.parametrize("member", HOSTILE)
def test_a_safe_name_is_a_name_on_any_system(member: str) -> None:
    name = safe_name(member)
    assert name and name == name.strip(" .") and len(name.encode()) <= 140
    assert not set(name) & set('<>:"/\\|?*') and name.isprintable()
    assert name.split(".")[0].upper() not in ("CON", "AUX", "NUL", "PRN", "COM1", "LPT1")
    assert safe_name(name) == name


def test_media_that_do_not_fit_on_the_disk_are_refused_before_any_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = otioz(tmp_path / "in.otioz", {"a/x.wav": bytes(2**20), "b/x.wav": bytes(2**20)})
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2**29 + 2**20))
    with pytest.raises(InputError, match=r"in\.otioz: its media take 0\.0 GB, and .*out\.media has 0\.5 GB free"):
        save(load(source), tmp_path / "out.otio", source=source)
    assert not list((tmp_path / "out.media").iterdir()) and not (tmp_path / "out.otio").exists()


def test_a_timeline_that_unpacks_to_more_than_it_says_takes_no_more_memory(tmp_path: Path) -> None:
    """The central directory of a zip file may say anything of a member's size."""
    path = tmp_path / "bomb.otioz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        with bundle.open("content.otio", "w") as content:
            for _ in range(512):
                content.write(b" " * 2**20)
        bundle.getinfo("content.otio").file_size = 1000
    resource = pytest.importorskip("resource", reason="this system does not say how much memory a process took")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"bomb\.otioz"):
        load(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def test_broken_and_encrypted_media_are_named_with_their_bundle_and_leave_nothing(tmp_path: Path) -> None:
    source = otioz(tmp_path / "in.otioz", {"media/x.wav": b"sound sound sound"})
    content = source.read_bytes()
    source.write_bytes(content.replace(b"sound sound sound", b"SOUND sound sound"))
    with pytest.raises(InputError, match=r"in\.otioz: media/x\.wav in it cannot be unpacked \(Bad CRC-32"):
        save(load(source), tmp_path / "out.otio", source=source)
    with pytest.raises(InputError, match=r"in\.otioz: media/x\.wav in it cannot be unpacked"):
        save(load(source), tmp_path / "out.otioz", source=source)
    locked = bytearray(content)
    locked[locked.rindex(b"PK\x03\x04") + 6] |= 1  # the flag of an encrypted member, in its own header
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1  # and in the directory's entry
    source.write_bytes(locked)
    with pytest.raises(InputError, match=r"in\.otioz: media/x\.wav in it cannot be unpacked \(.*encrypted"):
        save(load(source), tmp_path / "out.otio", source=source)
    assert not list((tmp_path / "out.media").iterdir()) and not (tmp_path / "out.otio").exists()


# A folder: .otiod.


def test_a_bundle_folder_is_read_and_written_and_opentimelineio_reads_it(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"one")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "X.wav").write_bytes(b"two")
    built = timeline(track("M", clip("x.wav"), clip("sub/X.wav"), clip("gone.wav")), start=0)
    save(built, tmp_path / "a.otiod", source=tmp_path / "in.otio")
    assert contents(tmp_path / "a.otiod") == [b"one", b"two", None]
    read = otio.adapters.read_from_file(str(tmp_path / "a.otiod"), absolute_media_reference_paths=True)
    files = [Path(otio.url_utils.filepath_from_url(c.media_reference.target_url)) for c in read.find_clips()]
    assert [f.read_bytes() for f in files[:2]] == [b"one", b"two"]

    (tmp_path / "elsewhere").mkdir()
    for suffix in (".otio", ".otiod", ".otioz"):
        out = tmp_path / "elsewhere" / f"b{suffix}"
        save(load(tmp_path / "a.otiod"), out, source=tmp_path / "a.otiod")
        if suffix != ".otioz":
            assert contents(out) == [b"one", b"two", None]
    assert unpacked(out, tmp_path / "elsewhere" / "c.otiod") == [b"one", b"two", None]


def test_a_bundle_folder_is_replaced_as_a_whole_and_any_other_folder_never(tmp_path: Path) -> None:
    source = tmp_path / "a.otiod"
    (tmp_path / "x.wav").write_bytes(b"one")
    save(timeline(track("M", clip("x.wav")), start=0), source, source=tmp_path / "in.otio")
    save(load(source), source, source=source)
    assert contents(source) == [b"one"]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.otiod", "x.wav"]
    mine = tmp_path / "mine.otiod"
    mine.mkdir()
    (mine / "novel.txt").write_text("chapter one")
    with pytest.raises(InputError, match=r"mine\.otiod is a folder and no \.otiod"):
        save(load(source), mine, source=source)
    assert (mine / "novel.txt").read_text() == "chapter one" and len(list(mine.iterdir())) == 1
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.otiod", "mine.otiod", "x.wav"]


def test_a_bundle_folder_without_a_timeline_or_with_a_huge_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.otiod").mkdir()
    with pytest.raises(InputError, match=r"a\.otiod holds no content\.otio"):
        load(tmp_path / "a.otiod")
    with (tmp_path / "a.otiod" / "content.otio").open("wb") as file:
        file.truncate(2**29)
    with pytest.raises(InputError, match="512 MB"):
        load(tmp_path / "a.otiod")
    (tmp_path / "a.otiod" / "content.otio").write_bytes(b"[" * 100_000)
    with pytest.raises(InputError, match="nests"):
        load(tmp_path / "a.otiod")
