"""FLAC and MP3 through libsndfile (see docs/takes.md for what MP3 does to placement)."""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile

from framevox.engine_daemon.audio.label import ORIGINATOR, Label, Pcm24

_FLAC = {"format": "FLAC", "subtype": "PCM_24"}
_MP3 = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": 0.0, "bitrate_mode": "VARIABLE"}
_ID3_UTF8 = b"\x03"


def encode_flac(pcm: Pcm24, label: Label) -> bytes:
    """24-bit FLAC, the very samples, with the line and its origin as Vorbis comments."""
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", samplerate=label.sample_rate, channels=1, **_FLAC) as file:
        for tag, text in (
            ("title", label.text),
            ("artist", label.character or label.voice),
            ("comment", label.provenance),
            ("software", ORIGINATOR),
        ):
            # libsndfile refuses an empty tag.
            if said := _readable(text):
                setattr(file, tag, said)
        file.write(_full_range(pcm))
    return target.getvalue()


def encode_mp3(pcm: Pcm24, label: Label) -> bytes:
    """Variable-rate MP3 of the highest quality, with the line and its origin in an ID3v2.4 tag before it.

    libsndfile's own tags say that their UTF-8 is Latin-1, so the tag is written here.
    """
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", samplerate=label.sample_rate, channels=1, **_MP3) as file:
        file.write(_full_range(pcm))
    return _id3(label) + target.getvalue()


def _full_range(pcm: Pcm24) -> Pcm24:
    # libsndfile takes int32 as full scale at 2**31: 24 bits stand in the upper three bytes.
    return np.left_shift(pcm, 8)


def _readable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _id3(label: Label) -> bytes:
    """An ID3v2.4.0 tag: title, artist, comment and software, in UTF-8."""
    frames = (
        _id3_frame(b"TIT2", _readable(label.text)),
        _id3_frame(b"TPE1", _readable(label.character or label.voice)),
        _id3_frame(b"COMM", "eng\0" + _readable(label.provenance)),
        _id3_frame(b"TSSE", ORIGINATOR),
    )
    body = b"".join(frames)
    return b"ID3\x04\x00\x00" + _synchsafe(len(body)) + body


def _id3_frame(name: bytes, text: str) -> bytes:
    payload = _ID3_UTF8 + text.encode("utf-8")
    return name + _synchsafe(len(payload)) + b"\0\0" + payload


def _synchsafe(value: int) -> bytes:
    """Seven bits a byte, so that no size looks like the start of an MPEG frame."""
    return struct.pack("4B", *((value >> shift) & 0x7F for shift in (21, 14, 7, 0)))
