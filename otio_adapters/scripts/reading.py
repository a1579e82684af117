"""Reading a script of any format that is known, by its name."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

from framevox.engine_daemon.protocol.errors import InputError
from framevox.otio_adapters.encodings import text_of
from framevox.otio_adapters.whole_files import read_whole

from ..metadata import TimelineWarning
from . import final_draft, fountain, plain_text
from .screenplay import Screenplay

MOST_BYTES = 8 * 2**20
"""Of a script in text: a long film has 200,000."""
MOST_SPEECHES = 10_000


def read_script(path: Path) -> Screenplay:
    """The scenes and speeches of a script, with a TimelineWarning of what is left out.

    Raises InputError that names the file, for one that is missing, too large, broken, or in which nobody speaks.
    """
    try:
        script = _READERS[path.suffix.lower()](path)
    except InputError as error:
        message = str(error)
        raise error if message.startswith(str(path)) else InputError(f"{path}: {message}") from None
    count = sum(1 for _ in script.speeches)
    if not count:
        raise InputError(f"{path} has no dialogue: {_HINTS[path.suffix.lower()]}")
    if count > MOST_SPEECHES:
        raise InputError(f"{path} has {count} speeches: give at most {MOST_SPEECHES} at once, reel by reel")
    if script.left_out:
        blocks = "1 block" if script.left_out == 1 else f"{script.left_out} blocks"
        warnings.warn(
            f"{path}: {blocks} left out in which nothing is said, or only sung", TimelineWarning, stacklevel=2
        )
    return script


def _text(path: Path) -> str:
    """The text of a script whose encoding nobody wrote down."""
    content = read_whole(path, MOST_BYTES, "script")
    try:
        text = text_of(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(f"{path}: line {line}: it holds zero bytes: this is no script in text")
    return text


_READERS: dict[str, Callable[[Path], Screenplay]] = {
    ".fountain": lambda path: fountain.read(_text(path)),
    ".spmd": lambda path: fountain.read(_text(path)),
    ".fdx": final_draft.read,
    ".txt": lambda path: plain_text.read(_text(path)),
}
SUFFIXES = tuple(_READERS)
"""The files that are read, by how their names end."""
_CAPITALS = "write names in capitals on a line of their own, or with @ in front (@小明), and the words below"
_HINTS = {
    ".fountain": _CAPITALS,
    ".spmd": _CAPITALS,
    ".fdx": "its paragraphs are to be of the types Character and Dialogue",
    ".txt": "write NAME: in front of each line",
}
