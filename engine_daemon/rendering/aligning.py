"""When the words of a take are heard, where its engine only estimates that.

Another engine, which knows the times of its words, says the same line, and its sound is aligned with the take's.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.alignment.align import Alignment, align
from framevox.engine_daemon.audio.pitch import pitch_track
from framevox.engine_daemon.engines.base import PLAIN, Engine, Speech, Timing, unwrap
from framevox.engine_daemon.protocol.cues import Note, WordTiming
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.rendering import keys as cache
from framevox.engine_daemon.rendering.asking import Asked
from framevox.engine_daemon.rendering.placement import FULL_SCALE, Rendering
from framevox.engine_daemon.rendering.speaking import Speaker
from framevox.engine_daemon.rendering.store import Store
from framevox.engine_daemon.text import main_language

BETWEEN_GENDERS = 160.0
"""Hz: from this median pitch on, a take is aligned with a woman's voice."""
_MARGIN = 20
"""What is compared before and after speech: this part of a second."""

log = logging.getLogger(__name__)


class Aligner:
    """Times words by the engine that ``load`` makes, with the first line that asks for it. What it said is kept in
    ``store``. For several threads at once."""

    def __init__(self, load: Callable[[], Engine], store: Store, threads: int = 1) -> None:
        """``threads`` is how many lines are timed at once."""
        self._load, self._store, self._threads = load, store, threads
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._pool: ThreadPoolExecutor | None = None

    def submit(self, asked: Asked, rendering: Rendering, sample_rate: int) -> Future[Rendering]:
        """Has ``timed`` done in another thread, so that the engine that speaks the takes need not wait."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, "align")
            return self._pool.submit(self.timed, asked, rendering, sample_rate)

    def timed(self, asked: Asked, rendering: Rendering, sample_rate: int) -> Rendering:
        """Returns ``rendering`` with its words, phones and points where they are heard.

        Where that cannot be told it comes back as it is, with a note that says why.
        """
        sound = (rendering.pcm / np.float32(FULL_SCALE)).astype(np.float32)
        try:
            reference = self._reference(asked, sound[rendering.start : rendering.end], sample_rate)
        except InputError as error:
            return _estimated(rendering, "unspoken", str(error))
        except Exception as error:
            log.exception("the line of cue %s cannot be aligned", asked.cue.id)
            known = isinstance(error, FramevoxError)
            return _estimated(rendering, "failed", str(error) if known else f"{type(error).__name__}: {error}")
        if [word.text for word in reference.words] != [word.text for word in rendering.words]:
            return _estimated(rendering, "words")
        cut, before = _trimmed(reference.samples, reference.start, reference.end, reference.sample_rate)
        heard, offset = _trimmed(sound, rendering.start, rendering.end, sample_rate)
        try:
            found = align(cut, reference.sample_rate, heard, sample_rate)
        except ValueError:  # a click in silence
            return _estimated(rendering, "unlike")
        if not found.fits:
            return _estimated(rendering, "unlike")
        words = _moved(reference.words, found, before, offset, rendering)
        phones = _moved(reference.phones, found, before, offset, rendering)
        return replace(rendering, words=words, phones=phones, points=_points(rendering, words))

    def _reference(self, asked: Asked, sound: npt.NDArray[np.float32], sample_rate: int) -> Speech:
        """The line, said by the other engine in a voice of the take's gender. Raises InputError where it cannot."""
        engine = self._loaded()
        cue = asked.cue
        pitch = pitch_track(sound, sample_rate).median
        gender = "" if pitch == 0 else "female" if pitch >= BETWEEN_GENDERS else "male"
        voice = engine.voice(engine.default_voice(main_language(cue.text, cue.language), gender))
        readings = asked.ruled.key if asked.ruled else ()
        key = cache.line_key(engine, voice, cue.text, cue.language, PLAIN, readings)
        own = replace(asked, voice=voice, direction=PLAIN, line=key)
        [(_, speech)] = Speaker(engine, self._store).speak({(key, None, ()): own}, {})
        return unwrap(speech)

    def _loaded(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = self._load()
            return self._engine


def _estimated(rendering: Rendering, why: str, said: str = "") -> Rendering:
    return replace(rendering, notes=(*rendering.notes, Note("times-estimated", {"why": why, "said": said})))


def _trimmed(
    sound: npt.NDArray[np.float32], start: int, end: int, sample_rate: int
) -> tuple[npt.NDArray[np.float32], int]:
    """The speech in a sound and a moment around it, and the sample at which that begins."""
    first = max(0, start - sample_rate // _MARGIN)
    return sound[first : end + sample_rate // _MARGIN], first


def _moved(
    timings: Sequence[Timing], found: Alignment, before: int, offset: int, rendering: Rendering
) -> tuple[WordTiming, ...]:
    """A reference's timings as the take has them, within its span."""
    starts = found.at([timing.start - before for timing in timings])
    ends = found.at([timing.end - before for timing in timings])
    first, last = rendering.start, rendering.end
    return tuple(
        WordTiming(
            timing.text,
            min(max(first, start + offset), last),
            min(max(first, start + offset, end + offset), last),
        )
        for timing, start, end in zip(timings, starts, ends, strict=True)
    )


def _points(rendering: Rendering, words: Sequence[WordTiming]) -> tuple[int, ...]:
    """Where points are heard: as far into their words as the engine estimated them to be."""
    before = [*(word.start_sample for word in rendering.words), rendering.words[-1].end_sample]
    after = [*(word.start_sample for word in words), words[-1].end_sample]
    return tuple(round(float(np.interp(point, before, after))) for point in rendering.points)
