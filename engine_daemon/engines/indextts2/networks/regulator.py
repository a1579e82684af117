"""From semantic frames (50 a second) to the condition of each mel frame (86.13 a second)."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

UNUSED = (r"embedding\..*", r"mask_token")  # for discrete input, which this model does not have


def nearest_map(frames: int, target: int) -> Tensor:
    """Which of ``frames`` source frames each of ``target`` frames shows, int64 [target]: upstream's uniform stretch."""
    source = torch.arange(frames, dtype=torch.float32)[None, None]
    return F.interpolate(source, size=target, mode="nearest")[0, 0].long()


class LengthRegulator(nn.Module):
    """Repeats or skips frames as a map says, and smooths what comes out with a few convolutions."""

    def __init__(self, width_in: int, width: int, convs: int) -> None:
        super().__init__()
        self.content_in_proj = nn.Linear(width_in, width)
        layers: list[nn.Module] = []
        for _ in range(convs):
            layers += [nn.Conv1d(width, width, 3, padding=1), nn.GroupNorm(1, width), nn.Mish()]
        self.model = nn.Sequential(*layers, nn.Conv1d(width, width, 1))

    def forward(self, x: Tensor, index: Tensor) -> Tensor:
        """Frames [T, S] and the frame each mel frame shows, int64 [M] -> condition [M, C]."""
        return self.model(self.content_in_proj(x)[index].t()[None])[0].t()


class LatentProjection(nn.Sequential):
    """The language model's latents [n, D] -> [n, S], to be added to the codes' own vectors (``gpt_layer``)."""

    def __init__(self, width: int, semantic: int) -> None:
        super().__init__(nn.Linear(width, 256), nn.Linear(256, 128), nn.Linear(128, semantic))
