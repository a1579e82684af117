"""The nearest voice to a clip that the built-in engine can make. It does not clone: what it gives is approximate.

The packaged voice or blend nearest to the speaker is found, then brought to the speaker's median pitch and range, and
to the long-term spectrum of the clip. Candidates are spoken, and heard as the clip is, so that what is kept is the
nearest of what was made, not of what was hoped for.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from framevox.engine_daemon.audio.enrolment import read_sound
from framevox.engine_daemon.audio.reference import MAX_SECONDS, best_part
from framevox.engine_daemon.protocol.cues import Note
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import put_file

from .likeness import MOST_DB, Likeness
from .model import SAMPLE_RATE
from .model import Floats as Samples
from .traits import BANDS, Embed, Floats, Traits, band_centres, can_embed, embedder, stock_traits, traits_of

log = logging.getLogger(__name__)

METHOD = 1
"""Raise it whenever the same clip would give another voice."""
MOST_VOICES = 3
_SHARES = (0.25, 0.4, 0.55)
_MOST_TONES = 7.0
_STRETCH = (0.6, 1.5)
_PITCH_WEIGHT = 0.25
_KEPT = 64

Speak = Callable[[Mapping[str, float], Likeness], Samples]
"""Speaks a sample in a blend of packaged voices, at SAMPLE_RATE."""


@dataclass(frozen=True)
class Approximation:
    """``shares`` of packaged voices, which sum to 1, and the likeness; ``similarity`` of embeddings, 0 without them."""

    shares: dict[str, float]
    likeness: Likeness
    embedded: bool
    similarity: float

    @property
    def note(self) -> Note:
        """What a take says of it."""
        blend = " + ".join(f"{name} {share:.0%}" if share < 1 else name for name, share in self.shares.items())
        return Note("approximate", {"nearest": blend, "embedded": int(self.embedded)})


class Approximator:
    """Finds approximations, and keeps them in ``cache`` by the clip's content and ``version``.

    Any thread may call it; one is served at a time, so that no clip is approximated twice.
    """

    def __init__(self, speak: Speak, version: str, cache: Path) -> None:
        self._speak, self._version, self._cache = speak, version, cache
        self._known: OrderedDict[str, Approximation] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, content: bytes, name: str) -> Approximation:
        """The approximation of a clip's speaker. Raises InputError, which names the clip, for one without a voice."""
        with self._lock:
            embedded = can_embed()
            key = hashlib.sha256(f"{METHOD}:{self._version}:{embedded}:".encode() + content).hexdigest()
            found = self._known.get(key) or self._read(key)
            if found is None:
                wave, rate = read_sound(content, name)
                if len(wave) > MAX_SECONDS * rate:
                    _, wave = best_part(wave, rate)
                try:
                    found = approximate(wave, rate, self._speak, embedder())
                except InputError as error:
                    raise InputError(f"voice {name!r}: {error}") from None
                self._write(key, found)
            self._known[key] = found
            self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            return found

    def _read(self, key: str) -> Approximation | None:
        try:
            kept = json.loads((self._cache / f"{key}.json").read_text(encoding="ascii"))
            own = kept.pop("likeness")
            own["frequencies"], own["gains"] = tuple(own["frequencies"]), tuple(own["gains"])
            return Approximation(likeness=Likeness(**own), **kept)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # missing or damaged: made again

    def _write(self, key: str, found: Approximation) -> None:
        path = self._cache / f"{key}.json"
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            put_file(path, json.dumps(asdict(found)).encode("ascii"))
        except OSError as error:
            log.warning("the voice's approximation could not be written to %s: %s", path, error)


def approximate(wave: Samples, sample_rate: int, speak: Speak, embed: Embed | None) -> Approximation:
    """The approximation of the speaker of mono sound [n]. Raises InputError where nobody is heard."""
    clip = traits_of(wave, sample_rate, embed)
    if not clip.pitch:
        raise InputError("no voice is heard in the clip: choose a part in which one person speaks")
    made = []
    for shares in blends(clip):
        likeness = likeness_of(clip, _mixed(shares))
        heard = traits_of(speak(shares, likeness), SAMPLE_RATE, embed)
        made.append((-distance(clip, heard), shares, likeness))
    nearness, shares, likeness = max(made, key=lambda one: one[0])
    return Approximation(shares, likeness, embed is not None, 1 + nearness if embed is not None else 0.0)


def distance(clip: Traits, other: Traits) -> float:
    """How far two speakers are apart: 1 less the similarity of their embeddings where there are, else by what is heard.

    By what is heard it is decibels between spectra, without what a filter mends, and semitones of pitch.
    """
    if clip.embedding is not None and other.embedding is not None:
        return float(1 - clip.embedding @ other.embedding)
    apart = clip.spectrum - other.spectrum
    left = apart - np.clip(_smooth(apart), -MOST_DB, MOST_DB)
    tones = abs(12 * np.log2(max(clip.pitch, 1) / max(other.pitch, 1)))
    ranges = abs(clip.range - other.range) * 0.5
    return float(np.sqrt(np.mean(left**2)) + 0.25 * np.sqrt(np.mean(apart**2)) + _PITCH_WEIGHT * (tones + ranges))


def blends(clip: Traits) -> list[dict[str, float]]:
    """The candidates: the nearest packaged voices, and blends of up to three that should be nearer."""
    stock = stock_traits()
    ranked = sorted(stock, key=lambda name: distance(clip, stock[name]))
    found = [{ranked[0]: 1.0}, {ranked[1]: 1.0}]
    shares = {ranked[0]: 1.0}
    for _ in range(MOST_VOICES - 1):
        options = [
            {**{other: part * (1 - share) for other, part in shares.items()}, name: share}
            for name in ranked[:12]
            if name not in shares
            for share in _SHARES
        ]
        best = min(options, key=lambda option: distance(clip, _mixed(option)))
        if distance(clip, _mixed(best)) >= distance(clip, _mixed(shares)):
            break
        shares = best
        found.append({name: round(share, 4) for name, share in shares.items()})
    return found


def _mixed(shares: Mapping[str, float]) -> Traits:
    """What a blend is expected to be: the mean of its voices."""
    stock = [(stock_traits()[name], share) for name, share in shares.items()]
    embedding = sum(share * one.embedding for one, share in stock if one.embedding is not None)
    pitch = float(np.exp(sum(share * np.log(one.pitch) for one, share in stock)))
    spread = float(sum(share * one.range for one, share in stock))
    spectrum = np.asarray(sum(share * one.spectrum for one, share in stock))
    return Traits(pitch, spread, spectrum, np.asarray(embedding / np.linalg.norm(embedding)))


def likeness_of(clip: Traits, plain: Traits) -> Likeness:
    """What brings a voice that is ``plain`` by itself nearer to the clip's."""
    centres = band_centres()
    if not plain.pitch:
        plain = Traits(clip.pitch, clip.range, plain.spectrum)
    tones = np.clip(12 * np.log2(clip.pitch / plain.pitch), -_MOST_TONES, _MOST_TONES)
    stretch = np.clip(clip.range / plain.range, *_STRETCH) if plain.range > 0 and clip.range > 0 else 1.0
    gains = np.clip(_smooth(clip.spectrum - plain.spectrum), -MOST_DB, MOST_DB)
    return Likeness(
        pivot=round(plain.pitch, 2),
        ratio=round(float(2 ** (tones / 12)), 4),
        stretch=round(float(stretch), 3),
        frequencies=tuple(round(float(centre), 1) for centre in centres),
        gains=tuple(round(float(gain), 2) for gain in gains),
    )


def _smooth(bands: Floats) -> Floats:
    """Bands [BANDS] over their neighbours: a filter follows the room and the microphone, not single harmonics."""
    weights = np.array([0.25, 0.5, 0.25])
    return np.convolve(np.pad(bands, 1, mode="edge"), weights, "valid")[:BANDS]
