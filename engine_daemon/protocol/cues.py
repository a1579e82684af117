"""Cues and how their takes are delivered: what a host sends and what it gets back.

Every class here is JSON on the wire (docs/protocol.md), read and written as it is declared (``declared``).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from msgspec import Meta, field

from .declared import CueId, Declared, Position, Ratio, Samples, VoiceSpec, checked, from_plain
from .emotion import Emotion
from .errors import InputError
from .rules import MAX_RULES, Rule
from .sync import MAX_POINTS, SyncPoint, SyncTiming, located
from .timebase import Rate

MAX_TEXT = 2_000
"""Characters in one line."""
MAX_SLOT_SECONDS = 600
"""The longest slot."""
MAX_TAKE_NUMBER = 999
MAX_HANDLES = 10_000
"""Frames before and after a slot."""
MIN_LOUDNESS, MAX_LOUDNESS = -70.0, 0.0
"""LUFS that takes can be brought to."""

LANGUAGE_CHOICES = ("auto", "zh", "en", "ja", "ko", "es", "fr-fr", "it", "pt-br", "hi", "ar")
POLICIES = ("fill", "natural", "ratio")
FORMATS = ("wav", "flac", "mp3")
SAMPLE_RATES = (16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
MP3_SAMPLE_RATES = (16000, 22050, 24000, 32000, 44100, 48000)

if TYPE_CHECKING:
    SampleRate = int
    Format = str
    Policy = str
else:  # what is one of a few is proved when it is read, and by ``check``
    SampleRate = Literal[SAMPLE_RATES]
    Format = Literal[FORMATS]
    Policy = Literal[POLICIES]


class Fit(Declared, frozen=True):
    """How speech takes its slot: ``fill``, ``natural`` or ``ratio`` (then ``ratio`` times the natural length)."""

    policy: Policy = "fill"
    ratio: Union[Ratio, None] = None
    min_ratio: Ratio = Fraction(3, 4)
    max_ratio: Ratio = Fraction(27, 20)

    def check(self) -> None:
        """Raises InputError for a policy without sense."""
        if self.policy not in POLICIES:
            raise InputError(f"unknown fit {self.policy!r}: use fill, natural or ratio:X")
        if (self.ratio is not None) != (self.policy == "ratio"):
            raise InputError("fit: a ratio goes with the policy 'ratio', and only with it")
        if not 0 < self.min_ratio <= 1 <= self.max_ratio:
            raise InputError(
                f"fit: min ratio {float(self.min_ratio):g} must be at most 1, "
                f"max ratio {float(self.max_ratio):g} at least 1"
            )


class Cue(Declared, frozen=True):
    """One line to speak into one slot.

    ``start`` and ``duration`` are frames at ``rate`` from the timeline's first frame. ``origin`` is the frame number of
    that first frame (the timeline's start timecode). ``duration`` None means: no slot, the line's own length.
    ``take_number`` asks for another delivery of the same line, and always the same one for a number; ``emotion`` None
    for the voice's own. ``readings`` are rules of pronunciation, those that go first in front; ``sync`` puts words on
    frames of the slot.
    """

    id: CueId
    # Longer text is read, so that the refusal can name the cue; the size of the whole message is bounded.
    text: Annotated[str, Meta(max_length=10**6)]
    rate: Rate
    start: Position
    duration: Union[Position, None]
    origin: Position = 0
    character: Annotated[str, Meta(max_length=200)] = ""
    voice: VoiceSpec = ""
    language: Annotated[str, Meta(max_length=40)] = "auto"
    fit: Fit = Fit()
    take_number: Annotated[int, Meta(ge=1, le=MAX_TAKE_NUMBER)] = 1
    emotion: Union[Emotion, None] = None
    readings: Annotated[tuple[Rule, ...], Meta(max_length=MAX_RULES)] = ()
    sync: Annotated[tuple[SyncPoint, ...], Meta(max_length=MAX_POINTS)] = ()

    def check(self) -> None:
        """Raises InputError, with its code, for what no engine could speak: the daemon and its client both ask."""
        if not 1 <= len(self.id) <= 200:
            raise InputError(f"a cue's id must have 1 to 200 characters, not {len(self.id)}")
        for key in ("id", "text", "character", "voice"):
            try:
                getattr(self, key).encode("utf-8")
            except UnicodeEncodeError:
                raise InputError(f"the {key} has half a character in it (a lone surrogate): type it again") from None
        if not self.text.strip():
            raise InputError("the line is empty: write what is to be said", code="empty-text")
        if len(self.text) > MAX_TEXT:
            raise InputError(
                f"the line has {len(self.text)} characters; the longest allowed is {MAX_TEXT}: split it into several",
                code="text-too-long",
            )
        if self.language not in LANGUAGE_CHOICES:
            raise InputError(
                f"unknown language {self.language!r}: use one of {', '.join(LANGUAGE_CHOICES)}", code="unknown-language"
            )
        for voice in (self.voice, self.emotion.voice if self.emotion else ""):
            if "/" in voice or "\\" in voice:
                raise InputError(
                    f"the voice {voice!r} is a path, and the daemon opens no files: send the file's content along",
                    code="unknown-voice",
                )
        if self.duration is not None:
            if self.duration <= 0:
                raise InputError(f"the slot is {self.duration} frames long: it must be longer than 0", code="bad-slot")
            seconds = Fraction(self.duration) / self.rate.fps
            if seconds > MAX_SLOT_SECONDS:
                raise InputError(
                    f"the slot lasts {float(seconds):.1f} s; the longest allowed is {MAX_SLOT_SECONDS} s: split it",
                    code="bad-slot",
                )
        if not 1 <= self.take_number <= MAX_TAKE_NUMBER:
            raise InputError(f"take {self.take_number} cannot be made: takes are counted from 1 to {MAX_TAKE_NUMBER}")
        if len(self.readings) > MAX_RULES:
            raise InputError(
                f"{len(self.readings)} rules of pronunciation; a cue has at most {MAX_RULES}: split the line"
            )
        self.fit.check()
        if self.emotion is not None:
            self.emotion.check()
        if self.sync:
            located(self.text, self.sync, self.duration)


class Output(Declared, frozen=True):
    """How the takes of a batch are written. ``handles`` in frames; ``loudness`` in LUFS, None for the model's own.

    ``align``: words and phones are timed by the sound where the engine would only estimate them, which takes longer.
    """

    sample_rate: SampleRate = 48000
    handles: Annotated[int, Meta(ge=0, le=MAX_HANDLES)] = 12
    loudness: Union[Annotated[float, Meta(ge=MIN_LOUDNESS, le=MAX_LOUDNESS)], None] = -23.0
    format: Format = "wav"
    align: bool = False

    def check(self) -> None:
        """Raises InputError for a value that cannot be sent."""
        if self.loudness is not None and not math.isfinite(self.loudness):
            raise InputError(f"a loudness of {self.loudness} LUFS: give -70 to 0")
        check_format(self.format, self.sample_rate)
        checked(self, "output")


class WordTiming(Declared, frozen=True):
    """A word of a take, in samples at the take's rate from the slot's start."""

    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    start_sample: Samples
    end_sample: Samples


NOTES = {
    "loose": "the slot is longer than the line's greatest ratio: spoken at the voice's own pace",
    "weights-scaled": "the emotion's weights add up to more than 1: they were scaled down to 1",
    "no-emotions": "the engine has no emotions: the line is spoken in the voice's neutral tone",
    "approximate": "the voice is a clip, and the engine does not clone: spoken in the nearest voice that it can make",
    "other-engine": "the engine that the line needs cannot be used: spoken by the built-in one",
    "reading": "something of the line was left out or read otherwise than written",
    "times-estimated": "the words could not be timed by the sound: their times are the engine's estimate",
    "off-point": "a word begins further from the frame chosen for it than the engine's half step",
}
"""What there is to say of a take, and what each code means. Its words are made where they are shown
(``client.wording``)."""


class Note(Declared, frozen=True):
    """Something a user should know of a take: a code, and the figures and names that belong to it."""

    code: Annotated[str, Meta(max_length=40)]
    fields: dict[str, Union[str, int, float, None]] = field(default_factory=dict)


class Take(Declared, frozen=True):
    """One rendered result: what the daemon says of the audio file it sends along.

    Slot samples count from the timeline's first frame, speech and word samples from the slot's start; see the README's
    ``--json`` table. ``id`` is the content address: equal ids mean equal bytes.
    """

    id: CueId
    cue: CueId
    engine: Annotated[str, Meta(max_length=200)]
    voice: VoiceSpec
    sample_rate: SampleRate
    slot_start_sample: Samples
    slot_end_sample: Samples
    media_slot_start_sample: Samples
    media_samples: Samples
    time_reference: Samples
    speech_start_sample: Samples
    speech_end_sample: Samples
    natural_seconds: float
    fit_ratio: float
    words: Annotated[tuple[WordTiming, ...], Meta(max_length=10_000)]
    phones: Annotated[tuple[WordTiming, ...], Meta(max_length=50_000)]
    notes: Annotated[tuple[Note, ...], Meta(max_length=100)] = ()
    format: Format = "wav"
    sync: Annotated[tuple[SyncTiming, ...], Meta(max_length=MAX_POINTS)] = ()

    @property
    def loose(self) -> bool:
        """Whether the line was spoken at its own pace because the slot is longer than its greatest ratio."""
        return any(note.code == "loose" for note in self.notes)


def read_cue(value: Any) -> Cue:
    """The cue in what JSON gave, checked. Raises InputError, with its code."""
    cue = from_plain(Cue, "cue", value)
    cue.check()
    return cue


def check_format(media_format: str, sample_rate: int) -> None:
    """Raises InputError for a format that is unknown, or has no such sample rate."""
    if media_format not in FORMATS:
        raise InputError(f"unknown format {media_format!r}: use one of {', '.join(FORMATS)}")
    if media_format == "mp3" and sample_rate not in MP3_SAMPLE_RATES:
        known = ", ".join(map(str, MP3_SAMPLE_RATES))
        raise InputError(f"MP3 has no sample rate of {sample_rate} Hz: use one of {known}, or the format wav or flac")
