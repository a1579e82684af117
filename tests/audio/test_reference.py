"""Which clips a voice can be cloned from."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pytest

from framevox.engine_daemon.protocol.errors import InputError

RATE = 24000


def tone(seconds: float, gain: float = 0.3, rate: int = RATE) -> npt.NDArray[np.float32]:
    t = np.arange(round(seconds * rate)) / rate
    return (gain * np.sin(2 * np.pi * 200 * t)).astype(np.float32)


def with_nan() -> npt.NDArray[np.float32]:
    wave = tone(5)
    wave[999] = np.nan
    return wave


@pytest.mark.parametrize(
    ("wave", "rate", "said"),
    [
        (tone(0.2), RATE, "0.2 s long"),
        (tone(5, 1e-4), RATE, "silent"),
        (np.clip(tone(5, 5.0), -1, 1), RATE, "clipped"),
        (tone(301, rate=16000), 16000, "5 min long"),
        (tone(5, rate=8000), 8000, "8000 samples a second"),
        (np.stack([tone(5), tone(5)]), RATE, "one channel"),
        (with_nan(), RATE, "not numbers"),
        ((tone(5) * 32767), RATE, "times full scale"),
        ((tone(5) * 32767).astype(np.int16), RATE, "int16"),
    ],
)
def test_an_unfit_clip_is_refused_with_what_to_do(wave: npt.NDArray[np.float32], rate: int, said: str) -> None:
    from framevox.engine_daemon.audio.reference import check_clip

    with pytest.raises(InputError, match=said) as refused:
        check_clip(wave, rate)
    assert re.fullmatch("the clip .*: [a-z].*[^.]", str(refused.value))


def test_a_loud_master_is_not_called_clipped() -> None:
    from framevox.engine_daemon.audio.reference import check_clip

    assert len(check_clip(tone(5, 1.0), RATE)) == 5 * RATE


def test_of_a_long_clip_the_part_with_most_speech_is_used_not_the_first() -> None:
    from framevox.engine_daemon.audio.reference import check_clip

    quiet = 1e-3 * np.random.default_rng(0).standard_normal(20 * RATE).astype(np.float32)
    wave = np.concatenate([quiet, tone(15), quiet])
    best = check_clip(wave, RATE)
    assert len(best) == 15 * RATE
    assert np.mean(best**2) > 0.95 * np.mean(tone(15) ** 2)
