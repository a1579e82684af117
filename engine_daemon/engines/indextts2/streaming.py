"""A line in pieces, each as soon as it is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from framevox.engine_daemon.audio.span import is_speech
from framevox.engine_daemon.engines.base import Samples, Speech, unwrap
from framevox.engine_daemon.engines.indextts2.decode_lines import LineDecoder
from framevox.engine_daemon.engines.indextts2.mending import Aim, Made, Mel, Vocode, mend
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model, MelJob
from framevox.engine_daemon.engines.indextts2.parts import (
    STEP,
    DecodedLine,
    Frames,
    Part,
    ReadLine,
    corrected,
    finished,
    lay_out,
    mel_job,
    speech_of,
)

_FIRST_PIECE, _PIECE = 43, 258  # mel frames: half a second, and three


class Streamer:
    """Makes the pieces of a line: together they are the sound that is made of it at once."""

    def __init__(self, model: IndexTTS2Model, decoder: LineDecoder, steps: int, vocode: Vocode) -> None:
        self._model, self._decoder, self._steps, self._vocode = model, decoder, steps, vocode

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
        shown, jobs = lay_out(decoded, frames)
        aim = Aim(decoded, self._find_ends(decoded, shown, jobs), span)
        if aim.made.span(decoded) == (0, 0):
            raise decoded.read.failed()
        nearer = unwrap(mend({0: aim}, self._vocode)[0])
        if not nearer.met:
            shown, jobs = lay_out(decoded, corrected(frames, aim.off))
            again = unwrap(mend({0: Aim(decoded, self._find_ends(decoded, shown, jobs), span)}, self._vocode)[0])
            if abs(again.off) < abs(nearer.off):
                nearer = again
            else:
                shown, jobs = lay_out(decoded, frames)
        made = nearer.made
        done = 0
        for k, (frame, sound) in enumerate(zip(made.starts(decoded), made.sounds, strict=True)):
            at = frame * STEP
            yield np.zeros(at - done, np.float32)
            if sound is None:
                yield from self._pieces(jobs[k], decoded.read.gain, k > 0, k < last)
                done = at + len(jobs[k].index) * STEP
            else:
                yield finished(sound, decoded.read.gain, k > 0, k < last)
                done = at + len(sound)
        yield np.zeros(len(made.shown) * STEP - done, np.float32)
        yield decoded, made.shown

    def _pieces(self, job: MelJob, gain: float, into: bool, out: bool) -> Iterator[Samples]:
        """The sound of one part: half a second as soon as may be, and then longer pieces, which cost less."""
        (mel,) = self._model.mels([job], self._steps)
        first, left = True, mel.shape[1] * STEP
        for piece in self._model.vocode_stream(mel, _PIECE, _PIECE if into else _FIRST_PIECE):
            left -= len(piece)
            yield finished(piece.cpu().numpy(), gain, into and first, out and left == 0)
            first = False

    def _find_ends(self, line: DecodedLine, shown: Frames, jobs: Sequence[MelJob]) -> Made:
        """Makes as few parts of a line as show where its speech begins and ends."""
        mels: list[Mel | None] = [None] * len(jobs)
        sounds: list[Samples | None] = [None] * len(jobs)

        def silent(k: int) -> bool:
            sound = sounds[k]
            if sound is None:
                (mel,) = self._model.mels([jobs[k]], self._steps)
                mels[k] = mel.float().cpu().numpy()
                sound = sounds[k] = self._model.vocode(mel).cpu().numpy()
            sound = finished(sound, line.read.gain, k > 0, k < len(jobs) - 1)
            return not is_speech(sound).any()

        for order in (range(len(jobs)), reversed(range(len(jobs)))):
            next((k for k in order if not silent(k)), None)
        return Made(shown, tuple(mels), tuple(sounds))
