"""The semantic codec of IndexTTS-2.5: codes at 25 a second to semantic frames at 50, the decoder half alone."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.loading.config import Codec25Config
from framevox.engine_daemon.engines.indextts2.networks.codec import ConvNeXt

UNUSED = (r"encoder\..*", r"down\..*", r"quantizer\.quantizers\.\d+\.in_project\..*")
RENAME = {
    r"decoder\.0\.": "",
    r"decoder\.1\.": "project.",
    r"quantizer\.quantizers\.0\.out_project\.": "out_project.",
    r"quantizer\.quantizers\.0\.codebook\.": "codebook.",
}


class Codec25(nn.Module):
    def __init__(self, c: Codec25Config) -> None:
        super().__init__()
        self.codebook = nn.Embedding(c.codebook_size, c.codebook_dim)
        self.out_project = nn.Conv1d(c.codebook_dim, c.hidden, 1)
        self.embed = nn.Conv1d(c.hidden, c.width, 7, padding=3)
        self.norm = nn.LayerNorm(c.width, eps=1e-6)
        self.convnext = nn.ModuleList(ConvNeXt(c.width, c.inner) for _ in range(c.layers))
        self.final_layer_norm = nn.LayerNorm(c.width, eps=1e-6)
        self.project = nn.Linear(c.width, c.hidden)
        self.up = nn.Conv1d(c.hidden, c.hidden, 3, padding=1)

    def vectors(self, codes: Tensor) -> Tensor:
        """Codes int64 [n] -> [n, S]."""
        return F.linear(self.codebook(codes), self.out_project.weight[:, :, 0], self.out_project.bias)

    def frames(self, codes: Tensor) -> Tensor:
        """Codes int64 [n] -> semantic frames [2n, S]. A frame depends on all codes within 45 of its own."""
        x = self.norm(self.embed(self.vectors(codes).t()[None]).transpose(1, 2)).transpose(1, 2)
        for block in self.convnext:
            x = block(x)
        x = self.project(self.final_layer_norm(x.transpose(1, 2))).transpose(1, 2)
        return self.up(x.repeat_interleave(2, dim=2))[0].t()
