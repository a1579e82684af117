"""Features by torchaudio, which every machine with a torch for CUDA can have: the library the model was trained with.

The functions are those of ``plain_features.py``; importing this module needs a torchaudio that loads.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torchaudio.compliance import kaldi
from torchaudio.functional import melscale_fbanks, resample, spectrogram


def resample_sinc(wave: Tensor, source: int, target: int) -> Tensor:
    made: Tensor = resample(wave, source, target)
    return made


def acoustic_mel(wave: Tensor, sample_rate: int, n_fft: int, hop: int, bands: int, fmin: float, fmax: float) -> Tensor:
    pad = (n_fft - hop) // 2
    # Reflected here by less than half a window, which torchaudio's own padding cannot do.
    padded = F.pad(wave[None], (pad, pad), mode="reflect")[0]
    window = torch.hann_window(n_fft, device=wave.device)
    power = spectrogram(padded, 0, window, n_fft, hop, n_fft, power=2.0, normalized=False, center=False)
    bank = melscale_fbanks(n_fft // 2 + 1, fmin, fmax, bands, sample_rate, norm="slaney", mel_scale="slaney")
    return (bank.t().to(wave.device) @ (power + 1e-9).sqrt()).clamp_min(1e-5).log()


def kaldi_fbank(wave: Tensor) -> Tensor:
    made: Tensor = kaldi.fbank(wave[None], num_mel_bins=80, dither=0.0, sample_frequency=16000)
    return made
