"""What a page holds of a take's sound: its outline, and a small MP3 to listen to."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from framevox.engine_daemon.audio.compressed import id3_tag
from framevox.engine_daemon.audio.label import Label
from framevox.engine_daemon.protocol.cues import Cue, Take
from framevox.engine_daemon.protocol.errors import InputError

PEAKS_A_SECOND = 60
MOST_PEAKS = 2000
"""Of one line; more than a screen has room for."""
_LISTENING_RATE = 24000
"""What speech is listened to at [Hz]."""
_QUALITY = 0.7
"""libsndfile's compression level for MP3, 0 the best: about 40 kbit/s for speech."""


def slot_sound(media: Path, first: int, length: int) -> tuple[npt.NDArray[np.float32], int]:
    """The samples of a take's slot [length], and their rate. Raises InputError that names the file."""
    try:
        sound, rate = soundfile.read(media, length, first, dtype="float32")
    except (soundfile.LibsndfileError, OSError) as error:
        raise InputError(f"{media} cannot be read ({error}): fill the timeline again") from None
    return sound, int(rate)


def peaks(sound: npt.NDArray[np.float32], rate: int) -> bytes:
    """The outline of ``sound``: the highest magnitude of each of up to MOST_PEAKS stretches, 255 at full scale."""
    number = max(1, min(MOST_PEAKS, len(sound) * PEAKS_A_SECOND // rate))
    edges = np.arange(number) * len(sound) // number
    highest = np.maximum.reduceat(np.abs(sound), edges) if len(sound) else np.zeros(1)
    return bytes(np.rint(np.clip(highest, 0, 1) * 255).astype(np.uint8))


def label_of(cue: Cue, take: Take) -> Label:
    """What a copy says of itself."""
    return Label(cue.text, cue.id, cue.character, take.engine, take.voice, cue.rate, _LISTENING_RATE, 0)


def listening_copy(sound: npt.NDArray[np.float32], rate: int, label: Label) -> bytes:
    """``sound`` as a small MP3, which says what ``label`` does."""
    small = soxr.resample(sound, rate, _LISTENING_RATE, quality="HQ")
    target = io.BytesIO()
    with soundfile.SoundFile(
        target, "w", _LISTENING_RATE, 1, "MPEG_LAYER_III", format="MP3", compression_level=_QUALITY,
        bitrate_mode="VARIABLE",
    ) as file:  # fmt: skip
        file.write(np.clip(small, -1, 1))
    return id3_tag(label) + target.getvalue()
