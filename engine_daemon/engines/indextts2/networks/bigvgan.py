"""The vocoder: mel to sound (BigVGAN v2, Lee et al. 2022, arXiv 2206.04658)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.loading.checkpoint import PULL
from framevox.engine_daemon.protocol.errors import InputError

UNUSED = (r".*(upsample|lowpass)\.filter",)  # a formula, see half_band
RENAME = {r"\.act\.(alpha|beta)": r".\1", r"ups\.(\d+)\.0\.": r"ups.\1."}

_TAPS = 12


@lru_cache(maxsize=8)
def half_band(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Kaiser-windowed sinc of unit sum [12], cut at a quarter of the sampling rate with a transition of 0.3."""
    attenuation = 2.285 * (_TAPS // 2 - 1) * math.pi * 4 * 0.3 + 7.95
    beta = 0.1102 * (attenuation - 8.7)  # Kaiser's fit above 50 dB; it is 51.0 here
    window = torch.kaiser_window(_TAPS, periodic=False, beta=beta, device=device)
    taps = window * torch.sinc(0.5 * (torch.arange(_TAPS, device=device) - _TAPS / 2 + 0.5))
    return (taps / taps.sum()).to(dtype)


def silenced(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Zeros past each row's own length, as a convolution meets them past a row alone. [B, C, T] -> [B, C, T]."""
    if lengths is None:
        return x
    return x.masked_fill(torch.arange(x.shape[2], device=x.device) >= lengths[:, None, None], 0)


def held(x: Tensor, lengths: Tensor | None) -> Tensor:
    """The last value past each row's own length: what a filter of ``Snake`` meets there. [B, C, T] -> [B, C, T]."""
    if lengths is None:
        return x
    last = x.gather(2, (lengths - 1)[:, None, None].expand(-1, x.shape[1], 1))
    return torch.where(torch.arange(x.shape[2], device=x.device) >= lengths[:, None, None], last, x)


Kernel = Callable[[Tensor, Tensor, Tensor, Tensor, "Tensor | None"], Tensor]


class Snake(nn.Module):
    """x + sin²(a x) / b at twice the sampling rate, so that its overtones do not fold back. [B, C, T] -> [B, C, T]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.empty(channels))  # logarithms
        self.beta = nn.Parameter(torch.empty(channels))

    def forward(self, x: Tensor, lengths: Tensor | None, taps: Tensor, kernel: Kernel | None) -> Tensor:
        """Computes in float32, and returns what precision ``x`` has; by ``kernel`` where there is one."""
        if kernel is not None:
            return kernel(x, self.alpha, self.beta, taps, lengths)
        return self.unfused(x.float(), taps, lengths).to(x.dtype)

    def unfused(self, x: Tensor, taps: Tensor, lengths: Tensor | None) -> Tensor:
        """The same, operation by operation."""
        channels = x.shape[1]
        x = held(x, lengths)
        taps = taps.expand(channels, 1, -1)
        x = F.conv_transpose1d(F.pad(x, (5, 5), mode="replicate"), 2 * taps, stride=2, groups=channels)[..., 15:-15]
        x = x + torch.sin(x * self.alpha.exp()[:, None]).square() / (self.beta.exp()[:, None] + 1e-9)
        x = held(x, None if lengths is None else 2 * lengths)
        return silenced(F.conv1d(F.pad(x, (5, 6), mode="replicate"), taps, stride=2, groups=channels), lengths)


class AMPBlock(nn.Module):
    """Three pairs of convolutions, the first of each pair dilated, every one behind a snake."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=d, padding=(kernel - 1) * d // 2) for d in dilations
        )
        self.convs2 = nn.ModuleList(nn.Conv1d(channels, channels, kernel, padding=kernel // 2) for _ in dilations)
        self.activations = nn.ModuleList(Snake(channels) for _ in range(2 * len(dilations)))

    def forward(self, x: Tensor, lengths: Tensor | None, taps: Tensor, kernel: Kernel | None) -> Tensor:
        snakes = zip(self.activations[::2], self.activations[1::2], strict=True)
        for first, second, (before, between) in zip(self.convs1, self.convs2, snakes, strict=True):
            x = x + second(between(first(before(x, lengths, taps, kernel)), lengths, taps, kernel))
        return x


class BigVGAN(nn.Module):
    """Log mel [B, 80, T] -> sound [B, T * hop], clamped to [-1, 1]."""

    def __init__(self, h: dict[str, Any]) -> None:
        super().__init__()
        rates, kernels = h["upsample_rates"], h["upsample_kernel_sizes"]
        channels = h["upsample_initial_channel"]
        self.rates: list[int] = rates
        self.conv_pre = nn.Conv1d(h["num_mels"], channels, 7, padding=3)
        self.ups = nn.ModuleList(
            nn.ConvTranspose1d(channels >> i, channels >> (i + 1), k, u, padding=(k - u) // 2)
            for i, (u, k) in enumerate(zip(rates, kernels, strict=True))
        )
        self.resblocks = nn.ModuleList(
            AMPBlock(channels >> (i + 1), k, d)
            for i in range(len(rates))
            for k, d in zip(h["resblock_kernel_sizes"], h["resblock_dilation_sizes"], strict=True)
        )
        self.branches = len(h["resblock_kernel_sizes"])
        self.activation_post = Snake(channels >> len(rates))
        self.conv_post = nn.Conv1d(channels >> len(rates), 1, 7, padding=3, bias=h["use_bias_at_final"])
        self.kernel: Kernel | None = None
        """The activation as one kernel, as ``fusing.fuse`` finds it; else it is computed operation by operation."""
        self.taps: Tensor | None = None
        """The activation's filter, where it was made before, for compilers: they would make it anew each time."""

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """``lengths`` [B] are the rows' own frames where they differ; each then sounds as it would alone, and what
        lies past its end means nothing."""
        taps = half_band(x.device, torch.float32) if self.taps is None else self.taps
        kernel = self.kernel
        x = self.conv_pre(silenced(x.to(self.conv_pre.weight.dtype), lengths))
        for i, up in enumerate(self.ups):
            x = up(silenced(x, lengths))
            lengths = None if lengths is None else lengths * self.rates[i]
            blocks = self.resblocks[i * self.branches : (i + 1) * self.branches]
            total = blocks[0](x, lengths, taps, kernel)
            for block in blocks[1:]:
                total = total + block(x, lengths, taps, kernel)
            x = total / self.branches
        return self.conv_post(self.activation_post(x, lengths, taps, kernel))[:, 0].float().clamp(-1, 1)

    def convolve_in(self, dtype: torch.dtype) -> None:
        """Lets the convolutions compute in another precision; what lies between them stays in float32."""
        for net in self.modules():
            if isinstance(net, (nn.Conv1d, nn.ConvTranspose1d)):
                net.to(dtype)


def read_settings(path: Path, bands: int, hop: int, sample_rate: int) -> dict[str, Any]:
    """The vocoder's ``config.json``. Raises InputError when it is another vocoder or does not fit the mels."""
    try:
        h: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        wanted = {
            "resblock": "1", "activation": "snakebeta", "snake_logscale": True, "use_tanh_at_final": False,
            "num_mels": bands, "sampling_rate": sample_rate,
        }  # fmt: skip
        wrong = {k: h[k] for k, v in wanted.items() if h[k] != v}
        h["use_bias_at_final"] = h.get("use_bias_at_final", True)
        if math.prod(h["upsample_rates"]) != hop:
            wrong["upsample_rates"] = h["upsample_rates"]
    except FileNotFoundError as e:
        raise InputError(f"{path} is missing: {PULL}") from e
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise InputError(f"{path} cannot be read as a vocoder's settings ({e!r}): {PULL}") from e
    if wrong:
        raise InputError(f"{path} is not the vocoder of this model's mels ({wrong}): {PULL}")
    return h
