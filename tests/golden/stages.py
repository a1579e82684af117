"""The stages of the model one by one, as the reference runs them: for tests that look at each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2 import IndexTTS2Model, Prompt
from framevox.engine_daemon.engines.indextts2.decode import Sampling
from framevox.engine_daemon.engines.indextts2.model import FRAME_SAMPLES, MelJob
from framevox.engine_daemon.engines.indextts2.networks.regulator import nearest_map
from framevox.engine_daemon.engines.indextts2.timemap import time_map

HOP = 256


def generate_codes(
    model: IndexTTS2Model,
    texts: Sequence[Tensor | Sequence[int]],
    prompts: Sequence[Prompt],
    vecs: Sequence[Tensor],
    max_new_tokens: int = 1500,
    *,
    generators: Sequence[torch.Generator | None] | None = None,
    rows: int = 32,
    **sampling: float,
) -> list[Tensor]:
    """The semantic codes of each line, int64 [n], without the stop code."""
    with torch.inference_mode():
        prefixes = [model.prefix(*row) for row in zip(texts, prompts, vecs, strict=True)]
    made = model.decode(prefixes, Sampling(**sampling), max_new_tokens, generators, rows=rows)
    return [decoded.codes for decoded in made]


@torch.inference_mode()
def latents(
    model: IndexTTS2Model, text_ids: Tensor | Sequence[int], prompt: Prompt, vec: Tensor, codes: Tensor
) -> Tensor:
    """The language model's states that predict each of a line's codes, [n, D]."""
    return model.latents([model.prefix(text_ids, prompt, vec)], [codes])[0]


@torch.inference_mode()
def codes_to_mel(
    model: IndexTTS2Model,
    codes: Tensor,
    lat: Tensor,
    prompt: Prompt,
    n_frames: int | None = None,
    steps: int = 25,
    cfg_rate: float = 0.7,
    noise: Tensor | None = None,
) -> Tensor:
    """Log mel [80, M] of int(1.72 n) frames, evenly stretched, as upstream has it; or of ``n_frames``, stretched where
    speech stretches."""
    if n_frames is None:
        index = nearest_map(len(codes), int(len(codes) * 1.72)).to(model.device)
    else:
        (draft,) = model.drafts([codes], [lat], [prompt])
        source = time_map(draft.cpu().numpy(), n_frames)
        index = torch.from_numpy(np.minimum(((source + 0.5) * HOP / FRAME_SAMPLES).astype(np.int64), len(codes) - 1))
    if noise is None:
        noise = torch.randn(80, prompt.mel.shape[1] + len(index), generator=torch.Generator())
    return model.mels([MelJob(codes, lat, prompt, index, noise)], steps, cfg_rate)[0]
