"""The emotion of a line, apart from the voice that speaks it."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Union

from msgspec import Meta

from .declared import Declared, Share, VoiceSpec
from .errors import InputError

EMOTIONS = ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")
"""The eight emotions that have weights, in their order."""

MOST = 1 + 1e-6
"""Weights that add up to more are scaled down to 1."""
AUTO = "auto"
"""The description that stands for the line's own words and punctuation."""

_OTHER_NAMES = {
    "happy": ("高兴", "高興", "嬉しい", "기쁨"),
    "angry": ("愤怒", "憤怒", "怒り", "분노"),
    "sad": ("悲伤", "悲傷", "悲しい", "슬픔"),
    "afraid": ("恐惧", "恐懼", "fear", "fearful", "恐れ", "두려움"),
    "disgusted": ("厌恶", "厭惡", "反感", "disgust", "嫌悪", "혐오"),
    "melancholic": ("忧郁", "憂鬱", "低落", "우울"),
    "surprised": ("惊讶", "驚訝", "surprise", "驚き", "놀람"),
    "calm": ("neutral", "gentle", "中性", "温柔", "溫柔", "平静", "自然", "穏やか", "차분함"),
}
NAMES = {name: emotion for emotion, others in _OTHER_NAMES.items() for name in (emotion, *others)}
"""Every name by which a weight can be given, and which of the eight it means."""


class Emotion(Declared, frozen=True):
    """The emotion of a line: exactly one of eight ``weights``, a ``description`` in plain words, and a ``voice``.

    ``weights`` are from 0 to 1 in the order of ``EMOTIONS``; what their sum leaves to 1 is the voice's own manner, and
    where it is above 1, ``scaled`` brings it down. ``voice`` is a voice whose clip sounds as the line shall.
    ``strength`` is how much of it is heard: 1 all, 0 nothing.
    """

    weights: Union[Annotated[tuple[Share, ...], Meta(min_length=len(EMOTIONS), max_length=len(EMOTIONS))], None] = None
    description: Annotated[str, Meta(max_length=500)] = ""
    voice: VoiceSpec = ""
    strength: Share = 1.0

    @classmethod
    def parse(cls, written: str, strength: float = 1.0) -> Emotion:
        """Weights (``happy=0.6, 悲伤=0.2``; a name alone is 1), ``auto``, or else a description. Raises InputError."""
        written = written.strip()
        if not written:
            raise InputError("the emotion is empty: write words, weights such as happy=0.6, auto or @NAME")
        if written.lower() in NAMES:
            written += "=1"
        if "=" not in written:
            return cls._checked(description=AUTO if written.lower() == AUTO else written, strength=strength)
        weights = dict.fromkeys(EMOTIONS, 0.0)
        for part in re.split("[,，、]", written):
            name, _, weight = (word.strip() for word in part.partition("="))
            emotion = NAMES.get(name.lower())
            if emotion is None:
                raise InputError(
                    f"emotion {written!r}: {name!r} is no emotion that has a weight: {nearest(name.lower(), NAMES)}"
                )
            weights[emotion] = min(1.0, weights[emotion] + _read_weight(written, name, weight))
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
        if not 0 <= self.strength <= 1:
            raise InputError(f"the emotion's strength is {self.strength:g}: use 0 (none of it) to 1 (all of it)")

    @property
    def total(self) -> float:
        """The sum of the weights; 0 where there are none."""
        return sum(self.weights or ())

    def scaled(self) -> Emotion:
        """The same with a sum of weights of at most 1."""
        if self.weights is None or self.total <= MOST:
            return self
        return Emotion(tuple(weight / self.total for weight in self.weights), strength=self.strength)


def _read_weight(written: str, name: str, weight: str) -> float:
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise InputError(f"emotion {written!r}: the weight of {name} is {weight!r}: write a number from 0 to 1")
    return value


def nearest(name: str, known: Mapping[str, Any]) -> str:
    """What to write instead of an unknown ``name``: the nearest known ones, or the eight."""
    near = difflib.get_close_matches(name, known, 3, 0.6)
    return f"did you mean {' or '.join(near)}?" if near else f"use {', '.join(EMOTIONS)}"


def resolve_preset(written: str, presets: Mapping[str, str]) -> str:
    """What ``written`` means where it is ``@name``, through presets that name others; anything else as it is.

    ``presets`` maps a name to weights, a description, the path of a clip, or another ``@name``. Raises InputError for a
    name that nobody gave, and for a preset that leads back to itself.
    """
    way: list[str] = []
    while written.strip().startswith("@"):
        name = written.strip()[1:].strip()
        if name in way:
            raise InputError(
                f"the emotion @{name} refers to itself ({' → '.join(f'@{step}' for step in [*way, name])}): "
                "give one of them by weights, words or a clip"
            )
        if name not in presets:
            others = sorted(other for other in presets if other not in way)
            near = difflib.get_close_matches(name, others, 3, 0.5)
            hint = f"did you mean {' or '.join(f'@{other}' for other in near)}?" if near else (
                f"known are {', '.join(f'@{other}' for other in others)}" if others
                else f"add it with: framevox emotion add {name or 'NAME'} EMOTION"
            )  # fmt: skip
            raise InputError(f"there is no emotion @{name}: {hint}")
        way.append(name)
        written = presets[name]
    return written
