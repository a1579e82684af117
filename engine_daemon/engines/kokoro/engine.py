"""The built-in engine: Kokoro-82M on the CPU, with every line's length settled before it is spoken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from framevox.engine_daemon.engines.base import (
    PLAIN,
    Direction,
    Plan,
    Samples,
    Speech,
    Voice,
    VoiceInfo,
    unwrap,
)
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Language, Line

from . import stock, synced
from .approximate import Approximator
from .heard import ClipManners
from .likeness import Likeness, like
from .manner import NEUTRAL, manner_of
from .model import SAMPLE_RATE, UNIT, KokoroModel
from .phone import Phone
from .phonemes import phones as phones_of
from .prepare import model_key
from .segment import read_segment
from .speaking import PlannedLine, speak_line
from .split import split_phones
from .stock import SPOKEN
from .voices import VoiceShelf

SOUND = 13
"""Raise it whenever the same plan would sound different."""
SAMPLE = "The train to the coast leaves at seven, and she put the letter back on the table."
"""What a voice says to be compared with a clip."""


class KokoroEngine:
    """See engines/base.py. ``threads`` is how many lines are spoken at once; None means one per CPU core.

    ``voices_dir`` is where voice files are looked up by name; ``cache_dir`` keeps the prepared model.
    """

    name = "kokoro"
    sample_rate = SAMPLE_RATE
    step = UNIT
    languages = SPOKEN
    batch_size = 1
    emotions = True
    streams_unplanned = False
    estimates_times = False

    def __init__(self, voices_dir: Path | None, cache_dir: Path, threads: int | None = None) -> None:
        self.version = f"{model_key()}-{SOUND}"
        self.parallel = threads or os.cpu_count() or 1
        self._clips = ClipManners(voices_dir)
        self._model = KokoroModel(cache_dir)
        self._alone = self._model.with_threads(self.parallel)
        self._shelf = VoiceShelf(voices_dir, Approximator(self.sample, self.version, cache_dir / "approximate").of)

    def notices(self) -> list[str]:
        return []

    def free_memory(self) -> float | None:
        return None

    def close(self) -> None:
        """Its sessions end with the last who holds it: the engine may be shared."""

    def voices(self) -> Sequence[VoiceInfo]:
        return self._shelf.infos()

    def default_voice(self, language: Language, gender: str = "") -> str:
        return stock.default(language, gender)

    def voice(self, spec: str) -> Voice:
        timbre = self._shelf.timbre(spec)
        return Voice(name=spec, key=timbre.key, languages=timbre.languages, state=timbre, notes=timbre.notes)

    def emotion_voice(self, spec: str) -> Voice:
        key, manner = self._clips.find(spec)
        return Voice(name=spec, key=key, languages=SPOKEN, state=manner)

    def sounds(self, line: Line) -> list[Any]:
        return [[phone.symbol, phone.stress, phone.word] for phone in phones_of(line)]

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

    def stream(
        self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None
    ) -> Iterator[Samples | Plan | Speech]:
        if not isinstance(wanted, Plan):
            [planned] = self.plan([wanted])
            wanted = unwrap(planned)
            yield wanted
        yield from self._pieces(self._alone, wanted, span)

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
        state = PlannedLine(segments, tuple(round(gap * SAMPLE_RATE) for gap in gaps))
        places = synced.places(line, segments, state.gaps)
        return Plan(line, voice, state.natural, state.shortest, state.longest, state, state.neutral, places)

    def sample(self, shares: Mapping[str, float], likeness: Likeness | None, text: str = SAMPLE) -> Samples:
        """An English sentence in a blend of packaged voices, to be compared with a clip."""
        timbre = self._shelf.timbre("+".join(f"{name}:{share}" for name, share in shares.items()))
        voice = Voice("", "", timbre.languages, replace(timbre, likeness=likeness))
        [plan] = self.plan([(read_line(text, "en"), voice, PLAIN)])
        return self._speak(unwrap(plan), None).samples

    def _speak(self, plan: Plan, span: int | None) -> Speech:
        *_, speech = self._pieces(self._model, plan, span)
        assert isinstance(speech, Speech)
        return speech

    def _pieces(self, model: KokoroModel, plan: Plan, span: int | None) -> Iterator[Samples | Speech]:
        state: PlannedLine = plan.state
        longest = plan.places[-1].longest if plan.points else state.longest
        if span is not None and not state.shortest <= span <= longest:
            raise InputError(
                f"{plan.line.text!r} cannot be spoken in {span / SAMPLE_RATE:.2f} s: give it "
                f"{state.shortest / SAMPLE_RATE:.2f} to {longest / SAMPLE_RATE:.2f} s"
            )
        try:
            own = like(model, plan.voice.state.likeness)
            if plan.points and span is not None:
                yield synced.speak(own, plan.line, state.segments, state.gaps, span, plan.points)
            else:
                yield from speak_line(own, plan.line, state, span)
        except ValueError as error:
            raise RuntimeError(
                f"the model failed on {plan.line.text!r} with voice {plan.voice.name} ({error}): "
                "write the line differently"
            ) from error
