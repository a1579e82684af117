"""FLAC and MP3 through libsndfile (see docs/takes.md for what MP3 does to placement)."""

from __future__ import annotations

import io

import numpy as np
import soundfile

from engine_daemon.audio.media import ORIGINATOR, Label, Pcm24

_MP3 = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": 0.0, "bitrate_mode": "VARIABLE"}
_FLAC = {"format": "FLAC", "subtype": "PCM_24"}


def encode_compressed(pcm: Pcm24, label: Label, media_format: str) -> bytes:
    """FLAC (24-bit, exact) or MP3 (variable rate, highest quality), with the line and its origin as tags."""
    target = io.BytesIO()
    settings = _FLAC if media_format == "flac" else _MP3
    with soundfile.SoundFile(target, "w", samplerate=label.sample_rate, channels=1, **settings) as file:
        file.title = label.text
        file.artist = label.character or label.voice
        file.comment = label.provenance
        file.software = ORIGINATOR
        # libsndfile takes the full range of int32, so 24 bits stand in the upper three bytes.
        file.write(np.left_shift(pcm, 8))
    return target.getvalue()
