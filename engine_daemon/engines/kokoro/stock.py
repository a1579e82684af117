"""The voices that come with Framevox: all of Kokoro-82M v1.0, a few blends of them, and what was measured of each.

Importing this module reads neither file: the table is read when a voice is first asked for, a voice's styles when it
first speaks.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.engines.base import VoiceInfo
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text.line import Language

from .blend import mixed, parse_blend
from .names import TABLE

PACK = Path(__file__).with_name("voices.npz")
"""Made by benchmarks/voice_pack.py."""

EXPANDED = 4
"""How many voices' styles are kept in memory, half a megabyte each; making one takes 3 ms."""
_ROWS_AT_ONCE = 64
"""Few enough for the processor's cache."""

SPOKEN: tuple[Language, ...] = ("zh", "en", "ja", "ko", "es", "fr-fr", "it", "pt-br", "hi")
"""What the model speaks: of what the text front end reads, Arabic is missing."""
PROVEN: tuple[Language, ...] = ("zh", "en", "ja")
"""Languages whose text front end is measured; the others are experimental."""
ELSEWHERE = "the engine indextts2 does, with the model indextts2.5 (framevox models pull indextts2.5)"

Floats = npt.NDArray[np.float32]


class StockVoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A packaged voice or blend as measured. Percentages and scores are of held-out lines of its first language.

    ``sounds`` says how it differs from the others of its language; ``decay`` is how many samples later than the energy
    curve says it dies away (see prediction.py), ``pitch`` its median [Hz], ``pace`` vowels a second, ``periodic`` how
    much its sound repeats itself, from 0 to 1: breath and creak make it less. ``error`` is the share of words
    (characters in Chinese, Japanese and Korean, consonants in Hindi) that a recogniser misheard [%]; ``mos`` is an
    estimated opinion score from 1 to 5, ``lines`` of how many lines they are the mean. ``tier`` 0 is the best.
    """

    languages: tuple[Language, ...]
    gender: str
    sounds: str = ""
    decay: float = 0.0
    pitch: float = 0.0
    pace: float = 0.0
    periodic: float = 1.0
    error: float = 0.0
    mos: float = 0.0
    lines: int = 0
    tier: int = 0


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``defaults[language][gender]`` are names in ``voices`` or ``blends``; a blend's name says what it is made of."""

    defaults: Mapping[Language, Mapping[str, str]]
    voices: Mapping[str, StockVoice]
    blends: Mapping[str, StockVoice]

    @property
    def all(self) -> Mapping[str, StockVoice]:
        """The voices and the blends."""
        return {**self.voices, **self.blends}


@cache
def table() -> Table:
    """What was measured of every packaged voice and blend, by name."""
    return msgspec.json.decode(TABLE.read_bytes(), type=Table)


def default(language: Language, gender: str = "") -> str:
    """The voice for lines of ``language`` that name none: the female one where no gender is asked for."""
    if language not in SPOKEN:
        raise InputError(f"no packaged voice speaks {language}: {ELSEWHERE}", code="unknown-voice")
    return table().defaults[language][gender or "female"]


def info(name: str) -> VoiceInfo:
    """What a list of voices says of a packaged one."""
    voice = table().all[name]
    spoken = tuple(language for language, names in table().defaults.items() if name in names.values())
    return VoiceInfo(name, voice.languages, voice.gender, voice.tier, describe(voice), spoken)


def describe(voice: StockVoice) -> str:
    """How a voice sounds and how well it was understood: "British, low, slow; 3 % misheard, MOS 4.1"."""
    experimental = "" if voice.languages[0] in PROVEN else "experimental"
    measured = f"{voice.error:.0f} % misheard, MOS {voice.mos:.1f}"
    return "; ".join(filter(None, (voice.sounds, measured, experimental)))


def combine(shapes: Floats, voice: Floats) -> Floats:
    """``shapes @ voice`` [510, 256], summed in one order everywhere, so that a voice's key is the same on every CPU."""
    table = np.empty((shapes.shape[0], voice.shape[1]), dtype=np.float32)
    weights = voice.astype(np.float64)
    for first in range(0, len(shapes), _ROWS_AT_ONCE):
        rows = shapes[first : first + _ROWS_AT_ONCE].astype(np.float64)
        total = np.zeros((len(rows), voice.shape[1]))
        for shape, values in zip(rows.T, weights, strict=True):
            total += shape[:, None] * values
        table[first : first + _ROWS_AT_ONCE] = total
    return table


@cache
def _pack() -> Mapping[str, Any]:
    with np.load(PACK) as pack:
        voices = dict(zip(pack["names"].tolist(), pack["voices"], strict=True))
        return MappingProxyType({"shapes": pack["shapes"], "voices": voices})


_LOCK = threading.Lock()


@lru_cache(maxsize=EXPANDED)
def _styles(name: str) -> Floats:
    pack = _pack()
    parts = parse_blend(name)
    if len(parts) > 1:
        styles = mixed([(_styles(part), share) for part, share in parts.items()])
    else:
        styles = combine(pack["shapes"], pack["voices"][name])
    styles.flags.writeable = False
    return styles


def styles_of(name: str) -> Floats:
    """The styles [510, 256] of a packaged voice or blend, read-only."""
    with _LOCK:
        return _styles(name)


@cache
def key_of(name: str) -> str:
    """The key of a packaged voice or blend: as voices.voice_key has it."""
    return hashlib.sha256(styles_of(name).tobytes()).hexdigest()
