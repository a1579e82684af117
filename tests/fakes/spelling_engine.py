"""The tone engine with a sound of its own for every letter, so that two of them can be aligned.

A letter is a vowel of two resonances, 90 ms long times ``pace``, and 30 ms of near silence part two words. ``guesses``
makes it an engine that estimates when its words are heard, and has no phones: ``known`` keeps the truth. With ``holds``
it stretches what lies between points, where it guesses them to be, as an engine with a map of time does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Direction, Plan, Samples, Speech, Timing, Voice, unwrap
from framevox.engine_daemon.text.line import Line
from tests.fakes.tone_engine import AFTER, BEFORE, ToneEngine

RATE = ToneEngine.sample_rate
LETTER, GAP = round(0.09 * RATE), round(0.03 * RATE)


class SpellingEngine(ToneEngine):
    """``says`` is spoken in place of every line, where it is given; the last ``unsaid`` estimates are missing."""

    def __init__(
        self, *, guesses: bool = False, pace: float = 1.0, says: str = "", unsaid: int = 0, holds: bool = False
    ) -> None:
        super().__init__(parallel=1)
        self.estimates_times = guesses
        self.name = "guessing" if guesses else "spelling"
        self.pace, self.says, self.unsaid, self.holds = pace, says, unsaid, holds
        self.known: dict[str, tuple[Timing, ...]] = {}

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        for index, (plan, span) in enumerate(plans):
            self.spoken.append((plan.line.text, span))
            yield index, self._spelt(plan, span)

    def stream(
        self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None
    ) -> Iterator[Samples | Plan | Speech]:
        if not isinstance(wanted, Plan):
            wanted = unwrap(self.plan([wanted])[0])
            yield wanted
        speech = self._spelt(wanted, span)
        yield speech.samples[: len(speech.samples) // 2]
        yield speech

    def _spelt(self, plan: Plan, span: int | None) -> Speech:
        words = plan.line.words
        texts = self.says.split() or [word.text for word in words]
        lengths = [
            length
            for text in texts
            for length in [*[round(LETTER * self.pace * (1 + len(text) % 3 / 4))] * len(text), GAP]
        ]
        bounds = np.cumsum([0, *lengths])
        starts = [*(word.start for word in words), len(plan.line.text)]
        guesses = np.linspace(0, bounds[-2], len(words) + 1)
        if self.holds and plan.points:
            known = [(np.interp(offset, starts, guesses), at) for offset, at in plan.points]
            points = [(guess, at) for guess, at in known if guess > 0]
            source = [0, *(guess for guess, _ in points), bounds[-2]]
            wanted = [0, *(at for _, at in points), span or plan.natural]
            bounds, guesses = (np.interp(edges, source, wanted) for edges in (bounds, guesses))
        bounds, guesses = ((BEFORE + edges).astype(int) for edges in (bounds, guesses))
        pieces: list[Samples] = [np.zeros(BEFORE, np.float32)]
        spoken, number = [], 0
        for text in texts:
            begins = int(bounds[number])
            for letter in text:
                pieces.append(vowel(letter, plan.voice.state, int(bounds[number + 1] - bounds[number])))
                number += 1
            spoken.append((begins, int(bounds[number])))
            pieces.append(np.full(int(bounds[number + 1] - bounds[number]), 1e-4, np.float32))
            number += 1
        pieces[-1] = np.zeros(AFTER, np.float32)
        sound = np.concatenate(pieces)
        start, end = speech_span(sound)
        timings = tuple(Timing(word.text, *edge) for word, edge in zip(words, spoken, strict=False))
        if not self.estimates_times:
            return Speech(sound, RATE, start, end, timings, timings)
        self.known[plan.line.text] = timings
        guessed = tuple(
            Timing(word.text, int(a), int(b)) for word, (a, b) in zip(words, pairwise(guesses), strict=True)
        )
        heard = tuple(int(np.interp(offset, starts, guesses)) for offset, _ in plan.points)
        guessed = guessed[: len(guessed) - self.unsaid]
        return Speech(sound, RATE, start, end, guessed, (), heard)


@lru_cache(maxsize=1024)
def vowel(letter: str, pitch: float, samples: int) -> Samples:
    """Harmonics of a pitch under the two resonances of a letter, fading in and out."""
    number = ord(letter.lower()) * 7 % 26
    resonances = 300 + 45 * (number % 13), 1000 + 95 * number
    harmonics = pitch * np.arange(1, int(5000 / pitch))
    gains = sum(1 / (1 + ((harmonics - at) / 90) ** 2) for at in resonances)
    sound = 0.05 * np.asarray(gains) @ np.cos(2 * np.pi * harmonics[:, None] * np.arange(samples) / RATE)
    fade = np.minimum(1, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / (0.004 * RATE) + 0.02)
    made: Samples = (sound * fade).astype(np.float32)
    return made
