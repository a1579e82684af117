"""The one definition of speech: what lies above -60 dBFS."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.audio.span import is_speech, speech_span

FLOOR_24 = 8388
"""A 24-bit sample is speech from 8389 on: 2**23 / 1000 is 8388.608."""


@pytest.mark.parametrize("sign", [1, -1])
def test_a_written_sample_is_speech_from_the_first_step_above_the_floor(sign: int) -> None:
    pcm = sign * np.array([0, FLOOR_24, FLOOR_24 + 1, 0, FLOOR_24 + 1, FLOOR_24, 0], dtype=np.int32)
    assert speech_span(pcm, 2**23) == (2, 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sound_at_the_floor_is_silence_and_just_above_it_speech(dtype: type) -> None:
    floor = dtype(10 ** (-60 / 20))
    above = np.nextafter(floor, dtype(1))
    assert is_speech(np.array([floor, above, -floor, -above])).tolist() == [False, True, False, True]
    assert speech_span(np.array([0, floor, above, 0, -above, 0], dtype=dtype)) == (2, 5)


def test_silence_has_no_span() -> None:
    assert speech_span(np.zeros(5, np.float32)) == (0, 0)
    assert speech_span(np.zeros(0, np.float32)) == (0, 0)
