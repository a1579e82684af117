"""IndexTTS-2 as an engine: lines are decoded once to know their length, then stretched, or decoded to length."""

from __future__ import annotations

import hashlib
import logging
import math
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from framevox.engine_daemon.audio.span import is_speech, speech_span
from framevox.engine_daemon.engines import MODEL_VARIABLE, default_model
from framevox.engine_daemon.engines.base import Direction, Plan, Samples, Speech, Timing, Voice, unwrap
from framevox.engine_daemon.engines.indextts2.batches import buckets, halving, halving_rows
from framevox.engine_daemon.engines.indextts2.clip_shelf import ClipShelf
from framevox.engine_daemon.engines.indextts2.decode import Decoded, Sampling
from framevox.engine_daemon.engines.indextts2.described import EmotionReader
from framevox.engine_daemon.engines.indextts2.loading.fingerprint import model_key
from framevox.engine_daemon.engines.indextts2.model import SAMPLE_RATE, IndexTTS2Model, MelJob, Prompt
from framevox.engine_daemon.engines.indextts2.steer import TRIES, Wanted, decode_to_length
from framevox.engine_daemon.engines.indextts2.text_ids import LANGUAGES, Segment, TextFrontEnd
from framevox.engine_daemon.engines.indextts2.timemap import elasticity, level, time_map
from framevox.engine_daemon.protocol.errors import FramevoxError, InputError
from framevox.engine_daemon.text.line import Line

log = logging.getLogger(__name__)

SOUND = 2
"""Raise it whenever the same plan would sound different."""
STEP = 256
"""A mel frame in samples: spans are reached to within half of it."""
SHORTEST, LONGEST = 0.6, 1.7
"""How far a line can be pressed and drawn out, against its natural span."""
RESPOKEN = 0.15
"""Past this much change the line is decoded again to a number of codes; below, the time map alone changes it."""
_ROUNDS = 4
_QUIET_DB = 50.0  # below the draft's loudest frames; what is quieter at its ends is not speech
_FADE = 110  # samples, 5 ms, at the seams of segments
_FIRST_PIECE, _PIECE = 43, 258  # mel frames of a streamed line: half a second, and three
_DECODED = 64  # rows decoded at once: the cache of one takes 30 MB for 5 s in bfloat16
_BUCKET_FRAMES = 24000  # mel frames, prompts included, through the transformer at once


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment, decoded: codes int64 [n], latents [n, D], a draft of its mel [80, N] and its initial noise's seed."""

    segment: Segment
    codes: Tensor
    latents: Tensor
    draft: npt.NDArray[np.float32]
    seed: int


@dataclass(frozen=True, slots=True)
class _State:
    """A line, decoded. ``gaps`` are the frames of silence after each part but the last."""

    line: Line
    voice: Voice
    emotion: Tensor
    segments: tuple[Segment, ...]
    parts: tuple[_Part, ...]
    gaps: tuple[int, ...]
    seed: int

    @property
    def prompt(self) -> Prompt:
        prompt: Prompt = self.voice.state
        return prompt

    @property
    def draft(self) -> npt.NDArray[np.float32]:
        """The whole line's mel [80, N], gaps at the floor."""
        floor = min(float(part.draft.min()) for part in self.parts)
        columns: list[npt.NDArray[np.float32]] = []
        for i, part in enumerate(self.parts):
            columns.append(part.draft)
            if i < len(self.gaps):
                columns.append(np.full((part.draft.shape[0], self.gaps[i]), floor, np.float32))
        return np.concatenate(columns, axis=1)

    @property
    def offsets(self) -> list[int]:
        """The frame of ``draft`` at which each part begins."""
        widths = [part.draft.shape[1] for part in self.parts]
        return [sum(widths[:k]) + sum(self.gaps[:k]) for k in range(len(widths))]

    @property
    def speech(self) -> tuple[int, int]:
        """The frames of ``draft`` between its silent ends."""
        loudness = level(self.draft)
        loud = np.flatnonzero(loudness > loudness.max() - _QUIET_DB)
        return int(loud[0]), int(loud[-1]) + 1


class IndexTTS2Engine:
    """See engines/base.py. Voices are clips in ``voices_dir``; what comes of them is kept under ``cache_dir``."""

    name = "indextts2"
    sample_rate = SAMPLE_RATE
    step = STEP
    languages = LANGUAGES
    parallel = 1
    batch_size = 32
    emotions = True

    def __init__(
        self,
        model: IndexTTS2Model,
        voices_dir: Path,
        cache_dir: Path,
        *,
        steps: int = 25,
        sampling: Sampling | None = None,
    ) -> None:
        self._model, self._steps, self._sampling = model, steps, sampling or Sampling()
        key = model_key(model)
        self.version = f"{key}-{str(model.dtype).removeprefix('torch.')}-{steps}-{SOUND}"
        self._text = TextFrontEnd(model.folder / model.config.files["bpe"], model.config.gpt.text_positions - 2)
        if self._text.vocabulary + 1 != model.config.gpt.text_vocab:
            raise InputError(
                f"{model.config.files['bpe']} has {self._text.vocabulary} pieces; gpt.pth has rows for "
                f"{model.config.gpt.text_vocab - 1}. They are of different releases."
            )
        self._shelf = ClipShelf(model, key, voices_dir, cache_dir / "indextts2")
        self._described = EmotionReader(
            model.folder / model.config.files["qwen"], cache_dir / "indextts2" / "emotions", model.device
        )
        self._notices: deque[str] = deque()
        model.tell = self._notices.append

    def notices(self) -> list[str]:
        told: dict[str, None] = {}
        while self._notices:  # emptied, not replaced: a worker may be adding to it
            told[self._notices.popleft()] = None
        return list(told)

    def voices(self) -> Sequence[str]:
        return self._shelf.names()

    def voice(self, spec: str) -> Voice:
        # Decoders stay: this may be another thread than the one that decodes.
        tell = self._notices.append
        (found,) = halving(lambda specs: [self._shelf.prompt(s) for s in specs], [spec], "clips", tell, lambda: None)
        key, prompt = unwrap(found)
        return Voice(name=spec, key=key, languages=LANGUAGES, state=prompt)

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        failed: dict[int, Exception] = {}
        states: dict[int, _State] = {}
        warnings: dict[int, tuple[str, ...]] = {}
        for i, (line, voice, direction) in enumerate(lines):
            try:
                segments, warnings[i] = self._text.read(line)
                states[i] = self._begin(line, voice, direction, segments)
            except Exception as error:
                failed[i] = error
        spoken = dict(zip(states, self._decode(list(states.values()), None), strict=True))
        return [
            failed[i] if i in failed else _planned(line, voice, warnings[i], spoken[i])
            for i, (line, voice, _) in enumerate(lines)
        ]

    def _emotion(self, prompt: Prompt, direction: Direction) -> Tensor:
        emotion = direction.emotion
        if emotion is None:
            return self._model.emotion_vector(prompt)
        weights = emotion.weights
        if emotion.description:
            read, tell = self._described.weights, self._notices.append
            (found,) = halving(
                lambda texts: [read(text) for text in texts],
                [emotion.description],
                "descriptions",
                tell,
                self._model.release,
            )
            weights = unwrap(found)
        reference = None if direction.emotion_voice is None else direction.emotion_voice.state
        return self._model.emotion_vector(prompt, reference, emotion.strength, weights)

    def _begin(self, line: Line, voice: Voice, direction: Direction, segments: Sequence[Segment]) -> _State:
        """A line that is read and not decoded yet."""
        source = f"{voice.key}:{line.text}"
        if direction.take_number > 1:
            source += f":{direction.take_number}"
        seed = int.from_bytes(hashlib.sha256(source.encode()).digest()[:4], "big")
        gaps = tuple(round(s.pause * SAMPLE_RATE / STEP) for s in segments[:-1])
        return _State(line, voice, self._emotion(voice.state, direction), tuple(segments), (), gaps, seed)

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        states: dict[int, _State] = {}
        spans = [plan.natural if span is None else span for plan, span in plans]
        for i, ((plan, _), span) in enumerate(zip(plans, spans, strict=True)):
            if plan.shortest <= span <= plan.longest:
                states[i] = plan.state
            else:
                yield i, _out_of_reach(plan, span)
        again = [i for i in states if _respoken(plans[i][0], spans[i])]
        ratios = [spans[i] / plans[i][0].natural for i in again]
        for i, made in zip(again, self._decode([states[i] for i in again], ratios), strict=True):
            if isinstance(made, Exception):
                del states[i]
                yield i, made
            elif made[1]:  # else it was cut: then the plan's own codes, which the time map alone presses or draws out
                states[i] = made[0]
        # Frames of speech asked of the time map; corrected by what the vocoder's sound turns out to span.
        frames = {i: round(spans[i] / STEP) for i in states}
        best: dict[int, Speech] = {}
        for attempt in range(_ROUNDS):
            for i, speech in self._sound({i: (states[i], n) for i, n in frames.items()}):
                if isinstance(speech, Exception):
                    del frames[i]
                    yield i, speech
                    continue
                off = spans[i] - (speech.end - speech.start)
                if i not in best or abs(off) < abs(spans[i] - (best[i].end - best[i].start)):
                    best[i] = speech
                if abs(off) <= STEP // 2 or plans[i][1] is None or attempt == _ROUNDS - 1:
                    del frames[i]
                    yield i, best[i]
                else:
                    frames[i] = _corrected(frames[i], off)
            if not frames:
                break

    def stream(self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None) -> Iterator[Samples]:
        """A line in pieces, each as soon as it is computed: together, what ``speak`` makes of it. Raises as it does.

        At its own pace (no ``span``) a segment waits for nothing that follows it: it is decoded (when ``wanted`` is a
        line and not a plan), integrated and vocoded before the next one is begun. To a span, the first piece waits for
        more: the time map stretches the line as a whole, so all of it must be decoded, and what is put right at the end
        is where the sound begins and ends, so the first and the last segment must be heard. Those between them are made
        when their turn comes.
        """
        if span is None:
            if isinstance(wanted, Plan):
                line, voice, state = wanted.line, wanted.voice, wanted.state
            else:
                line, voice, _ = wanted
                state = self._begin(*wanted, self._text.read(line)[0])
            pieces = self._as_decoded(state)
        else:
            plan = wanted if isinstance(wanted, Plan) else unwrap(self.plan([wanted])[0])
            line, voice = plan.line, plan.voice
            pieces = self._to_span(plan, span)
        heard = False
        for piece in pieces:
            if not np.isfinite(piece).all():
                raise _failed(line, voice)
            heard = heard or bool(is_speech(piece).any())
            yield piece
        if not heard:
            raise _failed(line, voice)

    def _as_decoded(self, state: _State) -> Iterator[Samples]:
        last = len(state.segments) - 1
        for k, segment in enumerate(state.segments):
            if state.parts:
                part = state.parts[k]
            else:
                alone = replace(state, segments=(segment,), gaps=(), seed=(state.seed + k) % 2**32)
                (made,) = self._decode([alone], None)
                part = unwrap(made)[0].parts[0]
            yield from self._pieces(_job(part, state.prompt, np.arange(part.draft.shape[1])), k > 0, k < last)
            if k < last:
                yield np.zeros(state.gaps[k] * STEP, np.float32)

    def _to_span(self, plan: Plan, span: int) -> Iterator[Samples]:
        if not plan.shortest <= span <= plan.longest:
            raise _out_of_reach(plan, span)
        state: _State = plan.state
        if _respoken(plan, span):
            (redecoded,) = self._decode([plan.state], [span / plan.natural])
            again, ended = unwrap(redecoded)
            if ended:
                state = again
        frames, last = round(span / STEP), len(state.parts) - 1
        best: tuple[int, npt.NDArray[np.int64], list[MelJob], dict[int, Samples]] | None = None
        for _ in range(_ROUNDS):
            shown, jobs = _lay_out(state, frames)
            ends, made = self._ends(jobs, _starts(state, shown))
            if ends is None:
                raise _failed(plan.line, plan.voice)
            off = span - (ends[1] - ends[0])
            if best is None or abs(off) < abs(best[0]):
                best = off, shown, jobs, made
            if abs(off) <= STEP // 2:
                break
            frames = _corrected(frames, off)
        assert best is not None
        _, shown, jobs, made = best
        done = 0
        for k, at in enumerate(_starts(state, shown)):
            yield np.zeros(at - done, np.float32)
            done = at + len(jobs[k].index) * STEP
            if k in made:
                yield made[k]
            else:
                yield from self._pieces(jobs[k], k > 0, k < last)
        yield np.zeros(len(shown) * STEP - done, np.float32)

    def _pieces(self, job: MelJob, into: bool, out: bool) -> Iterator[Samples]:
        """The sound of one part: half a second as soon as may be, and then longer pieces, which cost less."""
        (mel,) = self._model.mels([job], self._steps)
        first, left = True, mel.shape[1] * STEP
        for piece in self._model.vocode_stream(mel, _PIECE, _PIECE if into else _FIRST_PIECE):
            left -= len(piece)
            yield _faded(piece.cpu().numpy(), into and first, out and left == 0)
            first = False

    def _ends(self, jobs: Sequence[MelJob], starts: Sequence[int]) -> tuple[tuple[int, int] | None, dict[int, Samples]]:
        """Where the speech of a line begins and ends, from as few of its parts as show it; and those parts' sound."""
        made: dict[int, Samples] = {}

        def loud(k: int) -> npt.NDArray[np.int64]:
            if k not in made:
                sound = self._model.vocode(self._model.mels([jobs[k]], self._steps)[0]).cpu().numpy()
                made[k] = _faded(sound, k > 0, k < len(jobs) - 1)
            return starts[k] + np.flatnonzero(is_speech(made[k]))

        first = next((found for k in range(len(jobs)) if (found := loud(k)).size), None)
        if first is None or not all(np.isfinite(sound).all() for sound in made.values()):
            return None, made
        final = next(found for k in reversed(range(len(jobs))) if (found := loud(k)).size)
        return (int(first[0]), int(final[-1]) + 1), made

    def _decode(
        self, states: Sequence[_State], ratios: Sequence[float] | None
    ) -> list[tuple[_State, bool] | Exception]:
        """All segments of all lines in one batch, at their own pace or to ``ratios`` of what they have.

        -> each line with its parts, and whether it came to its end by itself: if it did not, it is cut. A line on which
        the network failed is its exception."""
        if not states:
            return []
        goals: Sequence[float | None] = ratios or [None] * len(states)
        wanted = list(zip(states, goals, strict=True))
        made = halving(self._decode_together, wanted, "lines", self._notices.append, self._model.release)
        # An outcome of a line is an exception on either level: of the batch it was alone in, or its own.
        return list(made)

    def _decode_together(self, wanted: Sequence[tuple[_State, float | None]]) -> list[tuple[_State, bool] | Exception]:
        model = self._model
        states = [state for state, _ in wanted]
        ratios = [ratio for _, ratio in wanted if ratio is not None]
        prefixes, seeds, goals, owners = [], [], [], []
        for i, state in enumerate(states):
            for k, segment in enumerate(state.segments):
                prefixes.append(model.prefix(segment.ids, state.prompt, state.emotion))
                seeds.append((state.seed + k) % 2**32)
                owners.append((i, k))
                if ratios:
                    goals.append(max(2, round(len(state.parts[k].codes) * ratios[i])))

        def run(rows: int) -> list[Decoded]:
            if ratios:
                aims = [Wanted(*row) for row in zip(prefixes, goals, seeds, strict=True)]
                return decode_to_length(model, aims, self._sampling, rows=rows)
            limits = [_limit(len(states[i].segments[k].ids)) for i, k in owners]
            generators = [torch.Generator().manual_seed(seed) for seed in seeds]
            return model.decode(prefixes, self._sampling, limits, generators, rows=rows)

        what, each = ("tries of lines", TRIES) if ratios else ("lines", 1)
        rows = min(len(prefixes) * each, _DECODED)
        decoded = halving_rows(run, rows, what, self._notices.append, model.release)
        shapes = self._shapes(prefixes, decoded, [states[i].prompt for i, _ in owners])
        parts: list[list[_Part]] = [[] for _ in states]
        failed: dict[int, Exception] = {}
        finished = [True] * len(states)
        for (i, k), shape, seed, row in zip(owners, shapes, seeds, decoded, strict=True):
            if shape is None:
                failed[i] = _failed(states[i].line, states[i].voice)
            elif isinstance(shape, Exception):
                failed[i] = shape
            else:
                finished[i] &= row.stopped
                parts[i].append(_Part(states[i].segments[k], row.codes, *shape, seed))
        return [
            failed[i] if i in failed else (replace(state, parts=tuple(parts[i])), finished[i])
            for i, state in enumerate(states)
        ]

    def _shapes(
        self, prefixes: Sequence[Tensor], decoded: Sequence[Decoded], prompts: Sequence[Prompt]
    ) -> list[tuple[Tensor, npt.NDArray[np.float32]] | Exception | None]:
        """The latents and the draft of every row; None where they are no numbers."""
        model = self._model

        def run(rows: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
            codes = [decoded[r].codes for r in rows]
            latents = model.latents_many([prefixes[r] for r in rows], codes)
            return list(zip(latents, model.drafts(codes, latents, [prompts[r] for r in rows]), strict=True))

        shapes: list[tuple[Tensor, npt.NDArray[np.float32]] | Exception | None] = [None] * len(decoded)
        sound = [r for r, row in enumerate(decoded) if len(row.codes) and not math.isnan(row.likelihood)]
        lengths = [prompts[r].mel.shape[1] + model.frames(len(decoded[r].codes)) for r in sound]
        for bucket in buckets(lengths, _BUCKET_FRAMES):
            rows = [sound[b] for b in bucket]
            outcomes = halving(run, rows, "lines", self._notices.append, model.release)
            for r, made in zip(rows, outcomes, strict=True):
                if isinstance(made, Exception):
                    shapes[r] = made
                    continue
                latents, draft = made
                mel = draft.cpu().numpy()
                shapes[r] = (latents, mel) if np.isfinite(mel).all() else None
        return shapes

    def _sound(self, lines: dict[int, tuple[_State, int]]) -> Iterator[tuple[int, Speech | Exception]]:
        """Each line with so many frames of speech, as sound, or why there is none."""
        jobs: list[MelJob] = []
        owners: list[int] = []
        maps: dict[int, npt.NDArray[np.int64]] = {}
        for i, (state, frames) in lines.items():
            maps[i], mine = _lay_out(state, frames)
            jobs += mine
            owners += [i] * len(mine)
        sounds: dict[int, Samples | Exception] = {}
        left = {i: owners.count(i) for i in lines}
        model = self._model
        for bucket in buckets([job.noise.shape[1] for job in jobs], _BUCKET_FRAMES):
            tell = self._notices.append
            mine = [jobs[j] for j in bucket]
            made = halving(
                lambda rows: model.vocode_many(model.mels(rows, self._steps)), mine, "lines", tell, model.release
            )
            for j, sound in zip(bucket, made, strict=True):
                sounds[j] = sound if isinstance(sound, Exception) else sound.cpu().numpy()
                left[owners[j]] -= 1
            for i in [i for i, n in left.items() if n == 0]:
                del left[i]
                parts = [sounds.pop(j) for j, owner in enumerate(owners) if owner == i]
                yield i, _assemble(lines[i][0], maps[i], parts)


def _planned(
    line: Line, voice: Voice, warnings: tuple[str, ...], made: tuple[_State, bool] | Exception
) -> Plan | Exception:
    if isinstance(made, Exception):
        return made
    state, finished = made
    if not finished:
        warnings = (*warnings, "the model did not come to an end by itself: listen to the end of the line")
    start, end = state.speech
    natural = (end - start) * STEP
    said = replace(line, warnings=line.warnings + warnings)
    return Plan(said, voice, natural, math.ceil(natural * SHORTEST), int(natural * LONGEST), state)


def _failed(line: Line, voice: Voice) -> FramevoxError:
    return FramevoxError(f"the model failed on {line.text!r} with voice {voice.name}", code="engine")


def _out_of_reach(plan: Plan, span: int) -> InputError:
    return InputError(
        f"{plan.line.text!r} cannot be spoken in {span / SAMPLE_RATE:.2f} s: it takes "
        f"{plan.shortest / SAMPLE_RATE:.2f} to {plan.longest / SAMPLE_RATE:.2f} s"
    )


def _limit(ids: int) -> int:
    """At how many codes a line of so many text ids has lost its way. A Han character is about one id and takes 10 to 12
    codes at an average pace: this leaves room for speech two and a half times as slow, and for pauses."""
    return min(1500, 100 + 30 * ids)


def _respoken(plan: Plan, span: int) -> bool:
    return abs(math.log(span / plan.natural)) > RESPOKEN


def _corrected(frames: int, off: int) -> int:
    """What to ask of the time map next, when the sound's span came out ``off`` samples short."""
    return max(1, frames + (round(off / STEP) or int(math.copysign(1, off))))


def _lay_out(state: _State, frames: int) -> tuple[npt.NDArray[np.int64], list[MelJob]]:
    """A line with so many frames of speech: the draft's frame that each of its frames shows, and its parts' mels."""
    draft, (start, end) = state.draft, state.speech
    before, after = start, draft.shape[1] - end
    shown = np.round(time_map(draft, before + frames + after, held=(before, after))).astype(np.int64)
    jobs = []
    for part, offset in zip(state.parts, state.offsets, strict=True):
        source = shown - offset
        jobs.append(_job(part, state.prompt, source[(source >= 0) & (source < part.draft.shape[1])]))
    return shown, jobs


def _job(part: _Part, prompt: Prompt, source: npt.NDArray[np.int64]) -> MelJob:
    """A part with the frames of its draft that are to be shown."""
    index = np.minimum(((source + 0.5) * STEP / 441).astype(np.int64), len(part.codes) - 1)
    # Drawn frame by frame, so that a frame more or less leaves the others as they are: a line that is corrected in
    # its length remains the same take.
    size = (prompt.mel.shape[1] + len(index), part.draft.shape[0])
    noise = torch.randn(size, generator=torch.Generator().manual_seed(part.seed)).t()
    return MelJob(part.codes, part.latents, prompt, torch.from_numpy(index), noise)


def _starts(state: _State, shown: npt.NDArray[np.int64]) -> list[int]:
    """At which sample each part begins."""
    return [int(np.searchsorted(shown, offset)) * STEP for offset in state.offsets]


def _faded(sound: Samples, into: bool, out: bool) -> Samples:
    """With its seams softened: the beginning where another part comes before, the end where one follows."""
    sound = sound.copy()
    fade = np.linspace(0, 1, min(_FADE, len(sound) // 2), endpoint=False, dtype=np.float32)
    if into:
        sound[: len(fade)] *= fade
    if out:
        sound[len(sound) - len(fade) :] *= fade[::-1]
    return sound


def _assemble(state: _State, shown: npt.NDArray[np.int64], made: Sequence[Samples | Exception]) -> Speech | Exception:
    """A line from its segments' sounds and the silence that the map gives to the gaps between them."""
    sounds: list[Samples] = []
    for sound in made:
        if isinstance(sound, Exception):
            return sound
        if not np.isfinite(sound).all():
            return _failed(state.line, state.voice)
        sounds.append(sound)
    samples = np.zeros(len(shown) * STEP, np.float32)
    words: list[Timing] = []
    places = zip(state.parts, state.offsets, _starts(state, shown), sounds, strict=True)
    for k, (part, offset, at, sound) in enumerate(places):
        samples[at : at + len(sound)] = _faded(sound, k > 0, k < len(sounds) - 1)
        words += _word_timings(part, shown, offset)
    start, end = speech_span(samples)
    if start == end:
        return _failed(state.line, state.voice)
    return Speech(samples, SAMPLE_RATE, start, end, tuple(words), ())


def _word_timings(part: _Part, shown: npt.NDArray[np.int64], offset: int) -> list[Timing]:
    """Where the words of a segment lie, estimated: its speaking frames shared out by the words' text ids."""
    _, pause = elasticity(part.draft)
    speaking = np.flatnonzero(~pause)
    total = sum(len(piece.ids) for piece in part.segment.pieces if piece.word is not None)
    timings: list[Timing] = []
    done, last = 0, None

    def at(share: int) -> int:
        """The sample at which so many of the words' ids are spoken."""
        frame = speaking[share * len(speaking) // total] if share < total else speaking[-1] + 1
        return int(np.searchsorted(shown, offset + frame)) * STEP

    for piece in part.segment.pieces:
        if piece.word is None:
            continue
        start, done = at(done), done + len(piece.ids)
        if piece.word is last:
            timings[-1] = replace(timings[-1], end=at(done))
        else:
            timings.append(Timing(piece.word.text, start, at(done)))
        last = piece.word
    return timings


def create(voices_dir: Path, cache_dir: Path, threads: int) -> IndexTTS2Engine:
    """The engine with the folder that ``--model`` or ``FRAMEVOX_MODEL`` names, else ``models/indextts2`` beside the
    voices: on a GPU in bfloat16, or in float16 where it is too old for that; without one on the CPU in float32."""
    folder = Path(os.environ.get(MODEL_VARIABLE) or default_model(voices_dir))
    torch.set_num_threads(threads)
    gpu = torch.cuda.is_available()
    native = gpu and torch.cuda.is_bf16_supported(including_emulation=False)
    dtype = torch.bfloat16 if native else torch.float16 if gpu else torch.float32
    model = IndexTTS2Model.from_pretrained(folder, "cuda" if gpu else "cpu", dtype)
    return IndexTTS2Engine(model, voices_dir, cache_dir)
