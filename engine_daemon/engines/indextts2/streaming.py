"""A line in pieces, each as soon as it is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.audio.span import is_speech
from framevox.engine_daemon.engines.base import Samples, Speech, unwrap
from framevox.engine_daemon.engines.indextts2.decode_lines import LineDecoder
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model, MelJob
from framevox.engine_daemon.engines.indextts2.parts import (
    ROUNDS,
    STEP,
    DecodedLine,
    Frames,
    Part,
    ReadLine,
    corrected,
    finished,
    lay_out,
    mel_job,
    part_starts,
    speech_of,
)

_FIRST_PIECE, _PIECE = 43, 258  # mel frames: half a second, and three


class Streamer:
    """Makes the pieces of a line: together they are the sound that is made of it at once."""

    def __init__(self, model: IndexTTS2Model, decoder: LineDecoder, steps: int) -> None:
        self._model, self._decoder, self._steps = model, decoder, steps

    def at_own_pace(self, line: ReadLine | DecodedLine) -> Iterator[Samples | DecodedLine | Speech]:
        """Yields a line's pieces, each segment before the next one is begun; then the line, decoded, and its speech.

        Raises as :meth:`_checked` does.
        """
        return self._checked(line if isinstance(line, ReadLine) else line.read, self._own_pace(line))

    def to_span(self, line: DecodedLine, span: int) -> Iterator[Samples | DecodedLine | Speech]:
        """Yields the pieces of a line that spans so many samples, then its speech. Raises as :meth:`_checked` does."""
        return self._checked(line.read, self._spanning(line, span))

    def _checked(
        self, read: ReadLine, pieces: Iterator[Samples | tuple[DecodedLine, Frames]]
    ) -> Iterator[Samples | DecodedLine | Speech]:
        """Raises FramevoxError (code ``engine``) for a piece that is not numbers, and after a line that is silent."""
        made: list[Samples] = []
        for piece in pieces:
            if isinstance(piece, tuple):
                decoded, shown = piece
                speech = speech_of(decoded, shown, np.concatenate(made))
                yield decoded
                yield speech
                return
            if not np.isfinite(piece).all():
                raise read.failed()
            made.append(piece)
            yield piece

    def _own_pace(self, line: ReadLine | DecodedLine) -> Iterator[Samples | tuple[DecodedLine, Frames]]:
        """Yields pieces, and at last the line and which frame of its draft each of its frames shows."""
        read = line if isinstance(line, ReadLine) else line.read
        parts: list[Part] = []
        ended = True
        last = len(read.segments) - 1
        for k in range(last + 1):
            part: Part
            if isinstance(line, DecodedLine):
                part = line.parts[k]
            else:
                (made,) = self._decoder.decode([read.segment(k)])
                decoded = unwrap(made)
                (part,) = decoded.parts
                ended = ended and decoded.ended
            parts.append(part)
            job = mel_job(part, read.prompt, np.arange(part.draft.shape[1]))
            yield from self._pieces(job, read.gain, k > 0, k < last)
            if k < last:
                yield np.zeros(read.gaps[k] * STEP, np.float32)
        whole = line if isinstance(line, DecodedLine) else DecodedLine(read, tuple(parts), ended)
        yield whole, np.arange(whole.draft.shape[1])

    def _spanning(self, line: DecodedLine, span: int) -> Iterator[Samples | tuple[DecodedLine, Frames]]:
        (outcome,) = self._decoder.decode_to_spans([line], [span])
        decoded = unwrap(outcome)
        frames, last = round(span / STEP), len(decoded.parts) - 1
        best: tuple[int, Frames, list[MelJob], dict[int, Samples]] | None = None
        for _ in range(ROUNDS):
            shown, jobs = lay_out(decoded, frames)
            ends, made = self._find_ends(jobs, part_starts(decoded, shown), decoded.read.gain)
            if ends is None:
                raise decoded.read.failed()
            off = span - (ends[1] - ends[0])
            if best is None or abs(off) < abs(best[0]):
                best = off, shown, jobs, made
            if abs(off) <= STEP // 2:
                break
            frames = corrected(frames, off)
        assert best is not None
        _, shown, jobs, made = best
        done = 0
        for k, at in enumerate(part_starts(decoded, shown)):
            yield np.zeros(at - done, np.float32)
            done = at + len(jobs[k].index) * STEP
            if k in made:
                yield made[k]
            else:
                yield from self._pieces(jobs[k], decoded.read.gain, k > 0, k < last)
        yield np.zeros(len(shown) * STEP - done, np.float32)
        yield decoded, shown

    def _pieces(self, job: MelJob, gain: float, into: bool, out: bool) -> Iterator[Samples]:
        """The sound of one part: half a second as soon as may be, and then longer pieces, which cost less."""
        (mel,) = self._model.mels([job], self._steps)
        first, left = True, mel.shape[1] * STEP
        for piece in self._model.vocode_stream(mel, _PIECE, _PIECE if into else _FIRST_PIECE):
            left -= len(piece)
            yield finished(piece.cpu().numpy(), gain, into and first, out and left == 0)
            first = False

    def _find_ends(
        self, jobs: Sequence[MelJob], starts: Sequence[int], gain: float
    ) -> tuple[tuple[int, int] | None, dict[int, Samples]]:
        """Where the speech of a line begins and ends, from as few of its parts as show it; and those parts' sound."""
        made: dict[int, Samples] = {}

        def loud(k: int) -> npt.NDArray[np.int64]:
            if k not in made:
                sound = self._model.vocode(self._model.mels([jobs[k]], self._steps)[0]).cpu().numpy()
                made[k] = finished(sound, gain, k > 0, k < len(jobs) - 1)
            return starts[k] + np.flatnonzero(is_speech(made[k]))

        first = next((found for k in range(len(jobs)) if (found := loud(k)).size), None)
        if first is None or not all(np.isfinite(sound).all() for sound in made.values()):
            return None, made
        final = next(found for k in reversed(range(len(jobs))) if (found := loud(k)).size)
        return (int(first[0]), int(final[-1]) + 1), made
