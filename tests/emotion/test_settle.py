"""What an engine gets of a cue's emotion."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.emotion.settle import settle
from framevox.engine_daemon.protocol.emotion import Emotion


def test_auto_is_read_in_the_line() -> None:
    emotion, said = settle(Emotion.parse("auto", 0.5), "Get out of my house!")
    assert emotion is not None and emotion.weights is not None and emotion.weights[1] > 0.5
    assert (emotion.strength, said) == (0.5, "")


def test_nothing_to_hear_is_no_emotion() -> None:
    assert settle(None, "Hi.") == (None, "")
    assert settle(Emotion.parse("auto"), "The train leaves at seven.") == (None, "")
    assert settle(Emotion.parse("happy", 0.0), "Hi.") == (None, "")
    assert settle(Emotion.parse("happy=0"), "Hi.") == (None, "")


def test_a_sum_above_one_is_scaled_down_and_said() -> None:
    emotion, said = settle(Emotion.parse("happy=0.9,angry=0.6"), "Hi.")
    assert emotion is not None and emotion.weights is not None
    assert emotion.weights[:2] == pytest.approx((0.6, 0.4))
    assert said == "the emotion's weights add up to 1.5: they were scaled down to 1"


def test_words_and_clips_pass_as_they_are() -> None:
    for emotion in (Emotion.parse("sadly and slowly"), Emotion(voice="clip.0123456789abcdef")):
        assert settle(emotion, "Hi.") == (emotion, "")
