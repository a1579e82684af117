"""Marks in an ID3v2 tag: the frame ``TXXX`` called AIGC, and a ``GEOB`` with the C2PA manifest (MP3 and FLAC)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

_HEAD = b"ID3\x04\x00\x00"
_HEADER = 10
_UTF8 = b"\x03"
_AIGC = _UTF8 + b"AIGC\0"
_MANIFEST = _UTF8 + b"application/c2pa\0c2pa\0c2pa manifest store\0"
_MANIFEST_TYPE = b"application/c2pa\0"


class Frame(NamedTuple):
    """A frame, whose content lies at ``start`` of the file."""

    name: bytes
    payload: bytes
    start: int


class Tag(NamedTuple):
    """The frames of a tag, and where it ends; 0 where there is none."""

    frames: Sequence[Frame]
    end: int


def read_tag(media: bytes) -> Tag:
    """The tag at the beginning of a file. Raises ValueError for one that is broken, or too old to be read."""
    if not media.startswith(b"ID3"):
        return Tag((), 0)
    if len(media) < _HEADER or media[3] not in (3, 4) or media[5] & 0xC0:
        raise ValueError("its ID3 tag is of a kind that is not read")
    plain = media[3] == 3
    end = _HEADER + _value(media[6:10])
    if end > len(media):
        raise ValueError("it is cut off inside its ID3 tag")
    frames, position = [], _HEADER
    while position + _HEADER <= end and media[position : position + 1] != b"\0":
        name = media[position : position + 4]
        written = media[position + 4 : position + 8]
        size = struct.unpack(">I", written)[0] if plain else _value(written)
        start = position + _HEADER
        if start + size > end:
            raise ValueError("it has a broken ID3 tag")
        frames.append(Frame(name, media[start : start + size], start))
        position = start + size
    return Tag(frames, end)


def packed(frames: Sequence[Frame]) -> bytes:
    """A tag with these frames; nothing for none."""
    if not frames:
        return b""
    body = b"".join(frame.name + _synchsafe(len(frame.payload)) + b"\0\0" + frame.payload for frame in frames)
    return _HEAD + _synchsafe(len(body)) + body


def text_frame(name: bytes, text: str) -> Frame:
    """A frame of text, or a comment (``eng``, a zero, the text). Zeros of the text's own are left out."""
    language, zero, said = text.partition("\0") if name == b"COMM" else ("", "", text)
    said = said.replace("\0", "")
    return Frame(name, _UTF8 + f"{language}{zero}{said}".encode("utf-8", "replace"), 0)


def aigc_frame(text: str) -> Frame:
    return Frame(b"TXXX", _AIGC + text.encode("utf-8"), 0)


def manifest_frame(manifest: bytes) -> Frame:
    return Frame(b"GEOB", _MANIFEST + manifest, 0)


def aigc_in(frame: Frame) -> str | None:
    """The AIGC metadata in a frame, None for any other frame."""
    if frame.name != b"TXXX" or not frame.payload:
        return None
    encoding = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}.get(frame.payload[0], "utf-8")
    name, _, text = frame.payload[1:].decode(encoding, "replace").partition("\0")
    return text.removeprefix("\ufeff") if name.upper() == "AIGC" else None


def manifest_in(frame: Frame) -> bytes | None:
    """The C2PA manifest in a frame, None for any other frame."""
    if frame.name != b"GEOB" or not frame.payload[1:].startswith(_MANIFEST_TYPE):
        return None
    # Behind the type come a file name and a description, each ended by a zero.
    parts = frame.payload[1:].split(b"\0", 3)
    return parts[3] if len(parts) == 4 else b""


def text_in(frame: Frame) -> str:
    """What a frame of text or a comment says."""
    if not frame.payload:
        return ""
    encoding = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}.get(frame.payload[0], "utf-8")
    said = frame.payload[4:] if frame.name == b"COMM" else frame.payload[1:]
    # A comment's description ends with a zero, where it has one.
    return said.decode(encoding, "replace").strip("\0").rpartition("\0")[2]


def _value(written: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(written, (21, 14, 7, 0), strict=True))


def _synchsafe(value: int) -> bytes:
    """Seven bits a byte, so that no size looks like the start of an MPEG frame."""
    return struct.pack("4B", *((value >> shift) & 0x7F for shift in (21, 14, 7, 0)))
