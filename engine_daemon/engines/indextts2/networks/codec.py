"""The semantic codec: reference frames to their nearest codes, codes to vectors (MaskGCT's RepCodec, encoder half)."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.loading.config import CodecConfig

UNUSED = (r"decoder\..*",)
RENAME = {
    r"encoder\.0\.": "",
    r"encoder\.1\.": "project.",
    r"quantizer\.quantizers\.0\.(in|out)_project\.": r"\1_project.",
    r"quantizer\.quantizers\.0\.codebook\.": "codebook.",
}


class ConvNeXt(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Linear(width, inner)
        self.pwconv2 = nn.Linear(inner, width)
        self.gamma = nn.Parameter(self.norm.weight.new_empty(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.dwconv(x).transpose(1, 2))
        return x + (self.gamma * self.pwconv2(F.gelu(self.pwconv1(y)))).transpose(1, 2)


class Codec(nn.Module):
    def __init__(self, c: CodecConfig) -> None:
        super().__init__()
        self.embed = nn.Conv1d(c.hidden, c.width, 7, padding=3)
        self.norm = nn.LayerNorm(c.width, eps=1e-6)
        self.convnext = nn.ModuleList(ConvNeXt(c.width, c.inner) for _ in range(c.layers))
        self.final_layer_norm = nn.LayerNorm(c.width, eps=1e-6)
        self.project = nn.Linear(c.width, c.hidden)
        self.in_project = nn.Conv1d(c.hidden, c.codebook_dim, 1)
        self.out_project = nn.Conv1d(c.codebook_dim, c.hidden, 1)
        self.codebook = nn.Embedding(c.codebook_size, c.codebook_dim)

    def quantize(self, semantic: Tensor) -> tuple[Tensor, Tensor]:
        """Semantic frames [T, S] -> codes int64 [T] and what they stand for [T, S].

        The nearest code is the one of the smallest angle; the row that is passed on keeps its own length.
        """
        x = self.norm(self.embed(semantic.t()[None]).transpose(1, 2)).transpose(1, 2)
        for block in self.convnext:
            x = block(x)
        x = self.project(self.final_layer_norm(x.transpose(1, 2)))
        z = self.in_project(x.transpose(1, 2))[0].t()
        similarity = F.normalize(z) @ F.normalize(self.codebook.weight).t()
        codes = similarity.argmax(1)
        return codes, self.vectors(codes)

    def vectors(self, codes: Tensor) -> Tensor:
        """Codes int64 [..., n] -> [..., n, S]."""
        return F.linear(self.codebook(codes), self.out_project.weight[:, :, 0], self.out_project.bias)
