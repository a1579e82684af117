"""Loudness beside an independent meter, and true peaks that stay under the ceiling."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from framevox.engine_daemon.audio.level import limit_true_peak, loudness, true_peak

SAMPLE_RATES = (16000, 24000, 44100, 48000, 96000)
CEILING = 10 ** (-1 / 20)


def speechlike(sample_rate: int, seconds: float = 6.0, seed: int = 1) -> np.ndarray:
    """Low-passed noise in syllables with pauses; [n]."""
    noise = np.random.default_rng(seed).normal(size=round(seconds * sample_rate))
    spectrum = np.fft.rfft(noise)
    spectrum /= 1 + (np.fft.rfftfreq(len(noise), 1 / sample_rate) / 500) ** 2
    sound = np.fft.irfft(spectrum, len(noise))
    time = np.arange(len(noise)) / sample_rate
    sound *= np.clip(np.sin(2 * np.pi * 3 * time), 0, 1) * (np.sin(2 * np.pi * 0.3 * time) > -0.5)
    return 0.5 * sound / np.abs(sound).max()


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
def test_loudness_agrees_with_an_independent_meter(sample_rate: int) -> None:
    sound = speechlike(sample_rate)
    assert loudness(sound, sample_rate) == pytest.approx(
        pyloudnorm.Meter(sample_rate).integrated_loudness(sound), abs=0.1
    )


def test_the_standards_reference_tone_reads_as_it_should() -> None:
    # BS.1770: a sine of 997 Hz at full scale reads -3.01 LKFS on one channel.
    sound = np.sin(2 * np.pi * 997 * np.arange(48000 * 3) / 48000)
    assert loudness(sound, 48000) == pytest.approx(-3.01, abs=0.01)


def test_silence_around_speech_does_not_make_it_quieter() -> None:
    sound = speechlike(24000)
    padded = np.concatenate([np.zeros(240_000), sound, np.zeros(240_000)])
    assert loudness(padded, 24000) == pytest.approx(loudness(sound, 24000), abs=0.1)


@pytest.mark.parametrize("sound", [np.zeros(48000), np.ones(100), np.zeros(0)])
def test_what_cannot_be_measured_is_minus_infinity(sound: np.ndarray) -> None:
    assert loudness(sound, 48000) == float("-inf")


def nasty(sample_rate: int) -> dict[str, np.ndarray]:
    """Sounds whose peaks lie between the samples, come at once, or never end."""
    n = np.arange(sample_rate)
    click = np.zeros(sample_rate)
    click[sample_rate // 2 :: sample_rate // 7] = 4.0
    step = np.concatenate([np.zeros(sample_rate // 3), np.full(sample_rate // 3, 1.6), np.zeros(sample_rate // 3)])
    return {
        "quarter": 1.2 * np.sin(2 * np.pi * n / 4 + np.pi / 4),
        "near nyquist": 1.1 * np.hanning(sample_rate) * np.sin(2 * np.pi * 0.43 * n + 0.3),
        "click": click,
        "step": step,
        "speech 20 dB too loud": 5 * speechlike(sample_rate, 1.0),
        "pairs": 1.3 * np.where(n % 4 < 2, 1, -1) * (np.abs(n - sample_rate // 2) < 40),
        "first sample": np.where(n < 2, 2.0, 0.0),
        "last sample": np.where(n > sample_rate - 3, -2.0, 0.0),
    }


@pytest.mark.parametrize("sample_rate", SAMPLE_RATES)
@pytest.mark.parametrize("kind", list(nasty(8)))
def test_no_peak_passes_the_ceiling(sample_rate: int, kind: str) -> None:
    limited = limit_true_peak(nasty(sample_rate)[kind], sample_rate)
    # A finer meter than the limiter's own, by the spectrum instead of a filter; zeros keep it from wrapping around.
    padded = np.pad(limited, sample_rate // 10)
    fine = 16 * len(padded)
    exact = np.fft.irfft(np.fft.rfft(padded), fine) * 16
    assert np.abs(limited).max() <= CEILING
    assert np.abs(exact).max() <= CEILING
    assert true_peak(limited, sample_rate) <= CEILING


def test_sound_under_the_ceiling_is_left_alone() -> None:
    sound = speechlike(48000)
    assert limit_true_peak(sound, 48000) is sound


def test_a_peak_turns_down_its_surroundings_only_and_smoothly() -> None:
    sound = 0.5 * np.sin(2 * np.pi * 200 * np.arange(96000) / 48000)
    sound[48000:48240] *= 4
    limited = limit_true_peak(sound, 48000)
    far = np.abs(np.arange(96000) - 48120) > 48000 * 0.035
    assert np.array_equal(limited[far], sound[far])
    loud = np.abs(sound) > 0.01
    gain = limited[loud] / sound[loud]
    assert gain.max() <= 1.0 and gain.min() > 0.4
    assert np.abs(np.diff(gain)).max() < 0.01


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_ffmpeg_measures_the_same(tmp_path: Path) -> None:
    sound = limit_true_peak(3 * speechlike(48000), 48000)
    path = tmp_path / "sound.wav"
    soundfile.write(path, sound, 48000, subtype="PCM_24")
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary:")[2]
    lufs = float(re.search(r"I:\s+(-?[\d.]+) LUFS", report)[1])  # type: ignore[index]
    peak = float(re.search(r"Peak:\s+(-?[\d.]+) dBFS", report)[1])  # type: ignore[index]
    assert loudness(sound, 48000) == pytest.approx(lufs, abs=0.1)
    assert -1.6 < peak <= -1.0
