"""Timelines that hold their media: ``.otioz``, a zip file, and ``.otiod``, a folder.

Both hold ``content.otio``, ``version.txt`` and ``media/``. A bundle may come from anybody: no name in it leads out of
the folder that its media are unpacked to, no file that is there is overwritten, and sizes are checked beforehand.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import quote, unquote, urlsplit

import opentimelineio as otio

from framevox.engine_daemon.client.disk import publish
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import check_replaceable, patiently, replace_file

from .formats import BUNDLES, first_line
from .media_urls import media_path, media_url
from .metadata import KEY

TIMELINE = "content.otio"
MAX_BYTES = 256 * 2**20
"""The largest timeline that is read: a 10,000-clip timeline takes about 12 MB."""
_SPARE_BYTES = 2**29
"""What unpacking leaves free on a disk."""
_CHUNK = 2**20
_MAX_NAME = 120
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def too_large(path: Path, size: int) -> InputError:
    return InputError(f"{path} holds a timeline of {size >> 20} MB; at most {MAX_BYTES >> 20} MB are read: split it")


def read_content(path: Path) -> bytes:
    """The OpenTimelineIO JSON in a bundle. Raises InputError for one without, OSError, and zipfile's own errors."""
    if path.is_dir():
        content = path / TIMELINE
        if not content.is_file():
            raise InputError(f"{path} holds no {TIMELINE}: it is a folder but no .otiod")
        if (size := content.stat().st_size) > MAX_BYTES:
            raise too_large(path, size)
        return content.read_bytes()
    with zipfile.ZipFile(path) as bundle:
        try:
            entry = bundle.getinfo(TIMELINE)
        except KeyError:
            raise InputError(f"{path} holds no {TIMELINE}: it is a zip file but no .otioz") from None
        if entry.file_size > MAX_BYTES:
            raise too_large(path, entry.file_size)
        # In pieces, because a single read of all unpacks what is there and not what the entry says is there.
        with bundle.open(entry) as packed:
            return b"".join(iter(lambda: packed.read(_CHUNK), b""))


def is_bundle_folder(path: Path) -> bool:
    """Whether this is an ``.otiod``, which looks like a file to an editor and is a folder."""
    return path.suffix.lower() == ".otiod" and (path / TIMELINE).is_file()


def home_of(source: Path) -> Path:
    """The folder that relative media of a timeline file are found from."""
    source = source.resolve()
    return source if is_bundle_folder(source) else source.parent


class Archive:
    """The media inside the ``.otioz`` that a timeline was read from; empty for any other file."""

    def __init__(self, source: Path | None) -> None:
        self._source = source
        self._members: dict[str, zipfile.ZipInfo] = {}
        if source is not None and source.suffix.lower() == ".otioz":
            with zipfile.ZipFile(source) as bundle:
                self._members = {m.filename: m for m in bundle.infolist() if not m.is_dir()}

    def find(self, url: str) -> str | None:
        """The member that a relative URL of the bundle's timeline means."""
        parts = urlsplit(url)
        if not self._members or parts.scheme or parts.netloc:
            return None
        for name in (unquote(url), unquote(parts.path), str(PurePosixPath(unquote(parts.path)))):
            if name in self._members:
                return name
        return None

    def unpack(self, members: Mapping[str, str], folder: Path) -> dict[str, Path]:
        """Unpacks into ``folder`` the member of every URL; returns where each lies.

        A file that is there already with the same content is used; one with other content is kept, and the media get
        the next free name. Raises InputError that names the bundle for what cannot be unpacked, or does not fit.
        """
        wanted = list(dict.fromkeys(members.values()))
        if not wanted:
            return {}
        folder.mkdir(exist_ok=True)
        size = sum(self._members[member].file_size for member in wanted)
        free = shutil.disk_usage(folder).free
        if size + _SPARE_BYTES > free:
            raise InputError(
                f"{self._source}: its media take {_gigabytes(size)}, and {folder} has {_gigabytes(free)} free: "
                "choose another disk, or write an .otioz"
            )
        places = {member: self._unpack(member, folder) for member in wanted}
        return {url: places[member] for url, member in members.items()}

    def _unpack(self, member: str, folder: Path) -> Path:
        entry = self._members[member]
        name = safe_name(member)
        # Names that differ only in case are one on most editors' disks, also where this disk tells them apart.
        taken = {file.name.casefold(): file for file in folder.iterdir()}
        aside = folder / f".framevox-{secrets.token_hex(8)}.part"
        try:
            for number in itertools.count(1):
                path = folder / (name if number == 1 else _numbered(name, number))
                there = taken.get(path.name.casefold())
                if there is not None and _holds(there, entry):
                    return there
                if there is not None:
                    continue
                if not aside.exists():
                    with self.opened(member) as packed, aside.open("xb") as file:
                        shutil.copyfileobj(packed, file, _CHUNK)
                with contextlib.suppress(FileExistsError):
                    publish(aside, path)
                    return path
        finally:
            aside.unlink(missing_ok=True)
        raise AssertionError("counting never ends")

    @contextlib.contextmanager
    def opened(self, member: str) -> Iterator[IO[bytes]]:
        """A member to read from. Raises InputError naming bundle and member for what is broken or encrypted."""
        assert self._source is not None
        with zipfile.ZipFile(self._source) as bundle:
            try:
                with bundle.open(member) as packed:
                    yield packed
            except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError) as error:
                raise InputError(
                    f"{self._source}: {member} in it cannot be unpacked ({first_line(error)}): export the bundle again"
                ) from error


def _holds(path: Path, entry: zipfile.ZipInfo) -> bool:
    """Whether a file has the content of a member, going by length and checksum."""
    if not path.is_file() or path.stat().st_size != entry.file_size:
        return False
    checksum = 0
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            checksum = zlib.crc32(chunk, checksum)
    return checksum == entry.CRC


def safe_name(member: str) -> str:
    """A file name for a bundle's member on any system: one part of a path, nothing reserved, not too long."""
    name = re.split(r"[/\\]", member)[-1]
    name = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in name).strip(" .") or "media"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    stem, suffix = Path(name).stem, Path(name).suffix[:20]
    while len(f"{stem}{suffix}".encode()) > _MAX_NAME:
        stem = stem[:-1]
    return f"{stem}{suffix}"


def _numbered(name: str, number: int) -> str:
    return f"{Path(name).stem}-{number}{Path(name).suffix}"


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


# Writing.


def write_bundle(timeline: otio.schema.Timeline, aside: Path, path: Path, source: Path | None) -> None:
    """Writes the bundle for ``path`` to ``aside``, with every media file that exists.

    OpenTimelineIO's own writers turn offline media into missing ones, or refuse them; here they stay as they are.
    """
    result = timeline.deepcopy()
    media = _Media(path, source)
    with _ZipTarget(aside) if path.suffix.lower() == ".otioz" else _FolderTarget(aside) as target:
        for reference in references(result):
            reference.target_url = media.packed(reference.target_url, target)
        target.text("version.txt", "1.0.0")
        target.text(TIMELINE, otio.adapters.write_to_string(result, "otio_json"))


class _ZipTarget:
    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "x", allowZip64=True)

    def __enter__(self) -> _ZipTarget:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def text(self, name: str, content: str) -> None:
        self._zip.writestr(name, content, zipfile.ZIP_DEFLATED)

    def media(self, name: str, content: IO[bytes]) -> None:
        with self._zip.open(f"media/{name}", "w", force_zip64=True) as target:
            shutil.copyfileobj(content, target, _CHUNK)


class _FolderTarget:
    def __init__(self, path: Path) -> None:
        self._path = path
        (path / "media").mkdir(parents=True)

    def __enter__(self) -> _FolderTarget:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def text(self, name: str, content: str) -> None:
        (self._path / name).write_text(content, "utf-8", newline="\n")

    def media(self, name: str, content: IO[bytes]) -> None:
        with (self._path / "media" / name).open("xb") as target:
            shutil.copyfileobj(content, target, _CHUNK)


class _Media:
    """The media of a bundle in the making: each file goes in once, under a name of its own."""

    def __init__(self, path: Path, source: Path | None) -> None:
        self._archive = Archive(source)
        # What a relative URL means is decided by the timeline it was read from; where that has no such file, by OUT.
        self._folders = tuple(dict.fromkeys((home_of(source or path), path.resolve().parent)))
        self._urls: dict[str, str] = {}
        self._names: dict[Path | str, str] = {}

    def packed(self, url: str, target: _ZipTarget | _FolderTarget) -> str:
        """Puts the file behind ``url`` into the bundle and returns its URL there; an offline one keeps its URL."""
        if url not in self._urls:
            self._urls[url] = self._pack(url, target)
        return self._urls[url]

    def _pack(self, url: str, target: _ZipTarget | _FolderTarget) -> str:
        member = self._archive.find(url)
        found = (media_path(url, folder) for folder in self._folders)
        file = None if member is not None else next((f for f in found if f is not None and f.is_file()), None)
        if member is None and file is None:
            return url
        key: Path | str = file.resolve() if file is not None else str(member)
        if key not in self._names:
            self._names[key] = name = self._free(safe_name(file.name if file is not None else str(member)))
            with file.open("rb") if file is not None else self._archive.opened(str(member)) as content:
                target.media(name, content)
        return quote(f"media/{self._names[key]}")

    def _free(self, name: str) -> str:
        taken = {other.casefold() for other in self._names.values()}
        number, free = 1, name
        while free.casefold() in taken:
            number += 1
            free = _numbered(name, number)
        return free


# Media that a timeline leaves behind when it is written somewhere else.


def references(timeline: otio.schema.Timeline) -> Iterator[otio.schema.ExternalReference]:
    """Every reference to a file, those included that clips had before they were filled."""
    for clip in timeline.find_clips():
        data = clip.metadata.get(KEY)
        kept = data.get("placeholder") if isinstance(data, Mapping) else None
        before = kept.get("media_reference") if isinstance(kept, Mapping) else None
        for reference in (*clip.media_references().values(), before):
            if isinstance(reference, otio.schema.ExternalReference):
                yield reference


def with_media_found(timeline: otio.schema.Timeline, path: Path, source: Path | None) -> otio.schema.Timeline:
    """``timeline``, or a copy whose relative media are found from ``path`` as they were from ``source``.

    What is offline stays as it is written. Media in an ``.otioz`` are unpacked next to ``path``.
    """
    if source is None:
        return timeline
    home, folder = home_of(source), path.resolve().parent
    archive = Archive(source)
    inside: dict[str, str] = {}
    moved: dict[str, str] = {}
    for url in dict.fromkeys(r.target_url for r in references(timeline)):
        if (member := archive.find(url)) is not None:
            inside[url] = member
        elif urlsplit(url).scheme or Path(unquote(url)).is_absolute() or home == folder:
            continue
        elif (there := media_path(url, home)) is not None and there.exists():
            moved[url] = media_url(there)
    unpacked = archive.unpack(inside, folder / f"{path.stem}.media")
    moved |= {url: media_url(file) for url, file in unpacked.items()}
    if not moved:
        return timeline
    result = timeline.deepcopy()
    for reference in references(result):
        reference.target_url = moved.get(reference.target_url, reference.target_url)
    return result


def put_in_place(aside: Path, path: Path) -> None:
    """Makes a finished bundle ``path``: a zip file in one step; a folder in two, with the former one kept between.

    Raises OSError, also for one that is read-only.
    """
    check_replaceable(path)
    if not path.is_dir():
        replace_file(aside, path)
        return
    if path.suffix.lower() not in BUNDLES or not is_bundle_folder(path):
        raise InputError(f"{path} is a folder and no .otiod: name another file")
    former = path.with_name(f".{path.stem[:60]}.{secrets.token_hex(4)}.former")
    patiently(lambda: path.rename(former))
    try:
        patiently(lambda: aside.rename(path))
    except OSError:
        former.rename(path)
        raise
    shutil.rmtree(former)
