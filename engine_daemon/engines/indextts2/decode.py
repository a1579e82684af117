"""Codes from the language model: many rows at once, rows leaving as they finish and new ones joining.

A step is the same work on the same tensors every time: it reads each row's last code, attends over the cache,
chooses the next code and stores it, without waiting for the host. So a GPU can replay it as one graph (``graphs.py``);
the host looks at the codes every few steps, to see who has finished.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.graphs import Capture, Graphs
from framevox.engine_daemon.engines.indextts2.networks.gpt import GPT, Cache
from framevox.engine_daemon.protocol.errors import InputError


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a code is chosen from its scores. Greedy takes the best after the repetition penalty."""

    greedy: bool = False
    temperature: float = 0.8
    top_k: int = 30
    top_p: float = 0.8
    repetition_penalty: float = 10.0

    def __post_init__(self) -> None:
        if not self.repetition_penalty > 0:
            raise InputError(f"the repetition penalty is {self.repetition_penalty:g}: set it above 0")
        if not self.greedy and not (self.temperature > 0 and self.top_k >= 1):
            raise InputError(
                f"the temperature is {self.temperature:g} and top_k {self.top_k}: "
                "set both above 0, or decode greedily for the best code alone"
            )


@dataclass(frozen=True, slots=True)
class Budget:
    """A number of codes to steer to. The stop code is held back before ``low``, made ever likelier past ``codes``
    and forced at ``high``. ``slope`` is by how much its score grows with every code past the budget (and shrinks with
    every one before)."""

    codes: int
    low: int
    high: int
    slope: float = 0.5


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
    under the model (before penalty, steering and temperature); not a number where the network failed. ``ending`` is
    the log-likelihood of the stop code where it was chosen, and 0 where it was not."""

    codes: Tensor
    stopped: bool
    likelihood: float
    ending: float = 0.0


@dataclass(slots=True)
class _Row:
    """A request being decoded, at the place in the batch that its list index says."""

    index: int
    request: Request
    length: int
    codes: list[int] = field(default_factory=list)
    total: float = 0.0
    joined: bool = True
    """Whether its first code has not been read yet."""


READ_EVERY = 8
"""On a GPU the host looks at what rows chose once in so many steps, and waits for the device no more often. A row that
ended meanwhile was decoded a little too far; what it chose past its end is dropped."""
_PLACES = 128
"""A step looks at a multiple of so many places of the cache."""


@dataclass(frozen=True, slots=True)
class State:
    """What rows being decoded keep between steps, row by row, on the device. R rows, L codes at most, V codes to choose
    from. Rows that are not in use hold leftovers, whose results are ignored."""

    codes: Tensor
    """Each row's last code, int64 [R]."""
    count: Tensor
    """How many codes each row has, int64 [R]."""
    places: Tensor
    """Where in the cache the next input goes, int64 [R]."""
    seen: Tensor
    """Which codes the repetition penalty applies to, bool [R, V]."""
    draws: Tensor
    """Each row's random numbers, one for every code it can have, [R, L]."""
    budgets: Tensor
    """Low, codes, high and slope of each row's ``Budget``, [R, 4]."""
    chosen: Tensor
    """The codes since the host last looked, and their log-likelihoods, [R, 1 + READ_EVERY, 2]. The first is what
    followed a row's prefix."""
    turn: Tensor
    """Where in ``chosen`` the next step writes, int64 [1]; all rows share it."""

    def tensors(self) -> tuple[Tensor, ...]:
        """Those that have a row for each row."""
        return self.codes, self.count, self.places, self.seen, self.draws, self.budgets, self.chosen

    def move(self, source: int, target: int) -> None:
        for tensor in self.tensors():
            tensor[target] = tensor[source]

    def head(self, first: int, rows: int) -> State:
        """Some of the rows, as views."""
        codes, count, places, seen, draws, budgets, chosen = (tensor[first : first + rows] for tensor in self.tensors())
        return State(codes, count, places, seen, draws, budgets, chosen, self.turn)


class Decoder:
    """Decodes requests through a cache of fixed size. Rows do not see each other."""

    def __init__(
        self,
        gpt: GPT,
        sampling: Sampling,
        cache: Cache,
        capture: Capture | None = None,
        failed: Callable[[], None] = lambda: None,
        read_every: int | None = None,
        bucket: int = 1,
    ) -> None:
        """As many rows at a time as ``cache`` has, each of at most its length (prefix, start and codes). Steps are
        captured with ``capture``, and ``failed`` is called where that fails. Prefixes are padded to multiples of
        ``bucket``. ``read_every`` is READ_EVERY on a GPU, and 1 elsewhere, where looking costs nothing."""
        self.gpt, self.sampling = gpt, sampling
        self.device = gpt.ln_f.weight.device
        self.cache, self.bucket = cache, bucket
        self.capacity, self.length = rows, length = cache.rows, cache.length
        self.read_every = (READ_EVERY if self.device.type == "cuda" else 1) if read_every is None else read_every
        self.most = min(length, gpt.max_new_tokens)
        whole = partial(torch.zeros, dtype=torch.int64, device=self.device)
        real = partial(torch.zeros, dtype=torch.float32, device=self.device)
        self.state = State(
            codes=whole(rows),
            count=whole(rows),
            places=whole(rows),
            seen=torch.zeros(rows, gpt.config.mel_vocab, dtype=torch.bool, device=self.device),
            draws=real(rows, self.most + 1),
            budgets=real(rows, 4),
            chosen=real(rows, 1 + self.read_every, 2),
            turn=whole(1),
        )
        self.graphs = Graphs(capture, failed)

    @torch.inference_mode()
    def run(self, requests: Sequence[Request], rows: int | None = None) -> Iterator[tuple[int, Decoded]]:
        """Yields (index into requests, result) as rows finish; at most ``rows`` of them at a time."""
        capacity = min(rows or self.capacity, self.capacity)
        waiting = list(enumerate(requests))[::-1]
        active: list[_Row] = []
        while waiting or active:
            joining = [waiting.pop() for _ in range(min(len(waiting), capacity - len(active)))]
            if joining:
                self._join(active, joining)
            self._steps(active)
            yield from self._leave(active)

    def _join(self, rows: list[_Row], joining: list[tuple[int, Request]]) -> None:
        """Reads the prefixes of new rows and chooses their first codes."""
        first = len(rows)
        inputs = [torch.cat([request.prefix, self.gpt.start()[None]]) for _, request in joining]
        self.cache.clear(slice(first, first + len(joining)))
        hidden = self.gpt.prefill(inputs, self.cache, first, self.bucket)
        state = self.state.head(first, len(joining))
        state.count.zero_()
        state.places.copy_(torch.tensor([len(given) for given in inputs]))
        # The penalty also counts what stands in for the prefix in upstream's decoding: code 1 and the start code.
        state.seen.zero_()
        state.seen[:, [1, self.gpt.config.start_mel]] = True
        state.budgets.copy_(torch.tensor([_row_of(request.budget) for _, request in joining]))
        for k, ((index, request), given) in enumerate(zip(joining, inputs, strict=True)):
            rows.append(_Row(index, request, len(given)))
            if not self.sampling.greedy:
                # All of a row's draws at once, so that they depend on nothing but its own generator.
                n = request.max_new_tokens
                state.draws[k, :n] = torch.rand(n, generator=request.generator).to(self.device)
        self.state.turn.zero_()
        self._choose(self.gpt.logits(hidden), state)

    def _steps(self, rows: list[_Row]) -> None:
        """A few more codes for every row, with nothing asked of the device meanwhile."""
        self.state.turn.fill_(1)
        for _ in range(self.read_every):
            self._step(rounded(len(rows), self.capacity), max(row.length for row in rows) + 1)
            for row in rows:
                row.length += 1

    def _step(self, count: int, longest: int) -> None:
        """One more code. The shapes are rounded up, so that few graphs serve all steps."""
        longest = min(-(-longest // _PLACES) * _PLACES, self.length)
        state = self.state.head(0, count)
        changing = (state.codes, state.count, state.places, state.seen, state.chosen, state.turn)
        self.graphs.run((count, longest), partial(self._advance, state, longest), changing)

    @torch.inference_mode()
    def prepare(self) -> int:
        """Captures every step that can come, the largest first, so that all others fit into its memory; returns how
        many there are. Rows in use would be spoilt."""
        shapes = prepared_shapes(self.capacity, self.length)
        for count, longest in shapes:
            self.state.turn.zero_()
            self._step(count, longest)
        for tensor in (*self.state.tensors(), self.cache.pairs):
            tensor.zero_()
        return len(shapes)

    def _advance(self, state: State, longest: int) -> None:
        """The step itself, on the device alone."""
        inputs = self.gpt.feedback(state.codes, state.count)
        hidden = self.gpt.step(inputs, state.places, self.cache, longest)
        # Only rows that are not in use reach the limit.
        state.places.add_(1).clamp_(max=self.length - 1)
        self._choose(self.gpt.logits(hidden), state)

    def _choose(self, scores: Tensor, state: State) -> None:
        """Scores [B, V] -> the next code of each row and its log-likelihood, into ``state``."""
        s = self.sampling
        likelihood = scores.log_softmax(-1)
        penalised = torch.where(scores < 0, scores * s.repetition_penalty, scores / s.repetition_penalty)
        scores = torch.where(state.seen, penalised, scores)
        scores[:, self.gpt.config.stop_mel] += stop_bias(state.count, state.budgets)
        scores[:, self.gpt.config.start_mel] = -math.inf  # it stands for no sound: the codebook has no row for it
        if s.greedy:
            codes = scores.argmax(-1, keepdim=True)
        else:
            best, order = (scores / s.temperature).topk(min(s.top_k, scores.shape[-1]))
            p = best.softmax(-1)
            before = p.cumsum(-1) - p
            p = p.masked_fill(before >= s.top_p, 0)  # the fewest that reach top_p together, and always the best
            draw = state.draws.gather(1, state.count[:, None]) * p.sum(-1, keepdim=True)
            pick = torch.minimum((p.cumsum(-1) <= draw).sum(-1), (p > 0).sum(-1) - 1)
            codes = order.gather(1, pick.clamp_min(0)[:, None])
        state.seen.scatter_(1, codes, True)
        state.codes.copy_(codes[:, 0])
        state.count.add_(1).clamp_(max=self.most)
        # Codes are small enough to be exact as floats, and one tensor means one wait for the device.
        state.chosen.index_copy_(1, state.turn, torch.cat([codes.float(), likelihood.gather(1, codes)], 1)[:, None])
        state.turn.add_(1).clamp_(max=self.read_every)

    def _leave(self, rows: list[_Row]) -> Iterator[tuple[int, Decoded]]:
        """Stores what the rows have chosen since the last time, and yields and removes those that are finished; the
        last row moves into the gap, so that rows stay packed."""
        chosen = self.state.chosen[: len(rows)].tolist()
        for slot in range(len(rows) - 1, -1, -1):
            row = rows[slot]
            done = next(filter(None, (self._add(row, *each) for each in chosen[slot][0 if row.joined else 1 :])), None)
            row.joined = False
            if done is None:
                continue
            last = len(rows) - 1
            if slot != last:
                rows[slot] = rows[last]
                self.cache.move(last, slot)
                self.state.move(last, slot)
            rows.pop()
            yield row.index, done

    def _add(self, row: _Row, code: float, gain: float) -> Decoded | None:
        """Stores a row's next code; returns what was decoded where that was its last."""
        row.codes.append(int(code))
        row.total += gain
        failed = math.isnan(row.total)
        stopped = row.codes[-1] == self.gpt.config.stop_mel and not failed
        if not stopped and not failed and len(row.codes) < row.request.max_new_tokens:
            return None
        codes = torch.tensor(row.codes[:-1] if stopped else row.codes, dtype=torch.int64, device=self.device)
        return Decoded(codes, stopped, row.total / len(row.codes), gain if stopped else 0.0)


def stop_bias(count: Tensor, budgets: Tensor) -> Tensor:
    """What is added to the score of the stop code after ``count`` codes, [B] and [B, 4] -> [B]."""
    low, aim, high, slope = budgets.unbind(1)
    bias = slope * (count - aim)
    bias = bias.masked_fill(count >= high, 1e4)  # certain, and still a number that softmax can take
    return bias.masked_fill(count < low, -math.inf)


def _row_of(budget: Budget | None) -> list[float]:
    if budget is None:
        return [0.0, 0.0, math.inf, 0.0]
    return [float(budget.low), float(budget.codes), float(budget.high), budget.slope]


def prepared_shapes(capacity: int, length: int) -> list[tuple[int, int]]:
    """All shapes of steps, (rows, places), of a cache of ``capacity`` rows, the largest first."""
    rows = sorted({rounded(n, capacity) for n in range(1, capacity + 1)}, reverse=True)
    places = [min(end, length) for end in range(_PLACES, length + _PLACES, _PLACES)]
    return [(count, longest) for count in rows for longest in reversed(places)]


def rounded(rows: int, capacity: int) -> int:
    """The next power of two, at most ``capacity``: rows that are not needed cost a GPU less than another graph."""
    return min(1 << (rows - 1).bit_length(), capacity)
