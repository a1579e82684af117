"""A voice out of a recording: a part of a sound file, to the sample, fit for an engine that clones. Needs no engine."""

from __future__ import annotations

import io
import re
from fractions import Fraction
from math import floor
from pathlib import Path

import soundfile

from framevox.engine_daemon.audio.reference import LONGEST_SECONDS, check_clip
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import usable_name

SUFFIX = ".wav"
LONGEST_NAME = 64


def voice_name(text: str) -> str:
    """``text`` as a voice can be called: letters, digits, ``_``, ``.`` and ``-``. Raises InputError if none is left."""
    name = re.sub(r"[^\w.-]+", "-", text.strip()).strip("-.")[:LONGEST_NAME]
    if not name:
        raise InputError(f"a voice cannot be called {text!r}: give it a name with letters or digits")
    return usable_name(name)


def cut_clip(path: Path, start: Fraction, duration: Fraction) -> tuple[bytes, float]:
    """A part of a sound file as a WAV file, sample for sample and with its channels, and its length in seconds.

    ``start`` and ``duration`` are seconds. Edges lie on the nearest sample. Raises InputError for a file that is not
    sound, a part that lies outside of it, and one that no voice can be cloned from.
    """
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            first, last = floor(start * rate + Fraction(1, 2)), floor((start + duration) * rate + Fraction(1, 2))
            if not 0 <= first < last <= file.frames:
                raise InputError(f"{path.name} has no sound there: choose a part of its {file.frames / rate:.1f} s")
            if last - first > LONGEST_SECONDS * rate:
                raise InputError(
                    f"the part is {(last - first) / rate / 60:.0f} min long: set in and out points around 5 to 15 s "
                    "of one voice"
                )
            floating = file.subtype not in ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32")
            file.seek(first)
            sound = file.read(last - first, dtype="float32" if floating else "int32", always_2d=True)
            subtype = "FLOAT" if floating else {"PCM_S8": "PCM_U8"}.get(file.subtype, file.subtype)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise InputError(
            f"{path.name} cannot be read as sound ({error}): render the clip as WAV and use that"
        ) from None
    check_clip((sound if floating else sound / 2**31).astype("float32").mean(1), rate)
    out = io.BytesIO()
    soundfile.write(out, sound, rate, format="WAV", subtype=subtype)
    return out.getvalue(), (last - first) / rate
