"""Two recordings of the same, and of something else."""

from __future__ import annotations

import numpy as np
import pytest

from framevox.engine_daemon.alignment.align import align
from framevox.engine_daemon.alignment.cepstra import HOP, cepstra
from framevox.engine_daemon.engines.base import Samples
from tests.fakes.spelling_engine import RATE, vowel

WORD = "somebodylistenedatthedoor"


def spelt(letters: str, pitch: float, lengths: list[float]) -> tuple[Samples, list[int]]:
    """A sound, and where its letters begin."""
    pieces = [vowel(letter, pitch, round(length * RATE)) for letter, length in zip(letters, lengths, strict=True)]
    return np.concatenate(pieces), [sum(map(len, pieces[:k])) for k in range(len(pieces))]


def test_letters_are_found_at_another_pitch_pace_level_and_sample_rate() -> None:
    uneven = [0.06 + 0.03 * (k % 4) for k in range(len(WORD))]
    reference, places = spelt(WORD, 210, [0.09] * len(WORD))
    take, truth = spelt(WORD, 118, uneven)
    found = align(reference, RATE, 0.1 * take, RATE).at(places)
    late = np.abs(np.array(found) - truth) / RATE
    assert np.median(late) < 0.006 and late.max() < 0.03
    half = align(reference, RATE, take[::2], RATE // 2).at(places)
    assert np.abs(np.array(half) * 2 - truth).max() < 0.03 * RATE


def test_the_same_sound_is_aligned_with_itself() -> None:
    sound, places = spelt(WORD, 118, [0.08] * len(WORD))
    found = align(sound, RATE, sound, RATE)
    assert found.misfit < 0.01
    assert np.abs(np.array(found.at(places)) - places).max() <= HOP * RATE


def test_what_says_something_else_does_not_fit() -> None:
    reference, _ = spelt(WORD, 210, [0.09] * len(WORD))
    same, _ = spelt(WORD, 118, [0.08] * len(WORD))
    other, _ = spelt("quixoticjumpsvexfrozenbulk"[: len(WORD)], 118, [0.08] * len(WORD))
    assert align(reference, RATE, same, RATE).fits
    assert not align(reference, RATE, other, RATE).fits


def test_silence_is_refused() -> None:
    with pytest.raises(ValueError, match="silent"):
        cepstra(np.zeros(RATE, np.float32), RATE)
