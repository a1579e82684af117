"""Milliseconds found in the decay."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.audio.release import move_end
from framevox.engine_daemon.audio.span import speech_span


def decaying(decibels_per_ms: float = 0.8) -> np.ndarray:
    """0.2 s of sound at -20 dBFS that then dies away."""
    sound = np.sin(np.arange(12000) * 0.4).astype(np.float32)
    level = np.minimum(-20, -20 - decibels_per_ms * (np.arange(12000) - 5800) / 24)
    shaped: np.ndarray = (sound * 10 ** (level / 20)).astype(np.float32)
    return shaped


@pytest.mark.parametrize("change", [-200, -100, -10, 10, 100, 200])
def test_speech_ends_where_it_is_wanted_and_sounds_the_same(change: int) -> None:
    before = decaying()
    start, end = speech_span(before)
    after = move_end(before, start, end, change)
    assert after is not None
    assert abs(speech_span(after)[1] - (end + change)) <= 48
    assert np.abs(after - before).max() <= 10 ** (-40 / 20)
    assert np.array_equal(after[: end - 2000], before[: end - 2000])


def test_a_sharp_end_is_left_as_it_is() -> None:
    before = decaying(8)
    start, end = speech_span(before)
    assert move_end(before, start, end, -120) is None
    assert move_end(before, start, end, 120) is None


def test_an_end_outside_the_sound_is_not_reached_for() -> None:
    before = decaying()
    start, end = speech_span(before)
    assert move_end(before, start, end, len(before)) is None
    assert move_end(before, start, end, -end) is None
