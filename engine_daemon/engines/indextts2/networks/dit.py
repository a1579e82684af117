"""Mel frames by flow matching: a transformer with a WaveNet tail, integrated from noise by Euler's method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.loading.config import S2MelConfig

RENAME = {
    r"estimator\.": "",
    r"transformer\.": "",
    r"attention\.(wqkv|wo)\.": r"\1.",
    r"feed_forward\.": "",
    r"(norm)\.project_layer\.": r"\1.project.",
    r"norm\.norm\.weight": "norm.weight",
    r"(t_embedder2?)\.mlp\.": r"\1.",
    r"adaLN_modulation\.1\.": "modulation.",
    r"\.conv\.conv\.": ".",
}


def unused(c: S2MelConfig) -> tuple[str, ...]:
    """What the file carries and inference never reads; the first half of the layers emits skips and takes none."""
    emitting = "|".join(str(i) for i in range(c.dit.layers // 2 + 1))
    return (
        r"estimator\.(x_embedder|cond_embedder|content_mask_embedder)\..*",
        r"estimator\.(input_pos|t_embedder2?\.freqs)",
        rf"estimator\.transformer\.layers\.({emitting})\.skip_in_linear\..*",
    )


class Time(nn.Sequential):
    """Moments in [0, 1], [S] -> [S, D]: 128 cosines and 128 sines of 1000 t, and two layers."""

    def __init__(self, width: int) -> None:
        super().__init__(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t: Tensor) -> Tensor:
        rates = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32, device=t.device) / 128)
        angles = 1000 * t[:, None] * rates
        return super().forward(torch.cat([angles.cos(), angles.sin()], -1).to(next(self.parameters()).dtype))


class TimedNorm(nn.Module):
    """Root-mean-square norm whose gain and offset depend on the time step."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))
        self.project = nn.Linear(width, 2 * width)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        gain, offset = self.project(time).chunk(2, -1)
        return gain * F.rms_norm(x, x.shape[-1:], self.weight, 1e-5) + offset


def rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotary positions on neighbouring pairs: x [B, H, T, W], rotation complex [T, W / 2]."""
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * rotation).flatten(-2).to(x.dtype)


class Layer(nn.Module):
    def __init__(self, width: int, heads: int, takes_skip: bool) -> None:
        super().__init__()
        self.heads = heads
        inner = math.ceil(int(8 * width / 3) / 256) * 256
        self.attention_norm, self.ffn_norm = TimedNorm(width), TimedNorm(width)
        self.wqkv = nn.Linear(width, 3 * width, bias=False)
        self.wo = nn.Linear(width, width, bias=False)
        self.w1, self.w3 = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.w2 = nn.Linear(inner, width, bias=False)
        if takes_skip:
            self.skip_in_linear = nn.Linear(2 * width, width)

    def forward(self, x: Tensor, time: Tensor, rotation: Tensor, mask: Tensor | None, skip: Tensor | None) -> Tensor:
        if skip is not None:
            x = self.skip_in_linear(torch.cat([x, skip], -1))
        q, k, v = self.wqkv(self.attention_norm(x, time)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(rotate(q, rotation), rotate(k, rotation), v, attn_mask=mask)
        x = x + self.wo(y.transpose(1, 2).flatten(2))
        y = self.ffn_norm(x, time)
        return x + self.w2(F.silu(self.w1(y)) * self.w3(y))


def reflect(x: Tensor, pad: int, lengths: Tensor) -> Tensor:
    """Mirrors each row [C, T] at its own ends: [B, C, T] -> [B, C, T + 2 pad]. Rows must be longer than ``pad``.

    So a row shorter than the batch is padded at its end as it would be alone.
    """
    if pad == 0:
        return x
    out = F.pad(x, (pad, pad))
    out[..., :pad] = x[..., 1 : pad + 1].flip(-1)
    step = torch.arange(pad, device=x.device)
    source = (lengths[:, None] - 2 - step)[:, None].expand(-1, x.shape[1], -1)
    target = (lengths[:, None] + pad + step)[:, None].expand(-1, x.shape[1], -1)
    return out.scatter(2, target, x.gather(2, source))


class WaveNet(nn.Module):
    """Gated convolutions with skips summed up: [B, W, T] -> [B, W, T]."""

    def __init__(self, c: S2MelConfig) -> None:
        super().__init__()
        w, self.layers = c.wavenet.width, c.wavenet.layers
        dilations = [c.wavenet.dilation**i for i in range(self.layers)]
        self.pads = [d * (c.wavenet.kernel - 1) // 2 for d in dilations]
        self.cond_layer = nn.Conv1d(w, 2 * w * self.layers, 1)
        self.in_layers = nn.ModuleList(nn.Conv1d(w, 2 * w, c.wavenet.kernel, dilation=d) for d in dilations)
        self.res_skip_layers = nn.ModuleList(
            nn.Conv1d(w, 2 * w if i < self.layers - 1 else w, 1) for i in range(self.layers)
        )

    def forward(self, x: Tensor, time: Tensor, lengths: Tensor) -> Tensor:
        conditions = self.cond_layer(time[..., None]).chunk(self.layers, 1)
        total = torch.zeros_like(x)
        for inner, outer, pad, condition in zip(
            self.in_layers, self.res_skip_layers, self.pads, conditions, strict=True
        ):
            value, gate = (inner(reflect(x, pad, lengths)) + condition).chunk(2, 1)
            y = outer(torch.tanh(value) * torch.sigmoid(gate))
            if y.shape[1] > x.shape[1]:
                rest, y = y.chunk(2, 1)
                x = x + rest
            total = total + y
        return total


class FinalLayer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.modulation = nn.Linear(width, 2 * width)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        offset, gain = self.modulation(F.silu(time)).chunk(2, -1)
        return self.linear(F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + gain) + offset)


@dataclass(frozen=True, slots=True)
class Job:
    """One row to integrate: T frames, of which the first ``prompt.shape[1]`` are given."""

    condition: Tensor  # [T, C], the prompt's condition first
    prompt: Tensor  # mel of the reference clip [80, Tp]
    style: Tensor  # [192]
    noise: Tensor  # [80, T]


class DiT(nn.Module):
    def __init__(self, c: S2MelConfig) -> None:
        super().__init__()
        self.bands, self.head_width = c.dit.bands, c.dit.width // c.dit.heads
        self.cond_projection = nn.Linear(c.dit.content, c.dit.width)
        self.cond_x_merge_linear = nn.Linear(c.dit.width + 2 * c.dit.bands + c.style.width, c.dit.width)
        self.t_embedder, self.t_embedder2 = Time(c.dit.width), Time(c.wavenet.width)
        self.middle = c.dit.layers // 2
        self.layers = nn.ModuleList(Layer(c.dit.width, c.dit.heads, i > self.middle) for i in range(c.dit.layers))
        self.norm = TimedNorm(c.dit.width)
        self.skip_linear = nn.Linear(c.dit.width + c.dit.bands, c.dit.width)
        self.conv1 = nn.Linear(c.dit.width, c.wavenet.width)
        self.wavenet = WaveNet(c)
        self.res_projection = nn.Linear(c.dit.width, c.wavenet.width)
        self.final_layer = FinalLayer(c.wavenet.width)
        self.conv2 = nn.Conv1d(c.wavenet.width, c.dit.bands, 1)

    def given(self, condition: Tensor, prompt: Tensor, style: Tensor) -> Tensor:
        """The input layer's share that no step changes: [B, T, C], [B, 80, T], [B, 192] -> [B, T, D]."""
        weight = self.cond_x_merge_linear.weight[:, self.bands :]
        parts = [
            prompt.transpose(1, 2),
            self.cond_projection(condition),
            style[:, None].expand(-1, condition.shape[1], -1),
        ]
        return F.linear(torch.cat(parts, -1), weight, self.cond_x_merge_linear.bias)

    def velocity(self, x: Tensor, given: Tensor, time: Tensor, time2: Tensor, lengths: Tensor, mask: Tensor | None,
                 rotation: Tensor) -> Tensor:  # fmt: skip
        """x [B, 80, T] at one moment (time [1, D], time2 [1, W]) -> dx/dt [B, 80, T]."""
        frames = x.transpose(1, 2)
        h = F.linear(frames, self.cond_x_merge_linear.weight[:, : self.bands]) + given
        skips: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            h = layer(h, time, rotation, mask, skips.pop() if i > self.middle else None)
            if i < self.middle:
                skips.append(h)
        h = self.skip_linear(torch.cat([self.norm(h, time), frames], -1))
        tail = self.wavenet(self.conv1(h).transpose(1, 2), time2, lengths).transpose(1, 2) + self.res_projection(h)
        return self.conv2(self.final_layer(tail, time).transpose(1, 2))

    def solve(self, jobs: Sequence[Job], steps: int, guidance: float) -> list[Tensor]:
        """Integrates all jobs together from t = 0 to 1 in ``steps`` Euler steps; -> each job's mel [80, T - Tp].

        With guidance w > 0 the velocity is (1 + w) v - w v0, where v0 sees neither prompt nor style nor condition
        (zeroed before ``cond_projection``, whose bias therefore stays).
        """
        device, dtype = self.conv1.weight.device, self.conv1.weight.dtype
        pad = nn.utils.rnn.pad_sequence
        lengths = torch.tensor([j.condition.shape[0] for j in jobs], device=device)
        prompts = [j.prompt.shape[1] for j in jobs]
        x = pad([j.noise.t() for j in jobs], batch_first=True).transpose(1, 2).to(device, torch.float32).contiguous()
        prompt = torch.zeros_like(x)
        for b, job in enumerate(jobs):
            prompt[b, :, : prompts[b]] = job.prompt
            x[b, :, : prompts[b]] = 0
        condition = pad([j.condition for j in jobs], batch_first=True).to(dtype)
        style = torch.stack([j.style for j in jobs]).to(dtype)
        inputs = (condition, prompt.to(dtype), style)
        given = self.given(*inputs)
        if guidance > 0:
            given = torch.cat([given, self.given(*(torch.zeros_like(i) for i in inputs))])
            lengths = lengths.repeat(2)
        span = torch.arange(x.shape[2], device=device)
        ragged = len({j.condition.shape[0] for j in jobs}) > 1
        mask = (span < lengths[:, None])[:, None, None] if ragged else None
        held = span < torch.tensor(prompts, device=device)[:, None]
        pairs = torch.arange(0, self.head_width, 2, dtype=torch.float32, device=device)[: self.head_width // 2]
        angles = span[:, None] * (1.0 / 10000 ** (pairs / self.head_width))
        rotation = torch.polar(torch.ones_like(angles), angles)
        deltas = torch.linspace(0, 1, steps + 1).diff().tolist()
        moments = [torch.zeros(())]
        for delta in deltas[:-1]:
            moments.append(moments[-1] + delta)  # added up in single precision, as upstream does
        t = torch.stack(moments).to(device)  # all at once: a step then asks nothing of the host
        times, times2 = self.t_embedder(t).split(1), self.t_embedder2(t).split(1)
        for delta, time, time2 in zip(deltas, times, times2, strict=True):
            rows = x.to(dtype)
            v = self.velocity(
                rows.repeat(2, 1, 1) if guidance > 0 else rows, given, time, time2, lengths, mask, rotation
            )
            v = v.float()
            if guidance > 0:
                v, v0 = v.chunk(2)
                v = (1 + guidance) * v - guidance * v0
            x = (x + delta * v).masked_fill(held[:, None], 0)
        return [row[:, p : len(j.condition)] for row, p, j in zip(x, prompts, jobs, strict=True)]
