"""Files of lines, read whole."""

from __future__ import annotations

from pathlib import Path

from framevox.engine_daemon.protocol.errors import InputError


def read_whole(path: Path, most: int, what: str, named: str = "") -> bytes:
    """The content of a file of at most ``most`` bytes.

    ``what`` is what it should be, and ``named`` what to name instead of a folder, if that is something else. Raises
    InputError that names a file that is missing, a folder, larger, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder: name the {named or what}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > most:
        raise InputError(f"{path} is larger than {most // 2**20} MiB: this is no {what}")
    return content
