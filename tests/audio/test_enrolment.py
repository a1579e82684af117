"""A recording becomes the clip of a voice, or an error that says why not."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from framevox.engine_daemon.audio.enrolment import enrol
from framevox.engine_daemon.protocol.errors import InputError
from tests.audio.voices import RATE, voice


def saved(path: Path, sound: np.ndarray, rate: int = RATE, **more: str) -> Path:
    soundfile.write(path, sound, rate, **more)
    return path


def test_a_clip_comes_out_as_it_went_in(tmp_path: Path) -> None:
    made = enrol(saved(tmp_path / "a.wav", voice(8), subtype="FLOAT"))
    sound, rate = soundfile.read(io.BytesIO(made.sound), dtype="float32")
    first = int(made.start * RATE)
    assert rate == RATE and np.allclose(sound, voice(8)[first : first + len(sound)], atol=2**-22)
    assert 7 < made.seconds <= 8


def test_a_part_is_cut_to_the_sample(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.wav", voice(20))
    made = enrol(path, Fraction(3), Fraction(11))
    assert made.start >= 3 and made.start + made.seconds <= 11
    with pytest.raises(InputError, match="--from"):
        enrol(path, Fraction(15), Fraction(30))


def test_a_long_clip_gives_its_best_stretch(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(30 * RATE, np.float32), voice(16), np.zeros(30 * RATE, np.float32)])
    made = enrol(saved(tmp_path / "a.wav", sound))
    assert made.seconds <= 15 and 29 < made.start < 32
    assert made.condition.measured["speech_seconds"] > 8


def test_stereo_that_cancels_out_keeps_one_side(tmp_path: Path) -> None:
    sound = voice(8)
    made = enrol(saved(tmp_path / "a.wav", np.stack([sound, -sound], 1)))
    assert made.condition.findings == []


def bad(tmp_path: Path, what: str) -> Path:
    path = tmp_path / "bad.wav"
    sound = voice(8)
    if what == "empty":
        return saved(path, np.zeros((0, 1), np.float32))
    if what == "no sound":
        path.write_bytes(b"this is a letter, no recording" * 100)
        return path
    if what == "no file":
        return path
    if what == "hours":
        with soundfile.SoundFile(path, "w", 8000, 1, "PCM_U8", format="WAV") as file:
            for _ in range(180):
                file.write(np.zeros(60 * 8000, np.float32))
        return path
    if what == "8 kHz":
        return saved(path, sound[::3], 8000)
    return saved(
        path,
        {
            "silent": np.zeros(8 * RATE, np.float32),
            "short": sound[: RATE // 2],
            "six": np.stack([sound] * 6, 1),
            "clipped": np.clip(sound * 8, -1, 1),
        }[what],
    )


NO_VOICES = [
    ("empty", "is empty: export it again"),
    ("no sound", "cannot be read as sound"),
    ("no file", "there is no such file"),
    ("hours", "3.0 h long: choose at most 5 min of it with --from and --to"),
    ("8 kHz", "8000 samples a second, below 16000: use the original"),
    ("silent", "is silent"),
    ("short", "0.50 s long, too short for a voice: give at least 3 s"),
    ("six", "6 channels: export the one with the dialogue"),
    ("clipped", "is clipped"),
]


@pytest.mark.parametrize(("what", "says"), NO_VOICES)
def test_what_is_no_voice_is_a_clear_error(tmp_path: Path, what: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        enrol(bad(tmp_path, what))
    assert "bad.wav" in str(caught.value)


def test_force_goes_on_with_faults_but_not_with_no_voice(tmp_path: Path) -> None:
    made = enrol(bad(tmp_path, "clipped"), force=True)
    assert [finding.kind for finding in made.condition.refused] == ["clipped"]
    with pytest.raises(InputError, match="silent"):
        enrol(bad(tmp_path, "silent"), force=True)
