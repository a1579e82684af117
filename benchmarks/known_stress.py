"""Speech of the built-in engine as the time map of the engine indextts2 meets it, with its stress and phone times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import soxr
import torch

from framevox.engine_daemon.engines.base import PLAIN, Timing, unwrap
from framevox.engine_daemon.engines.indextts2 import timemap
from framevox.engine_daemon.engines.indextts2.accents import Floats
from framevox.engine_daemon.engines.indextts2.features import acoustic_mel
from framevox.engine_daemon.engines.indextts2.text_ids import Piece
from framevox.engine_daemon.engines.kokoro.engine import KokoroEngine
from framevox.engine_daemon.engines.kokoro.model import SAMPLE_RATE
from framevox.engine_daemon.engines.kokoro.phone import Phone
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Language, Line, Word

VOICES: dict[Language, tuple[str, str]] = {
    "en": ("af_heart", "am_michael"),
    "zh": ("zf_xiaobei", "zm_yunjian"),
    "ja": ("jf_alpha", "jm_kumo"),
}
PAUSE, CONSONANT, OTHER_VOWEL, STRESSED = range(4)
CLASSES = ("pauses", "consonants", "other vowels", "stressed vowels")
FRAME = 256 / 22050
LEAD = 2
"""Frames by which the sound is ahead of the phone times: there it tells vowels from consonants best (``--lead``)."""
LEAST_PAUSE = 0.1


@dataclass(frozen=True)
class Sample:
    """A line, spoken at its own pace: a mel [80, n], and its phones, each with the frames at which it is heard."""

    language: Language
    line: Line
    mel: npt.NDArray[np.float32]
    phones: tuple[Phone, ...]
    wants: Floats
    heard: tuple[tuple[float, float], ...]

    @cached_property
    def span(self) -> slice:
        """The frames of speech, as the engine finds them."""
        loud = np.flatnonzero(timemap.level(self.mel) > timemap.level(self.mel).max() - 50)
        return slice(int(loud[0]), int(loud[-1]) + 1)

    @cached_property
    def classes(self) -> npt.NDArray[np.int64]:
        """The class of each frame."""
        found = np.full(self.mel.shape[1], PAUSE)
        centre = np.arange(len(found)) + 0.5
        sounding = [(phone, *at) for phone, at in zip(self.phones, self.heard, strict=True) if phone.kind != "pause"]
        for (_, _, before), (_, after, _) in pairwise(sounding):
            if (after - before) * FRAME < LEAST_PAUSE:
                found[(centre >= before) & (centre < after)] = CONSONANT
        for phone, start, end in sounding:
            found[(centre >= start) & (centre < end)] = self._class(phone)
        return found

    def _class(self, phone: Phone) -> int:
        if phone.kind == "consonant" or phone.symbol in "ʰʲ":
            return CONSONANT
        return STRESSED if phone.stress >= (2 if self.language == "en" else 1) else OTHER_VOWEL

    @cached_property
    def onsets(self) -> list[tuple[float, float]]:
        """Where each consonant before a vowel begins, and where the vowel does, in frames."""
        found: list[tuple[float, float]] = []
        start: float | None = None
        for phone, (begins, _) in zip(self.phones, self.heard, strict=True):
            if phone.kind == "consonant":
                start = begins
            elif phone.kind == "pause":
                start = None
            elif phone.symbol not in "ʰʲ" and start is not None:
                found.append((start, begins))
                start = None
        return found

    @cached_property
    def pieces(self) -> list[Piece]:
        """The line as the GPU engine's front end cuts it, with an id for every four letters."""
        found: list[Piece] = []
        for token in self.line.tokens:
            if not isinstance(token, Word):
                rank = 3 if token.symbol in ".?!…" else 2 if token.symbol in ",;:—" else 1
                found.append(Piece((0,), None, rank))
                continue
            parts = token.spoken if token.language == "zh" else token.spoken.split() or [token.spoken]
            found += [Piece((0,) * max(1, len(part) // 4), token, 1) for part in parts]
        return found

    @cached_property
    def known(self) -> list[int]:
        """The frame at which each spoken piece is heard, and where the last one ends."""
        times: dict[int, tuple[float, float]] = {}
        for phone, (start, end) in zip(self.phones, self.heard, strict=True):
            if phone.word is not None:
                times[phone.word] = (times.get(phone.word, (start, end))[0], end)
        spoken = [piece.word for piece in self.pieces if piece.word is not None]
        found, end = [], 0.0
        for index, word in enumerate(self.line.words):
            parts = sum(other is word for other in spoken)
            start, end = times.get(index, (end, end))
            found += [round(start + (end - start) * k / parts) for k in range(parts)]
        return [*found, round(end)]

    @cached_property
    def estimated(self) -> list[int]:
        """The same, with the speaking frames shared out by ids."""
        speaking = np.flatnonzero(~timemap.silence(self.mel)[1])
        counts = np.cumsum([0, *(len(piece.ids) for piece in self.pieces if piece.word is not None)])
        return [int(speaking[min(count * len(speaking) // counts[-1], len(speaking) - 1)]) for count in counts]


def speech(engine: KokoroEngine, texts: Sequence[str], language: Language) -> Iterator[Sample]:
    """Lines that the built-in engine speaks in one piece, each in two voices."""
    for text in texts:
        for name in VOICES[language]:
            line = read_line(text, language)
            plan = unwrap(engine.plan([(line, engine.voice(name), PLAIN)])[0])
            if len(plan.state.segments) > 1:
                continue
            ((_, outcome),) = engine.speak([(plan, None)])
            spoken, segment = unwrap(outcome), plan.state.segments[0]
            wave = torch.from_numpy(soxr.resample(spoken.samples, SAMPLE_RATE, 22050).astype(np.float32))
            phones = segment.phones[: segment.sounding]
            heard = tuple(_heard(phones, spoken.phones))
            mel = acoustic_mel(wave, 22050, 1024, 256, 80, 0.0, None).numpy()
            yield Sample(language, line, mel, phones, segment.wants.astype(np.float64), heard)


def _heard(phones: Sequence[Phone], timings: Sequence[Timing]) -> Iterator[tuple[float, float]]:
    """The frames at which each phone is heard; a pause lasts from the phone before it to the one behind."""
    left, end = list(timings), 0.0
    for phone in phones:
        if phone.kind != "pause":
            timing = left.pop(0)
            start, end = (at / SAMPLE_RATE / FRAME - LEAD for at in (timing.start, timing.end))
            yield start, end
        else:
            yield end, (left[0].start / SAMPLE_RATE / FRAME - LEAD if left else end)
