"""Decodes lines with the language model, all segments of all lines in one batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.batches import buckets, halving, halving_rows
from framevox.engine_daemon.engines.indextts2.decode import Decoded, Sampling
from framevox.engine_daemon.engines.indextts2.decoders import ROWS
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model, Prompt
from framevox.engine_daemon.engines.indextts2.parts import DecodedLine, Part, ReadLine
from framevox.engine_daemon.engines.indextts2.steer import TRIES, Wanted, decode_to_length

RESPOKEN = 0.15
"""Past this much change a line is decoded again to a number of codes; below, the time map alone changes it."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A line to decode: at its own pace, or each of its segments to a number of codes."""

    read: ReadLine
    goals: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """One segment of a line as the language model reads it: ``prefix`` is as ``IndexTTS2Model.prefix`` makes it."""

    job: _Job
    k: int
    prefix: Tensor
    seed: int

    @property
    def goal(self) -> int | None:
        return None if self.job.goals is None else self.job.goals[self.k]

    def limit(self, frames_per_code: int) -> int:
        """The most codes a segment may have: room for pauses, and for speech two and a half times as slow as average.

        A Han character is about one id and takes 10 to 12 frames of 20 ms at an average pace. An id of IndexTTS-2.5 is
        up to a word of letters.
        """
        each = 30 if frames_per_code == 1 else 40
        return min(1500, (100 + each * len(self.job.read.segments[self.k].ids)) // frames_per_code)


class LineDecoder:
    """Decodes lines, and tells the user where memory was too small for all at once. One thread at a time."""

    def __init__(self, model: IndexTTS2Model, sampling: Sampling, tell: Callable[[str], None]) -> None:
        self._model, self._sampling, self._tell = model, sampling, tell

    def decode(self, lines: Sequence[ReadLine]) -> list[DecodedLine | Exception]:
        """Decodes lines at their own pace. A line that fails results in its exception."""
        return self._run([_Job(read) for read in lines])

    def decode_to_spans(self, lines: Sequence[DecodedLine], spans: Sequence[int]) -> list[DecodedLine | Exception]:
        """Returns what each line is to be spoken from so that it spans so many samples.

        That is the line as it is where the time map can take it there by itself, or where every try to decode it to
        that length was cut; else the line decoded again.
        """
        made: list[DecodedLine | Exception] = list(lines)
        again = {}
        for i, (line, span) in enumerate(zip(lines, spans, strict=True)):
            duration_ratio = span / line.neutral
            if abs(math.log(duration_ratio)) > RESPOKEN:
                again[i] = _Job(
                    line.read, tuple(max(2, round(len(part.codes) * duration_ratio)) for part in line.parts)
                )
        for i, outcome in zip(again, self._run(list(again.values())), strict=True):
            if isinstance(outcome, Exception) or outcome.ended:
                made[i] = outcome
        return made

    def _run(self, jobs: Sequence[_Job]) -> list[DecodedLine | Exception]:
        if not jobs:
            return []
        # A line fails alone: for want of memory, say, or because its networks computed no numbers.
        made = halving(self._run_together, jobs, "lines", self._tell, self._model.release)
        return list(made)

    def _run_together(self, jobs: Sequence[_Job]) -> list[DecodedLine | Exception]:
        rows = [_Row(job, k, self._prefix(job, k), seed) for job in jobs for k, seed in enumerate(job.read.seeds)]
        decoded = self._decode_rows(rows)
        shapes = self._shape([row.prefix for row in rows], decoded, [row.job.read.prompt for row in rows])
        made: list[DecodedLine | Exception] = []
        at = 0
        for job in jobs:
            mine = range(at, at := at + len(job.read.segments))
            parts = []
            for r in mine:
                shape = shapes[r]
                if shape is None:
                    shape = job.read.failed()
                if isinstance(shape, Exception):
                    made.append(shape)
                    break
                frames = len(decoded[r].codes) * self._model.config.frames_per_code
                parts.append(Part(job.read.segments[rows[r].k], decoded[r].codes, *shape, rows[r].seed, frames))
            else:
                made.append(DecodedLine(job.read, tuple(parts), all(decoded[r].stopped for r in mine)))
        return made

    def _prefix(self, job: _Job, k: int) -> Tensor:
        read, segment = job.read, job.read.segments[k]
        codes = None if job.goals is None else job.goals[k]
        return self._model.prefix(segment.ids, read.prompt, read.emotion, segment.language, codes)

    def _decode_rows(self, rows: Sequence[_Row]) -> list[Decoded]:
        model, goals = self._model, [row.goal for row in rows if row.goal is not None]

        def run(at_once: int) -> list[Decoded]:
            if goals:
                wanted = [Wanted(row.prefix, goal, row.seed) for row, goal in zip(rows, goals, strict=True)]
                return decode_to_length(model, wanted, self._sampling, rows=at_once)
            generators = [torch.Generator().manual_seed(row.seed) for row in rows]
            prefixes, limits = [row.prefix for row in rows], [row.limit(model.config.frames_per_code) for row in rows]
            return model.decode(prefixes, self._sampling, limits, generators, rows=at_once)

        what, each = ("tries of lines", TRIES) if goals else ("lines", 1)
        return halving_rows(run, min(len(rows) * each, ROWS), what, self._tell, model.release)

    def _shape(
        self, prefixes: Sequence[Tensor], decoded: Sequence[Decoded], prompts: Sequence[Prompt]
    ) -> list[tuple[Tensor, npt.NDArray[np.float32]] | Exception | None]:
        """The latents and the draft of every row; None where they are not numbers."""
        model = self._model

        def run(rows: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
            codes = [decoded[r].codes for r in rows]
            latents = model.latents([prefixes[r] for r in rows], codes)
            return list(zip(latents, model.drafts(codes, latents, [prompts[r] for r in rows]), strict=True))

        shapes: list[tuple[Tensor, npt.NDArray[np.float32]] | Exception | None] = [None] * len(decoded)
        sound = [r for r, row in enumerate(decoded) if len(row.codes) and not math.isnan(row.likelihood)]
        lengths = [prompts[r].mel.shape[1] + model.frames(len(decoded[r].codes)) for r in sound]
        for bucket in buckets(lengths, model.memory.mel_frames()):
            rows = [sound[b] for b in bucket]
            outcomes = halving(run, rows, "lines", self._tell, model.release)
            for r, made in zip(rows, outcomes, strict=True):
                if isinstance(made, Exception):
                    shapes[r] = made
                    continue
                latents, draft = made
                mel = draft.cpu().numpy()
                shapes[r] = (latents, mel) if np.isfinite(mel).all() else None
        return shapes
