"""Where takes lie on disk: names an editor can read, and files that are never half-written nor overwritten."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal, Protocol

from anyascii import anyascii

from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.files import (
    ReadOnlyError,
    check_replaceable,
    is_read_only,
    long_path,
    name_on_disk,
    patiently,
    remove_file,
    replace_file,
    replace_output,
    usable_name,
)

_SLUG_LENGTH = 40
TAKE_DIGITS = 12


class DiskError(FramevoxError):
    """A file or folder could not be written. ``problem`` is the message without the advice to who runs a command."""

    code = "disk"

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(f"{problem}. {advice}" if advice else problem)
        self.problem = problem


Kinship = Literal["same", "bare", "other"]
"""Whether a file is what would be written, the same without its marks of where it comes from, or something else."""


class Media(Protocol):
    """An audio file to be written, with its marks (marking.py)."""

    def written(self) -> bytes:
        """The bytes of the file."""

    def compared(self, there: bytes) -> Kinship:
        """What the content of a file that is there already is, beside this one."""


@dataclass(frozen=True)
class Unmarked:
    """Media without marks, as they are."""

    content: bytes

    def written(self) -> bytes:
        return self.content

    def compared(self, there: bytes) -> Kinship:
        return "same" if there == self.content else "other"


def slug(text: str) -> str:
    """``text`` in letters, digits and hyphens of ASCII, which no URL encodes: ``小明 (VO)`` -> ``XiaoMing-VO``."""
    return re.sub(r"[^A-Za-z0-9]+", "-", anyascii(text)).strip("-")[:_SLUG_LENGTH].strip("-")


def folder_name(text: str, otherwise: str) -> str:
    """``slug(text)`` as the name of a file or folder on every system (``CON`` -> ``_CON``), else ``otherwise``."""
    return usable_name(slug(text)) or otherwise


def media_name(character: str, timecode: str, take: str, suffix: str) -> str:
    """A take's file name: who speaks, when, and which take: ``XiaoMing_01-00-03-12_3f9a2b7c01d4.wav``."""
    return f"{slug(character) or 'line'}_{slug(timecode)}_{slug(take)[:TAKE_DIGITS]}.{suffix}"


def default_media_dir(out: Path) -> Path:
    """The folder beside OUT that takes go to when none is named."""
    return out.parent / f"{slug(out.stem) or 'timeline'}_media"


def make_folder(folder: Path) -> None:
    """Makes ``folder`` and proves that files can be written there. Raises DiskError that names it."""
    with _naming(folder):
        long_path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=long_path(folder)):
            pass


def store_media(folder: Path, name: str, media: Media) -> Path:
    """Puts ``media`` into ``folder`` as ``name`` and returns where it lies.

    A file that is the same is left as it is, and one that only lacks the marks gets them unless it is read-only. One of
    that name with other content is kept, and the take goes to the next free ``name_v2``, ``name_v3`` and so on. Raises
    DiskError, and then leaves nothing behind.
    """
    for path in _versions(folder / name):
        with _naming(path):
            place = long_path(path)
            kinship = media.compared(place.read_bytes()) if place.is_file() else "other"
            if kinship == "bare" and is_read_only(place):
                kinship = "other"
            if kinship != "other":
                there = path.with_name(name_on_disk(place).name)
                if kinship == "bare":
                    with _aside(place, media.written()) as aside:
                        replace_file(aside, long_path(there))
                return there
            if not os.path.lexists(place):
                with _aside(place, media.written()) as aside, contextlib.suppress(FileExistsError):
                    publish(aside, place)
                    return path
    raise AssertionError("unreachable: versions never end")


def write_media(path: Path, media: Media) -> None:
    """Makes ``path`` hold ``media``, over whatever it held; the same file is left as it is. Raises DiskError, and then
    changes nothing."""
    place = long_path(path)
    with _naming(path):
        same = place.is_file() and media.compared(place.read_bytes()) == "same"
    if not same:
        write_file(path, media.written())


def write_file(path: Path, content: bytes) -> None:
    """Makes ``path`` hold ``content`` in one step. Raises DiskError, also where it is read-only, and then changes
    nothing."""
    place = long_path(path)
    with _naming(path), _aside(place, content) as aside:
        replace_output(aside, place)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """As ``write_file``, of content that is made while it is written. Raises DiskError, and what ``pieces`` raises."""
    place = long_path(path)
    with _naming(path), _aside(place, pieces) as aside:
        replace_output(aside, place)


def check_outputs(paths: Iterable[Path]) -> None:
    """Raises DiskError for a file that is read-only: before anything is spoken for it."""
    for path in paths:
        with _naming(path):
            check_replaceable(long_path(path))


def write_new(path: Path, content: bytes) -> None:
    """As ``write_file``, but never over a file. Raises DiskError also where there is one."""
    place = long_path(path)
    with _naming(path), _aside(place, content) as aside:
        if os.path.lexists(place):
            raise DiskError(f"{path} is there already")
        with contextlib.suppress(FileExistsError):
            publish(aside, place)
            return
    raise DiskError(f"{path} is there already")


def _versions(path: Path) -> Iterator[Path]:
    yield path
    for version in count(2):
        yield path.with_name(f"{path.stem}_v{version}{path.suffix}")


def publish(aside: Path, path: Path) -> None:
    """Gives the file its name, unless the name is taken: then FileExistsError."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except OSError:
        # Not every file system has hard links (exFAT, many shares). The name was free a moment ago.
        patiently(lambda: aside.rename(path))


@contextlib.contextmanager
def _aside(path: Path, content: bytes | Iterable[bytes]) -> Iterator[Path]:
    """A hidden file beside ``path`` that holds ``content`` and is gone afterwards, whatever happens."""
    aside = path.with_name(f".framevox-{uuid.uuid4().hex}.part")
    try:
        with aside.open("xb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        yield aside
    finally:
        # What a virus scanner does not let go of stays as a hidden file; the take itself is in its place.
        with contextlib.suppress(PermissionError):
            remove_file(aside)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turns what the system says into a message that names ``path`` and what to do."""
    try:
        yield
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror or error}", _advice(error)) from None


def _advice(error: OSError) -> str:
    if isinstance(error, ReadOnlyError):
        return ""  # it says what to do
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some space and run the command again: takes made so far are kept and not made twice"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Choose a folder you may write to, with --media-dir for takes"
    return "Choose another place and run the command again: takes made so far are kept"
