"""The one interface every speech engine implements, and the values that pass through it.

The daemon works in two steps, so that it knows how long a line wants to be before it decides how long it must be,
and nothing is computed twice: ``plan`` reads the lines and predicts their natural length, ``speak`` turns plans
into sound of exactly the length asked for. Lengths here are samples at the engine's own ``sample_rate``, and a
line's length is always its *span*, as ``audio/span.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.protocol.emotion import Emotion
from framevox.engine_daemon.text.line import Language, Line

Samples = npt.NDArray[np.float32]
"""Mono sound, float32 [n], full scale at 1.0; may exceed 1.0 before the level is set."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice an engine can speak with. ``key`` is a hash of everything that shapes its sound."""

    name: str
    key: str
    languages: tuple[Language, ...]
    state: Any = None
    """Whatever the engine computed once for this voice; nobody else looks into it."""


@dataclass(frozen=True, slots=True)
class Direction:
    """How a line is to be delivered, beyond its words and its voice.

    ``take_number`` 1 is the delivery a line gets first; every further number is another, the same one each time.
    ``emotion`` None is the voice's own; ``emotion_voice`` is the voice that ``emotion`` names, if it names one.
    """

    take_number: int = 1
    emotion: Emotion | None = None
    emotion_voice: Voice | None = None

    @property
    def key(self) -> list[Any]:
        """What tells it from any other, as JSON."""
        about = self.emotion.to_json() if self.emotion else {}
        return [self.take_number, {**about, "voice": self.emotion_voice.key if self.emotion_voice else ""}]


@dataclass(frozen=True, slots=True)
class Plan:
    """A line, read and ready to be spoken by one voice. ``natural`` is its span at the voice's own pace [samples].

    ``shortest`` and ``longest`` are the spans the engine can reach at all; ``state`` is the engine's own.
    """

    line: Line
    voice: Voice
    natural: int
    shortest: int
    longest: int
    state: Any = None


@dataclass(frozen=True, slots=True)
class Timing:
    """When a word or phone sounds, in samples from the beginning of ``Speech.samples``."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Speech:
    """The sound of one plan. ``samples[start:end]`` is its span; what lies around it is the model's own silence."""

    samples: Samples
    sample_rate: int
    start: int
    end: int
    words: tuple[Timing, ...]
    phones: tuple[Timing, ...]


T = TypeVar("T")


def unwrap(outcome: T | Exception) -> T:
    """The value of what came out; raises what was raised instead."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


PLAIN = Direction()
"""A first take, with the voice's own emotion."""


class Engine(Protocol):
    """A speech model. ``plan`` and ``speak`` may be called from ``parallel`` threads at once."""

    name: str
    version: str
    sample_rate: int
    step: int
    """The engine's own time step in samples; a span is reached to within half of it."""
    languages: tuple[Language, ...]
    """What every one of its voices speaks."""
    parallel: int
    """How many threads the daemon should drive it with."""
    batch_size: int
    """How many lines it likes to get at once."""
    emotions: bool
    """Whether it follows ``Direction.emotion``; it gets none otherwise."""

    def voices(self) -> Sequence[str]:
        """The names ``voice`` accepts without a file. Asked from a thread of its own while others speak."""
        ...

    def voice(self, spec: str) -> Voice:
        """The voice a user means by ``spec``: a name, a file, or a blend. Raises InputError naming what exists."""
        ...

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        """Reads lines and predicts their natural spans.

        A line that fails is no plan but its exception, InputError for one without anything to say, and costs the
        others nothing. Raises only what concerns the call as a whole.
        """
        ...

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        """Speaks each plan to the span asked for [samples], or at its own pace for None.

        Yields ``(index into plans, outcome)`` once for every plan, as each is ready. A line that fails yields its
        exception, InputError for a span that its plan cannot reach, and costs the others nothing. Raises only what
        concerns the call as a whole.
        """
        ...

    def notices(self) -> list[str]:
        """What a user should be told of how the engine fares, since this was last asked: memory that ran short, say."""
        ...
