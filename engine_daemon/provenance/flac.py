"""Marks in FLAC: the comment ``AIGC``. A C2PA manifest stands in an ID3 tag before the file (id3.py)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

MAGIC = b"fLaC"
_COMMENTS = 4
_AIGC = "AIGC="


def comments_of(media: bytes) -> list[str]:
    """The comments of a file, ``NAME=text`` each. Raises ValueError for a broken one."""
    start, end = _block(media)
    try:
        (vendor,) = struct.unpack_from("<I", media, start)
        position = start + 4 + vendor
        (number,) = struct.unpack_from("<I", media, position)
        position += 4
        found = []
        for _ in range(number):
            (size,) = struct.unpack_from("<I", media, position)
            position += 4 + size
            if position > end:
                raise ValueError("it has broken comments")
            found.append(media[position - size : position].decode("utf-8", "replace"))
    except struct.error:
        raise ValueError("it has broken comments") from None
    return found


def aigc_in(comments: Sequence[str]) -> str | None:
    """The AIGC metadata among a file's comments."""
    return next((each[len(_AIGC) :] for each in comments if each.upper().startswith(_AIGC)), None)


def with_aigc(media: bytes, text: str) -> bytes:
    """The file with the metadata as its last comment."""
    return _rewritten(media, [*comments_of(media), _AIGC + text])


def without_aigc(media: bytes) -> bytes:
    """The file without the metadata."""
    comments = comments_of(media)
    kept = [each for each in comments if not each.upper().startswith(_AIGC)]
    return media if len(kept) == len(comments) else _rewritten(media, kept)


def _rewritten(media: bytes, comments: Sequence[str]) -> bytes:
    start, end = _block(media)
    (vendor,) = struct.unpack_from("<I", media, start)
    packed = (struct.pack("<I", len(each)) + each for each in (text.encode("utf-8") for text in comments))
    body = media[start : start + 4 + vendor] + struct.pack("<I", len(comments)) + b"".join(packed)
    return media[: start - 3] + struct.pack(">I", len(body))[1:] + body + media[end:]


def _block(media: bytes) -> tuple[int, int]:
    """From where to where the comments' block reaches."""
    if not media.startswith(MAGIC):
        raise ValueError("it is no FLAC file")
    position, last = len(MAGIC), False
    while not last:
        if position + 4 > len(media):
            raise ValueError("it is cut off")
        kind, size = media[position], int.from_bytes(media[position + 1 : position + 4], "big")
        start, last = position + 4, bool(kind & 0x80)
        position = start + size
        if kind & 0x7F == _COMMENTS and position <= len(media):
            return start, position
    raise ValueError("it has no comments")
