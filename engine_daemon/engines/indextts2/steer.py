"""Decodes lines to a length: several tries of each in one batch, each steered to its budget; the best one is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.decode import Budget, Decoded, Sampling
from framevox.engine_daemon.engines.indextts2.model import IndexTTS2Model

TRIES = 4
"""How often each line is tried."""
REACH = 0.12
"""A try may stop by itself this far from its budget; the time map makes up the rest inaudibly."""
LENGTH_PRICE = 4.0
"""The cost of a wrong length, in log-likelihood per code, for every unit of |ln(length / budget)|."""
FORCED_PRICE = 1.0
"""The cost of a try that had to be stopped: its line is most likely cut."""
ENDING_PRICE = 0.1
"""The cost of an unlikely end, in log-likelihood per code, for every unit of the stop code's own log-likelihood. An
end that the steering brought about costs nearly what a forced one does."""


STOP_SLOPE = 0.5
"""By how much the stop code's score grows with every 20 ms past the budget."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to decode: its prefix [N, D], its number of codes, and the seed of its tries."""

    prefix: Tensor
    codes: int
    seed: int


def budget(codes: int, frames_per_code: int = 1) -> Budget:
    """Returns where a line of ``codes`` may stop: from 12 % short to 12 % long. A code that lasts two frames of 20 ms
    brings its end twice as near."""
    low = max(1, round(codes * (1 - REACH)))
    return Budget(codes, low, max(low + 1, round(codes * (1 + REACH))), STOP_SLOPE * frames_per_code)


def price(decoded: Decoded, aim: Budget) -> float:
    """Returns how bad a try is: unlikely, of the wrong length, at an unlikely end, or cut."""
    off = abs(math.log(max(1, len(decoded.codes)) / aim.codes))
    unlikely = -decoded.likelihood - ENDING_PRICE * decoded.ending
    return unlikely + LENGTH_PRICE * off + FORCED_PRICE * forced(decoded, aim)


def forced(decoded: Decoded, aim: Budget) -> bool:
    """Returns whether a try was stopped at the end of its budget."""
    return not decoded.stopped or len(decoded.codes) >= aim.high


def decode_to_length(
    model: IndexTTS2Model, wanted: Sequence[Wanted], sampling: Sampling, tries: int = TRIES, rows: int = 32
) -> list[Decoded]:
    """Returns the best of ``tries`` for every line, in order.

    All tries of all lines are decoded together; a line's result depends on its own prefix, length and seed alone.
    Greedy sampling makes one try. ``stopped`` is False where even the best try was stopped, most likely too soon.
    """
    tries = 1 if sampling.greedy else tries
    prefixes, generators, budgets = [], [], []
    for line in wanted:
        for k in range(tries):
            prefixes.append(line.prefix)
            generators.append(torch.Generator().manual_seed(line.seed * 1009 + k))
            budgets.append(budget(line.codes, model.config.frames_per_code))
    limits = [aim.high + 1 for aim in budgets]  # each try's own, so that its price is its own as well
    made = model.decode(prefixes, sampling, limits, generators, budgets, rows)
    best = []
    for i in range(len(wanted)):
        mine = range(i * tries, (i + 1) * tries)
        k = min(mine, key=lambda k: price(made[k], budgets[k]))
        best.append(replace(made[k], stopped=not forced(made[k], budgets[k])))
    return best
