"""The level of a voice: measured once on a few neutral sentences, so that every line keeps its own dynamics."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from engine_daemon.audio.level import loudness
from engine_daemon.engines.base import SPEECH_FLOOR, Engine, Samples, Voice
from engine_daemon.fit.cache import content_key, line_key
from engine_daemon.protocol.errors import FramevoxError
from engine_daemon.store import Store
from engine_daemon.text import read_line
from engine_daemon.text.line import Language

SENTENCES: dict[Language, tuple[str, ...]] = {
    "zh": ("今天下午我们去公园散步。", "他把那本书放在了桌子上。"),
    "en": ("The train to the coast leaves at seven.", "She put the letter back on the table."),
    "ja": ("明日の朝、駅の前で会いましょう。", "机の上に本を置きました。"),
    "ko": ("내일 아침에 역 앞에서 만나요.", "책상 위에 책을 놓았어요."),
}
"""Plain statements, spoken by a voice in its first language."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a voice is [LUFS] and what it sounded like: one array a sentence, at the engine's rate."""

    lufs: float
    sentences: tuple[Samples, ...]

    def gain(self, target_lufs: float) -> float:
        """The factor that puts the voice's neutral speech at ``target_lufs``."""
        return float(10 ** ((target_lufs - self.lufs) / 20))

    def span_change(self, gain: float) -> int:
        """By how many samples a span above -60 dBFS grows under ``gain``: the mean over the sentences.

        The engine plans spans at its own level; the take is measured at the final one.
        """
        changes = [_span(samples * np.float32(gain)) - _span(samples) for samples in self.sentences]
        return round(sum(changes) / len(changes))


class Levels:
    """The levels of an engine's voices, measured when first needed and kept in the store. Safe for many threads."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store
        self._known: dict[str, Level] = {}
        self._lock = threading.Lock()

    def of(self, voice: Voice) -> Level:
        """Raises FramevoxError (code ``engine``) for a voice that makes no sound."""
        # One voice at a time: a second thread that needs the same voice waits and finds it known.
        with self._lock:
            if voice.key not in self._known:
                self._known[voice.key] = self._find(voice)
            return self._known[voice.key]

    def _find(self, voice: Voice) -> Level:
        language = voice.languages[0]
        lines = [line_key(self._engine, voice, text, language) for text in SENTENCES[language]]
        key = content_key(lines=lines)
        kept = self._store.get("level", key)
        if kept is not None:
            about, data = kept
            ends = np.cumsum(about["samples"])[:-1]
            return Level(about["lufs"], tuple(np.split(np.frombuffer(data, dtype="<f4").astype(np.float32), ends)))
        level = self._measure(voice, language)
        sound = np.concatenate(level.sentences).astype("<f4")
        sizes = [len(sentence) for sentence in level.sentences]
        self._store.put("level", key, {"lufs": level.lufs, "samples": sizes}, sound.tobytes())
        return level

    def _measure(self, voice: Voice, language: Language) -> Level:
        plans = self._engine.plan([(read_line(text, language), voice) for text in SENTENCES[language]])
        spoken = dict(self._engine.speak([(plan, None) for plan in plans]))
        sentences = tuple(spoken[index].samples for index in sorted(spoken))
        lufs = loudness(np.concatenate(sentences).astype(np.float64), self._engine.sample_rate)
        if not np.isfinite(lufs):
            raise FramevoxError(f"the voice {voice.name} makes no sound: choose another", code="engine")
        return Level(lufs, sentences)


def _span(samples: Samples) -> int:
    loud = np.flatnonzero(np.abs(samples) > SPEECH_FLOOR)
    return int(loud[-1]) + 1 - int(loud[0]) if loud.size else 0
