"""Files and their names where Linux, macOS and Windows differ.

Windows refuses to replace or remove a file that another program has open, and virus scanners open new files for a
moment; it reserves names such as ``CON`` and ends paths at 260 characters unless they are written in another way.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import threading
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePath, PureWindowsPath
from typing import TypeVar

BUSY_SECONDS = 3.0
"""How long a file may be in another program's hands."""

_BUSY_ERRORS = (5, 32, 33)  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_LONG = 240
"""Characters of a path from which Windows needs the other way of writing it; a name aside adds some."""

T = TypeVar("T")


def patiently(action: Callable[[], T]) -> T:
    """Does ``action``, again and again for up to ``BUSY_SECONDS`` while Windows says that the file is in use."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return action()
        except OSError as error:
            if getattr(error, "winerror", None) not in _BUSY_ERRORS or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def replace_file(source: Path, target: Path) -> None:
    """Gives ``source`` the name of ``target`` in one step, over a file that has it. Raises OSError."""
    patiently(lambda: source.replace(target))


def put_file(path: Path, content: bytes) -> None:
    """Makes a file of our own hold ``content`` in one step. Raises OSError, and leaves nothing else behind."""
    aside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        aside.write_bytes(content)
        replace_file(aside, path)
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


class ReadOnlyError(PermissionError):
    """A file that somebody has made read-only, and which is therefore not replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EACCES, "it is read-only: make it writable, or choose another file", str(path))


def is_read_only(path: Path) -> bool:
    """Whether a file, or what is in a bundle that is a folder, is there and not to be written."""
    if path.is_dir():
        return any(_locked(one) for one in (path, *path.glob("*")))
    return _locked(path)


def _locked(path: Path) -> bool:
    try:
        # The mode as well: root may write whatever it likes.
        return not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK))
    except OSError:
        return False


def check_replaceable(path: Path) -> None:
    """Raises ReadOnlyError for a file of the user's that is read-only."""
    if is_read_only(path):
        raise ReadOnlyError(path)


def replace_output(source: Path, target: Path) -> None:
    """As ``replace_file``, of a file of the user's: one that is read-only stays. Raises OSError."""
    check_replaceable(target)  # Renaming takes no right to the file itself.
    replace_file(source, target)


def remove_file(path: Path) -> None:
    """Removes a file, if it is there. Raises OSError."""
    patiently(lambda: path.unlink(missing_ok=True))


def is_reserved(name: str) -> bool:
    """Whether Windows keeps this file name for a device (``CON``, ``aux.wav``), whatever its suffix and case."""
    return _RESERVED.fullmatch(name.rstrip(" .")) is not None


def usable_name(name: str) -> str:
    """``name`` as a file or folder name that every system takes: ``aux`` -> ``_aux``, ``a:b.`` -> ``a_b``.

    A name that all of them take as it is comes back unchanged. Empty if nothing is left.
    """
    name = _FORBIDDEN.sub("_", name).rstrip(" .")
    return f"_{name}" if is_reserved(name) else name


def same_name(one: str, other: str) -> bool:
    """Whether two names can be one file on some disk: those of macOS and Windows ignore case, and macOS how accents are
    encoded."""
    return _folded(one) == _folded(other)


def place_of(path: Path) -> str:
    """A path such that two which name one place are equal; a link is a place of its own, since it can be replaced."""
    place = str(path.parent.resolve() / path.name)
    # Whether a disk ignores case is not asked for: on these systems most do.
    return _folded(place) if sys.platform in ("win32", "darwin") else place


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def long_path(path: Path, platform: str = sys.platform) -> Path:
    r"""``path`` as Windows takes it at any length (``\\?\C:\…``) where it is long; unchanged on other systems."""
    if platform != "win32":
        return path
    return Path(extended(os.path.abspath(path)))  # noqa: PTH100  (Path.absolute keeps "..", which \\?\ does not take)


def extended(path: str) -> str:
    r"""An absolute Windows path, in the form without a limit where it is long: ``\\?\C:\…``, ``\\?\UNC\server\…``."""
    if len(path) < _LONG or path.startswith("\\\\?\\"):
        return path
    pure = PureWindowsPath(path)
    return f"\\\\?\\UNC\\{str(pure)[2:]}" if pure.drive.startswith("\\\\") else f"\\\\?\\{pure}"


def name_on_disk(path: Path) -> Path:
    """``path`` with its last name as the disk has it: where case is ignored, ``MEI.wav`` may be a file ``Mei.wav``."""
    other = path.with_name(path.name.swapcase())
    if path.name == other.name or not other.exists() or not path.samefile(other):
        return path
    names: list[PurePath] = [entry for entry in path.parent.iterdir() if same_name(entry.name, path.name)]
    return path.with_name(names[0].name) if names and path.name not in {name.name for name in names} else path
