"""Milliseconds found in a pause."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.kokoro.pause import adjust_pause

RATE = 24000


def speech(*pauses: int) -> np.ndarray:
    """Tones of 0.2 s with ``pauses`` samples of faint noise between them, and silence around."""
    random = np.random.default_rng(1)
    tone = (0.3 * np.sin(np.arange(RATE // 5) * 0.1) + 0.31).astype(np.float32)
    parts = [np.zeros(1000, np.float32), tone]
    for pause in pauses:
        parts += [random.uniform(-5e-4, 5e-4, pause).astype(np.float32), tone]
    return np.concatenate([*parts, np.zeros(1000, np.float32)])


@pytest.mark.parametrize("change", [-700, -1, 0, 1, 333, 700])
def test_the_longest_pause_takes_the_change_to_the_sample(change: int) -> None:
    before = speech(600, 2000)
    start, end = speech_span(before)
    after, place, made = adjust_pause(before, start, end, change)
    assert made == change and len(after) == len(before) + change
    assert speech_span(after) == (start, end + change)
    # Nothing above the floor is touched: the same sounds, in order.
    assert np.array_equal(after[np.abs(after) > 1e-3], before[np.abs(before) > 1e-3])
    assert change == 0 or place > start + 2 * RATE // 5


def test_a_pause_changes_by_half_its_length_at_most() -> None:
    before = speech(1000)
    start, end = speech_span(before)
    assert adjust_pause(before, start, end, -900)[2] == -500
    assert adjust_pause(before, start, end, 900)[2] == 500


def test_a_consonants_closure_is_left_alone() -> None:
    before = speech(200)
    start, end = speech_span(before)
    after, _, made = adjust_pause(before, start, end, 100)
    assert made == 0 and after is before
