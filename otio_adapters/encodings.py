"""The text of a file whose encoding nobody wrote down."""

from __future__ import annotations

import codecs

import charset_normalizer

from framevox.engine_daemon.protocol.errors import InputError

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decoded(content: bytes) -> tuple[bytes, str, str]:
    """Returns the byte order mark, the encoding and the text: what the mark says, UTF-8, else what fits best.

    Raises InputError where nothing fits, and for a line that is not as the mark says, or not as its neighbours are.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return mark, encoding, _as(content[len(mark) :], encoding)
    try:
        return b"", "utf-8", content.decode("utf-8")
    except UnicodeDecodeError:
        _check_mixed(content)
    best = charset_normalizer.from_bytes(content).best()
    if best is None:
        raise InputError("its encoding is not known: save it as UTF-8")
    return b"", best.encoding, str(best)


def text_of(content: bytes) -> str:
    """Returns the text, with line ends as ``\\n``. Raises InputError as ``decoded`` does."""
    return decoded(content)[2].replace("\r\n", "\n").replace("\r", "\n")


def _as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content[: error.start].decode(encoding, "replace").count("\n") + 1
        raise InputError(
            f"line {row}: byte {error.start} is no {encoding}, as the file says it is: save it as UTF-8"
        ) from None


def _check_mixed(content: bytes) -> None:
    """Raises InputError for lines in UTF-8 beside lines that are not, as when two files were joined."""
    good, bad, first = 0, 0, (0, 0)
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError as error:
            bad += 1
            first = first if bad > 1 else (number, error.start + 1)
    # A line of another encoding is valid UTF-8 by chance now and then.
    if good * 10 > bad:
        raise InputError(
            f"line {first[0]}, byte {first[1]} is not UTF-8, and {good} other "
            f"{'line is' if good == 1 else 'lines are'}: the file mixes encodings, save it as UTF-8"
        )
