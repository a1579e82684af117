"""Cues and how their takes are delivered: what a host sends and what it gets back.

Every class here is JSON on the wire (docs/protocol.md): ``to_json`` gives plain dicts, ``from_json`` refuses unknown
keys, wrong types and values past a bound, with an InputError that names the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .timebase import Frames, Rate

LANGUAGE_CHOICES = ("auto", "zh", "en", "ja", "ko")
FORMATS = ("wav", "flac", "mp3")
SAMPLE_RATES = (16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)


@dataclass(frozen=True)
class Fit:
    """How speech takes its slot: ``fill``, ``natural`` or ``ratio`` (then ``ratio`` times the natural length)."""

    policy: str = "fill"
    ratio: Fraction | None = None
    min_ratio: Fraction = Fraction(3, 4)
    max_ratio: Fraction = Fraction(27, 20)


@dataclass(frozen=True)
class Cue:
    """One line to speak into one slot.

    ``start`` and ``duration`` are frames at ``rate`` from the timeline's first frame. ``origin`` is the frame number of
    that first frame (the timeline's start timecode). ``duration`` None means: no slot, the line's own length.
    """

    id: str
    text: str
    rate: Rate
    start: Frames
    duration: Frames | None
    origin: Frames = 0
    character: str = ""
    voice: str = ""
    language: str = "auto"
    fit: Fit = Fit()


@dataclass(frozen=True)
class Output:
    """How the takes of a batch are written. ``handles`` in frames; ``loudness`` in LUFS, None for the model's own."""

    sample_rate: int = 48000
    handles: int = 12
    loudness: float | None = -23.0
    format: str = "wav"


@dataclass(frozen=True)
class WordTiming:
    """A word of a take, in samples at the take's rate from the slot's start."""

    text: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True)
class Take:
    """One rendered result: what the daemon says of the audio file it sends along.

    Slot samples count from the timeline's first frame, speech and word samples from the slot's start; see the README's
    ``--json`` table. ``id`` is the content address: equal ids mean equal bytes.
    """

    id: str
    cue: str
    engine: str
    voice: str
    sample_rate: int
    slot_start_sample: int
    slot_end_sample: int
    media_slot_start_sample: int
    media_samples: int
    time_reference: int
    speech_start_sample: int
    speech_end_sample: int
    natural_seconds: float
    fit_ratio: float
    words: tuple[WordTiming, ...]
    phones: tuple[WordTiming, ...]
    message: str = ""
    format: str = "wav"
