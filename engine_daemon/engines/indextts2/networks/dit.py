"""Mel frames by flow matching: a transformer with a WaveNet tail, integrated from noise by Euler's method."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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

    def table(self, times: Tensor) -> Tensor:
        """The gains and offsets at all moments: [S, D] -> [S, 2, D]."""
        gain, offset = self.project(times).chunk(2, -1)
        return torch.stack([gain * self.weight, offset], 1)


def timed(x: Tensor, at: Tensor) -> Tensor:
    """``TimedNorm`` of x [..., D] with its gain and offset at one moment, [2, D]."""
    return F.rms_norm(x, x.shape[-1:], at[0], 1e-5) + at[1]


def rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotary positions on neighbouring pairs: x [..., T, W], rotation [2, T, W] as ``rotations`` makes it.

    In real numbers, which compilers understand: each pair (a, b) becomes (a cos - b sin, b cos + a sin).
    """
    swapped = x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
    return (x * rotation[0] + swapped * rotation[1]).to(x.dtype)


def rotations(frames: int, width: int, device: torch.device) -> Tensor:
    """The cosines of positions 0, 1, ... and their sines, negative for the first of each pair, [2, T, W]."""
    rates = 1.0 / 10000 ** (torch.arange(0, width, 2, dtype=torch.float32, device=device)[: width // 2] / width)
    angles = torch.arange(frames, device=device)[:, None] * rates
    sines = torch.stack([-angles.sin(), angles.sin()], -1).flatten(-2)
    return torch.stack([angles.cos().repeat_interleave(2, -1), sines])


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

    def forward(self, x: Tensor, at: Tensor, rotation: Tensor, mask: Tensor | None, skip: Tensor | None) -> Tensor:
        """x [B, T, D]; ``at`` [2, 2, D] are the two norms' gains and offsets; ``mask`` is added to the scores."""
        if skip is not None:
            x = self.skip_in_linear(torch.cat([x, skip], -1))
        qkv = self.wqkv(timed(x, at[0])).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = rotate(qkv[:2], rotation)
        y = F.scaled_dot_product_attention(q, k, qkv[2], attn_mask=mask)
        x = x + self.wo(y.transpose(1, 2).flatten(2))
        y = timed(x, at[1])
        return x + self.w2(F.silu(self.w1(y)) * self.w3(y))


def mirror(frames: int, pad: int, lengths: Tensor) -> Tensor:
    """Which frame of a row is shown at each place of the row with ``pad`` more at both ends, mirrored at the row's own
    ends: [B] -> int64 [B, 1, T + 2 pad]. So a row shorter than the batch is padded as it would be alone. Rows must be
    longer than ``pad``; what lies further past a row's end means nothing."""
    source = (torch.arange(frames + 2 * pad, device=lengths.device) - pad).abs()
    last = lengths[:, None] - 1
    return torch.where(source > last, 2 * last - source, source).clamp(0, frames - 1)[:, None]


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

    def table(self, times: Tensor) -> Tensor:
        """What the moments add to each layer's gates: [S, W] -> [S, layers, 2 W, 1]."""
        return self.cond_layer(times[..., None]).unflatten(1, (self.layers, -1))

    def forward(self, x: Tensor, at: Tensor, mirrors: Mapping[int, Tensor] | None) -> Tensor:
        """x [B, W, T]; ``at`` [layers, 2 W, 1]; ``mirrors`` as ``mirror`` makes them by pad, where rows differ in
        length."""
        total: Tensor | None = None
        for inner, outer, pad, condition in zip(self.in_layers, self.res_skip_layers, self.pads, at, strict=True):
            if mirrors is None:
                padded = F.pad(x, (pad, pad), mode="reflect")
            else:
                padded = x.gather(2, mirrors[pad].expand(-1, x.shape[1], -1))
            value, gate = (inner(padded) + condition).chunk(2, 1)
            y = outer(torch.tanh(value) * torch.sigmoid(gate))
            if y.shape[1] > x.shape[1]:
                rest, y = y.chunk(2, 1)
                x = x + rest
            total = y if total is None else total + y
        assert total is not None
        return total


class FinalLayer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.modulation = nn.Linear(width, 2 * width)

    def table(self, times: Tensor) -> Tensor:
        """The gains and offsets at all moments: [S, D] -> [S, 2, D]."""
        offset, gain = self.modulation(F.silu(times)).chunk(2, -1)
        return torch.stack([1 + gain, offset], 1)

    def forward(self, x: Tensor, at: Tensor) -> Tensor:
        return self.linear(F.layer_norm(x, x.shape[-1:], at[0], at[1], 1e-6))


@dataclass(frozen=True, slots=True)
class Job:
    """One row to integrate: T frames, of which the first ``prompt.shape[1]`` are given."""

    condition: Tensor  # [T, C], the prompt's condition first
    prompt: Tensor  # mel of the reference clip [80, Tp]
    style: Tensor  # [192]
    noise: Tensor  # [80, T]


@dataclass(frozen=True, slots=True)
class Moment:
    """What depends on the moment alone; D is the transformer's width, W the WaveNet's."""

    delta: Tensor
    """How far the step goes, []."""
    layers: Tensor
    """The gains and offsets of each layer's two norms, [layers, 2, 2, D]."""
    norm: Tensor
    """Those of the norm behind the layers, [2, D]."""
    wave: Tensor
    """What is added to the gates of each layer of the WaveNet, [layers, 2 W, 1]."""
    final: Tensor
    """The gain and offset of the last layer, [2, W]."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What stays the same for all steps of a solve. B rows, twice with guidance, of T frames."""

    given: Tensor
    """The input layer's share, [B, T, D]."""
    mask: Tensor | None
    """0, and -inf past a row's end, [B, 1, 1, T]; None where all rows are full."""
    mirrors: Mapping[int, Tensor] | None
    """``mirror`` by pad, None where all rows are full."""
    held: Tensor
    """Which frames are the prompt's, bool [rows, 1, T]."""
    rotation: Tensor
    """As ``rotations`` makes them, [2, T, head width]."""


Euler = Callable[[Tensor, Rows, Moment, float], Tensor]


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

    def job_shapes(self, frames: int) -> tuple[tuple[int, ...], ...]:
        """The shapes of the tensors of a job of so many frames, the first of which is given."""
        style = self.cond_x_merge_linear.in_features - self.conv1.in_features - 2 * self.bands
        return (frames, self.cond_projection.in_features), (self.bands, 1), (style,), (self.bands, frames)

    def given(self, condition: Tensor, prompt: Tensor, style: Tensor) -> Tensor:
        """The input layer's share that no step changes: [B, T, C], [B, 80, T], [B, 192] -> [B, T, D]."""
        weight = self.cond_x_merge_linear.weight[:, self.bands :]
        parts = [
            prompt.transpose(1, 2),
            self.cond_projection(condition),
            style[:, None].expand(-1, condition.shape[1], -1),
        ]
        return F.linear(torch.cat(parts, -1), weight, self.cond_x_merge_linear.bias)

    def moments(self, steps: int) -> list[Moment]:
        """What depends on the moment alone, for every step of a solve."""
        device = self.conv1.weight.device
        deltas = torch.linspace(0, 1, steps + 1).diff()
        t = [torch.zeros(())]
        for delta in deltas[:-1]:
            t.append(t[-1] + delta)  # added up in single precision, as upstream does
        times = torch.stack(t).to(device)  # all at once: a step then asks nothing of the host
        time, time2 = self.t_embedder(times), self.t_embedder2(times)
        layers = torch.stack(
            [torch.stack([y.attention_norm.table(time), y.ffn_norm.table(time)], 1) for y in self.layers], 1
        )
        norm, wave, final = self.norm.table(time), self.wavenet.table(time2), self.final_layer.table(time)
        return [Moment(*at) for at in zip(deltas.to(device), layers, norm, wave, final, strict=True)]

    def velocity(self, x: Tensor, rows: Rows, at: Moment) -> Tensor:
        """x [B, 80, T] at one moment -> dx/dt [B, 80, T]."""
        frames = x.transpose(1, 2)
        h = F.linear(frames, self.cond_x_merge_linear.weight[:, : self.bands]) + rows.given
        skips: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            h = layer(h, at.layers[i], rows.rotation, rows.mask, skips.pop() if i > self.middle else None)
            if i < self.middle:
                skips.append(h)
        h = self.skip_linear(torch.cat([timed(h, at.norm), frames], -1))
        tail = self.wavenet(self.conv1(h).transpose(1, 2), at.wave, rows.mirrors).transpose(1, 2)
        return self.conv2(self.final_layer(tail + self.res_projection(h), at.final).transpose(1, 2))

    def euler(self, x: Tensor, rows: Rows, at: Moment, guidance: float) -> Tensor:
        """One step of Euler's method: x float32 [B, 80, T] -> the same a moment later."""
        now = x.to(self.conv1.weight.dtype)
        v = self.velocity(now.repeat(2, 1, 1) if guidance > 0 else now, rows, at).float()
        if guidance > 0:
            guided, free = v.chunk(2)
            v = torch.lerp(free, guided, 1 + guidance)
        return (x + at.delta * v).masked_fill(rows.held, 0)

    def solve(
        self, jobs: Sequence[Job], steps: int, guidance: float, bucket: int = 1, euler: Euler | None = None
    ) -> list[Tensor]:
        """Integrates all jobs together from t = 0 to 1 in ``steps`` Euler steps; -> each job's mel [80, T - Tp].

        With guidance w > 0 the velocity is (1 + w) v - w v0, where v0 sees neither prompt nor style nor condition
        (zeroed before ``cond_projection``, whose bias therefore stays). Rows are padded to a multiple of ``bucket``
        frames, which changes nothing but the shapes. ``euler`` does a step, else the method of that name.
        """
        x, rows = self.rows(jobs, guidance, bucket, masked=euler is not None)
        for at in self.moments(steps):
            x = (euler or self.euler)(x, rows, at, guidance)
        return [row[:, j.prompt.shape[1] : len(j.condition)] for row, j in zip(x, jobs, strict=True)]

    def rows(self, jobs: Sequence[Job], guidance: float, bucket: int, masked: bool = False) -> tuple[Tensor, Rows]:
        """The noise that jobs begin with, float32 [B, 80, T], and what stays the same for all steps. ``masked``: with
        masks also where all rows are full."""
        device, dtype = self.conv1.weight.device, self.conv1.weight.dtype
        widths = [j.condition.shape[0] for j in jobs]
        width = -(-max(widths) // bucket) * bucket
        prompts = [j.prompt.shape[1] for j in jobs]
        lengths = torch.tensor(widths, device=device)

        def padded(rows: Sequence[Tensor]) -> Tensor:
            return torch.stack([F.pad(row, (0, 0, 0, width - len(row))) for row in rows])

        x = padded([j.noise.t() for j in jobs]).transpose(1, 2).to(device, torch.float32).contiguous()
        prompt = torch.zeros_like(x)
        for b, job in enumerate(jobs):
            prompt[b, :, : prompts[b]] = job.prompt
            x[b, :, : prompts[b]] = 0
        condition = padded([j.condition for j in jobs]).to(dtype)
        style = torch.stack([j.style for j in jobs]).to(dtype)
        inputs = (condition, prompt.to(dtype), style)
        given = self.given(*inputs)
        if guidance > 0:
            given = torch.cat([given, self.given(*(torch.zeros_like(i) for i in inputs))])
            lengths = lengths.repeat(2)
        span = torch.arange(width, device=device)
        mask: Tensor | None = None
        mirrors: dict[int, Tensor] | None = None
        if masked or any(w != width for w in widths):
            # Added to the scores, and made once: a mask of truth values is turned into numbers by every layer.
            past = (span >= lengths[:, None])[:, None, None]
            mask = torch.zeros(past.shape, dtype=dtype, device=device).masked_fill(past, -math.inf)
            mirrors = {pad: mirror(width, pad, lengths) for pad in set(self.wavenet.pads)}
        held = (span < torch.tensor(prompts, device=device)[:, None])[:, None]
        return x, Rows(given, mask, mirrors, held, rotations(width, self.head_width, device))
