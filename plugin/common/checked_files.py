"""Files whose marks are checked: those that were named, those in folders, and those in bundles."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from framevox.engine_daemon.provenance.checking import Checked, check, check_file

SUFFIXES = (".wav", ".flac", ".mp3")


@dataclass(frozen=True)
class Outcome:
    """``name`` is the file's, as it was named; ``checked`` is None for one that cannot be checked."""

    name: str
    checked: Checked | None
    problems: Sequence[str] = ()

    @property
    def status(self) -> str:
        """``marked``, ``unmarked``, ``broken`` or ``unusable``."""
        return "unusable" if self.checked is None else self.checked.status


def checked_files(paths: Sequence[Path], anchors: bytes = b"") -> Iterator[Outcome]:
    """What came of each file. ``anchors`` are certificates that are trusted, in PEM."""
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
            if not inside:
                yield Outcome(str(path), None, ["the folder holds no WAV, FLAC or MP3 file: name another"])
            for each in inside:
                yield _checked(each, anchors)
        elif path.suffix.lower() == ".otioz":
            yield from _in_bundle(path, anchors)
        else:
            yield _checked(path, anchors)


def _checked(path: Path, anchors: bytes) -> Outcome:
    try:
        found = check_file(path, anchors)
    except OSError as error:
        return Outcome(str(path), None, [f"it cannot be read ({error.strerror or error}): check its name and folder"])
    except ValueError as error:
        return Outcome(str(path), None, [str(error)])
    return Outcome(str(path), found, found.problems)


def _in_bundle(path: Path, anchors: bytes) -> Iterator[Outcome]:
    try:
        with zipfile.ZipFile(path) as bundle:
            inside = [each for each in bundle.infolist() if Path(each.filename).suffix.lower() in SUFFIXES]
            if not inside:
                yield Outcome(str(path), None, ["the bundle holds no WAV, FLAC or MP3 file"])
            for member in inside:
                name = f"{path}/{member.filename}"
                # On disk: a member may be a stem, and is read here and there.
                with tempfile.TemporaryFile() as file, bundle.open(member) as packed:
                    try:
                        shutil.copyfileobj(packed, file)
                        # Off POSIX it is a wrapper round a file, which types do not say.
                        found = check(cast(BinaryIO, file), anchors)
                    except (ValueError, zipfile.BadZipFile, zlib.error, EOFError) as error:
                        yield Outcome(name, None, [str(error)])
                        continue
                    yield Outcome(name, found, found.problems)
    except (OSError, zipfile.BadZipFile, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        yield Outcome(str(path), None, [f"it cannot be read ({reason}): check its name, or export it again"])
