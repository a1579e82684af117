"""IndexTTS-2 and IndexTTS-2.5, stage by stage: reference clip, language model, mel, sound."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.audio.reference import MAX_SECONDS, check_clip
from framevox.engine_daemon.engines.indextts2.compiling import Compiled
from framevox.engine_daemon.engines.indextts2.decode import Budget, Decoded, Decoder, Request, Sampling
from framevox.engine_daemon.engines.indextts2.decoders import Decoders
from framevox.engine_daemon.engines.indextts2.faults import lacks_memory
from framevox.engine_daemon.engines.indextts2.features import (
    acoustic_mel,
    kaldi_fbank,
    resample_sinc,
    resample_soxr,
    w2v_features,
)
from framevox.engine_daemon.engines.indextts2.fusing import fuse
from framevox.engine_daemon.engines.indextts2.graphs import cuda_capture
from framevox.engine_daemon.engines.indextts2.loading.config import (
    ModelConfig,
    read_config,
)
from framevox.engine_daemon.engines.indextts2.loading.device import find_mode, is_gpu
from framevox.engine_daemon.engines.indextts2.loading.networks import Networks
from framevox.engine_daemon.engines.indextts2.memory import MemoryPlan, memory_limit
from framevox.engine_daemon.engines.indextts2.networks import (
    codec,
    codec25,
    dit,
    gpt25,
    regulator,
)
from framevox.engine_daemon.engines.indextts2.replay import GUIDANCE, Replays
from framevox.engine_daemon.protocol.emotion import EMOTIONS
from framevox.engine_daemon.protocol.errors import InputError

SAMPLE_RATE = 22050
FRAME_SAMPLES = 441
"""A semantic frame is 20 ms: 441 samples. A code of IndexTTS-2 is one frame, one of IndexTTS-2.5 two."""
VOCODER_REACH = 40
"""How many mel frames to either side a sample of the vocoder depends on: its first stage reaches over 22 frames, the
next over 6, and so on; 35 in all for kernels up to 11 dilated up to 5."""


FRAME_BUCKET, PLACE_BUCKET = 128, 64
"""On a GPU mels are as long as a multiple of so many frames, and what the language model reads at once as a multiple of
so many places: kernels are chosen, and captured, for few shapes. Masks keep the padding out of what is computed."""
HALF_VOCODER = "FRAMEVOX_HALF_VOCODER"
"""Set to 1, the vocoder's convolutions compute in half precision: not judged on the released weights yet."""

Clip: TypeAlias = "Tensor | npt.NDArray[np.float32]"


def switched_on(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model derives from a reference clip; S is w2v-BERT's width (1024), C the condition's (512), D the
    language model's (1280), T = 50 and Tm = 86.13 frames a second."""

    semantic: Tensor
    """Normalised hidden state 17 of w2v-BERT, [T, S]."""
    mel: Tensor
    """Natural-log mel of the clip, [80, Tm]."""
    style: Tensor
    """[192]"""
    condition: Tensor
    """The clip's own frames after the length regulator, [Tm, C]: quantised before in IndexTTS-2."""
    speaker_latents: Tensor
    """[32, D]; [1, D] in IndexTTS-2.5."""
    own_emotion: Tensor
    """The clip's emotion by the path of speakers (22.05 kHz first), [D]: blends start here."""
    emotion: Tensor
    """The clip's emotion by the path of emotional references (straight to 16 kHz), [D]: blends go there."""


@dataclass(frozen=True, slots=True)
class MelJob:
    """What ``IndexTTS2Model.mels`` needs for one row: codes int64 [n], latents [n, D], the map int64 [M] from mel
    frames to semantic frames, and the initial noise [80, Tm + M]."""

    codes: Tensor
    latents: Tensor
    prompt: Prompt
    index: Tensor
    noise: Tensor


class IndexTTS2Model(Networks):
    """The networks of a released model folder, and one method per stage. Only one thread at a time may decode."""

    def __init__(
        self, config: ModelConfig, folder: Path, device: torch.device, dtype: torch.dtype, as_released: bool = False
    ) -> None:
        """Use ``from_pretrained``."""
        # cuDNN's attention, which torch prefers on recent cards, builds a plan of tens of milliseconds for every shape.
        torch.backends.cuda.enable_cudnn_sdp(False)
        super().__init__(config, folder, device, dtype, as_released)
        self._hop = config.s2mel.sound.spectrum.hop
        self.notices: deque[str] = deque()
        """What the user should know, from the time on at which the model is loaded: whoever tells it takes it away."""
        gpu, mode = is_gpu(device), find_mode()
        if switched_on(HALF_VOCODER):
            self.bigvgan.convolve_in(dtype)
        self.frame_bucket, self.place_bucket = (FRAME_BUCKET, PLACE_BUCKET) if gpu else (1, 1)
        self.read_every: int | None = None
        weights = sum(p.numel() * p.element_size() for net in vars(self).values() if isinstance(net, nn.Module)
                      for p in net.parameters())  # fmt: skip
        limit = memory_limit(torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_allocated(device)) if gpu else None
        self.memory = MemoryPlan(config, weights, dtype.itemsize, limit)
        # One for all: what it captures shares memory.
        capture = cuda_capture() if gpu and mode != "eager" else None
        self._decoders = Decoders(self.gpt, capture, self._capture_failed)
        self.replays: Replays | None = None
        if capture is not None:
            self.notices += filter(None, [fuse(self.bigvgan, device)])
            compiler = partial(Compiled, failed=self._compile_failed) if mode == "compile" else None
            most = self.memory.captured_frames()
            self.replays = Replays(self.dit, self.bigvgan, capture, self._capture_failed, most, compiler)

    @classmethod
    def from_pretrained(
        cls,
        model_dir: str | Path,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        as_released: bool = False,
    ) -> IndexTTS2Model:
        """Loads the files of a released folder, unchanged; ``config.yaml`` says of which release.

        ``as_released`` keeps the known faults of IndexTTS-2.5's own code (see ``GPT25``), which are mended otherwise.
        Raises InputError naming a missing, damaged or unfit file, and the tensors that are missing, unexpected or
        misshapen.
        """
        folder = Path(model_dir)
        if not folder.is_dir():
            raise InputError(
                f"{folder} is not a folder: fetch the model with: framevox models pull indextts2 (or indextts2.5)"
            )
        return cls(read_config(folder / "config.yaml"), folder, torch.device(device), dtype, as_released)

    # --- the reference clip

    @torch.inference_mode()
    def encode_prompt(self, waveform: Clip, sample_rate: int) -> Prompt:
        """Reads a reference clip, float32 [samples]; past 15 s, its best 15 s. Raises InputError for an unfit clip."""
        clip = torch.from_numpy(check_clip(np.asarray(waveform), sample_rate))
        # The two paths give slightly different features of one clip, and the model was trained with both.
        at_22k = resample_soxr(clip, sample_rate, SAMPLE_RATE)[: MAX_SECONDS * SAMPLE_RATE]
        at_16k = resample_sinc(at_22k, SAMPLE_RATE, 16000)
        semantic = self.semantic(at_16k)
        s = self.config.s2mel.sound.spectrum
        mel = acoustic_mel(at_22k.to(self.device), SAMPLE_RATE, s.n_fft, s.hop, s.bands, s.fmin, s.fmax)
        bank = kaldi_fbank(at_16k.to(self.device))
        style = self.campplus((bank - bank.mean(0))[None])[0]
        frames = self.codec.quantize(semantic)[1] if isinstance(self.codec, codec.Codec) else semantic
        emotional = self.semantic(resample_soxr(clip, sample_rate, 16000)[: MAX_SECONDS * 16000])
        return Prompt(
            semantic=semantic,
            mel=mel,
            style=style,
            condition=self.regulator(frames, self._map(len(frames), mel.shape[1])),
            speaker_latents=self.gpt.speaker_latents(semantic, style),
            own_emotion=self.gpt.emotion(semantic),
            emotion=self.gpt.emotion(emotional),
        )

    def semantic(self, wave: Tensor) -> Tensor:
        """16 kHz [n] -> normalised hidden state 17 of w2v-BERT [T, S]."""
        features, mask = w2v_features(wave.to(self.device))
        hidden = self.w2v(input_features=features[None], attention_mask=mask[None].long()).last_hidden_state[0]
        return (hidden - self.semantic_mean) / self.semantic_deviation

    @torch.inference_mode()
    def emotion_vector(
        self,
        prompt: Prompt,
        reference: Prompt | tuple[Clip, int] | None = None,
        alpha: float = 1.0,
        weights: Sequence[float] | None = None,
    ) -> Tensor:
        """Returns the emotion of a line, [D].

        By default that of the speaker's clip. With ``reference``, another clip (encoded, or waveform and sample
        rate), blended in by ``alpha``. With ``weights``, eight in the order of ``EMOTIONS``, each times ``alpha``:
        for every emotion the library's row whose speaker is most like this one, and the rest the clip's own.
        Raises InputError when both are given, or weights are not eight numbers from 0 with a sum of at most 1.
        """
        if weights is None:
            if reference is None:
                return prompt.own_emotion + (prompt.emotion - prompt.own_emotion)
            other = reference if isinstance(reference, Prompt) else self.encode_prompt(*reference)
            return prompt.own_emotion + alpha * (other.emotion - prompt.own_emotion)
        if reference is not None:
            raise InputError("an emotion is given by a clip and by weights: choose one of them")
        if len(weights) != len(EMOTIONS) or not all(math.isfinite(w) and w >= 0 for w in weights):
            raise InputError(
                f"the emotion weights are {list(weights)}: give eight numbers from 0 ({', '.join(EMOTIONS)})"
            )
        if sum(weights) > 1 + 1e-6:
            raise InputError(f"the emotion weights add up to {sum(weights):g}: lower them to a sum of at most 1")
        strength = min(1.0, max(0.0, alpha))
        # Cut to four decimals, as upstream does, where a strength scales them.
        scaled = [w if strength == 1.0 else int(w * strength * 10000) / 10000 for w in weights]
        mix = torch.tensor(scaled, device=self.device)
        rows = []
        for speakers, vectors in zip(
            self.emotion_speakers.split(self.config.emotion_groups),
            self.emotion_rows.split(self.config.emotion_groups),
            strict=True,
        ):
            rows.append(vectors[F.cosine_similarity(prompt.style[None], speakers).argmax()])
        own = prompt.own_emotion + (prompt.emotion - prompt.own_emotion)
        return (mix[:, None] * torch.stack(rows)).sum(0) + (1 - mix.sum()) * own

    # --- codes

    def prefix(
        self,
        text_ids: Tensor | Sequence[int],
        prompt: Prompt,
        vec: Tensor,
        language: int = 0,
        codes: int | None = None,
    ) -> Tensor:
        """Returns what the language model reads before the codes, [36 + L, D] ([5 + L, D] in IndexTTS-2.5, which also
        reads the row of its table of languages). ``codes`` is how many are asked for, which a checkpoint that learned
        duration slots reads there. Raises InputError for unknown ids."""
        c = self.config.gpt
        ids = torch.as_tensor(text_ids, dtype=torch.int64, device=self.device)
        if not len(ids) or ids.min() < 0 or ids.max() >= c.text_vocab or len(ids) > c.text_positions - 2:
            raise InputError(
                f"these are not the text ids of a line: give 1 to {c.text_positions - 2} from 0 to {c.text_vocab - 1}"
            )
        return self.gpt.prefix(ids, prompt.speaker_latents.to(self.dtype), vec.to(self.dtype), language, codes)

    @torch.inference_mode()
    def decode(
        self,
        prefixes: Sequence[Tensor],
        sampling: Sampling,
        max_new_tokens: int | Sequence[int],
        generators: Sequence[torch.Generator | None] | None = None,
        budgets: Sequence[Budget | None] | None = None,
        rows: int = 32,
    ) -> list[Decoded]:
        """Decodes all prefixes, ``rows`` at a time; results in their order. No row depends on another."""
        if not prefixes:
            return []
        n = len(prefixes)
        limits = [max_new_tokens] * n if isinstance(max_new_tokens, int) else max_new_tokens
        requests = [
            Request(prefix, min(limit, self.gpt.max_new_tokens), generator, budget)
            for prefix, limit, generator, budget in zip(
                prefixes, limits, generators or [None] * n, budgets or [None] * n, strict=True
            )
        ]
        length = self.memory.length(max(len(r.prefix) + 1 + r.max_new_tokens for r in requests))
        rows = self.memory.rows(min(rows, n), length)
        try:
            results = dict(self._decoder(sampling, rows, length).run(requests, rows))
        except RuntimeError as error:
            if lacks_memory(error):
                self.release()
                self._decoders.most_rows = max(1, rows // 2)
            raise
        return [results[i] for i in range(n)]

    def _decoder(self, sampling: Sampling, rows: int, length: int) -> Decoder:
        return self._decoders.get(self.memory, sampling, rows, length, self.read_every, self.place_bucket)

    def warm_up(self, sampling: Sampling) -> str:
        """Captures, and compiles, what is known before anything is spoken, the largest first; returns what was done,
        and how long it took."""
        began = time.monotonic()
        steps = self._decoders.prepare(self.memory, sampling, self.read_every, self.place_bucket)
        sounds = 0 if self.replays is None else self.replays.prepare(self.frame_bucket)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        took = time.monotonic() - began
        return (
            f"{steps} decoding steps of caches of {', '.join(map(str, self.memory.lengths()))} places, and the vocoder "
            f"for {sounds} lengths, were prepared in {took:.1f} s"
        )

    def _capture_failed(self) -> None:
        self.notices.append("a step could not be captured on the GPU, so speech is made more slowly: see the log")

    def _compile_failed(self) -> None:
        self.notices.append("a stage could not be compiled, so speech is made more slowly: see the log")

    def release(self) -> None:
        """Frees the memory that is kept for later lines."""
        self._decoders.clear()
        if self.replays is not None:
            self.replays.clear()

    @torch.inference_mode()
    def latents(self, prefixes: Sequence[Tensor], codes: Sequence[Tensor]) -> list[Tensor]:
        """Returns the language model's states that predict each of a row's codes, [n, D]; [n, 0] for IndexTTS-2.5,
        which has no second pass over the codes."""
        if isinstance(self.gpt, gpt25.GPT25):
            return [torch.zeros(len(row), 0, device=self.device) for row in codes]
        made = self.gpt.latents(prefixes, [row.to(self.device) for row in codes], self.place_bucket)
        return [row.float() for row in made]

    # --- mel and sound

    def frames(self, codes: int) -> int:
        """Returns how many mel frames so many codes last, the nearest to 441 / 256 for each frame of theirs."""
        return round(codes * self.config.frames_per_code * FRAME_SAMPLES / self._hop)

    @torch.inference_mode()
    def mels(self, jobs: Sequence[MelJob], steps: int = 25, cfg_rate: float = GUIDANCE) -> list[Tensor]:
        """Returns each row's log mel [80, M]. Rows of similar length waste least."""
        rows = []
        for job in jobs:
            frames = self.semantic_frames(job.codes, job.latents)
            condition = torch.cat([job.prompt.condition, self.regulator(frames, job.index.to(self.device))])
            rows.append(dit.Job(condition, job.prompt.mel, job.prompt.style, job.noise.to(self.device)))
        if self.replays is not None:
            return self.replays.solve(rows, steps, cfg_rate, self.frame_bucket)
        return self.dit.solve(rows, steps, cfg_rate, self.frame_bucket)

    def semantic_frames(self, codes: Tensor, lat: Tensor) -> Tensor:
        """Codes [n] and latents [n, D] -> what the length regulator reads, [n, S], or [2n, S] in IndexTTS-2.5."""
        if isinstance(self.codec, codec25.Codec25):
            return self.codec.frames(codes.to(self.device))
        return self.codec.vectors(codes.to(self.device)) + self.latent_projection(lat.to(self.device))

    def drafts(self, codes: Sequence[Tensor], lats: Sequence[Tensor], prompts: Sequence[Prompt]) -> list[Tensor]:
        """Returns rough log mels at the lines' own pace, each [80, frames(n)]: four steps from silence, unguided.

        They show where a line is loud, quiet and changing, at a twelfth of the price. Rows of similar length waste
        least.
        """
        jobs = []
        for row, lat, prompt in zip(codes, lats, prompts, strict=True):
            index = self._map(len(row) * self.config.frames_per_code, self.frames(len(row)))
            noise = torch.zeros(self.config.s2mel.sound.spectrum.bands, prompt.mel.shape[1] + len(index))
            jobs.append(MelJob(row, lat, prompt, index, noise))
        return self.mels(jobs, steps=4, cfg_rate=0.0)

    def vocode(self, mel: Tensor) -> Tensor:
        """Log mel [80, M] -> sound at 22.05 kHz, float32 [M * 256], within [-1, 1]."""
        return self.vocode_many([mel])[0]

    @torch.inference_mode()
    def vocode_many(self, mels: Sequence[Tensor]) -> list[Tensor]:
        """Returns the sound of many mels, each as it would be alone. Rows of similar length waste least."""
        lengths = [mel.shape[1] for mel in mels]
        width = -(-max(lengths) // self.frame_bucket) * self.frame_bucket
        x = torch.stack([F.pad(mel.to(self.device).float(), (0, width - mel.shape[1])) for mel in mels])
        own = torch.tensor(lengths, device=self.device)
        if self.replays is not None:
            sound = self.replays.vocode(x, own)
        else:
            sound = self.bigvgan(x, own if any(length != width for length in lengths) else None)
        return [row[: n * self._hop] for row, n in zip(sound, lengths, strict=True)]

    def vocode_stream(self, mel: Tensor, frames: int = 86, first: int | None = None) -> Iterator[Tensor]:
        """``vocode`` in pieces of ``frames`` mel frames (86 are a second), each as soon as it is computed; ``first`` is
        the size of the first one, if another.

        Every piece is computed with ``VOCODER_REACH`` frames of what surrounds it and cut exactly, so that the
        pieces together are the whole: there are no seams to hide.
        """
        hop, width = self._hop, mel.shape[1]
        cuts = [0, *range(first or frames, width, frames), width]
        for start, end in pairwise(cuts):
            before = max(0, start - VOCODER_REACH)
            sound = self.vocode(mel[:, before : end + VOCODER_REACH])
            yield sound[(start - before) * hop : (end - before) * hop]

    def _map(self, frames: int, target: int) -> Tensor:
        if target < 1:
            raise InputError("the line has too few codes for a mel frame: write a longer line")
        return regulator.nearest_map(frames, target).to(self.device)
