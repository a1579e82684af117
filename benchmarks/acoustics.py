"""What can be measured of how a line is spoken: pitch, loudness, brightness, pauses and pace."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from swift_f0 import PitchResult, SwiftF0

from framevox.engine_daemon.audio.span import speech_span

Floats = npt.NDArray[np.float64]
MEASURES = (
    "pitch", "range", "spread", "slope", "ending", "trembling", "level", "dynamics", "tilt", "voiced", "pauses", "pace",
)  # fmt: skip
_WINDOW, _HOP = 0.025, 0.0125
_QUIET_DB = 35.0
"""What lies this far below a line's loudest window is a pause."""


def measure(samples: npt.NDArray[np.float32], sample_rate: int, phones: int) -> npt.NDArray[np.float64]:
    """The MEASURES [12] of a line of so many phones: semitones, decibels, shares, and phones a second.

    ``slope`` is in semitones a second, ``ending`` the last fifth's pitch against the whole's, ``trembling`` the pitch's
    deviation from its own mean over 150 ms.
    """
    start, end = speech_span(samples)
    speech = samples[start:end]
    found = _tracker().detect(speech, sample_rate, fmin=50, fmax=750)
    voiced = found.confidence >= 0.5
    pitch, times = _tones(found, voiced)
    window, hop = int(_WINDOW * sample_rate), int(_HOP * sample_rate)
    windows = np.lib.stride_tricks.sliding_window_view(speech, window)[::hop]
    levels = 10 * np.log10(np.square(windows).mean(1) + 1e-12)
    loud = levels > levels.max() - _QUIET_DB
    smooth = np.convolve(pitch, np.full(9, 1 / 9), "valid")
    return np.array(
        [
            np.median(pitch),
            np.subtract(*np.percentile(pitch, [90, 10])),
            pitch.std(),
            np.polyfit(times, pitch, 1)[0],
            pitch[-max(1, len(pitch) // 5) :].mean() - pitch.mean(),
            np.abs(pitch[4:-4] - smooth).mean(),
            10 * np.log10(np.square(windows[loud]).mean()),
            levels[loud].std(),
            _tilt(windows[loud], sample_rate),
            voiced.mean(),
            1 - loud.mean(),
            phones / (len(speech) / sample_rate),
        ]
    )


def pitch_of(samples: npt.NDArray[np.float32], sample_rate: int) -> tuple[Floats, Floats]:
    """The pitch of voiced frames, in semitones above 100 Hz, and their times [s]."""
    found = _tracker().detect(samples, sample_rate, fmin=50, fmax=750)
    return _tones(found, found.confidence >= 0.5)


def _tones(found: PitchResult, voiced: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    return 12 * np.log2(found.pitch_hz[voiced] / 100), found.timestamps[voiced]


def _tilt(windows: npt.NDArray[np.float32], sample_rate: int) -> float:
    """Decibels from 1 to 5 kHz against those below."""
    power = np.square(np.abs(np.fft.rfft(windows * np.hanning(windows.shape[1])))).sum(0)
    hertz = np.fft.rfftfreq(windows.shape[1], 1 / sample_rate)
    high, low = power[(hertz >= 1000) & (hertz < 5000)].sum(), power[(hertz > 50) & (hertz < 1000)].sum()
    return float(10 * np.log10(high / low))


@cache
def _tracker() -> SwiftF0:
    return SwiftF0(threads=1)
