"""The built-in engine: Kokoro-82M on the CPU, with every line's length settled before it is spoken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import (
    PLAIN,
    Direction,
    Plan,
    Samples,
    Speech,
    Timing,
    Voice,
    VoiceInfo,
    unwrap,
)
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import LANGUAGES, Language, Line

from . import stock
from .approximate import Approximator
from .heard import ClipManners
from .likeness import Likeness, Model, like
from .manner import NEUTRAL, manner_of
from .model import SAMPLE_RATE, UNIT, KokoroModel, Units
from .phone import Phone
from .phonemes import phones as phones_of
from .prepare import model_key
from .segment import Segment, read_segment, speak_segment
from .split import split_phones
from .voices import VoiceShelf

SOUND = 9
"""Raise it whenever the same plan would sound different."""
SAMPLE = "The train to the coast leaves at seven, and she put the letter back on the table."
"""What a voice says to be compared with a clip."""


@dataclass(frozen=True, slots=True)
class _State:
    """The state of a plan: segments, and the samples of silence between them at the voice's own pace."""

    segments: tuple[Segment, ...]
    gaps: tuple[int, ...]

    @property
    def natural(self) -> int:
        return round(sum(segment.natural.span for segment in self.segments)) + sum(self.gaps)

    @property
    def neutral(self) -> int | None:
        if not any(segment.manner for segment in self.segments):
            return None
        return round(sum(segment.natural.span / segment.slowdown for segment in self.segments)) + sum(self.gaps)

    @property
    def shortest(self) -> int:
        return self.natural - sum(segment.spare for segment in self.segments)

    @property
    def longest(self) -> int:
        return 3 * self.natural


class KokoroEngine:
    """See engines/base.py. ``threads`` is how many lines are spoken at once; None means one per CPU core.

    ``voices_dir`` is where voice files are looked up by name; ``cache_dir`` keeps the prepared model.
    """

    name = "kokoro"
    sample_rate = SAMPLE_RATE
    step = UNIT
    languages = LANGUAGES
    batch_size = 1
    emotions = True

    def __init__(self, voices_dir: Path | None, cache_dir: Path, threads: int | None = None) -> None:
        self.version = f"{model_key()}-{SOUND}"
        self.parallel = threads or os.cpu_count() or 1
        self._clips = ClipManners(voices_dir)
        self._model = KokoroModel(cache_dir)
        self._shelf = VoiceShelf(voices_dir, Approximator(self.sample, self.version, cache_dir / "approximate").of)

    def notices(self) -> list[str]:
        return []

    def voices(self) -> Sequence[VoiceInfo]:
        return self._shelf.infos()

    def default_voice(self, language: Language, gender: str = "") -> str:
        return stock.default(language, gender)

    def voice(self, spec: str) -> Voice:
        timbre = self._shelf.timbre(spec)
        return Voice(name=spec, key=timbre.key, languages=timbre.languages, state=timbre, notes=timbre.notes)

    def emotion_voice(self, spec: str) -> Voice:
        key, manner = self._clips.find(spec)
        return Voice(name=spec, key=key, languages=LANGUAGES, state=manner)

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        plans: list[Plan | Exception] = []
        for line, voice, direction in lines:
            try:
                plans.append(self.plan_phones(line, phones_of(line), voice, direction))
            except Exception as error:
                plans.append(error)
        return plans

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, span) in enumerate(plans):
            outcome: Speech | Exception
            try:
                outcome = self._speak(plan, span)
            except Exception as error:
                outcome = error
            yield index, outcome

    def plan_phones(self, line: Line, phones: Sequence[Phone], voice: Voice, direction: Direction = PLAIN) -> Plan:
        """Plans ``line`` with the phones given. Raises InputError when none of them is voiced or a consonant."""
        if not any(phone.kind in ("vowel", "consonant") for phone in phones):
            raise InputError(f"{line.text!r} has no words that can be spoken: write words")
        parts, gaps = split_phones(phones)
        clip = direction.emotion_voice
        manner = manner_of(direction.emotion, NEUTRAL if clip is None else clip.state)
        try:
            model = like(self._model, voice.state.likeness)
            segments = tuple(read_segment(model, part, voice.state, direction.take_number, manner) for part in parts)
        except ValueError as error:
            raise RuntimeError(
                f"the model is silent on {line.text!r} with voice {voice.name}: write the line differently"
            ) from error
        state = _State(segments, tuple(round(gap * SAMPLE_RATE) for gap in gaps))
        return Plan(line, voice, state.natural, state.shortest, state.longest, state, state.neutral)

    def sample(self, shares: Mapping[str, float], likeness: Likeness | None, text: str = SAMPLE) -> Samples:
        """An English sentence in a blend of packaged voices, to be compared with a clip."""
        timbre = self._shelf.timbre("+".join(f"{name}:{share}" for name, share in shares.items()))
        voice = Voice("", "", timbre.languages, replace(timbre, likeness=likeness))
        [plan] = self.plan([(read_line(text, "en"), voice, PLAIN)])
        return self._speak(unwrap(plan), None).samples

    def _speak(self, plan: Plan, span: int | None) -> Speech:
        state: _State = plan.state
        if span is not None and not state.shortest <= span <= state.longest:
            raise InputError(
                f"{plan.line.text!r} cannot be spoken in {span / SAMPLE_RATE:.2f} s: give it "
                f"{state.shortest / SAMPLE_RATE:.2f} to {state.longest / SAMPLE_RATE:.2f} s"
            )
        try:
            return _speak_line(like(self._model, plan.voice.state.likeness), plan.line, state, span)
        except ValueError as error:
            raise RuntimeError(
                f"the model failed on {plan.line.text!r} with voice {plan.voice.name} ({error}): "
                "write the line differently"
            ) from error


def _speak_line(model: Model, line: Line, state: _State, span: int | None) -> Speech:
    ratio = 1.0 if span is None else span / state.natural
    spoken = []
    for segment in state.segments:
        own = None if span is None else span if len(state.segments) == 1 else round(segment.natural.span * ratio)
        spoken.append(speak_segment(model, segment, own))
    gaps = [round(gap * ratio) for gap in state.gaps]
    if span is not None and gaps:
        # Each segment is within half a unit of its share; the silences between them make up the difference.
        left = span - sum(part.span for part in spoken) - sum(gaps)
        share, extra = divmod(left, len(gaps))
        gaps = [max(0, gap + share + (index < extra)) for index, gap in enumerate(gaps)]

    offsets = [0]
    for part, following, gap in zip(spoken, spoken[1:], gaps, strict=False):
        offsets.append(offsets[-1] + part.end + gap - following.start)
    head = -min(0, *offsets)
    offsets = [offset + head for offset in offsets]
    samples = np.zeros(max(o + len(part.samples) for o, part in zip(offsets, spoken, strict=True)), dtype=np.float32)
    for offset, part in zip(offsets, spoken, strict=True):
        samples[offset : offset + len(part.samples)] += part.samples
    start, end = speech_span(samples)

    words: list[Timing] = []
    phones: list[Timing] = []
    for offset, part, segment in zip(offsets, spoken, state.segments, strict=True):
        _add_timings(line, segment, part.bounds + offset, words, phones)
    return Speech(samples, SAMPLE_RATE, start, end, tuple(words), tuple(phones))


def _add_timings(line: Line, segment: Segment, bounds: Units, words: list[Timing], phones: list[Timing]) -> None:
    """Appends the timings of each sounding phone and each word of a segment."""
    spans: dict[int, tuple[int, int]] = {}
    for index, phone in enumerate(segment.phones[: segment.sounding]):
        start, end = int(bounds[index]), int(bounds[index + 1])
        if phone.kind != "pause":
            phones.append(Timing(phone.symbol, start, end))
        if phone.word is not None:
            spans[phone.word] = (spans[phone.word][0] if phone.word in spans else start, end)
    for word, (start, end) in spans.items():
        words.append(Timing(line.words[word].text, start, end))
