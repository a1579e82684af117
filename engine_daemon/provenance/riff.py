"""Marks in WAV: the chunk ``AIGC`` behind ``fmt ``, and the chunk ``C2PA`` at the end of the file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

AIGC, C2PA = b"AIGC", b"C2PA"
MOST_RIFF = 2**32 - 1
MARKS_BYTES = 2**24
"""The room that a file below 4 GiB keeps for its marks."""
_HEAD = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")


class Chunk(NamedTuple):
    """A chunk whose content lies at ``start`` and is ``size`` bytes long."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        """Where the next chunk begins."""
        return self.start + self.size + self.size % 2


def is_rf64(head: bytes) -> bool:
    return head.startswith(b"RF64")


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a WAV file. Raises ValueError for one that ends too early, or is none."""
    end = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size or head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        raise ValueError("it is no WAV file")
    position, data_size = _HEAD.size, 0
    while position + _CHUNK.size <= end:
        file.seek(position)
        name, size = _CHUNK.unpack(file.read(_CHUNK.size))
        start = position + _CHUNK.size
        if name == b"ds64":
            data_size = struct.unpack("<QQ", file.read(16))[1]
        elif name == b"data" and size == MOST_RIFF:
            size = data_size
        if start + size > end:
            raise ValueError(f"it is cut off inside its chunk {name.decode('latin-1').strip()}")
        chunk = Chunk(name, start, size)
        yield chunk
        position = chunk.end


def content(file: BinaryIO, chunk: Chunk) -> bytes:
    """What stands in a chunk."""
    file.seek(chunk.start)
    return file.read(chunk.size)


def packed(name: bytes, payload: bytes) -> bytes:
    """A chunk, with the byte that makes it even."""
    return _CHUNK.pack(name, len(payload)) + payload + b"\0" * (len(payload) % 2)


def with_aigc(head: bytes, text: str) -> bytes:
    """The beginning of a WAV file, up to its samples or beyond, with the metadata behind ``fmt ``."""
    place = _end_of(head, b"fmt ")
    payload = text.encode("utf-8")
    # libsndfile 1.2 loses its way in RF64 behind a chunk of an odd length; JSON may end with a space.
    chunk = packed(AIGC, payload + b" " * (len(payload) % 2))
    return longer(head[:place] + chunk + head[place:], len(chunk))


def longer(head: bytes, more: int) -> bytes:
    """The beginning of a file to which ``more`` bytes were added."""
    if is_rf64(head):
        (size,) = struct.unpack_from("<Q", head, 20)
        return head[:20] + struct.pack("<Q", size + more) + head[28:]
    (size,) = struct.unpack_from("<I", head, 4)
    return head[:4] + struct.pack("<I", size + more) + head[8:]


def without(media: bytes, found: list[Chunk]) -> bytes:
    """A file without some of its chunks."""
    kept, position = [], 0
    for chunk in found:
        kept.append(media[position : chunk.start - _CHUNK.size])
        position = chunk.end
    whole = b"".join((*kept, media[position:]))
    return longer(whole, len(whole) - len(media))


def _end_of(head: bytes, wanted: bytes) -> int:
    position: int = _HEAD.size
    while position + _CHUNK.size <= len(head):
        name, size = _CHUNK.unpack_from(head, position)
        position += _CHUNK.size + size + size % 2
        if name == wanted:
            return position
    raise ValueError(f"it has no chunk {wanted.decode().strip()}")
