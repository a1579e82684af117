"""The emotions that ``@NAME`` stands for."""

from __future__ import annotations

from framevox.engine_daemon.emotion.library import EmotionLibrary
from framevox.engine_daemon.protocol.connection import Home


def library() -> EmotionLibrary:
    """The user's own library, in the home folder."""
    return EmotionLibrary(Home.find().emotions)


def presets() -> dict[str, str]:
    """What each name stands for: weights, words, or the path of a clip."""
    return library().presets()
