"""Which rows go through a network together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from engine_daemon.protocol.errors import FramevoxError

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

WASTE = 1.25
"""How much longer than its shortest row the longest of a bucket may be: what is padded is computed for nothing."""


def buckets(lengths: Sequence[int], frames: int) -> Iterator[list[int]]:
    """Indices of rows of similar length, at most ``frames`` frames a bucket with padding (but always one row)."""
    bucket: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        full = bucket and (lengths[i] > WASTE * lengths[bucket[0]] or lengths[i] * (len(bucket) + 1) > frames)
        if full:
            yield bucket
            bucket = []
        bucket.append(i)
    if bucket:
        yield bucket


def halving(
    run: Callable[[Sequence[T]], list[R]], items: Sequence[T], what: str, tell: Callable[[str], None]
) -> list[R]:
    """``run(items)``; where the accelerator's memory is too small for all, half of them at a time, and ``tell`` gets a
    line for the user. Raises FramevoxError when even one is too much."""
    try:
        return run(items)
    except torch.OutOfMemoryError as e:
        log.warning("out of memory with %d %s at once: %s", len(items), what, e)
        if len(items) == 1:
            raise FramevoxError(
                "the GPU's memory is too small: end other programs that use it, or split the line", code="engine"
            ) from e
    # Outside the handler: the exception holds on to the tensors of the failed run.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    half = (len(items) + 1) // 2
    tell(f"the GPU's memory is too small for {len(items)} {what} at once; they were made {half} at a time, slower")
    return halving(run, items[:half], what, tell) + halving(run, items[half:], what, tell)
