"""A cue's emotion as an engine gets it."""

from __future__ import annotations

from framevox.engine_daemon.protocol.emotion import AUTO, Emotion

from .read import read_line_emotion


def settle(emotion: Emotion | None, line: str) -> Emotion | None:
    """``emotion`` with ``auto`` read from the ``line``.

    None where nothing of it is heard: at strength 0, without weights, and where the line's words say nothing.
    """
    if emotion is None or emotion.strength == 0:
        return None
    if emotion.description == AUTO:
        emotion = Emotion(read_line_emotion(line).weights, strength=emotion.strength)
    if emotion.weights is not None and not any(emotion.weights):
        return None
    return emotion
