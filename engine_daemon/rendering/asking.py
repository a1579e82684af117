"""A cue whose input is sound: what it asks of the engine, and the slot that its take goes into."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from framevox.engine_daemon.emotion.settle import settle
from framevox.engine_daemon.engines.base import Direction, Engine, Voice
from framevox.engine_daemon.protocol.cues import Cue, Note, Output, check_format
from framevox.engine_daemon.protocol.emotion import MOST
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.timebase import edge, slot_samples
from framevox.engine_daemon.rendering import keys as cache
from framevox.engine_daemon.rendering.policy import Grid
from framevox.engine_daemon.rendering.readings import ReadLine, read_ruled
from framevox.engine_daemon.text import main_language, read_line
from framevox.engine_daemon.text.line import Line

GENDERS = ("female", "male")
"""What a cue may say instead of a voice's name."""


@dataclass(frozen=True)
class Asked:
    """A cue, the voice that it names, the key of the line as that voice reads it, and the grid of its slot."""

    cue: Cue
    voice: Voice
    direction: Direction
    line: str
    grid: Grid
    slot_start: int
    timecode: int
    """The slot's first sample counted from timecode zero."""
    notes: tuple[Note, ...] = ()
    """What the user should know of the take."""
    ruled: ReadLine | None = None
    """The line as rules of pronunciation have it; None where they change nothing."""

    def read(self) -> Line:
        """The line, read. Raises InputError."""
        return self.ruled.line if self.ruled else read_line(self.cue.text, self.cue.language)


def ask(engine: Engine, cue: Cue, output: Output, remarks: tuple[Note, ...] = ()) -> Asked:
    """What a cue asks for, and ``remarks`` on its take. Raises InputError for one that cannot be spoken as it is."""
    cue.check()
    check_format(output.format, output.sample_rate)
    voice = engine.voice(_named(engine, cue))
    slot = None
    if cue.duration is not None:
        slot = slot_samples(cue.start, cue.duration, output.sample_rate, cue.rate)
    start = edge(cue.start, output.sample_rate, cue.rate)
    timecode = edge(cue.origin, output.sample_rate, cue.rate) + start
    if timecode < 0:
        raise InputError(f"the slot starts at frame {cue.origin + cue.start}, before timecode zero", code="bad-slot")
    direction, notes = _direct(engine, cue)
    ruled = read_ruled(cue, engine)
    readings = ruled.key if ruled else ()
    line = cache.line_key(engine, voice, cue.text, cue.language, direction, readings)
    grid = Grid(slot, output.sample_rate, cue.rate)
    return Asked(cue, voice, direction, line, grid, start, timecode, (*remarks, *voice.notes, *notes), ruled)


def _named(engine: Engine, cue: Cue) -> str:
    """The voice that the cue names; for none, or for a gender alone, the engine's for the language of its words."""
    if cue.voice and cue.voice not in GENDERS:
        return cue.voice
    return engine.default_voice(main_language(cue.text, cue.language), cue.voice)


def _direct(engine: Engine, cue: Cue) -> tuple[Direction, tuple[Note, ...]]:
    """What the engine can follow of what a cue says of its delivery, and what the user should know of the rest."""
    emotion = settle(cue.emotion, cue.text)
    if emotion is None:
        return Direction(cue.take_number), ()
    if not engine.emotions:
        return Direction(cue.take_number), (Note("no-emotions", {"engine": engine.name}),)
    clip = engine.emotion_voice(emotion.voice) if emotion.voice else None
    notes = (Note("weights-scaled", {"sum": emotion.total}),) if emotion.total > MOST else ()
    return Direction(cue.take_number, emotion.scaled(), clip), notes


def head_of(ask: Asked, output: Output) -> int:
    """The head handle [samples]: as many whole frames, up to those asked for, as begin at or after timecode zero."""
    frames = max(0, min(output.handles, floor(ask.cue.origin + ask.cue.start)))
    head = edge(frames, output.sample_rate, ask.cue.rate)
    return head if head <= ask.timecode else edge(frames - 1, output.sample_rate, ask.cue.rate)
