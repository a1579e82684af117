"""The level of a voice: measured once on a few neutral sentences, so that every line keeps its own dynamics."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.audio.level import loudness
from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import PLAIN, Engine, Voice, unwrap
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.rendering.keys import content_key, line_key
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Language

SENTENCES: dict[Language, tuple[str, ...]] = {
    "zh": ("今天下午我们去公园散步。", "他把那本书放在了桌子上。"),
    "en": ("The train to the coast leaves at seven.", "She put the letter back on the table."),
    "ja": ("明日の朝、駅の前で会いましょう。", "机の上に本を置きました。"),
    "ko": ("내일 아침에 역 앞에서 만나요.", "책상 위에 책을 놓았어요."),
    "es": ("El tren de la costa sale a las siete.", "Ella dejó la carta sobre la mesa."),
    "fr-fr": ("Le train pour la côte part à sept heures.", "Elle a reposé la lettre sur la table."),
    "it": ("Il treno per la costa parte alle sette.", "Lei ha rimesso la lettera sul tavolo."),
    "pt-br": ("O trem para o litoral sai às sete.", "Ela deixou a carta em cima da mesa."),
    "hi": ("कल सुबह हम स्टेशन के सामने मिलेंगे।", "उसने किताब मेज़ पर रख दी।"),
    "ar": ("القطار إلى الساحل يغادر في السابعة.", "وضعت الرسالة على الطاولة."),
}
"""Plain statements, spoken by a voice in its first language."""


GAINS_DB = tuple(range(-60, 42, 2))
PACKAGED = Path(__file__).with_name("levels.json")
"""The levels of the voices that come with Framevox, by packaged_key, so that a first run need not measure them; made by
benchmarks/voice_levels.py. Any other voice is measured when it first speaks."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a voice is [LUFS], and how its spans change with gain: see :meth:`span_change`."""

    lufs: float
    growth: tuple[float, ...]
    """One value for each of GAINS_DB, in samples at the engine's rate."""

    def gain(self, target_lufs: float) -> float:
        """The factor that puts the voice's neutral speech at ``target_lufs``."""
        return float(10 ** ((target_lufs - self.lufs) / 20))

    def span_change(self, gain: float) -> int:
        """By how many samples a span above -60 dBFS grows under ``gain``, on average.

        The engine plans spans at its own level; the take is measured at the final one.
        """
        return round(float(np.interp(20 * np.log10(gain), GAINS_DB, self.growth)))


class Levels:
    """The levels of an engine's voices, measured when first needed and kept in the store. Safe for many threads."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store
        self._known: dict[str, Level] = {}
        self._busy: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, voice: Voice) -> Level:
        """Raises FramevoxError (code ``engine``) for a voice that makes no sound."""
        with self._lock:
            busy = self._busy.setdefault(voice.key, threading.Lock())
        # A second thread that needs the same voice waits and finds it known.
        with busy:
            if voice.key not in self._known:
                self._known[voice.key] = self._find(voice)
            return self._known[voice.key]

    def _find(self, voice: Voice) -> Level:
        packaged = json.loads(PACKAGED.read_text(encoding="ascii")).get(packaged_key(self._engine.name, voice.key))
        if packaged is not None:
            return Level(packaged["lufs"], tuple(packaged["growth"]))
        key = content_key(lines=[line_key(self._engine, voice, *sentence, PLAIN) for sentence in _sentences(voice)])
        kept = self._store.get("level", key)
        if kept is not None:
            return Level(kept[0]["lufs"], tuple(kept[0]["growth"]))
        level = measure_level(self._engine, voice)
        self._store.put("level", key, {"lufs": level.lufs, "growth": list(level.growth)}, b"")
        return level


def packaged_key(engine: str, voice_key: str) -> str:
    """Names a voice's level whatever the engine's version: a test holds the packaged values to what it measures."""
    return f"{engine} {voice_key}"


def measure_level(engine: Engine, voice: Voice) -> Level:
    """Has the voice speak its sentences, and measures them. Raises FramevoxError when it makes no sound."""
    plans = engine.plan([(read_line(text, language), voice, PLAIN) for text, language in _sentences(voice)])
    spoken = dict(engine.speak([(unwrap(plan), None) for plan in plans]))
    sentences = [unwrap(spoken[index]).samples.astype(np.float64) for index in sorted(spoken)]
    lufs = loudness(np.concatenate(sentences), engine.sample_rate)
    if not np.isfinite(lufs):
        raise FramevoxError(f"the voice {voice.name} makes no sound: choose another", code="engine")
    spans = [np.mean([_span(sound, db) for sound in sentences]) for db in (0, *GAINS_DB)]
    return Level(round(lufs, 2), tuple(round(float(span - spans[0]), 1) for span in spans[1:]))


def _sentences(voice: Voice) -> list[tuple[str, Language]]:
    language = voice.languages[0]
    return [(text, language) for text in SENTENCES[language]]


def _span(sound: npt.NDArray[np.float64], gain_db: float) -> int:
    start, end = speech_span(sound * 10 ** (gain_db / 20))
    return end - start
