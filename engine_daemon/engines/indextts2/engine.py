"""IndexTTS-2 as an engine: lines are decoded once to know their length, then stretched, or decoded to length."""

from __future__ import annotations

import hashlib
import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from framevox.engine_daemon.emotion.read import Reading, read_description
from framevox.engine_daemon.engines import (
    AS_RELEASED_VARIABLE,
    DEVICE_VARIABLE,
    used_model,
)
from framevox.engine_daemon.engines.base import Direction, Plan, Samples, Speech, Voice, VoiceInfo, unwrap
from framevox.engine_daemon.engines.indextts2.batches import buckets, halving
from framevox.engine_daemon.engines.indextts2.clip_shelf import ClipShelf
from framevox.engine_daemon.engines.indextts2.decode import Sampling
from framevox.engine_daemon.engines.indextts2.decode_lines import LineDecoder
from framevox.engine_daemon.engines.indextts2.described import EmotionReader
from framevox.engine_daemon.engines.indextts2.faults import check_usable
from framevox.engine_daemon.engines.indextts2.front_end import front_end
from framevox.engine_daemon.engines.indextts2.listing import infos
from framevox.engine_daemon.engines.indextts2.loading.device import find_device, free_share, give_back, use_device
from framevox.engine_daemon.engines.indextts2.loading.fingerprint import model_key
from framevox.engine_daemon.engines.indextts2.mending import Aim, Latest, Made, Mel, mend
from framevox.engine_daemon.engines.indextts2.model import SAMPLE_RATE, IndexTTS2Model, MelJob, Prompt
from framevox.engine_daemon.engines.indextts2.parts import (
    LONGEST,
    ROUNDS,
    SHORTEST,
    STEP,
    DecodedLine,
    Frames,
    ReadLine,
    assemble,
    corrected,
    lay_out,
)
from framevox.engine_daemon.engines.indextts2.streaming import Streamer
from framevox.engine_daemon.protocol.emotion import EMOTIONS, Emotion
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text.line import Language, Line

log = logging.getLogger(__name__)

T = TypeVar("T")
Points = Sequence[tuple[float, int]]
"""As in ``Plan.points``."""

SOUND = 5
"""Raise it whenever the same plan would sound different."""
FASTER = 1.18
"""How many times faster "fast" is; "slow" is as much slower, as on the built-in engine."""
LOUDER_DB = 5.0
"""What "loud" adds to the level; "soft" takes it away."""


class IndexTTS2Engine:
    """See engines/base.py. Voices are clips in ``voices_dir``; what is derived from them is kept in ``cache_dir``."""

    name = "indextts2"
    sample_rate = SAMPLE_RATE
    step = STEP
    parallel = 1
    batch_size = 32
    emotions = True
    streams_unplanned = True
    estimates_times = True

    def __init__(
        self,
        model: IndexTTS2Model,
        voices_dir: Path,
        cache_dir: Path,
        *,
        steps: int = 25,
        sampling: Sampling | None = None,
    ) -> None:
        self._model, self._steps = model, steps
        self._voices_dir = voices_dir
        key = model_key(model)
        self.version = f"{key}-{str(model.dtype).removeprefix('torch.')}-{steps}-{SOUND}"
        if model.as_released:
            self.version += "-as-released"
        self._text = front_end(model.folder, model.config, model.as_released)
        self.languages = self._text.languages
        self._shelf = ClipShelf(model, key, voices_dir, cache_dir / "indextts2")
        self._described = EmotionReader(
            model.folder / model.config.qwen_folder, cache_dir / "indextts2" / "emotions", model.device
        )
        self._notices = model.notices
        self._decoder = LineDecoder(model, sampling or Sampling(), self._notices.append)
        self._streamer = Streamer(model, self._decoder, steps, self._sounds_of)
        self._latest = Latest(self.batch_size)

    def notices(self) -> list[str]:
        told: dict[str, None] = {}
        while self._notices:  # emptied, not replaced: a worker may be adding to it
            told[self._notices.popleft()] = None
        return list(told)

    def free_memory(self) -> float | None:
        return free_share(self._model.device)

    def close(self) -> None:
        device = self._model.device
        self._model.release()
        vars(self).clear()
        give_back(device)

    def voices(self) -> Sequence[VoiceInfo]:
        return infos(self._voices_dir, self.languages)

    def default_voice(self, language: Language, gender: str = "") -> str:
        names = self._shelf.names()
        if gender or not names:
            why = (
                f"no clip says whether it is {gender}" if gender else f"the engine {self.name} has no voice of its own"
            )
            raise InputError(f"{why}: name a clip of 5 to 15 s as the voice", code="unknown-voice")
        return names[0]

    def voice(self, spec: str) -> Voice:
        use_device(self._model.device)
        # Decoders are kept: this may be another thread than the one that decodes.
        key, prompt = self._alone(self._shelf.prompt, spec, "clips", lambda: None)
        return Voice(name=spec, key=key, languages=self.languages, state=prompt)

    def emotion_voice(self, spec: str) -> Voice:
        return self.voice(spec)

    def plan(self, lines: Sequence[tuple[Line, Voice, Direction]]) -> list[Plan | Exception]:
        use_device(self._model.device)
        failed: dict[int, Exception] = {}
        read: dict[int, ReadLine] = {}
        for i, (line, voice, direction) in enumerate(lines):
            try:
                read[i] = self._read(line, voice, direction)
            except Exception as error:
                failed[i] = error
        decoded = dict(zip(read, self._decoder.decode(list(read.values())), strict=True))
        return [failed[i] if i in failed else _planned(decoded[i]) for i in range(len(lines))]

    def speak(self, plans: Sequence[tuple[Plan, int | None]]) -> Iterator[tuple[int, Speech | Exception]]:
        use_device(self._model.device)
        spans: dict[int, int] = {}
        for i, (plan, asked) in enumerate(plans):
            try:
                spans[i] = _within_reach(plan, plan.natural if asked is None else asked)
            except InputError as error:
                yield i, error
        lines: dict[int, DecodedLine] = {}
        wanted: list[DecodedLine] = [plans[i][0].state for i in spans]
        for i, line in zip(spans, self._decoder.decode_to_spans(wanted, list(spans.values())), strict=True):
            if isinstance(line, Exception):
                yield i, line
            else:
                lines[i] = line
        open_lines = {i: (lines[i], round(spans[i] / STEP)) for i in lines}
        for attempt in range(ROUNDS):
            again: dict[int, tuple[DecodedLine, int]] = {}
            for made in self._make(open_lines, {i: plans[i][0].points for i in open_lines}, spans):
                own = {i for i in made if plans[i][1] is None and lines[i].read.pace == 1}
                aims = {i: aim for i, aim in made.items() if isinstance(aim, Aim)}
                outcomes = made | mend({i: aim for i, aim in aims.items() if i not in own}, self._sounds_of)
                for i, outcome in outcomes.items():
                    if isinstance(outcome, Aim) and not (i in own or outcome.met) and attempt < ROUNDS - 1:
                        again[i] = lines[i], corrected(open_lines[i][1], aims[i].off)
                    else:
                        yield i, outcome if isinstance(outcome, Exception) else self._spoken(outcome)
            open_lines = again
            if not again:
                break

    def stream(
        self, wanted: Plan | tuple[Line, Voice, Direction], span: int | None = None
    ) -> Iterator[Samples | Plan | Speech]:
        """Yields a line in pieces, each as soon as it is computed, and then all of it: what ``speak`` makes of the line
        but for what a vocoder rounds otherwise in another batch.

        At its own pace (no ``span``) a segment waits for nothing that follows it: it is decoded (when ``wanted`` is a
        line and not a plan), integrated and vocoded before the next one is begun. To a span, the first piece waits for
        more: the time map stretches the line as a whole, so all of it must be decoded, and what is put right at the end
        is where the sound begins and ends, so the first and the last segment must be heard. Those between them are made
        when their turn comes. Raises what ``plan`` and ``speak`` give for a line that fails.
        """
        use_device(self._model.device)
        line = wanted.state if isinstance(wanted, Plan) else self._read(*wanted)
        if span is None and (line.read if isinstance(line, DecodedLine) else line).pace == 1:
            made = self._streamer.at_own_pace(line)
        else:
            plan = wanted if isinstance(wanted, Plan) else unwrap(self.plan([wanted])[0])
            if plan is not wanted:
                yield plan
            # A pace in words makes a length of its own.
            made = self._streamer.to_span(plan.state, _within_reach(plan, plan.natural if span is None else span))
        try:
            for piece in made:
                if not isinstance(piece, DecodedLine):
                    yield piece
                elif isinstance(line, ReadLine) and span is None and line.pace == 1:
                    yield unwrap(_planned(piece))
        except Exception as error:
            check_usable(error)
            raise

    def sounds(self, line: Line) -> list[Any]:
        segments, warnings = self._text.read(line)
        read = [[*([list(s.lead)] if s.lead else []), *(list(piece.ids) for piece in s.pieces)] for s in segments]
        return [*read, *warnings]

    def _read(self, line: Line, voice: Voice, direction: Direction) -> ReadLine:
        segments, warnings = self._text.read(line)
        source = f"{voice.key}:{line.text}"
        if direction.take_number > 1:
            source += f":{direction.take_number}"
        seed = int.from_bytes(hashlib.sha256(source.encode()).digest()[:4], "big")
        line = replace(line, warnings=line.warnings + warnings)
        told = _told(direction.emotion)
        strength = 0.0 if direction.emotion is None else direction.emotion.strength
        pace = FASTER ** (strength * told.pace)
        gain = 10 ** (strength * told.loudness * LOUDER_DB / 20)
        return ReadLine(line, voice, self._emotion(voice.state, direction, told), tuple(segments), seed, pace, gain)

    def _emotion(self, prompt: Prompt, direction: Direction, told: Reading) -> Tensor:
        emotion = direction.emotion
        if emotion is None or (told != SILENT and not any(told.weights)):
            return self._model.emotion_vector(prompt)
        weights = emotion.weights
        if emotion.description:
            weights = self._alone(self._described.weights, emotion.description, "descriptions", self._model.release)
        reference = None if direction.emotion_voice is None else direction.emotion_voice.state
        return self._model.emotion_vector(prompt, reference, emotion.strength, weights)

    def _alone(self, run: Callable[[str], T], given: str, what: str, release: Callable[[], None]) -> T:
        """``run(given)``; raises FramevoxError when the accelerator's memory is too small for it."""
        (made,) = halving(lambda one: [run(each) for each in one], [given], what, self._notices.append, release)
        return unwrap(made)

    def _make(
        self, lines: Mapping[int, tuple[DecodedLine, int]], points: Mapping[int, Points], spans: Mapping[int, int]
    ) -> Iterator[dict[int, Aim | Exception]]:
        """Yields lines laid out over so many frames of speech, as sound, or why there is none; some at a time. One that
        was just made, and differs by a few frames, is taken as it was."""
        jobs: list[MelJob] = []
        owners: list[int] = []
        maps: dict[int, Frames] = {}
        kept: dict[int, Aim | Exception] = {}
        for i, (line, frames) in lines.items():
            known = self._latest.find(line, points[i], spans[i])
            if known is not None:
                kept[i] = Aim(line, known, spans[i], tuple(points[i]))
                continue
            maps[i], mine = lay_out(line, frames, points[i])
            jobs += mine
            owners += [i] * len(mine)
        if kept:
            yield kept
        made: dict[int, tuple[Mel, Samples] | Exception] = {}
        left = {i: owners.count(i) for i in maps}
        for bucket in buckets([job.noise.shape[1] for job in jobs], self._model.memory.mel_frames()):
            chosen = [jobs[j] for j in bucket]
            outcomes = halving(self._vocode, chosen, "lines", self._notices.append, self._model.release)
            for j, outcome in zip(bucket, outcomes, strict=True):
                made[j] = outcome
                left[owners[j]] -= 1
            ready: dict[int, Aim | Exception] = {}
            for i in [i for i, n in left.items() if n == 0]:
                del left[i]
                own = [made.pop(j) for j, owner in enumerate(owners) if owner == i]
                failed = next((outcome for outcome in own if isinstance(outcome, Exception)), None)
                if failed is not None:
                    ready[i] = failed
                    continue
                mels, sounds = zip(*(unwrap(outcome) for outcome in own), strict=True)
                ready[i] = Aim(lines[i][0], Made(maps[i], mels, sounds), spans[i], tuple(points[i]))
            if ready:
                yield ready

    def _vocode(self, jobs: Sequence[MelJob]) -> list[tuple[Mel, Samples]]:
        mels = self._model.mels(jobs, self._steps)
        sounds: list[Tensor | None] = [None] * len(mels)
        for some in buckets([mel.shape[1] for mel in mels], self._model.memory.sound_frames()):
            for j, sound in zip(some, self._model.vocode_many([mels[j] for j in some]), strict=True):
                sounds[j] = sound.cpu()
        return [
            (mel.float().cpu().numpy(), sound.numpy())
            for mel, sound in zip(mels, sounds, strict=True)
            if sound is not None
        ]

    def _sounds_of(self, mels: Sequence[Mel]) -> list[Samples | Exception]:
        """The sound of stretches of mels."""
        sounds: list[Samples | Exception] = [np.zeros(0, np.float32)] * len(mels)

        def run(some: Sequence[Mel]) -> list[Samples]:
            return [sound.cpu().numpy() for sound in self._model.vocode_many([torch.from_numpy(mel) for mel in some])]

        for bucket in buckets([mel.shape[1] for mel in mels], self._model.memory.sound_frames()):
            chosen = [mels[j] for j in bucket]
            outcomes = halving(run, chosen, "lines", self._notices.append, self._model.release)
            for j, outcome in zip(bucket, outcomes, strict=True):
                sounds[j] = outcome
        return sounds

    def _spoken(self, aim: Aim) -> Speech | Exception:
        self._latest.keep(aim)
        try:
            return assemble(
                aim.line, aim.made.shown, [sound for sound in aim.made.sounds if sound is not None], aim.points
            )
        except Exception as error:
            return error


SILENT = Reading((0.0,) * len(EMOTIONS))
"""What a description says that has no words for a pace, a loudness or an emotion."""


def _told(emotion: Emotion | None) -> Reading:
    """What a description says in words that are known without the network, which knows nothing of pace or loudness."""
    if emotion is None or not emotion.description:
        return SILENT
    try:
        return read_description(emotion.description)
    except InputError:
        return SILENT


def _planned(decoded: DecodedLine | Exception) -> Plan | Exception:
    if isinstance(decoded, Exception):
        return decoded
    line, natural, neutral = decoded.read.line, decoded.natural, decoded.neutral
    if not decoded.ended:
        warning = "the model did not come to an end by itself: listen to the end of the line"
        line = replace(line, warnings=(*line.warnings, warning))
    own = None if decoded.read.pace == 1 else neutral
    reach = math.ceil(neutral * SHORTEST), int(neutral * LONGEST)
    return Plan(line, decoded.read.voice, natural, *reach, decoded, own, decoded.places)


def _within_reach(plan: Plan, span: int) -> int:
    if not plan.shortest <= span <= plan.longest:
        raise InputError(
            f"{plan.line.text!r} cannot be spoken in {span / SAMPLE_RATE:.2f} s: give it "
            f"{plan.shortest / SAMPLE_RATE:.2f} to {plan.longest / SAMPLE_RATE:.2f} s"
        )
    return span


def create(voices_dir: Path, cache_dir: Path, threads: int) -> IndexTTS2Engine:
    """Loads the model that ``--model`` or ``FRAMEVOX_MODEL`` names, else the newest one that was pulled.

    ``FRAMEVOX_DEVICE`` names where it computes (see ``loading/device.py``); ``FRAMEVOX_AS_RELEASED=1`` keeps the known
    faults of IndexTTS-2.5's own code.
    """
    folder = used_model(voices_dir)
    torch.set_num_threads(threads)
    device, dtype = find_device(os.environ.get(DEVICE_VARIABLE) or "auto")
    as_released = os.environ.get(AS_RELEASED_VARIABLE, "") not in ("", "0")
    try:
        model = IndexTTS2Model.from_pretrained(folder, device, dtype, as_released)
        if device.type == "cuda":
            log.info("%s", model.warm_up(Sampling()))
    except RuntimeError as error:
        check_usable(error)
        raise
    return IndexTTS2Engine(model, voices_dir, cache_dir)
