"""Which decoders are kept, with their caches and what was captured for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.decode import Decoder, Sampling
from framevox.engine_daemon.engines.indextts2.graphs import Capture
from framevox.engine_daemon.engines.indextts2.memory import MemoryPlan
from framevox.engine_daemon.engines.indextts2.networks.gpt import GPT

ROWS = 64
"""The most rows that are decoded at once."""


class Decoders:
    """A decoder for every length of cache.

    With a limit of memory, lengths are few and every decoder of a length has as many rows as a batch can ever have
    there, so that what was captured for one batch serves all. One decoder works at a time, so all their caches lie in
    the same memory.
    """

    def __init__(self, gpt: GPT, capture: Capture | None, failed: Callable[[], None]) -> None:
        """``capture`` records their steps; ``failed`` is called once where that fails."""
        self._gpt, self.capture, self._failed = gpt, capture, failed
        self._kept: OrderedDict[tuple[Sampling, int, int], Decoder] = OrderedDict()
        self._memory: Tensor | None = None
        self.most_rows = ROWS

    def __len__(self) -> int:
        return len(self._kept)

    def get(
        self, plan: MemoryPlan, sampling: Sampling, rows: int, length: int, read_every: int | None, bucket: int
    ) -> Decoder:
        """Returns a decoder for at least so many rows and places."""
        if plan.limit is not None:
            rows = max(rows, plan.rows(self.most_rows, length))
        fit = [k for k in self._kept if k[0] == sampling and rows <= k[1] and length <= k[2]]
        # With a limit, only a cache of just that length: its captured steps are the fastest.
        fit = [k for k in fit if plan.limit is None or k[2] == length]
        key = min(fit, key=lambda k: k[1:]) if fit else (sampling, rows, length)
        if key not in self._kept:
            while len(self._kept) >= (2 if plan.limit is None else len(plan.lengths())):
                self._kept.popitem(last=False)
            memory = None if plan.limit is None else self._shared(plan, rows, length)
            cache = self._gpt.cache(rows, length, memory)
            self._kept[key] = Decoder(
                self._gpt, sampling, cache, self.capture, self._capture_failed, read_every, bucket
            )
        self._kept.move_to_end(key)
        return self._kept[key]

    def prepare(self, plan: MemoryPlan, sampling: Sampling, read_every: int | None, bucket: int) -> int:
        """Captures every step that can come, of the longest cache first; returns how many there are."""
        return sum(
            self.get(plan, sampling, 1, length, read_every, bucket).prepare() for length in reversed(plan.lengths())
        )

    def clear(self) -> None:
        self._kept.clear()
        self._memory = None

    def _shared(self, plan: MemoryPlan, rows: int, length: int) -> Tensor:
        """The memory that all caches lie in, which is large enough for this one."""
        wanted = max(rows * length, *(plan.rows(self.most_rows, n) * n for n in plan.lengths()))
        size = wanted * plan.place() // plan.size
        if self._memory is None or len(self._memory) < size:
            self.clear()
            self._memory = torch.zeros(size, dtype=self._gpt.ln_f.weight.dtype, device=self._gpt.ln_f.weight.device)
        return self._memory

    def _capture_failed(self) -> None:
        self.capture = None
        self._failed()
