"""A recording becomes the clip of a voice: read, checked, its best stretch cut out, and written as WAV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import soundfile

from framevox.engine_daemon.audio.condition import Condition, Finding, Mono, condition, trim
from framevox.engine_daemon.audio.reference import LONGEST_SECONDS, MAX_SECONDS, best_part
from framevox.engine_daemon.protocol.errors import InputError

LEAST_SECONDS = 1.0
"""Less is no voice, whoever insists."""
_SILENT_DB = -50
_CANCELLED = 0.25
_PARTS = "--from and --to"


class UnfitError(InputError):
    """A clip has faults. ``findings`` are what is wrong with it, each with its remedy."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        faults = "\n".join(f"  - {finding}" for finding in findings)
        super().__init__(f"{name} is not fit to take a voice from (--force goes on all the same):\n{faults}")
        self.findings = findings


@dataclass(frozen=True)
class Enrolment:
    """The clip of a voice as a WAV file, mono at the recording's rate, and what was found."""

    sound: bytes
    start: Fraction
    """Where in the recording it begins [s]."""
    seconds: Fraction
    condition: Condition


def enrol(
    path: Path,
    start: Fraction | None = None,
    end: Fraction | None = None,
    force: bool = False,
    chosen_with: str = _PARTS,
) -> Enrolment:
    """Makes the clip of a voice out of a recording, or of its part from ``start`` to ``end`` [s].

    Of a long part the best 15 s are taken; silence at the ends is left out. ``chosen_with`` is how errors name the way
    to choose a part. Raises InputError for what is no voice at all, and, without ``force``, UnfitError for a clip with
    faults.
    """
    wave, rate, first = _read(path, start, end, chosen_with)
    if len(wave) > MAX_SECONDS * rate:
        at, wave = best_part(wave, rate)
        first += at
    checked = condition(wave, rate)
    if checked.refused and not force:
        raise UnfitError(path.name, checked.refused)
    begin, stop = trim(wave, rate)
    if (stop - begin) / rate >= LEAST_SECONDS:
        wave, first = wave[begin:stop], first + begin
    return Enrolment(encode(wave, rate), Fraction(first, rate), Fraction(len(wave), rate), checked)


def encode(wave: Mono, sample_rate: int) -> bytes:
    """Mono sound within full scale as WAV of 24 bits."""
    out = io.BytesIO()
    soundfile.write(out, wave, sample_rate, format="WAV", subtype="PCM_24")
    return out.getvalue()


def read_sound(content: bytes, name: str) -> tuple[Mono, int]:
    """A voice's clip, from the content of its file, as mono float [n], and its rate. Raises InputError naming it."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            return _wave(file, 0, _bounded(file, name, 0, file.frames), name), int(file.samplerate)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise InputError(f"{name} cannot be read as sound ({error}): save it as WAV") from None


def _read(path: Path, start: Fraction | None, end: Fraction | None, chosen_with: str) -> tuple[Mono, int, int]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file: name a recording, such as a WAV file")
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            first = 0 if start is None else floor(start * rate + Fraction(1, 2))
            last = file.frames if end is None else floor(end * rate + Fraction(1, 2))
            if not 0 <= first < last <= file.frames and file.frames:
                raise InputError(
                    f"{path.name}: the part is not within its {file.frames / rate:.2f} s: change {chosen_with}"
                )
            last = _bounded(file, path.name, first, last, chosen_with)
            return _wave(file, first, last, path.name), rate, first
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise InputError(f"{path.name} cannot be read as sound ({error}): save it as WAV, FLAC, Ogg or MP3") from None


def _bounded(file: soundfile.SoundFile, name: str, first: int, last: int, chosen_with: str = _PARTS) -> int:
    """``last``, where the part is neither empty nor too long and has one or two channels. Raises InputError."""
    rate = int(file.samplerate)
    if file.frames == 0:
        raise InputError(f"{name} is empty: export it again")
    if file.channels > 2:
        raise InputError(f"{name} has {file.channels} channels: export the one with the dialogue, as mono")
    if not 4000 <= rate <= 192000:
        raise InputError(f"{name} has {rate} samples a second: use a recording of 16000 to 192000")
    seconds = (last - first) / rate
    if seconds > LONGEST_SECONDS:
        long = f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{seconds / 60:.0f} min"
        raise InputError(f"{name} is {long} long: choose at most {LONGEST_SECONDS // 60} min of it with {chosen_with}")
    if seconds < LEAST_SECONDS:
        raise InputError(f"{name} is {seconds:.2f} s long, too short for a voice: give at least 3 s, better 5 s")
    return last


def _wave(file: soundfile.SoundFile, first: int, last: int, name: str) -> Mono:
    file.seek(first)
    sound = file.read(last - first, dtype="float32", always_2d=True)
    if not np.isfinite(sound).all():
        raise InputError(f"{name} holds samples that are not numbers: export it again")
    wave: Mono = sound.mean(1, dtype=np.float32)
    loudest = sound[:, int(np.argmax(np.sum(sound.astype(np.float64) ** 2, axis=0)))]
    if np.sum(wave.astype(np.float64) ** 2) < _CANCELLED * np.sum(loudest.astype(np.float64) ** 2):
        wave = loudest.copy()  # one side is silent, or the reverse of the other
    peak = float(np.abs(wave).max())
    if peak < 10 ** (_SILENT_DB / 20):
        raise InputError(f"{name} is silent (nothing above {_SILENT_DB} dBFS): check which track was exported")
    # Float files may go beyond full scale; their own scale says nothing of the voice.
    return wave / peak if peak > 1 else wave
