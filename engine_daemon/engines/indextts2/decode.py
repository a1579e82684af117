"""Codes from the language model: many rows at once, rows leaving as they finish and new ones joining."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .gpt import GPT, Cache


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a code is chosen from its scores. Greedy takes the best after the repetition penalty."""

    greedy: bool = False
    temperature: float = 0.8
    top_k: int = 30
    top_p: float = 0.8
    repetition_penalty: float = 10.0


@dataclass(frozen=True, slots=True)
class Budget:
    """A number of codes to steer to. The stop code is held back before ``low``, made ever likelier past ``codes``
    and taken at ``high`` whatever comes."""

    codes: int
    low: int
    high: int


@dataclass(slots=True)
class Request:
    """One row to decode. ``prefix`` [N, D] as ``GPT.prefix`` makes it; the generator draws for this row alone."""

    prefix: Tensor
    max_new_tokens: int
    generator: torch.Generator | None = None
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """Codes int64 [n] without the stop code, whether they ended with one, and the mean log-likelihood of a choice
    under the model (before penalty, steering and temperature); not a number where the network failed."""

    codes: Tensor
    stopped: bool
    likelihood: float


@dataclass(slots=True)
class _Row:
    """A request being decoded, at the place in the batch that its list index says."""

    index: int
    request: Request
    length: int
    codes: list[int] = field(default_factory=list)
    total: float = 0.0


STOP_SLOPE = 0.5
"""By how much the stop code's score grows with every code past the budget (and shrinks with every one before)."""


class Decoder:
    """Decodes requests through a cache of fixed size. Rows do not see each other."""

    def __init__(self, gpt: GPT, sampling: Sampling, rows: int, length: int) -> None:
        """``rows`` at a time, each of at most ``length`` places (prefix, start and codes)."""
        self.gpt, self.sampling = gpt, sampling
        self.device = gpt.ln_f.weight.device
        self.cache: Cache = gpt.cache(rows, length)
        self.capacity = rows
        vocab = gpt.config.mel_vocab
        # What each row has seen, and has still to draw: kept on the device so that a step moves nothing but codes.
        self.seen = torch.zeros(rows, vocab, dtype=torch.bool, device=self.device)
        self.draws = torch.zeros(rows, length, device=self.device)

    @torch.inference_mode()
    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Decoded]]:
        """Yields (index into requests, result) as rows finish."""
        waiting = list(enumerate(requests))[::-1]
        rows: list[_Row] = []
        scores: Tensor | None = None
        while waiting or rows:
            joining = [waiting.pop() for _ in range(min(len(waiting), self.capacity - len(rows)))]
            if joining:
                fresh = self._join(rows, joining)
                scores = fresh if scores is None else torch.cat([scores, fresh])
            assert scores is not None
            chosen, likelihood = self._choose(scores, rows)
            for row, code, gain in zip(rows, chosen.tolist(), likelihood.tolist(), strict=True):
                row.codes.append(code)
                row.total += gain
            scores = None
            yield from self._leave(rows)
            if rows:
                scores = self._step(rows)

    def _join(self, rows: list[_Row], joining: list[tuple[int, Request]]) -> Tensor:
        first = len(rows)
        inputs = [torch.cat([request.prefix, self.gpt.start()[None]]) for _, request in joining]
        hidden = self.gpt.prefill(inputs, self.cache, first)
        for slot, ((index, request), given) in enumerate(zip(joining, inputs, strict=True), first):
            rows.append(_Row(index, request, len(given)))
            # The penalty also sees what stood in for the prefix in upstream's decoding: code 1 and the start code.
            self.seen[slot] = False
            self.seen[slot, [1, self.gpt.config.start_mel]] = True
            if not self.sampling.greedy:
                # All of a row's draws at once, so that they depend on nothing but its own generator.
                n = request.max_new_tokens
                self.draws[slot, :n] = torch.rand(n, generator=request.generator).to(self.device)
        return self.gpt.logits(hidden)

    def _choose(self, scores: Tensor, rows: list[_Row]) -> tuple[Tensor, Tensor]:
        """Scores [B, V] -> the next code of each row [B] and its log-likelihood [B]."""
        s, batch = self.sampling, torch.arange(len(rows), device=self.device)
        likelihood = scores.log_softmax(-1)
        seen = self.seen[: len(rows)]
        penalised = torch.where(scores < 0, scores * s.repetition_penalty, scores / s.repetition_penalty)
        scores = torch.where(seen, penalised, scores)
        if any(row.request.budget is not None for row in rows):
            scores[:, self.gpt.config.stop_mel] += torch.tensor([_stop_bias(row) for row in rows], device=self.device)
        if s.greedy:
            codes = scores.argmax(-1)
        else:
            best, order = (scores / s.temperature).topk(min(s.top_k, scores.shape[-1]))
            p = best.softmax(-1)
            before = p.cumsum(-1) - p
            p = p.masked_fill(before >= s.top_p, 0)  # the fewest that reach top_p together, and always the best
            draw = self.draws[batch, [len(row.codes) for row in rows]][:, None] * p.sum(-1, keepdim=True)
            pick = (p.cumsum(-1) <= draw).sum(-1).clamp_max((p > 0).sum(-1) - 1)
            codes = order[batch, pick]
        self.seen[batch, codes] = True
        return codes, likelihood[batch, codes]

    def _leave(self, rows: list[_Row]) -> Iterator[tuple[int, Decoded]]:
        """Takes finished rows out; the last row moves into the gap, so that rows stay packed."""
        stop = self.gpt.config.stop_mel
        for slot in range(len(rows) - 1, -1, -1):
            row = rows[slot]
            failed = math.isnan(row.total)
            stopped = row.codes[-1] == stop and not failed
            if not stopped and not failed and len(row.codes) < row.request.max_new_tokens:
                continue
            last = len(rows) - 1
            if slot != last:
                rows[slot] = rows[last]
                self.cache.move(last, slot)
                self.seen[slot], self.draws[slot] = self.seen[last], self.draws[last]
            rows.pop()
            codes = row.codes[:-1] if stopped else row.codes
            mean = row.total / len(row.codes)
            yield row.index, Decoded(torch.tensor(codes, dtype=torch.int64, device=self.device), stopped, mean)

    def _step(self, rows: list[_Row]) -> Tensor:
        codes = torch.tensor([row.codes[-1] for row in rows], device=self.device)
        count = torch.tensor([len(row.codes) for row in rows], device=self.device)
        places = torch.tensor([row.length for row in rows], device=self.device)
        longest = max(row.length for row in rows) + 1
        hidden = self.gpt.step(self.gpt.feedback(codes, count), places, self.cache, longest)
        for row in rows:
            row.length += 1
        return self.gpt.logits(hidden)


def _stop_bias(row: _Row) -> float:
    budget, spoken = row.request.budget, len(row.codes)
    if budget is None:
        return 0.0
    if spoken < budget.low:
        return -math.inf
    if spoken >= budget.high:
        return 1e4  # certain, and still a number that softmax can take
    return STOP_SLOPE * (spoken - budget.codes)
