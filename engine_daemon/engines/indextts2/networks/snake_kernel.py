"""The vocoder's activation as one kernel: what ``bigvgan.Snake`` does in a dozen passes over memory, in one.

Every value is computed in float32 from values of any precision. A row's own length is kept inside, so rows of different
lengths cost nothing more.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 256


@triton.jit
def _at_twice_the_rate(row: Any, taps: Any, n: Any, length: Any) -> Any:
    """The signal between its samples, at the positions ``n`` of twice the rate: each sees six samples around it."""
    half = n // 2
    odd = n - 2 * half
    value = 0.0 * n.to(tl.float32)
    for k in tl.static_range(6):
        # Even positions meet the odd taps and odd ones the even taps; past its ends a row repeats its last sample.
        at = half + 2 + odd - k
        at = tl.minimum(tl.maximum(at, 0), length - 1)
        tap = tl.load(taps + 2 * k + 1 - odd)
        value += 2.0 * tap * tl.load(row + at).to(tl.float32)
    return value


@triton.jit
def _snake(
    x: Any, y: Any, taps: Any, alpha: Any, beta: Any, lengths: Any, channels: Any, frames: Any, size: tl.constexpr
) -> None:
    """Output [rows * channels, frames]: one program for a block of one row and channel."""
    line = tl.program_id(0).to(tl.int64)
    t = tl.program_id(1) * size + tl.arange(0, size)
    length = tl.load(lengths + line // channels)
    a = tl.exp(tl.load(alpha + line % channels))
    b = tl.exp(tl.load(beta + line % channels)) + 1e-9
    row = x + line * frames
    total = 0.0 * t.to(tl.float32)
    for k in tl.static_range(12):
        n = tl.minimum(tl.maximum(2 * t + k - 5, 0), 2 * length - 1)
        u = _at_twice_the_rate(row, taps, n, length)
        s = tl.sin(u * a)
        total += tl.load(taps + k) * (u + s * s / b)
    total = tl.where(t < length, total, 0.0)
    tl.store(y + line * frames + t, total.to(y.dtype.element_ty), mask=t < frames)


def snake(x: Tensor, alpha: Tensor, beta: Tensor, taps: Tensor, lengths: Tensor | None) -> Tensor:
    """x [B, C, T], logarithms of frequency and size [C], the filter [12], the rows' lengths [B] -> [B, C, T]."""
    if torch.compiler.is_compiling():
        made: Tensor = _whole(x, alpha, beta, taps, lengths)
        return made
    return _launch(x, alpha, beta, taps, lengths)


def _launch(x: Tensor, alpha: Tensor, beta: Tensor, taps: Tensor, lengths: Tensor | None) -> Tensor:
    x = x.contiguous()
    rows, channels, frames = x.shape
    if lengths is None:
        lengths = torch.full((rows,), frames, dtype=torch.int64, device=x.device)
    y = torch.empty_like(x)
    grid = rows * channels, triton.cdiv(frames, BLOCK)
    _snake[grid](x, y, taps, alpha, beta, lengths, channels, frames, size=BLOCK)
    return y


# A compiler takes the kernel as it is and does not look inside.
_whole = torch.library.custom_op(
    "framevox::snake",
    _launch,
    mutates_args=(),
    schema="(Tensor x, Tensor alpha, Tensor beta, Tensor taps, Tensor? lengths) -> Tensor",
)


@_whole.register_fake
def _(x: Tensor, *_: Tensor | None) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)
