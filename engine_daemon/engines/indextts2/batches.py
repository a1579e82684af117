"""Groups rows that go through a network together, fewer at a time where memory is too small."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import torch

from framevox.engine_daemon.engines.indextts2.faults import check_usable, lacks_memory
from framevox.engine_daemon.protocol.errors import FramevoxError

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

WASTE = 1.25
"""How much longer than its shortest row the longest of a bucket may be: padding is computed for nothing."""

BUCKET_FRAMES = 24000
"""How many mel frames, prompts included, go through the transformer and the vocoder at once."""


def buckets(lengths: Sequence[int], frames: int) -> Iterator[list[int]]:
    """Yields the indices of rows of similar length: at most ``frames`` a bucket, padding included, or one row."""
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
    run: Callable[[Sequence[T]], list[R]],
    items: Sequence[T],
    what: str,
    tell: Callable[[str], None],
    release: Callable[[], None],
) -> list[R | Exception]:
    """``run(items)``, and where that fails, half of the items at a time; what fails alone results in its exception.

    Where the accelerator's memory is too small for all, ``tell`` gets a message for the user. ``release`` frees what is
    kept for later. One that is too much by itself fails with FramevoxError. Raises EngineLostError where the
    accelerator cannot be used any more.
    """
    half = (len(items) + 1) // 2
    try:
        made = _tried(lambda: run(items), len(items), what, release)
    except Exception as error:
        if len(items) == 1:
            return [error]
    else:
        if made is not None:
            return list(made)
        tell(_halved(len(items), half, what))
    return halving(run, items[:half], what, tell, release) + halving(run, items[half:], what, tell, release)


def halving_rows(
    run: Callable[[int], list[R]], rows: int, what: str, tell: Callable[[str], None], release: Callable[[], None]
) -> list[R]:
    """Calls ``run(rows)``, which does all its work with so many rows at a time; with half as many where memory is too
    small. Raises what ``run`` raises, and FramevoxError where even one row is too much."""
    while (made := _tried(partial(run, rows), rows, what, release)) is None:
        half = (rows + 1) // 2
        tell(_halved(rows, half, what))
        rows = half
    return made


def _tried(run: Callable[[], list[R]], count: int, what: str, release: Callable[[], None]) -> list[R] | None:
    """Returns what ``run`` makes of ``count`` at once, None where memory is too small for so many. One alone is tried
    again after what is kept for later is freed."""
    for last in (False, True) if count == 1 else (False,):
        try:
            return run()
        except Exception as e:
            check_usable(e)
            if not lacks_memory(e):
                raise
            log.warning("out of memory with %d %s at once: %s", count, what, e)
            if last:
                raise FramevoxError(
                    "the GPU's memory is too small: end other programs that use it, or split the line", code="engine"
                ) from e
        # Outside the handler: the exception holds on to the tensors of the failed run.
        release()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return None


def _halved(count: int, half: int, what: str) -> str:
    return f"the GPU's memory is too small for {count} {what} at once: they were made {half} at a time"
