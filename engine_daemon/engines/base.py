"""The interface that every speech engine implements, and the values that pass through it.

The daemon works in two steps, so that it knows a line's natural length before it decides the length of its take, and
nothing is computed twice: ``plan`` reads the lines and predicts their natural length, ``speak`` turns plans
into sound of exactly the length asked for. Lengths here are samples at the engine's own ``sample_rate``, and a
line's length is always its *span*, as ``audio/span.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.protocol.cues import Note
from framevox.engine_daemon.protocol.declared import to_plain
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
    """What the engine computed once for this voice, for the engine alone."""
    notes: tuple[Note, ...] = ()
    """What the user should know of every take in this voice."""


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice that an engine offers, without loading it.

    ``languages`` are those it speaks best; ``gender`` is ``female``, ``male`` or empty; ``tier`` 0 is the best;
    ``about`` says how it sounds; ``default_for`` are the languages whose lines it speaks when they name no voice, or
    its gender alone. A blend is named by what it is made of: ``zf_xiaobei:0.5+af_heart:0.5``.
    """

    name: str
    languages: tuple[Language, ...]
    gender: str = ""
    tier: int = 0
    about: str = ""
    default_for: tuple[Language, ...] = ()


@dataclass(frozen=True, slots=True)
class Direction:
    """How a line is delivered, beyond its words and its voice.

    Every ``take_number`` is another delivery, and the same one each time; 1 is what a line gets first. ``emotion`` None
    is the voice's own; ``emotion_voice`` is the voice that ``emotion`` names, if any.
    """

    take_number: int = 1
    emotion: Emotion | None = None
    emotion_voice: Voice | None = None

    @property
    def key(self) -> list[Any]:
        """What identifies it, as JSON."""
        about = to_plain(self.emotion) if self.emotion else {}
        return [self.take_number, {**about, "voice": self.emotion_voice.key if self.emotion_voice else ""}]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word, or a character of a script without spaces, is heard at the voice's own pace.

    ``offset`` is its first character in ``Line.text``, or the length of that for the line's end. All others are samples
    from the span's start: ``natural``, what the engine can press it to and draw it out to (``shortest``, ``longest``),
    and by how much the pauses before it alone can be drawn out (``rest``).
    """

    offset: int
    natural: int
    shortest: int
    longest: int
    rest: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A line, read and ready to be spoken by one voice. ``natural`` is its span at the voice's own pace [samples].

    ``shortest`` and ``longest`` are the spans the engine can reach at all; ``state`` is the engine's own. ``places``
    are in the order of the line, and the last of them is where the line ends.
    """

    line: Line
    voice: Voice
    natural: int
    shortest: int
    longest: int
    state: Any = None
    neutral: int | None = None
    """The span without the emotion's pace and without what punctuation adds to pauses, from which a slot's limits are
    counted; None where that is ``natural``."""
    places: tuple[Place, ...] = ()
    points: tuple[tuple[float, int], ...] = ()
    """When it is spoken to a span: offsets of places, and the samples from the span's start at which they are heard. An
    engine that estimates times may be asked for offsets between two places, for what it takes to be spoken there."""


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
    points: tuple[int, ...] = ()
    """Where each of the plan's points is heard, in samples from the beginning of ``samples``."""


T = TypeVar("T")


def unwrap(outcome: T | Exception) -> T:
    """Returns the value of an outcome, or raises its exception."""
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
    """What all of its voices speak."""
    parallel: int
    """How many threads the daemon should drive it with."""
    batch_size: int
    """How many lines are best given to it at once."""
    emotions: bool
    """Whether it follows ``Direction.emotion``; if not, it is never given one."""
    streams_unplanned: bool
    """Whether ``stream`` begins sooner with a line than with its plan."""

    estimates_times: bool
    """Whether the times of its words are estimates, and its phones have none."""

    def voices(self) -> Sequence[VoiceInfo]:
        """Returns the voices that ``voice`` accepts. Called from a thread of its own while others speak."""
        ...

    def default_voice(self, language: Language, gender: str = "") -> str:
        """Returns the name of the voice for lines of ``language`` that name none; ``gender`` is as in VoiceInfo.

        Raises InputError (code ``unknown-voice``) where there is none.
        """
        ...

    def voice(self, spec: str) -> Voice:
        """Returns the voice that ``spec`` names: a voice, a file, or a blend.

        Raises InputError (code ``unknown-voice``) listing the voices for a name that is none.
        """
        ...

    def emotion_voice(self, spec: str) -> Voice:
        """The clip whose emotion a line shall have, as ``Direction.emotion_voice``. Raises InputError."""
        ...

    def sounds(self, line: Line) -> list[Any]:
        """What it reads in ``line``, as JSON: lines of the same words and sounds are the same take.

        Raises InputError where the line has nothing that can be spoken.
        """
        ...

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        """Reads lines and predicts their natural spans.

        A line that fails results in its exception instead of a plan, InputError where it has no words to speak, and
        the others are not affected. Raises only what concerns the call as a whole.
        """
        ...

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        """Speaks each plan to the span asked for [samples] and to its points, or at its own pace for None.

        Yields ``(index into plans, outcome)`` once for every plan, as each is ready. A line that fails yields its
        exception, InputError for a span that its plan cannot reach, and the others are not affected. Raises only what
        concerns the call as a whole.
        """
        ...

    def stream(
        self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None
    ) -> Iterator[Samples | Plan | Speech]:
        """Speaks one line in pieces, each as soon as it is made, and at last yields the Speech that they are together.

        The Speech is what ``speak`` makes of the line; one that is made at once comes as the Speech alone. A line that
        comes without a plan is spoken at its own pace, and its plan is yielded once it is known. Raises what ``plan``
        and ``speak`` yield for a line that fails.
        """
        ...

    def notices(self) -> list[str]:
        """Returns what the user should know since the last call, such as that memory ran short."""
        ...

    def free_memory(self) -> float | None:
        """Returns how much of its device's memory is free, from 0 to 1; None where that is the machine's own."""
        ...

    def close(self) -> None:
        """Frees what would not go by itself once nobody holds the engine. The caller asks nothing more of it; one that
        others may hold too is whole after it."""
        ...
