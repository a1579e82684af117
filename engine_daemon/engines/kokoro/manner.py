"""What an emotion changes in a voice's delivery, as numbers that add up.

Every field is a departure from the voice's own manner, so 0 is neutral, and half a weight or half a strength is half of
every change. feeling.py applies them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from framevox.engine_daemon.emotion.read import Reading, read_description
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion


@dataclass(frozen=True, slots=True)
class Manner:
    """Departures from a voice's neutral delivery."""

    pitch: float = 0.0
    """Semitones on the mean pitch."""
    range: float = 0.0
    """Share by which the pitch's distance from its mean grows; -0.5 halves it."""
    slope: float = 0.0
    """Semitones from the beginning to the end of a segment, around its middle."""
    ending: float = 0.0
    """Semitones reached at the last voiced instant, over the last 300 ms."""
    tremor: float = 0.0
    """Depth of a trembling of the pitch [semitones]."""
    gain: float = 0.0
    """Decibels."""
    effort: float = 0.0
    """Decibels by which 4 kHz rises over 250 Hz: a pressed voice is brighter, a slack one duller."""
    dynamics: float = 0.0
    """Share by which the energy's distance from its mean grows."""
    pace: float = 0.0
    """Share by which every phone becomes shorter."""
    pauses: float = 0.0
    """Share by which pauses become longer, beside ``pace``."""
    vowels: float = 0.0
    """Share by which stressed vowels become longer, beside ``pace``."""
    rhythm: float = 0.0
    """How far the voice's prosody is that of its short lines (to 1: driven) or of its long ones (to -1: even)."""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


NEUTRAL = Manner()

MANNERS: dict[str, Manner] = {
    "happy": Manner(
        pitch=1.8, range=0.35, slope=0.5, ending=1.0, gain=1.5, effort=1.0, dynamics=0.1, pace=0.03, pauses=-0.2,
        vowels=0.1, rhythm=0.3,
    ),
    "angry": Manner(
        pitch=0.7, range=0.1, slope=-1.0, ending=-2.0, gain=5.0, effort=4.0, dynamics=0.3, pauses=-0.3, vowels=-0.08,
        rhythm=0.3,
    ),
    "sad": Manner(
        pitch=-0.8, range=-0.3, slope=-2.5, ending=-1.5, tremor=0.4, gain=-3.5, effort=-2.0, dynamics=-0.15, pace=-0.02,
        pauses=0.3, vowels=0.12, rhythm=-0.3,
    ),
    "afraid": Manner(
        pitch=2.2, range=-0.4, slope=1.0, tremor=0.35, gain=-1.5, effort=-0.5, dynamics=0.1, pace=-0.02, pauses=0.5,
    ),
    "disgusted": Manner(
        pitch=-1.8, range=0.4, slope=-1.5, ending=-2.5, gain=1.0, effort=2.5, dynamics=0.1, pace=-0.02, pauses=0.1,
        vowels=0.25, rhythm=-0.1,
    ),
    "melancholic": Manner(
        pitch=-1.6, range=-0.5, gain=-5.0, effort=-3.0, dynamics=-0.2, pace=-0.03, pauses=0.4, rhythm=-0.35,
    ),
    "surprised": Manner(
        pitch=2.2, range=0.6, slope=2.5, ending=3.0, gain=2.0, effort=1.0, dynamics=0.15, pauses=0.1, vowels=0.25,
        rhythm=0.15,
    ),
    "calm": Manner(
        pitch=-0.5, range=-0.25, gain=-1.5, effort=-1.5, dynamics=-0.15, pace=-0.04, pauses=0.15, rhythm=-0.25,
    ),
}  # fmt: skip
"""The whole of each emotion. benchmarks/emotion.py says how well they are told apart, and what of the speaker stays."""

PACE = Manner(pace=0.18, pauses=-0.2)
"""What "fast" adds; "slow" takes it away."""
LOUDNESS = Manner(gain=5.0, effort=3.5, dynamics=0.1, pitch=0.5, range=0.05)
"""What "loud" adds; "soft" takes it away."""


def manner_of(emotion: Emotion | None, clip: Manner = NEUTRAL) -> Manner:
    """The manner of an emotion; ``clip`` is that of the clip it names, if it names one. NEUTRAL for None.

    Raises InputError for a description of which no word is known.
    """
    if emotion is None:
        return NEUTRAL
    if emotion.voice:
        return blend([(clip, 1.0)], emotion.strength)
    if emotion.weights is not None:
        return manner(Reading(emotion.weights), emotion.strength)
    return manner(read_description(emotion.description), emotion.strength)


def manner(reading: Reading, strength: float = 1.0) -> Manner:
    """The sum of what a reading says, at a strength of 0 to 1."""
    parts = [(MANNERS[name], weight) for name, weight in zip(EMOTIONS, reading.weights, strict=True)]
    return blend([*parts, (PACE, reading.pace), (LOUDNESS, reading.loudness)], strength)


def blend(parts: Iterable[tuple[Manner, float]], strength: float) -> Manner:
    """The sum of manners, each by its share, at a strength."""
    total = dict.fromkeys((field.name for field in fields(Manner)), 0.0)
    for part, share in parts:
        for name in total:
            total[name] += strength * share * getattr(part, name)
    return Manner(**total)
