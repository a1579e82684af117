"""The style encoder: who is speaking, in 192 numbers (CAM++, Wang et al. 2023, arXiv 2303.00332)."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

STYLE = 192
_BANDS, _GROWTH, _CHANNELS, _BOTTLENECK = 80, 32, 128, 128
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers and dilation of the three dense blocks

RENAME = {
    r"xvector\.": "",
    r"out_nonlinear\.batchnorm\.": "bn_out.",
    r"nonlinear(\d?)\.batchnorm\.": r"bn\1.",
    r"\.tdnnd(\d+)\.": r".\1.",
    r"shortcut\.0\.": "shortcut.",
    r"shortcut\.1\.": "bn_shortcut.",
}


class ResBlock(nn.Module):
    """Two 3x3 convolutions over [B, C, bands, T]; ``stride`` thins the bands only."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), 1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.thins = stride > 1
        if self.thins:
            self.shortcut = nn.Conv2d(channels, channels, 1, (stride, 1), bias=False)
            self.bn_shortcut = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.bn_shortcut(self.shortcut(x)) if self.thins else x))


class Head(nn.Module):
    """[B, 80, T] -> [B, 320, T]."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.layer1 = nn.Sequential(ResBlock(channels, 2), ResBlock(channels, 1))
        self.layer2 = nn.Sequential(ResBlock(channels, 2), ResBlock(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x[:, None])))))
        return F.relu(self.bn2(self.conv2(x))).flatten(1, 2)


class ContextMask(nn.Module):
    """A dilated convolution, gated by the clip's mean plus the mean of its own second (100 frames)."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(_BOTTLENECK, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(_BOTTLENECK, _BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(_BOTTLENECK // 2, _GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        seconds = F.avg_pool1d(x, 100, 100, ceil_mode=True).repeat_interleave(100, -1)[..., : x.shape[-1]]
        context = F.relu(self.linear1(x.mean(-1, keepdim=True) + seconds))
        return self.linear_local(x) * torch.sigmoid(self.linear2(context))


class DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm1d(channels)
        self.linear1 = nn.Conv1d(channels, _BOTTLENECK, 1, bias=False)
        self.bn2 = nn.BatchNorm1d(_BOTTLENECK)
        self.cam_layer = ContextMask(dilation)

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear1(F.relu(self.bn1(x)))
        return torch.cat([x, self.cam_layer(F.relu(self.bn2(y)))], 1)


class Linear(nn.Module):
    """A convolution and the batch norm of its input or output, in the caller's order."""

    def __init__(self, conv: nn.Conv1d, norm: int, affine: bool = True) -> None:
        super().__init__()
        self.linear, self.bn = conv, nn.BatchNorm1d(norm, affine=affine)


class CAMPPlus(nn.Module):
    """Filter bank less its mean over time [B, T, 80] -> style [B, 192]."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Head()
        width = _CHANNELS
        self.tdnn = Linear(nn.Conv1d(32 * _BANDS // 8, width, 5, 2, 2, bias=False), width)
        for i, (layers, dilation) in enumerate(_BLOCKS, 1):
            # Numbered from 1, as the weights are.
            block = {str(k + 1): DenseLayer(width + k * _GROWTH, dilation) for k in range(layers)}
            setattr(self, f"block{i}", nn.ModuleDict(block))
            width += layers * _GROWTH
            setattr(self, f"transit{i}", Linear(nn.Conv1d(width, width // 2, 1, bias=False), width))
            width //= 2
        self.bn_out = nn.BatchNorm1d(width)
        self.dense = Linear(nn.Conv1d(2 * width, STYLE, 1, bias=False), STYLE, affine=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(x.transpose(1, 2))
        x = F.relu(self.tdnn.bn(self.tdnn.linear(x)))
        for i in range(1, len(_BLOCKS) + 1):
            for layer in getattr(self, f"block{i}").values():
                x = layer(x)
            transit = getattr(self, f"transit{i}")
            x = transit.linear(F.relu(transit.bn(x)))
        x = F.relu(self.bn_out(x))
        stats = torch.cat([x.mean(-1), x.std(-1)], -1)
        return self.dense.bn(self.dense.linear(stats[..., None])[..., 0])
