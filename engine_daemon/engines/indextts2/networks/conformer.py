"""The two conditioners: a Conformer over semantic frames, and the Perceiver that sums it up in a few latents."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.loading.config import EncoderConfig

RENAME = {  # file's names -> ours, for both conditioners
    r"(conditioning_encoder)\.embed\.conv\.0\.": r"\1.subsample.",
    r"(conditioning_encoder)\.embed\.out\.0\.": r"\1.project.",
    r"(perceiver_encoder\.layers\.\d+)\.0\.": r"\1.",
    r"(perceiver_encoder\.layers\.\d+)\.1\.0\.": r"\1.ff_in.",
    r"(perceiver_encoder\.layers\.\d+)\.1\.2\.": r"\1.ff_out.",
    r"(perceiver_encoder)\.norm\.gamma": r"\1.gamma",
}


def sinusoids(length: int, width: int, device: torch.device) -> Tensor:
    """Position table [length, width], sines and cosines interleaved (Vaswani et al. 2017, 3.5)."""
    position = torch.arange(length, device=device, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, device=device) * -(math.log(10000.0) / width))
    return torch.stack([torch.sin(position * rate), torch.cos(position * rate)], -1).flatten(1)


class Attention(nn.Module):
    """Self-attention with the two biases of relative positions, but without the relative shift: every key has the
    position embedding of its own place for every query."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.linear_q, self.linear_k, self.linear_v, self.linear_out = (nn.Linear(width, width) for _ in range(4))
        self.linear_pos = nn.Linear(width, width, bias=False)
        self.pos_bias_u = nn.Parameter(torch.empty(heads, width // heads))
        self.pos_bias_v = nn.Parameter(torch.empty(heads, width // heads))

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        q, k, v = (f(x).unflatten(-1, (self.heads, -1)) for f in (self.linear_q, self.linear_k, self.linear_v))
        p = self.linear_pos(positions).unflatten(-1, (self.heads, -1))
        # (q + u)·k + (q + v)·p = [q + u, q + v] · [k, p]: one attention over doubled heads' width.
        query = torch.cat([q + self.pos_bias_u, q + self.pos_bias_v], -1).transpose(1, 2)
        key = torch.cat([k, p.expand_as(k)], -1).transpose(1, 2)
        scale = 1 / math.sqrt(v.shape[-1])
        out = F.scaled_dot_product_attention(query, key, v.transpose(1, 2), scale=scale)
        return self.linear_out(out.transpose(1, 2).flatten(2))


class Convolution(nn.Module):
    def __init__(self, width: int, kernel: int = 15) -> None:
        super().__init__()
        self.pointwise_conv1 = nn.Conv1d(width, 2 * width, 1)
        self.depthwise_conv = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.pointwise_conv2 = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.depthwise_conv(F.glu(self.pointwise_conv1(x.transpose(1, 2)), 1))
        x = F.silu(self.norm(x.transpose(1, 2)))
        return self.pointwise_conv2(x.transpose(1, 2)).transpose(1, 2)


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.w_1 = nn.Linear(width, inner)
        self.w_2 = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.w_2(F.silu(self.w_1(x)))


class Block(nn.Module):
    def __init__(self, c: EncoderConfig) -> None:
        super().__init__()
        self.self_attn = Attention(c.width, c.heads)
        self.conv_module = Convolution(c.width)
        self.feed_forward = FeedForward(c.width, c.inner)
        self.norm_mha, self.norm_conv, self.norm_ff, self.norm_final = (nn.LayerNorm(c.width) for _ in range(4))

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        x = x + self.self_attn(self.norm_mha(x), positions)
        x = x + self.conv_module(self.norm_conv(x))
        x = x + self.feed_forward(self.norm_ff(x))
        return self.norm_final(x)


class Conformer(nn.Module):
    """Semantic frames [B, T, in] -> [B, (T - 1) // 2, width]; at least 3 frames."""

    def __init__(self, width_in: int, c: EncoderConfig) -> None:
        super().__init__()
        self.subsample = nn.Conv2d(1, c.width, 3, 2)
        self.project = nn.Linear(c.width * ((width_in - 1) // 2), c.width)
        self.encoders = nn.ModuleList(Block(c) for _ in range(c.blocks))
        self.after_norm = nn.LayerNorm(c.width)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.subsample(x[:, None]))
        x = self.project(x.transpose(1, 2).flatten(2))
        x = x * math.sqrt(x.shape[-1])
        positions = sinusoids(x.shape[1], x.shape[2], x.device).to(x.dtype)[None]
        for block in self.encoders:
            x = block(x, positions)
        return self.after_norm(x)


class PerceiverLayer(nn.Module):
    """Latents read [latents, context]; neither the attention nor the gated feed-forward normalises first."""

    def __init__(self, width: int, heads: int, mult: int) -> None:
        super().__init__()
        self.heads = heads
        inner = int(width * mult * 2 / 3)
        self.to_q = nn.Linear(width, heads * 64, bias=False)
        self.to_kv = nn.Linear(width, heads * 128, bias=False)
        self.to_out = nn.Linear(heads * 64, width, bias=False)
        self.ff_in = nn.Linear(width, inner * 2)
        self.ff_out = nn.Linear(inner, width)

    def forward(self, latents: Tensor, context: Tensor) -> Tensor:
        kv = self.to_kv(torch.cat([latents, context], 1)).unflatten(-1, (2, self.heads, 64))
        q = self.to_q(latents).unflatten(-1, (self.heads, 64)).transpose(1, 2)
        k, v = kv.permute(2, 0, 3, 1, 4)
        out = F.scaled_dot_product_attention(q, k, v)
        latents = latents + self.to_out(out.transpose(1, 2).flatten(2))
        value, gate = self.ff_in(latents).chunk(2, -1)
        return latents + self.ff_out(F.gelu(gate) * value)


class Perceiver(nn.Module):
    """[B, T, width_in] -> [B, latents, width]."""

    def __init__(self, width: int, width_in: int, heads: int, mult: int, latents: int) -> None:
        super().__init__()
        self.proj_context = nn.Linear(width_in, width) if width_in != width else nn.Identity()
        self.latents = nn.Parameter(torch.empty(latents, width))
        self.layers = nn.ModuleList(PerceiverLayer(width, heads, mult) for _ in range(2))
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x: Tensor) -> Tensor:
        context = self.proj_context(x)
        latents = self.latents.expand(x.shape[0], -1, -1)
        for layer in self.layers:
            latents = layer(latents, context)
        return F.normalize(latents, dim=-1) * math.sqrt(latents.shape[-1]) * self.gamma
