"""What Framevox keeps in an object's metadata, and what users write there."""

from __future__ import annotations

KEY = "framevox"
"""Where Framevox keeps what it knows of an object: ``object.metadata["framevox"]``."""

USER_KEYS = (
    "text", "character", "voice", "language", "fit", "emotion", "emotion_voice", "emotion_strength", "take_number",
)  # fmt: skip
NUMBER_KEYS = ("emotion_strength", "take_number")
"""User keys that may also hold a number."""
OWN_KEYS = ("cue", "take", "placeholder", "role")


class TimelineWarning(UserWarning):
    """Something in a timeline that the user should know of and that stops nothing."""
