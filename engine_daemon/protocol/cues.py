"""Cues and how their takes are delivered: what a host sends and what it gets back.

Every class here is JSON on the wire (docs/protocol.md): ``to_json`` gives plain dicts, ``from_json`` refuses unknown
keys, wrong types and values past a bound, with an InputError that names the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .emotion import Emotion
from .errors import InputError
from .fields import FRAMES, NUMBER, RATE, RATIO, Kind, choice, listed, number, optional, read_object, text, whole
from .timebase import Frames, Rate, format_frames

MAX_TEXT = 2_000
"""Characters in one line."""
LOOSE = "the slot is loose"
"""What the message of a take begins with whose slot is longer than its greatest ratio."""
MAX_SLOT_SECONDS = 600
"""The longest slot."""

LANGUAGE_CHOICES = ("auto", "zh", "en", "ja", "ko", "es", "fr-fr", "it", "pt-br", "hi")
POLICIES = ("fill", "natural", "ratio")
FORMATS = ("wav", "flac", "mp3")
MAX_TAKE_NUMBER = 999
SAMPLE_RATES = (16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
MP3_SAMPLE_RATES = (16000, 22050, 24000, 32000, 44100, 48000)


@dataclass(frozen=True)
class Fit:
    """How speech takes its slot: ``fill``, ``natural`` or ``ratio`` (then ``ratio`` times the natural length)."""

    policy: str = "fill"
    ratio: Fraction | None = None
    min_ratio: Fraction = Fraction(3, 4)
    max_ratio: Fraction = Fraction(27, 20)

    def to_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "ratio": None if self.ratio is None else _fraction(self.ratio),
            "min_ratio": _fraction(self.min_ratio),
            "max_ratio": _fraction(self.max_ratio),
        }

    @classmethod
    def from_json(cls, value: Any) -> Fit:
        fit = cls(**read_object("fit", value, FIT_KEYS))
        fit.check()
        return fit

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


@dataclass(frozen=True)
class Cue:
    """One line to speak into one slot.

    ``start`` and ``duration`` are frames at ``rate`` from the timeline's first frame. ``origin`` is the frame number of
    that first frame (the timeline's start timecode). ``duration`` None means: no slot, the line's own length.
    ``take_number`` asks for another delivery of the same line, and always the same one for a number; ``emotion`` None
    for the voice's own.
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
    take_number: int = 1
    emotion: Emotion | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "text": self.text,
            "rate": self.rate.fraction + (" DF" if self.rate.drop_frame else ""),
            "start": format_frames(self.start),
            "duration": None if self.duration is None else format_frames(self.duration),
            "origin": format_frames(self.origin),
            "character": self.character,
            "voice": self.voice,
            "language": self.language,
            "fit": self.fit.to_json(),
            "take_number": self.take_number,
            "emotion": None if self.emotion is None else self.emotion.to_json(),
        }

    @classmethod
    def from_json(cls, value: Any) -> Cue:
        keys = read_object("cue", value, CUE_KEYS)
        fit = Fit.from_json(keys.pop("fit"))
        emotion = keys.pop("emotion")
        cue = cls(**keys, fit=fit, emotion=None if emotion is None else Emotion.from_json(emotion))
        cue.check()
        return cue

    def check(self) -> None:
        """Raises InputError, with its code, for what no engine could speak: the daemon and its client both ask."""
        if not 1 <= len(self.id) <= 200:
            raise InputError(f"a cue's id must have 1 to 200 characters, not {len(self.id)}")
        for key in ("id", "text", "character", "voice"):
            try:
                getattr(self, key).encode("utf-8")
            except UnicodeEncodeError:
                raise InputError(f"the {key} has half a character in it (a lone surrogate): type it anew") from None
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
        self.fit.check()
        if self.emotion is not None:
            self.emotion.check()


@dataclass(frozen=True)
class Output:
    """How the takes of a batch are written. ``handles`` in frames; ``loudness`` in LUFS, None for the model's own."""

    sample_rate: int = 48000
    handles: int = 12
    loudness: float | None = -23.0
    format: str = "wav"

    def to_json(self) -> dict[str, Any]:
        return {key: getattr(self, key) for key in OUTPUT_KEYS}

    @classmethod
    def from_json(cls, value: Any) -> Output:
        output = cls(**read_object("output", value, OUTPUT_KEYS))
        check_format(output.format, output.sample_rate)
        return output

    def check(self) -> None:
        """Raises InputError for a value that cannot be sent."""
        Output.from_json(self.to_json())


@dataclass(frozen=True)
class WordTiming:
    """A word of a take, in samples at the take's rate from the slot's start."""

    text: str
    start_sample: int
    end_sample: int

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "start_sample": self.start_sample, "end_sample": self.end_sample}

    @classmethod
    def from_json(cls, value: Any) -> WordTiming:
        return cls(**read_object("timing", value, TIMING_KEYS))


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

    @property
    def loose(self) -> bool:
        """Whether the line was spoken at its own pace because the slot is longer than its greatest ratio."""
        return self.message.startswith(LOOSE)

    def to_json(self) -> dict[str, Any]:
        plain = {key: getattr(self, key) for key in TAKE_KEYS}
        plain["words"] = [timing.to_json() for timing in self.words]
        plain["phones"] = [timing.to_json() for timing in self.phones]
        return plain

    @classmethod
    def from_json(cls, value: Any) -> Take:
        keys = read_object("take", value, TAKE_KEYS)
        keys["words"] = tuple(keys["words"])
        keys["phones"] = tuple(keys["phones"])
        return cls(**keys)


def check_format(media_format: str, sample_rate: int) -> None:
    """Raises InputError for a format that is unknown, or has no such sample rate."""
    if media_format not in FORMATS:
        raise InputError(f"unknown format {media_format!r}: use one of {', '.join(FORMATS)}")
    if media_format == "mp3" and sample_rate not in MP3_SAMPLE_RATES:
        known = ", ".join(map(str, MP3_SAMPLE_RATES))
        raise InputError(f"MP3 has no sample rate of {sample_rate} Hz: use one of {known}, or the format wav or flac")


def _fraction(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


_SAMPLES = whole(-(10**15), 10**15)
_TIMING = Kind("timing", WordTiming.from_json)

FIT_KEYS = {"policy": choice(POLICIES), "ratio": optional(RATIO), "min_ratio": RATIO, "max_ratio": RATIO}
CUE_KEYS = {
    "id": text(200, 1),
    # Longer text is read, so that the refusal can name the cue; the size of the whole message is bounded.
    "text": text(10**6),
    "rate": RATE,
    "start": FRAMES,
    "duration": optional(FRAMES),
    "origin": FRAMES,
    "character": text(200),
    "voice": text(500),
    "language": text(40),
    "fit": Kind("fit", lambda value: value),
    "take_number": whole(1, MAX_TAKE_NUMBER),
    "emotion": optional(Kind("emotion", lambda value: value)),
}
OUTPUT_KEYS = {
    "sample_rate": choice(SAMPLE_RATES),
    "handles": whole(0, 10_000),
    "loudness": optional(number(-70, 0)),
    "format": choice(FORMATS),
}
TIMING_KEYS = {"text": text(MAX_TEXT), "start_sample": _SAMPLES, "end_sample": _SAMPLES}
TAKE_KEYS = {
    "id": text(200, 1),
    "cue": text(200, 1),
    "engine": text(200),
    "voice": text(500),
    "sample_rate": choice(SAMPLE_RATES),
    "slot_start_sample": _SAMPLES,
    "slot_end_sample": _SAMPLES,
    "media_slot_start_sample": _SAMPLES,
    "media_samples": _SAMPLES,
    "time_reference": _SAMPLES,
    "speech_start_sample": _SAMPLES,
    "speech_end_sample": _SAMPLES,
    "natural_seconds": NUMBER,
    "fit_ratio": NUMBER,
    "words": listed(_TIMING, 10_000),
    "phones": listed(_TIMING, 50_000),
    "message": text(20_000),
    "format": choice(FORMATS),
}
