"""What the frozen networks make of each clip: computed once, and kept in the training's folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from framevox.engine_daemon.audio.reference import MAX_SECONDS
from framevox.engine_daemon.engines.indextts2.features import resample_soxr
from framevox.engine_daemon.engines.indextts2.front_end import FrontEnd
from framevox.engine_daemon.engines.indextts2.loading.config import Config2
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model
from framevox.engine_daemon.engines.indextts2.networks.codec import Codec
from framevox.engine_daemon.engines.indextts2.training.clips import ActedClip, TrainingSet, read_clips
from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.protocol.files import replace_file
from framevox.engine_daemon.text.front import read_line


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip as the networks hear it, on the CPU. S is w2v-BERT's width, D the language model's."""

    semantic: Tensor
    """[T, S], by the path of emotional references: straight to 16 kHz."""
    codes: Tensor
    """What the language model should say, int64 [T]; empty without a transcript."""
    text: Tensor
    """Text ids, int64 [L]; empty without a transcript."""
    speaker: Tensor
    """The speaker's latents [32, D]; empty without a transcript."""


@dataclass(frozen=True, slots=True)
class Material:
    """A training set as tensors: clip ``i`` has ``heard[i]``, ``speakers[i]`` and ``emotions[i]``."""

    clips: TrainingSet
    heard: tuple[Heard, ...]
    speakers: Tensor
    emotions: Tensor

    def of(self, *parts: str) -> list[int]:
        """The numbers of the clips in ``parts``."""
        return [i for i, clip in enumerate(self.clips.clips) if clip.part in parts]


def hear(
    model: IndexTTS2Model,
    front: FrontEnd,
    clips: TrainingSet,
    folder: Path,
    key: str,
    progress: Callable[[Iterable[ActedClip]], Iterable[ActedClip]],
) -> Material:
    """Computes what is not in ``folder`` yet. ``key`` stands for the model's weights. Raises InputError for unfit clips
    and for transcripts that the model cannot read."""
    # IndexTTS-2.5 comes without the part of its codec that makes codes of a clip.
    coded = isinstance(model.config, Config2)
    texts = _read_transcripts(front, clips.clips) if coded else [[] for _ in clips.clips]
    sounds = read_clips(clips.clips)
    heard = []
    for clip, (wave, rate), text in zip(progress(clips.clips), sounds, texts, strict=True):
        about = f"{key} {clip.transcript}".encode() + wave.tobytes()
        path = folder / f"{hashlib.sha256(about).hexdigest()[:24]}.safetensors"
        heard.append(_read(path) or _make(model, torch.from_numpy(wave), rate, text, path))
    return Material(
        clips,
        tuple(heard),
        torch.tensor([clips.speakers.index(clip.speaker) for clip in clips.clips]),
        torch.tensor([clips.emotions.index(clip.emotion) for clip in clips.clips]),
    )


def _read_transcripts(front: FrontEnd, clips: Sequence[ActedClip]) -> list[list[int]]:
    texts: list[list[int]] = []
    for clip in clips:
        if not clip.transcript:
            texts.append([])
            continue
        try:
            segments, _ = front.read(read_line(clip.transcript))
        except InputError as error:
            raise InputError(f"the transcript of {clip.name}: {error}") from error
        if len(segments) > 1:
            raise InputError(f"the transcript of {clip.name} is too long for one clip: cut both in two")
        texts.append(segments[0].ids)
    return texts


def _read(path: Path) -> Heard | None:
    try:
        return Heard(**load_file(path))
    except (OSError, SafetensorError, TypeError):
        return None


@torch.no_grad()
def _make(model: IndexTTS2Model, wave: Tensor, rate: int, text: Sequence[int], path: Path) -> Heard:
    semantic = model.semantic(resample_soxr(wave, rate, 16000)[: MAX_SECONDS * 16000])
    codes, speaker = torch.empty(0, dtype=torch.int64), torch.empty(0)
    if text:
        assert isinstance(model.codec, Codec)
        codes = model.codec.quantize(semantic)[0].cpu()
        # In this release the latents come from the frames alone.
        speaker = model.gpt.speaker_latents(semantic, torch.empty(0)).cpu()
    heard = Heard(semantic.cpu().contiguous(), codes, torch.tensor(text, dtype=torch.int64), speaker)
    part = path.with_suffix(".part")
    save_file({name: getattr(heard, name) for name in Heard.__slots__}, part)
    replace_file(part, path)
    return heard
