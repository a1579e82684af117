"""Functions compiled by torch, which go on as they are where that fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch

from framevox.engine_daemon.engines.indextts2.faults import check_usable, lacks_memory

log = logging.getLogger(__name__)

_MOST = 64
"""How often a function may be compiled; torch gives up after 8, and some kernels are made for a range of lengths."""


class Compiled:
    """A function of tensors, compiled as a whole when it is first called.

    Lengths and numbers of rows may vary: one row and many are compiled apart, and other lengths only where a kernel
    asks for it.
    """

    def __init__(self, function: Callable[..., Any], failed: Callable[[], None], backend: str = "inductor") -> None:
        """``failed`` is called where it cannot be compiled. The function must not change what it is given."""
        self._plain, self._failed = function, failed
        torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, _MOST)
        self._compiled: Callable[..., Any] | None = torch.compile(
            function, fullgraph=True, dynamic=True, backend=backend
        )

    def __call__(self, *args: Any) -> Any:
        """Raises what says that memory is too small or the GPU is lost, and what the function itself raises."""
        if self._compiled is not None:
            try:
                return self._compiled(*args)
            # Compilers, and the tools that they call, fail in many ways.
            except Exception as e:
                check_usable(e)
                if lacks_memory(e):
                    raise
                self._compiled = None
                log.warning("a stage could not be compiled, which makes speech slower: %s", e)
                self._failed()
        return self._plain(*args)
