"""What a take's file says about itself, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.protocol.cues import check_format
from framevox.engine_daemon.protocol.timebase import Rate
from framevox.engine_daemon.provenance.facts import STATEMENT

Pcm24 = npt.NDArray[np.int32]
"""24-bit samples in int32 [n], -2**23 to 2**23 - 1."""

ORIGINATOR = "Framevox"


@dataclass(frozen=True, slots=True)
class Label:
    """What is written beside the sound. ``time_reference`` is the first sample's place since midnight [samples]."""

    text: str
    cue: str
    character: str
    engine: str
    voice: str
    rate: Rate
    sample_rate: int
    time_reference: int
    take_number: int = 1

    @property
    def provenance(self) -> str:
        return f"{STATEMENT}{self.engine} with voice {self.voice}"


def encode(pcm: Pcm24, label: Label, media_format: str) -> bytes:
    """The bytes of a file in one of ``FORMATS``. Equal arguments give equal bytes: nothing reads a clock.

    Raises InputError as check_format does.
    """
    check_format(media_format, label.sample_rate)
    # Imported here, because both take their label from this module; libsndfile loads only when it is asked for.
    if media_format == "wav":
        from framevox.engine_daemon.audio.bwf import encode_bwf

        return encode_bwf(pcm, label)
    from framevox.engine_daemon.audio import compressed

    return compressed.encode_flac(pcm, label) if media_format == "flac" else compressed.encode_mp3(pcm, label)
