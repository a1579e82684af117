"""The emotion branch of the language model: a Conformer, a Perceiver of one latent, and two linear layers."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.networks.gpt import GPT

NAMES = ("emo_conditioning_encoder", "emo_perceiver_encoder", "emovec_layer", "emo_layer")
"""The language model's own names for what is trained."""


class EmotionBranch(nn.Module):
    """A copy of a model's branch that can be trained; the model itself stays as it was released."""

    def __init__(self, gpt: GPT) -> None:
        super().__init__()
        for name in NAMES:
            setattr(self, name, copy.deepcopy(getattr(gpt, name)).float().requires_grad_(True))

    def forward(self, semantic: Tensor) -> Tensor:
        """Semantic frames of clips of one length [B, T, S] -> their emotion vectors [B, D]."""
        latent = self.emo_perceiver_encoder(self.emo_conditioning_encoder(semantic))[:, 0]
        vector: Tensor = self.emo_layer(self.emovec_layer(latent))
        return vector

    @torch.no_grad()
    def vectors(self, clips: Sequence[Tensor]) -> Tensor:
        """Whole clips [T_i, S] -> their emotion vectors [n, D], on the CPU."""
        return torch.cat([self(clip[None].to(self.emo_layer.weight.device)) for clip in clips]).float().cpu()
