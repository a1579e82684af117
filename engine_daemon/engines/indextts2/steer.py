"""Decoding to a length: several tries of each line in one batch, each steered to its budget, and the best one kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.decode import Budget, Decoded, Sampling
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model

TRIES = 4
"""Of each line."""
REACH = 0.12
"""A try may stop by itself this far from its budget; the time map covers the rest without being heard."""
LENGTH_PRICE = 4.0
"""What a try's length is held to cost, in log-likelihood per code, for every unit of |ln(length / budget)|."""
FORCED_PRICE = 1.0
"""What it costs that a try had to be stopped: its line is most likely cut."""
ENDING_PRICE = 0.1
"""What it costs, in log-likelihood per code, that the model did not mean to stop there, for every unit of the stop
code's own log-likelihood. One that was brought on against the model's will costs nearly what a forced one does."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to decode: its prefix [N, D], how many codes it shall have, and the seed of its tries."""

    prefix: Tensor
    codes: int
    seed: int


def budget(codes: int) -> Budget:
    """Where a line of ``codes`` may stop: from 12 % short, where the stop code is held back, to 12 % long."""
    low = max(1, round(codes * (1 - REACH)))
    return Budget(codes, low, max(low + 1, round(codes * (1 + REACH))))


def price(decoded: Decoded, aim: Budget) -> float:
    """How bad a try is: unlikely, off its length, ended where the model would not end, or cut."""
    off = abs(math.log(max(1, len(decoded.codes)) / aim.codes))
    unlikely = -decoded.likelihood - ENDING_PRICE * decoded.ending
    return unlikely + LENGTH_PRICE * off + FORCED_PRICE * forced(decoded, aim)


def forced(decoded: Decoded, aim: Budget) -> bool:
    """Whether a try did not stop by itself before its budget's end."""
    return not decoded.stopped or len(decoded.codes) >= aim.high


def decode_to_length(
    model: IndexTTS2Model, wanted: Sequence[Wanted], sampling: Sampling, tries: int = TRIES, rows: int = 32
) -> list[Decoded]:
    """The best of ``tries`` for every line, in order. All tries of all lines are decoded together; a line's result
    depends on its own prefix, length and seed alone. Greedy sampling has only one try to make. ``stopped`` says
    that the line came to its end by itself: where it does not, even the best was stopped, most likely too soon."""
    tries = 1 if sampling.greedy else tries
    prefixes, generators, budgets = [], [], []
    for line in wanted:
        for k in range(tries):
            prefixes.append(line.prefix)
            generators.append(torch.Generator().manual_seed(line.seed * 1009 + k))
            budgets.append(budget(line.codes))
    limits = [aim.high + 1 for aim in budgets]  # each try's own, so that its price is its own as well
    made = model.decode(prefixes, sampling, limits, generators, budgets, rows)
    best = []
    for i in range(len(wanted)):
        mine = range(i * tries, (i + 1) * tries)
        k = min(mine, key=lambda k: price(made[k], budgets[k]))
        best.append(replace(made[k], stopped=not forced(made[k], budgets[k])))
    return best
