"""Finds the kept voice whose speaker is that of a clip: by its name, or by a speaker embedding (extra ``likeness``)."""

from __future__ import annotations

import hashlib
import io
import re
from collections import OrderedDict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from framevox.engine_daemon.protocol.sent_voices import is_sent

from .traits import RATE, Floats, embedder

CLIPS = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
ALIKE = 0.8
"""Two clips whose embeddings are this similar (cosine) are one speaker's: benchmarks/emotion.py --middle."""
_KEPT = 256
_LONGEST = 30
"""Seconds of a clip that are embedded."""


class Speakers:
    """The voices that are kept as clips in ``folder``, which is read at each request. Any thread may call it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: OrderedDict[str, Floats] = OrderedDict()

    def kept(self, name: str, content: bytes, sound: npt.NDArray[np.float32], rate: int) -> tuple[str, bytes] | None:
        """The name and content of another clip of the speaker of ``sound``, mono float32 [n]; None where none is kept.

        ``mei-angry`` is spoken by the kept voice ``mei``; a name that says nothing is left to the embedding.
        """
        others = [(path.stem, path.read_bytes()) for path in self._clips()]
        others = [(other, data) for other, data in others if data != content]
        named = [pair for pair in others if re.match(re.escape(pair[0]) + r"[-_ .]", name)]
        if named:
            return max(named, key=lambda pair: len(pair[0]))
        embed = embedder() if others else None
        if embed is None:
            return None
        own = embed(np.asarray(soxr.resample(sound[: _LONGEST * rate], rate, RATE), dtype=np.float32))
        best = max(others, key=lambda pair: self._likeness(own, pair[1]))
        return best if self._likeness(own, best[1]) >= ALIKE else None

    def _clips(self) -> list[Path]:
        if self._folder is None or not self._folder.is_dir():
            return []
        files = sorted(self._folder.iterdir())
        return [path for path in files if path.suffix.lower() in CLIPS and not is_sent(path.stem)]

    def _likeness(self, own: Floats, content: bytes) -> float:
        key = hashlib.sha256(content).hexdigest()
        if key not in self._known:
            self._known[key] = _embedding(content)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return float(own @ self._known[key])


def _embedding(content: bytes) -> Floats:
    """The embedding of a clip; zeros for one that cannot be read, which is like nobody."""
    embed = embedder()
    assert embed is not None
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            sound = file.read(_LONGEST * file.samplerate, dtype="float32", always_2d=True).mean(1)
            return embed(np.asarray(soxr.resample(sound, file.samplerate, RATE), dtype=np.float32))
    except (soundfile.LibsndfileError, RuntimeError):
        return np.zeros(256)
