"""Runs repeated work on the same tensors as a CUDA graph: launched once, instead of kernel by kernel."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence

import torch
from torch import Tensor

from framevox.engine_daemon.engines.indextts2.faults import check_usable, lacks_memory

log = logging.getLogger(__name__)

Work = Callable[[], None]
Capture = Callable[[Work], Work]
WARM_UPS = 2
"""Runs before a capture, in which libraries choose their kernels and allocate what they keep."""


def cuda_capture() -> Capture:
    """Returns a function that records what some work launches, without running it, and returns what replays it.

    All that such a function records shares memory, so its graphs must be replayed one at a time.
    """
    # One stream for all: libraries keep memory of their own for every stream that they have worked on.
    pool, stream = torch.cuda.graph_pool_handle(), torch.cuda.Stream()

    def capture(work: Work) -> Work:
        current = torch.cuda.current_stream()
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                work()
        current.wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        # A capture that fails does not give the stream back by itself, hence the outer context. Other threads' calls
        # do not break it: the daemon may be reading a voice at that time.
        with (
            torch.cuda.stream(current),
            torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"),
        ):
            work()
        replay: Work = graph.replay
        return replay

    return capture


class Graphs:
    """Runs work on fixed tensors: captured once for every shape and then replayed, or simply done."""

    def __init__(self, capture: Capture | None, failed: Callable[[], None]) -> None:
        """``capture`` as ``cuda_capture`` makes it; None where there is nothing to capture with. ``failed`` is called
        when it fails."""
        self._capture, self._failed = capture, failed
        self._captured: dict[Hashable, Work] = {}

    def forget(self, shape: Hashable) -> None:
        """Gives up what was captured for a shape."""
        self._captured.pop(shape, None)

    def run(self, shape: Hashable, work: Work, changing: Sequence[Tensor]) -> None:
        """Does ``work``, which must be the same for the same ``shape``. ``changing`` are the tensors that it both reads
        and changes: there, what the runs before a capture leave is undone. A capture that fails is logged, and nothing
        is captured from then on. Raises what says that memory is too small."""
        if self._capture is not None and shape not in self._captured:
            before = [tensor.clone() for tensor in changing]
            try:
                self._captured[shape] = self._capture(work)
            except RuntimeError as e:
                check_usable(e)
                if lacks_memory(e):
                    raise
                self._capture = None
                log.warning("no CUDA graph could be made of a step, which makes speech slower: %s", e)
                self._failed()
            for tensor, value in zip(changing, before, strict=True):
                tensor.copy_(value)
        self._captured.get(shape, work)()
