"""Linear probes: how well a label can be read from the emotion vectors by logistic regression."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

_DECAY = 1e-3


def probe(known: Tensor, known_labels: Tensor, asked: Tensor, asked_labels: Tensor) -> float:
    """Fits a linear classifier to vectors [n, D] with labels int64 [n], and returns the share of other vectors [m, D]
    that it labels rightly, 0 to 1. The fit is convex and starts at zero: the same vectors give the same share."""
    mean, deviation = known.mean(0), known.std(0).clamp_min(1e-8)
    classes = int(torch.cat([known_labels, asked_labels]).max()) + 1
    layer = nn.Linear(known.shape[1], classes)
    for tensor in (layer.weight, layer.bias):
        nn.init.zeros_(tensor)
    inputs = (known - mean) / deviation
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.cross_entropy(layer(inputs), known_labels) + _DECAY * layer.weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    with torch.enable_grad():
        optimiser.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        told = layer((asked - mean) / deviation).argmax(1)
    return float((told == asked_labels).float().mean())


def chance(labels: Tensor) -> float:
    """The share that whoever always names the commonest label gets right."""
    return float(torch.bincount(labels).max() / len(labels))
