"""A line on its way to sound: read, decoded part by part, laid out over frames, and put together again.

Everything here is bookkeeping on arrays; the networks are asked by ``decode_lines.py``, ``engine.py`` and
``streaming.py``. Frames are mel frames of ``STEP`` samples, sound is float32 [n] at ``SAMPLE_RATE``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from framevox.engine_daemon.audio.span import speech_span
from framevox.engine_daemon.engines.base import Place, Samples, Speech, Timing, Voice
from framevox.engine_daemon.engines.indextts2.accents import Floats, Truths
from framevox.engine_daemon.engines.indextts2.emphasis import emphasis, is_pitched
from framevox.engine_daemon.engines.indextts2.model import FRAME_SAMPLES, SAMPLE_RATE, MelJob, Prompt
from framevox.engine_daemon.engines.indextts2.text_ids import Piece, Segment
from framevox.engine_daemon.engines.indextts2.timemap import elasticity, level, silence, time_map
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.text.line import Line

Frames = npt.NDArray[np.int64]

STEP = 256
"""A mel frame in samples: spans are reached to within half of it."""
SHORTEST, LONGEST = 0.6, 1.7
"""How far a line can be pressed and drawn out, against the span it is decoded to by itself."""
ROUNDS = 2
"""How often a line is laid out and made: a second time only where its length cannot be mended."""
_QUIET_DB = 50.0  # below the draft's loudest frames; what is quieter at its ends is not speech
_FADE = 110  # samples, 5 ms, at the seams of segments


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line, read and ready to be decoded, segment by segment. ``emotion`` is [D].

    ``pace`` and ``gain`` are how many times faster and louder it is spoken than the model speaks by itself.
    """

    line: Line
    voice: Voice
    emotion: Tensor
    segments: tuple[Segment, ...]
    seed: int
    pace: float = 1.0
    gain: float = 1.0

    @property
    def prompt(self) -> Prompt:
        prompt: Prompt = self.voice.state
        return prompt

    @property
    def gaps(self) -> tuple[int, ...]:
        """Frames of silence after each segment but the last."""
        return tuple(round(segment.pause * SAMPLE_RATE / STEP) for segment in self.segments[:-1])

    @property
    def seeds(self) -> list[int]:
        """Each segment has random numbers of its own, so one of them can be decoded alone."""
        return [(self.seed + k) % 2**32 for k in range(len(self.segments))]

    def segment(self, k: int) -> ReadLine:
        """Returns segment ``k`` as a line of its own, which is decoded to the same codes."""
        return replace(self, segments=(self.segments[k],), seed=self.seeds[k])

    def failed(self) -> FramevoxError:
        """Returns the error for networks that computed no numbers, or silence."""
        return FramevoxError(
            f"the model failed on {self.line.text!r} with voice {self.voice.name}: "
            "write the line differently or choose another voice",
            code="engine",
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A segment, decoded: codes int64 [n], latents [n, D], a draft of its mel [80, N], the seed of its mel's noise, and
    how many semantic frames its codes are."""

    segment: Segment
    codes: Tensor
    latents: Tensor
    draft: npt.NDArray[np.float32]
    seed: int
    frames: int


@dataclass(frozen=True)
class DecodedLine:
    """A line, decoded. ``ended`` is False where the model did not stop by itself, so the line is most likely cut."""

    read: ReadLine
    parts: tuple[Part, ...]
    ended: bool

    @cached_property
    def draft(self) -> npt.NDArray[np.float32]:
        """The mel of the whole line [80, N], with gaps as quiet as its quietest value."""
        floor = min(float(part.draft.min()) for part in self.parts)
        columns: list[npt.NDArray[np.float32]] = []
        for part, gap in zip(self.parts, (*self.read.gaps, 0), strict=True):
            columns += [part.draft, np.full((part.draft.shape[0], gap), floor, np.float32)]
        return np.concatenate(columns, axis=1)

    @cached_property
    def offsets(self) -> list[int]:
        """The frame of ``draft`` at which each part begins."""
        widths = [part.draft.shape[1] for part in self.parts]
        return [sum(widths[:k]) + sum(self.read.gaps[:k]) for k in range(len(widths))]

    @cached_property
    def speech(self) -> tuple[int, int]:
        """The frames of ``draft`` between its silent ends."""
        loudness = level(self.draft)
        loud = np.flatnonzero(loudness > loudness.max() - _QUIET_DB)
        return int(loud[0]), int(loud[-1]) + 1

    @cached_property
    def elastic(self) -> tuple[Floats, Truths]:
        """How easily each frame of ``draft`` stretches, and which are pauses, by the sound and by the text."""
        said = np.ones(self.draft.shape[1])
        for part, offset in zip(self.parts, self.offsets, strict=True):
            width = part.draft.shape[1]
            said[offset : offset + width] = emphasis(part.segment.pieces, _piece_frames(part), width)
        return elasticity(self.draft, said, is_pitched([p for part in self.parts for p in part.segment.pieces]))

    @cached_property
    def spots(self) -> list[tuple[int, int]]:
        """Where words begin, and characters that are text ids of their own: offsets in the line's text, and frames of
        ``draft``, estimated as the times of words are."""
        found: list[tuple[int, int]] = []
        for part, offset in zip(self.parts, self.offsets, strict=True):
            frames = _piece_frames(part)
            for index, (piece, frame) in enumerate(zip(_spoken(part), frames, strict=False)):
                word = piece.word
                assert word is not None
                before = [one for one in _spoken(part)[:index] if one.word is word]
                single = word.language == "zh" and len(word.spoken) == word.end - word.start
                if not before or single:
                    found.append((word.start + len(before), offset + frame))
        known: dict[int, int] = {}
        for at, frame in found:
            known.setdefault(at, frame)  # a word that two segments share begins in the first
        return sorted(known.items())

    def frame_at(self, offset: float) -> int:
        """The frame of ``draft`` at which an offset of the line's text is estimated to be spoken: where it lies between
        two spots, in proportion."""
        spots = [*self.spots, (len(self.read.line.text), self.speech[1])]
        return round(float(np.interp(offset, [at for at, _ in spots], [frame for _, frame in spots])))

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of its plan, its end the last. They can be pressed and drawn out as the whole line can."""
        own = [(offset, max(0, frame - self.speech[0]) * STEP) for offset, frame in self.spots]
        own.append((len(self.read.line.text), self.neutral))
        pace = self.read.pace
        return tuple(
            Place(offset, round(at / pace), round(at * SHORTEST), round(at * LONGEST), 0) for offset, at in own
        )

    @property
    def neutral(self) -> int:
        """Its predicted span as it was decoded [samples]."""
        start, end = self.speech
        return (end - start) * STEP

    @property
    def natural(self) -> int:
        """Its predicted span at the pace it is to be spoken at [samples]."""
        return round(self.neutral / self.read.pace)


def lay_out(decoded: DecodedLine, frames: int, points: Sequence[tuple[float, int]] = ()) -> tuple[Frames, list[MelJob]]:
    """Lays a line out over so many ``frames`` of speech.

    ``points`` are offsets in the line and the samples from the speech's start at which they are spoken. Returns which
    frame of the draft each frame of the line shows, int64 [M], and the job of each part's mel.
    """
    draft, (start, end) = decoded.draft, decoded.speech
    before, after = start, draft.shape[1] - end
    knots = [(float(decoded.frame_at(offset)), before + sample / STEP) for offset, sample in points]
    target = before + frames + after
    shown = np.round(time_map(draft, target, held=(before, after), knots=knots, elastic=decoded.elastic)).astype(
        np.int64
    )
    jobs = []
    for part, offset in zip(decoded.parts, decoded.offsets, strict=True):
        source = shown - offset
        jobs.append(mel_job(part, decoded.read.prompt, source[(source >= 0) & (source < part.draft.shape[1])]))
    return shown, jobs


def corrected(frames: int, off: int) -> int:
    """Returns the frames of speech to lay out next, when the sound's span came out ``off`` samples short."""
    return max(1, frames + (round(off / STEP) or int(math.copysign(1, off))))


def mel_job(part: Part, prompt: Prompt, source: Frames) -> MelJob:
    """Returns the job of a part's mel that shows the frames ``source`` of its draft."""
    index = np.minimum(((source + 0.5) * STEP / FRAME_SAMPLES).astype(np.int64), part.frames - 1)
    # Drawn frame by frame, so that a frame more or less leaves the others as they are: a line that is corrected in
    # its length remains the same take.
    size = (prompt.mel.shape[1] + len(index), part.draft.shape[0])
    noise = torch.randn(size, generator=torch.Generator().manual_seed(part.seed)).t()
    return MelJob(part.codes, part.latents, prompt, torch.from_numpy(index), noise)


def part_starts(decoded: DecodedLine, shown: Frames) -> list[int]:
    """Returns the sample at which each part begins, for a line laid out as ``shown``."""
    return [int(np.searchsorted(shown, offset)) * STEP for offset in decoded.offsets]


def finished(sound: Samples, gain: float, into: bool, out: bool) -> Samples:
    """Returns a part's sound at its level, with soft seams: ``into`` where a part comes before it, ``out`` where one
    follows."""
    sound = sound * np.float32(gain)
    fade = np.linspace(0, 1, min(_FADE, len(sound) // 2), endpoint=False, dtype=np.float32)
    if into:
        sound[: len(fade)] *= fade
    if out:
        sound[len(sound) - len(fade) :] *= fade[::-1]
    return sound


def assemble(
    decoded: DecodedLine, shown: Frames, sounds: Sequence[Samples], points: Sequence[tuple[float, int]] = ()
) -> Speech:
    """Joins the sounds of a line's parts, with the silence that the map gives to the gaps between them.

    Raises FramevoxError (code ``engine``) where they are not numbers, or silent.
    """
    samples = np.zeros(len(shown) * STEP, np.float32)
    for k, (at, sound) in enumerate(zip(part_starts(decoded, shown), sounds, strict=True)):
        samples[at : at + len(sound)] = finished(sound, decoded.read.gain, k > 0, k < len(sounds) - 1)
    return speech_of(decoded, shown, samples, points)


def speech_of(
    decoded: DecodedLine, shown: Frames, samples: Samples, points: Sequence[tuple[float, int]] = ()
) -> Speech:
    """Returns a line's sound with the times of its words and points. Raises FramevoxError as ``assemble`` does."""
    words: list[Timing] = []
    for part, offset in zip(decoded.parts, decoded.offsets, strict=True):
        words += _word_timings(part, shown, offset)
    start, end = speech_span(samples)
    if start == end or not np.isfinite(samples).all():
        raise decoded.read.failed()
    heard = tuple(_sample(shown, decoded.frame_at(offset)) for offset, _ in points)
    return Speech(samples, SAMPLE_RATE, start, end, tuple(words), (), heard)


def _sample(shown: Frames, frame: int) -> int:
    """The sample at which a frame of the draft is shown."""
    return int(np.searchsorted(shown, frame)) * STEP


def _spoken(part: Part) -> list[Piece]:
    return [piece for piece in part.segment.pieces if piece.word is not None]


def _piece_frames(part: Part) -> list[int]:
    """Estimates where the spoken pieces of a segment begin, and where the last one ends, in frames of its draft: its
    speaking frames are shared out by the pieces' text ids."""
    speaking = np.flatnonzero(~silence(part.draft)[1])
    counts = [len(piece.ids) for piece in _spoken(part)]
    total, done = sum(counts), 0
    frames = []
    for count in counts:
        frames.append(int(speaking[done * len(speaking) // total]))
        done += count
    return [*frames, int(speaking[-1]) + 1]


def _word_timings(part: Part, shown: Frames, offset: int) -> list[Timing]:
    """The words of a segment, where their pieces are estimated to be."""
    timings: list[Timing] = []
    last = None
    for piece, (first, after) in zip(_spoken(part), pairwise(_piece_frames(part)), strict=True):
        assert piece.word is not None
        start, end = _sample(shown, offset + first), _sample(shown, offset + after)
        if piece.word is last:
            timings[-1] = replace(timings[-1], end=end)
        else:
            timings.append(Timing(piece.word.text, start, end))
        last = piece.word
    return timings
