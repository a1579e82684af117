"""The classifiers on the emotion vectors, and the layer that turns a gradient round.

Y. Ganin and others, "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016), arXiv 1505.07818; IndexTTS-2
(arXiv 2506.21619) keeps the speaker out of its emotion vectors in this way.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

HIDDEN = 128


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reversed_gradient(x: Tensor, strength: float) -> Tensor:
    """Passes ``x`` on as it is, and its gradient back times ``-strength``."""
    return cast(Tensor, _Reversal.apply(x, strength))  # type: ignore[no-untyped-call]


def ramp(progress: float) -> float:
    """The share of λ at ``progress`` (0 to 1) of a training: 2 / (1 + exp(-10 p)) - 1, from 0 to nearly 1 (Ganin, 5.2).

    An adversary that knows nothing yet has no use for the branch, and would only shake it.
    """
    return 2 / (1 + math.exp(-10 * progress)) - 1


class Judges(nn.Module):
    """Who speaks, and with which emotion, told from a vector.

    Each dimension is brought to zero mean and unit variance over the batch first, without a scale of its own. Otherwise
    the branch deceives the adversary by making its vectors large instead of taking the speaker out of them: on the
    tests' set that moved the vectors by over twice their deviation, and lost the emotion.
    """

    def __init__(self, width: int, speakers: int, emotions: int) -> None:
        super().__init__()
        self.emotion = nn.Sequential(nn.BatchNorm1d(width, affine=False), nn.Linear(width, emotions))
        self.speaker = nn.Sequential(nn.BatchNorm1d(width, affine=False), nn.Linear(width, speakers))
        self.speaker_deep = nn.Sequential(
            nn.BatchNorm1d(width, affine=False), nn.Linear(width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, speakers)
        )

    def of_speakers(self) -> list[nn.Parameter]:
        return [*self.speaker.parameters(), *self.speaker_deep.parameters()]

    def speaker_loss(self, vectors: Tensor, speakers: Tensor) -> Tensor:
        """Vectors [B, D], who spoke int64 [B] -> the sum of both classifiers' cross entropies. One is linear, as
        a probe is; the other finds what a linear one does not."""
        return F.cross_entropy(self.speaker(vectors), speakers) + F.cross_entropy(self.speaker_deep(vectors), speakers)

    def emotion_loss(self, vectors: Tensor, emotions: Tensor) -> Tensor:
        return F.cross_entropy(self.emotion(vectors), emotions)
