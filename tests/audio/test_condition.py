"""What is wrong with a recording is found, each thing by its name; a good one is let through."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import soxr

from framevox.engine_daemon.audio.condition import condition
from framevox.engine_daemon.audio.pitch import PitchTrack
from tests.audio.voices import RATE, voice

Mono = npt.NDArray[np.float32]


def kinds(sound: Mono, rate: int = RATE) -> set[str]:
    return {finding.kind for finding in condition(sound, rate).findings}


def behind(sound: Mono, other: npt.NDArray[np.float64], db: float) -> Mono:
    loud = np.sqrt(np.mean(sound[np.abs(sound) > 0.02] ** 2))
    return (sound + other * loud / np.sqrt(np.mean(other**2)) * 10 ** (-db / 20)).astype(np.float32)


@pytest.mark.parametrize("pitch", [100.0, 150.0, 230.0])
@pytest.mark.parametrize("rate", [16000, 24000, 44100])
def test_a_good_recording_is_let_through(pitch: float, rate: int) -> None:
    assert kinds(voice(10, rate, pitch), rate) == set()


@pytest.mark.parametrize(("db", "caught"), [(25, False), (15, True), (10, True)])
def test_noise_is_measured(db: float, caught: bool) -> None:
    sound = voice(10)
    noisy = condition(behind(sound, np.random.default_rng(1).standard_normal(len(sound)), db), RATE)
    assert noisy.measured["snr_db"] == pytest.approx(db, abs=3.5)
    assert ("noise" in {finding.kind for finding in noisy.refused}) == caught


def test_music_is_heard_behind_the_speech() -> None:
    sound = voice(10)
    time = np.arange(len(sound)) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (220, 277.2, 329.6, 440, 660))
    assert "music" in kinds(behind(sound, chord, 12))


def test_a_second_speaker_in_turn_is_heard() -> None:
    turns = np.concatenate([voice(5, pitch=100), voice(5, pitch=210, tract=1.2, seed=3)])
    assert "speakers" in kinds(turns)


def test_a_second_speaker_of_like_pitch_is_heard_where_they_take_turns() -> None:
    assert "speakers" in kinds(np.concatenate([voice(7, pitch=110, seed=1), voice(7, pitch=150, seed=2)]))


def pitches(*tones: float) -> PitchTrack:
    """Half a second of voice at each pitch, in semitones above 100 Hz."""
    return PitchTrack(np.repeat(100 * 2 ** (np.array(tones) / 12), 50))


def test_one_speakers_melody_is_no_second_speaker() -> None:
    assert pitches(0, 4, 0, 5, 0, 4, 0, 5, 0, 4).split() == 0.0
    assert pitches(0, 0, 0, 0, 0, 4, 4, 5, 4, 4).split() == pytest.approx(4.2)
    assert pitches(0, 8, 0, 8, 0, 8, 0, 8).split() == pytest.approx(8.0)
    # Too little voice to tell.
    assert pitches(0, 6, 1, 3, 13, 2).split() == 0.0


@pytest.mark.parametrize("ceiling", [1.0, 0.3])
def test_clipping_is_found_below_full_scale_too(ceiling: float) -> None:
    assert "clipped" in kinds(np.clip(voice(10) * 6, -1, 1) * np.float32(ceiling))


def test_reverberation_is_measured() -> None:
    sound = voice(10)
    size = round(0.6 * RATE)
    tail = np.random.default_rng(2).standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] += 1
    bins = len(sound) + size
    wet = np.fft.irfft(np.fft.rfft(sound, bins) * np.fft.rfft(tail, bins), bins)[: len(sound)].astype(np.float32)
    assert "reverberation" in kinds(wet / np.abs(wet).max())


def test_telephone_sound_is_told_at_any_rate() -> None:
    low = soxr.resample(voice(10), RATE, 8000)
    assert "rate" in kinds(low, 8000)
    assert "highs" in kinds(soxr.resample(low, 8000, 48000).astype(np.float32), 48000)


def test_little_speech_is_refused_and_not_much_is_said() -> None:
    assert "short" in {finding.kind for finding in condition(voice(2), RATE).refused}
    some = condition(voice(5.2), RATE)
    assert [finding.kind for finding in some.findings] == ["brief"] and not some.refused


def test_silence_at_the_ends_is_said() -> None:
    quiet = np.zeros(3 * RATE, np.float32)
    found = condition(np.concatenate([quiet, voice(8), quiet]), RATE)
    assert {finding.kind for finding in found.findings} == {"silence_before", "silence_after"} and not found.refused


def test_every_finding_says_what_to_do() -> None:
    for finding in condition(np.clip(voice(2) * 9, -1, 1), RATE).findings:
        assert ": " in str(finding) and len(finding.remedy) > 10 and str(finding)[0].islower()
