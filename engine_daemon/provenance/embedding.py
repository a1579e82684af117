"""Marks put into a file, and taken out again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from . import flac, id3, riff
from .signing import Signing

KINDS = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"}
"""Media types by format."""

Sign = Callable[[], Signing]


def embedded(media: bytes, form: str, aigc: str, sign: Sign | None) -> bytes:
    """A file of one of ``KINDS`` with its marks. ``aigc`` is empty for none, ``sign`` None for none."""
    if form == "wav":
        return b"".join(WavMarks([media], aigc, sign))
    if aigc and form == "flac":
        media = flac.with_aigc(media, aigc)
    tag = id3.read_tag(media)
    frames = [*tag.frames]
    if aigc and form == "mp3":
        frames.append(id3.aigc_frame(aigc))
    rest = media[tag.end :]
    if sign is None:
        return id3.packed(frames) + rest
    signing = sign()
    head = id3.packed([*frames, id3.manifest_frame(bytes(signing.size))])
    # The manifest is the end of the last frame.
    before = head[: -signing.size]
    digest = hashlib.sha256(before + rest).digest()
    return before + signing.manifest(digest, [(len(before), signing.size)]) + rest


class WavMarks:
    """The pieces of a WAV file with its marks, never held whole. The first of ``pieces`` reaches to the samples.

    C2PA knows no RF64: its manifest is in ``sidecar`` once the last piece is out, to be written beside the file.
    """

    def __init__(self, pieces: Iterable[bytes], aigc: str, sign: Sign | None) -> None:
        self._pieces = pieces
        self._aigc = aigc
        self._sign = sign
        self.sidecar: bytes | None = None

    def __iter__(self) -> Iterator[bytes]:
        signing = self._sign() if self._sign is not None else None
        pieces = iter(self._pieces)
        head = next(pieces)
        if self._aigc:
            head = riff.with_aigc(head, self._aigc)
        inside = signing is not None and not riff.is_rf64(head)
        chunk = riff.packed(riff.C2PA, bytes(signing.size)) if signing is not None else b""
        if inside:
            head = riff.longer(head, len(chunk))
        digest, size = hashlib.sha256(head), len(head)
        yield head
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            yield piece
        if signing is None:
            return
        if not inside:
            self.sidecar = signing.manifest(digest.digest())
            return
        name, payload, fill = chunk[:8], chunk[8 : 8 + signing.size], chunk[8 + signing.size :]
        # What fills the chunk up to an even length is none of it, and is hashed.
        digest.update(fill)
        yield name + signing.manifest(digest.digest(), [(size, 8 + len(payload))]) + fill


def bare(media: bytes, form: str) -> bytes:
    """A file of ours without its marks: as it was before. Raises ValueError for a broken file."""
    if form == "wav":
        file = io.BytesIO(media)
        return riff.without(media, [one for one in riff.chunks(file) if one.name in (riff.AIGC, riff.C2PA)])
    tag = id3.read_tag(media)
    kept = [each for each in tag.frames if id3.manifest_in(each) is None and id3.aigc_in(each) is None]
    rest = media[tag.end :]
    if len(kept) != len(tag.frames):
        media = id3.packed(kept) + rest
    return id3.packed(kept) + flac.without_aigc(rest) if form == "flac" else media


def form_of(file: BinaryIO) -> str:
    """What kind of file this is, of ``KINDS``, by its content. Raises ValueError for any other."""
    file.seek(0)
    head = file.read(12)
    if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
        return "wav"
    if head[:4] == flac.MAGIC:
        return "flac"
    if head[:3] == b"ID3":
        file.seek(0)
        rest = file.read(10)
        end = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(rest[6:10], (21, 14, 7, 0), strict=False))
        file.seek(end)
        return "flac" if file.read(4) == flac.MAGIC else "mp3"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "mp3"
    raise ValueError("it is no WAV, FLAC or MP3 file")
