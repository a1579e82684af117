"""The manner of a clip: how it departs from the middle of its own speaker, whoever that is.

Where another clip of the same speaker is kept as a voice, that is the middle (same_speaker.py). Else the speaker's
neutral manner is not known, but the lowest pitch that a speaker uses hardly moves with emotion: pitch is taken as its
height above that floor, and everything else in measures that do not depend on who speaks or how the clip was levelled;
each is compared with the same of neutral speech (TYPICAL).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from framevox.engine_daemon.audio.reference import LONGEST_SECONDS, check_clip
from framevox.engine_daemon.protocol.errors import InputError

from .manner import Manner
from .same_speaker import Speakers

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif", ".bin")
"""The suffixes of clips; .bin is one that a client sent, of any format."""
_NAME = re.compile(r"\w[\w. -]*")
_KEPT = 256
_LOWEST_PITCH, _HIGHEST_PITCH = 50.0, 750.0
_CREAK = 9.0
"""Semitones from the median beyond which a pitch is that of a creak, or a mistake: the floor of a voice that creaks
lies an octave too low."""
_QUIET_DB = 35.0


@dataclass(frozen=True, slots=True)
class Prosody:
    """What is measured of a clip: its median in semitones above 1 Hz, and above the speaker's floor (the 10th
    percentile), semitones of range, decibels of brightness, syllables a second while there is speech, and the share of
    pauses."""

    pitch: float
    height: float
    range: float
    brightness: float
    rate: float
    pauses: float


TYPICAL = Prosody(pitch=83.4, height=4.1, range=8.6, brightness=-10.8, rate=5.0, pauses=0.19)
"""Neutral speech: the means of three Kokoro voices in Chinese, English and Japanese, three lines of each
(``benchmarks/emotion.py --typical --lines 3``)."""


class ClipManners:
    """The manners of clips in ``folder``, measured once each, by content. Any thread may call it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._speakers = Speakers(folder)
        self._known: OrderedDict[str, Prosody] = OrderedDict()

    def find(self, name: str) -> tuple[str, Manner]:
        """Returns a hash of what the manner was measured of, and the manner. Raises InputError for what is no clip of a
        voice."""
        content = self._read(name)
        found = self._measured(name, content)
        middle = self._speakers.kept(name, content, *decode(name, content))
        key = hashlib.sha256(content)
        own = None
        if middle is not None:
            with contextlib.suppress(InputError):  # a voice that was kept with --force may be of no use here
                own = self._measured(*middle)
                key.update(middle[1])
        return key.hexdigest(), manner_of_prosody(found, own)

    def _measured(self, name: str, content: bytes) -> Prosody:
        key = hashlib.sha256(content).hexdigest()
        if key not in self._known:
            self._known[key] = prosody(*decode(name, content))
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]

    def _read(self, name: str) -> bytes:
        if self._folder is not None and _NAME.fullmatch(name):
            for suffix in ("", *SUFFIXES):
                path = self._folder / f"{name}{suffix}"
                if path.suffix.lower() in SUFFIXES and path.is_file():
                    return path.read_bytes()
        raise InputError(
            f"there is no clip {name!r} to take an emotion from: give the path of a recording of 5 to 15 s",
            code="unknown-voice",
        )


def decode(name: str, content: bytes) -> tuple[npt.NDArray[np.float32], int]:
    """The sound of a clip, mono float32 [n], and its rate. Raises InputError naming what cannot be used."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.frames > LONGEST_SECONDS * file.samplerate:
                raise InputError(f"{name} is {file.frames / file.samplerate / 60:.0f} min long: cut out 5 to 15 s")
            sound = file.read(dtype="float32", always_2d=True).mean(1, dtype=np.float32)
            rate = int(file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise InputError(f"{name} is no sound that an emotion can be taken from ({error}): save it as WAV") from None
    try:
        return check_clip(sound, rate), rate
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def manner_of_prosody(found: Prosody, own: Prosody | None = None) -> Manner:
    """The departure of a clip from its speaker's ``own`` middle, from that of neutral speech where none is known."""
    middle = own or TYPICAL
    # What is estimated counts half.
    sure = 0.5 if own is None else 1.0
    higher = found.height - middle.height if own is None else found.pitch - middle.pitch
    brighter = float(np.clip(sure * (found.brightness - middle.brightness), -4, 4))
    pace = float(np.clip(found.rate / middle.rate - 1, -0.2, 0.2))
    return Manner(
        pitch=float(np.clip(sure * higher, -5 * sure, 5 * sure)),
        range=float(np.clip(found.range / max(middle.range, 1.0) - 1, -0.5, 0.6)),
        # Nobody knows how a clip was levelled; a pressed voice is a loud one.
        gain=brighter,
        effort=brighter,
        pace=pace / 2,
        pauses=float(np.clip(found.pauses / max(middle.pauses, 0.02) - 1, -0.4, 0.6)),
        rhythm=float(np.clip(2 * pace, -0.5, 0.5)),
    )


def prosody(sound: npt.NDArray[np.float32], sample_rate: int) -> Prosody:
    """The measures of a clip, mono float32 [n]. Raises InputError when no voice is heard in it."""
    from swift_f0 import SwiftF0  # loads a model

    found = SwiftF0(threads=1).detect(sound, sample_rate, fmin=_LOWEST_PITCH, fmax=_HIGHEST_PITCH)
    voiced = found.confidence >= 0.5
    if voiced.mean() < 0.05:
        raise InputError("no voice is heard in the clip: give a recording of one person speaking")
    pitch = 12 * np.log2(found.pitch_hz[voiced])
    pitch = pitch[np.abs(pitch - np.median(pitch)) < _CREAK]
    low, middle, high = np.percentile(pitch, [10, 50, 90])
    size, hop = int(0.025 * sample_rate), int(0.0125 * sample_rate)
    windows = np.lib.stride_tricks.sliding_window_view(sound, size)[::hop]
    levels = 10 * np.log10(np.square(windows).mean(1) + 1e-12)
    loud = levels > levels.max() - _QUIET_DB
    inside = loud[np.flatnonzero(loud)[0] : np.flatnonzero(loud)[-1] + 1]
    return Prosody(
        pitch=float(middle),
        height=float(middle - low),
        range=float(high - low),
        brightness=_brightness(windows[loud], sample_rate),
        rate=_syllables(levels) / max(0.1, float(inside.sum()) * 0.0125),
        pauses=float(1 - inside.mean()),
    )


def _brightness(windows: npt.NDArray[np.float32], sample_rate: int) -> float:
    """Decibels from 1 to 5 kHz against those below."""
    power = np.square(np.abs(np.fft.rfft(windows * np.hanning(windows.shape[1])))).sum(0)
    hertz = np.fft.rfftfreq(windows.shape[1], 1 / sample_rate)
    high, low = power[(hertz >= 1000) & (hertz < 5000)].sum(), power[(hertz > 50) & (hertz < 1000)].sum()
    return float(10 * np.log10((high + 1e-12) / (low + 1e-12)))


def _syllables(levels: npt.NDArray[np.float64]) -> int:
    """Peaks of the level, smoothed over 60 ms, that stand 2 dB above the dip before them."""
    smooth = np.convolve(levels, np.full(5, 0.2), "same")
    heard = smooth > smooth.max() - 25
    count, dip = 0, smooth[0]
    rising = False
    for before, now, loud in zip(smooth, smooth[1:], heard[1:], strict=False):
        if now < before:
            if rising and loud and before - dip >= 2:
                count += 1
                dip = now
            rising = False
        else:
            if not rising:
                dip = min(dip, before) if before < dip else before
            rising = True
    return count
