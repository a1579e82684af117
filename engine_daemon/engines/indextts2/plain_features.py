"""Features in plain torch, where there is no torchaudio: as ``torchaudio_features.py`` makes them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

_FRAME, _SHIFT, _FFT = 400, 160, 512  # 25 ms and 10 ms at 16 kHz, padded to a power of two
_EPSILON = float(torch.finfo(torch.float32).eps)


@lru_cache(maxsize=4)
def _sinc_kernel(source: int, target: int) -> tuple[Tensor, int]:
    """Polyphase kernels [target, 1, taps] of a Hann-windowed sinc, six zero crossings, cut at 0.99 of Nyquist."""
    zeros = 6
    cutoff = min(source, target) * 0.99
    width = math.ceil(zeros * source / cutoff)
    taps = torch.arange(-width, width + source, dtype=torch.float64) / source
    phases = torch.arange(target, dtype=torch.float64) / target
    t = ((taps[None, :] - phases[:, None]) * cutoff).clamp(-zeros, zeros)
    kernel = torch.sinc(t) * torch.cos(t * math.pi / (2 * zeros)) ** 2 * (cutoff / source)
    return kernel.float()[:, None], width


def resample_sinc(wave: Tensor, source: int, target: int) -> Tensor:
    gcd = math.gcd(source, target)
    source, target = source // gcd, target // gcd
    kernel, width = _sinc_kernel(source, target)
    padded = F.pad(wave[None, None], (width, width + source))
    out = F.conv1d(padded, kernel, stride=source).transpose(1, 2).reshape(-1)
    return out[: math.ceil(target * wave.shape[0] / source)]


@lru_cache(maxsize=2)
def _slaney_bank(sample_rate: int, n_fft: int, bands: int, fmin: float, fmax: float) -> Tensor:
    """Triangular filters [bands, n_fft // 2 + 1] of unit area on Slaney's mel scale: linear to 1 kHz, then log."""
    step = 200 / 3
    knee = 1000 / step
    log_step = math.log(6.4) / 27

    def to_mel(f: float) -> float:
        return f / step if f < 1000 else knee + math.log(f / 1000) / log_step

    mels = np.linspace(to_mel(fmin), to_mel(fmax), bands + 2)
    edges = np.where(mels < knee, mels * step, 1000 * np.exp((mels - knee) * log_step))
    f = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    rise = (f - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - f) / np.diff(edges)[1:, None]
    bank = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return torch.from_numpy(bank.astype(np.float32))


def acoustic_mel(wave: Tensor, sample_rate: int, n_fft: int, hop: int, bands: int, fmin: float, fmax: float) -> Tensor:
    pad = (n_fft - hop) // 2
    padded = F.pad(wave[None], (pad, pad), mode="reflect")
    window = torch.hann_window(n_fft, device=wave.device)
    spectrum = torch.stft(padded[0], n_fft, hop, window=window, center=False, return_complex=True)
    magnitude = (torch.view_as_real(spectrum).square().sum(-1) + 1e-9).sqrt()
    bank = _slaney_bank(sample_rate, n_fft, bands, fmin, fmax)
    return (bank.to(wave.device) @ magnitude).clamp_min(1e-5).log()


@lru_cache(maxsize=1)
def _kaldi_bank(bands: int = 80) -> Tensor:
    """Kaldi's triangles [bands, 257], straight on its mel scale 1127 ln(1 + f/700), from 20 Hz to 8 kHz."""
    mel = 1127 * torch.log1p(torch.arange(_FFT // 2 + 1, dtype=torch.float64) * (16000 / _FFT) / 700)
    low, high = 1127 * math.log1p(20 / 700), 1127 * math.log1p(8000 / 700)
    delta = (high - low) / (bands + 1)
    left = low + delta * torch.arange(bands, dtype=torch.float64)[:, None]
    bank = torch.minimum(mel - left, left + 2 * delta - mel).clamp_min(0) / delta
    bank[:, -1] = 0
    return bank


def kaldi_fbank(wave: Tensor) -> Tensor:
    frames = wave.unfold(0, _FRAME, _SHIFT)
    frames = frames - frames.mean(1, keepdim=True)
    before = torch.cat([frames[:, :1], frames[:, :-1]], 1)
    window = torch.hann_window(_FRAME, periodic=False, dtype=torch.float64, device=wave.device) ** 0.85  # "Povey"
    power = torch.fft.rfft((frames - 0.97 * before) * window, _FFT).abs().square()
    return (power @ _kaldi_bank().to(wave.device).t()).clamp_min(_EPSILON).log()
