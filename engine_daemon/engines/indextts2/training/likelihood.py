"""How likely the frozen language model finds what was said, with an emotion vector for its direction."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from framevox.engine_daemon.engines.indextts2.networks.gpt import GPT
from framevox.engine_daemon.engines.indextts2.training.material import Heard


def spoken_loss(gpt: GPT, clips: Sequence[Heard], speakers: Sequence[Tensor], vectors: Tensor) -> Tensor:
    """Returns the mean cross entropy of the clips' codes and their stop code, in nats a code.

    ``speakers``: latents [32, D] of *other* clips of the same speakers, so that only the vector tells the emotion.
    ``vectors``: [B, D], through which the gradient goes back.
    """
    c = gpt.config
    device, dtype = gpt.mel_head.weight.device, gpt.mel_head.weight.dtype
    rows, targets, starts = [], [], []
    for clip, latents, vector in zip(clips, speakers, vectors, strict=True):
        prefix = gpt.prefix(clip.text.to(device), latents.to(device, dtype), vector.to(dtype))
        codes = clip.codes[: gpt.max_new_tokens].to(device)
        before = F.pad(codes, (1, 0), value=c.start_mel)
        # Positions count from 0, as in training and in the second pass.
        rows.append(torch.cat([prefix, gpt.mel_embedding(before) + gpt.mel_pos_embedding.weight[: len(before)]]))
        targets.append(F.pad(codes, (0, 1), value=c.stop_mel))
        starts.append(len(prefix))
    hidden = gpt.full(nn.utils.rnn.pad_sequence(rows, batch_first=True))
    said = torch.cat([h[at : at + len(t)] for h, at, t in zip(hidden, starts, targets, strict=True)])
    return F.cross_entropy(gpt.logits(said), torch.cat(targets))
