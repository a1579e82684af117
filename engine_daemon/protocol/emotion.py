"""How a line is to feel, apart from the voice that speaks it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Union

from msgspec import Meta

from .declared import Declared, Share, VoiceSpec
from .errors import InputError

EMOTIONS = ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")
"""The eight emotions that have weights, in their order."""


class Emotion(Declared, frozen=True):
    """What a line feels like: exactly one of eight ``weights``, a ``description`` in plain words, and a ``voice``.

    ``weights`` are shares from 0 to 1 in the order of ``EMOTIONS``, with a sum of at most 1; what is left is how the
    speaking voice's own clip sounds. ``voice`` is a voice whose clip sounds as the line shall. ``strength`` is how much
    of it is heard: 1 all, 0 nothing.
    """

    weights: Union[Annotated[tuple[Share, ...], Meta(min_length=len(EMOTIONS), max_length=len(EMOTIONS))], None] = None
    description: Annotated[str, Meta(max_length=500)] = ""
    voice: VoiceSpec = ""
    strength: Share = 1.0

    @classmethod
    def parse(cls, written: str, strength: float = 1.0) -> Emotion:
        """Weights (``happy=0.6, sad=0.2``; a name alone is 1), or else a description. Raises InputError."""
        written = written.strip()
        if written.lower() in EMOTIONS:
            written += "=1"
        if "=" not in written:
            return cls._checked(description=written, strength=strength)
        weights = dict.fromkeys(EMOTIONS, 0.0)
        for part in re.split("[,，]", written):
            name, _, weight = (word.strip() for word in part.partition("="))
            if name.lower() not in weights:
                raise InputError(
                    f"emotion {written!r}: {name!r} is none of {', '.join(EMOTIONS)}: write NAME=WEIGHT, or "
                    "describe the emotion in words without '='"
                )
            try:
                value = float(weight)
                if not 0 <= value <= 1:
                    raise ValueError
                weights[name.lower()] += value
            except ValueError:
                raise InputError(
                    f"emotion {written!r}: the weight of {name} is {weight!r}: write a number from 0 to 1"
                ) from None
        return cls._checked(weights=tuple(weights.values()), strength=strength)

    @classmethod
    def _checked(cls, **keys: Any) -> Emotion:
        emotion = cls(**keys)
        emotion.check()
        return emotion

    def check(self) -> None:
        """Raises InputError for an emotion that says nothing, or two things."""
        if (self.weights is not None) + bool(self.description) + bool(self.voice) != 1:
            raise InputError(
                "an emotion is given by its weights, by a description or by a voice's clip: use one of them"
            )
        if self.weights is not None and sum(self.weights) > 1 + 1e-6:
            raise InputError(
                f"the emotion's weights add up to {sum(self.weights):g}: at most 1, what is left is the voice's own"
            )
        if not 0 <= self.strength <= 1:
            raise InputError(f"the emotion's strength is {self.strength:g}: use 0 (none of it) to 1 (all of it)")
