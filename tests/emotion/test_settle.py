"""What an engine gets of a cue's emotion."""

from __future__ import annotations

from framevox.engine_daemon.emotion.settle import settle
from framevox.engine_daemon.protocol.emotion import Emotion


def test_auto_is_read_in_the_line() -> None:
    emotion = settle(Emotion.parse("auto", 0.5), "Get out of my house!")
    assert emotion is not None and emotion.weights is not None and emotion.weights[1] > 0.5
    assert emotion.strength == 0.5


def test_nothing_to_hear_is_no_emotion() -> None:
    assert settle(None, "Hi.") is None
    assert settle(Emotion.parse("auto"), "The train leaves at seven.") is None
    assert settle(Emotion.parse("happy", 0.0), "Hi.") is None
    assert settle(Emotion.parse("happy=0"), "Hi.") is None


def test_weights_words_and_clips_pass_as_they_are() -> None:
    for emotion in (
        Emotion.parse("sadly and slowly"),
        Emotion.parse("happy=0.2"),
        Emotion(voice="clip.0123456789abcdef"),
    ):
        assert settle(emotion, "Hi.") == emotion
