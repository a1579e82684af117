"""FLAC and MP3 through libsndfile (see docs/takes.md for what MP3 does to placement)."""

from __future__ import annotations

import io

import numpy as np
import soundfile

from framevox.engine_daemon.audio.label import ORIGINATOR, Label, Pcm24
from framevox.engine_daemon.provenance import id3

_FLAC = {"format": "FLAC", "subtype": "PCM_24"}
_MP3 = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": 0.0, "bitrate_mode": "VARIABLE"}


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
    return id3_tag(label) + target.getvalue()


def _full_range(pcm: Pcm24) -> Pcm24:
    # libsndfile takes int32 as full scale at 2**31: 24 bits stand in the upper three bytes.
    return np.left_shift(pcm, 8)


def _readable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def id3_tag(label: Label) -> bytes:
    """An ID3v2.4 tag: title, artist, comment and software, in UTF-8."""
    texts = (
        (b"TIT2", label.text),
        (b"TPE1", label.character or label.voice),
        (b"COMM", f"eng\0{label.provenance}"),
        (b"TSSE", ORIGINATOR),
    )
    return id3.packed([id3.text_frame(name, text) for name, text in texts])
