"""Sound to features: resampling, the acoustic mel, and Kaldi's filter bank as w2v-BERT and CAMPPlus read it.

They are torchaudio's where it loads, and plain torch's elsewhere; both give the same values.
"""

from __future__ import annotations

import logging
import math
import sys
from functools import lru_cache
from importlib import import_module
from types import ModuleType

import numpy as np
import soxr
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

log = logging.getLogger(__name__)

_PACKAGE = __name__.rpartition(".")[0]


@lru_cache(maxsize=1)
def makers() -> ModuleType:
    """Returns the module that makes features: torchaudio's, or plain torch's where that is missing or fails to load.

    One that fails is hidden from this process: it is built for another torch, and transformers would stumble over it.
    """
    try:
        return import_module(f"{_PACKAGE}.torchaudio_features")
    except ModuleNotFoundError:
        log.debug("torchaudio is not installed: features are made in plain torch")
    except (ImportError, OSError, RuntimeError) as e:  # RuntimeError: it is for another version of CUDA
        log.warning("torchaudio does not load, so features are made in plain torch: install one for this torch: %s", e)
        for name in [n for n in sys.modules if n.partition(".")[0] == "torchaudio"]:
            del sys.modules[name]
        sys.modules["torchaudio"] = None  # type: ignore[assignment]
    return import_module(f"{_PACKAGE}.plain_features")


def resample_soxr(wave: Tensor, source: int, target: int) -> Tensor:
    """[n] -> [ceil(n * target / source)], by libsoxr at its high quality."""
    if source == target:
        return wave
    length = math.ceil(wave.shape[0] * target / source)
    out = soxr.resample(wave.numpy(), source, target, quality="HQ")[:length]
    return F.pad(torch.from_numpy(np.ascontiguousarray(out)), (0, length - out.shape[0]))


def resample_sinc(wave: Tensor, source: int, target: int) -> Tensor:
    """[n] -> [ceil(n * target / source)], by a short windowed sinc: the resampler the released model was trained
    behind (torchaudio's default), which differs audibly little from soxr's and measurably enough."""
    if source == target:
        return wave
    made: Tensor = makers().resample_sinc(wave, source, target)
    return made


def acoustic_mel(
    wave: Tensor, sample_rate: int, n_fft: int, hop: int, bands: int, fmin: float, fmax: float | None
) -> Tensor:
    """[n] -> log mel magnitudes [bands, n // hop], natural log, floored at 1e-5."""
    top = sample_rate / 2 if fmax is None else fmax
    made: Tensor = makers().acoustic_mel(wave, sample_rate, n_fft, hop, bands, fmin, top)
    return made


def kaldi_fbank(wave: Tensor, scale: float = 1.0) -> Tensor:
    """16 kHz [n] -> log filter bank [1 + (n - 400) // 160, 80], without dither, as Kaldi defines it.

    Computed in double precision, returned in single: the same on every machine and number of threads.
    ``scale`` multiplies the wave first (w2v-BERT reads 16-bit full scale, CAMPPlus unit full scale).
    """
    made: Tensor = makers().kaldi_fbank(wave.double() * scale)
    return made.float()


def w2v_features(wave: Tensor) -> tuple[Tensor, Tensor]:
    """16 kHz [n] -> w2v-BERT's input [T, 160] (two stacked frames of 10 ms) and its attention mask [T] (bool).

    Each band is brought to zero mean and unit variance over the clip. An odd number of frames is padded by one
    of ones, and the stacked frame that holds it is masked out of attention, yet stays in the output: the released
    model has always heard it so.
    """
    bank = kaldi_fbank(wave, scale=32768.0).double()
    bank = (bank - bank.mean(0)) / torch.sqrt(bank.var(0) + 1e-7)
    odd = bank.shape[0] % 2
    features = F.pad(bank, (0, 0, 0, odd), value=1.0).float().reshape(-1, 160)
    mask = torch.ones(features.shape[0], dtype=torch.bool, device=wave.device)
    if odd:
        mask[-1] = False
    return features, mask
