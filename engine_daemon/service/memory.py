"""How the daemon's process asks for memory, so that what a long line or a model needed goes back when it is done."""

from __future__ import annotations

import contextlib
import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGE = 256 * 1024


def return_large_blocks() -> None:
    """Has glibc give blocks of 256 KiB and more back to the system when they are freed; elsewhere nothing is done.

    By default glibc raises that threshold to the largest block it has seen freed (mallopt(3)), up to 32 MB. A model's
    buffers then come from a heap in which they leave holes, and a speaking daemon keeps over 100 MB more.
    """
    _glibc("mallopt", _MMAP_THRESHOLD, _LARGE)
    _glibc("mallopt", _TRIM_THRESHOLD, 4 * _LARGE)


def return_free_memory() -> None:
    """Has glibc give what it keeps between blocks in use back to the system; elsewhere nothing is done."""
    _glibc("malloc_trim", 0)


def _glibc(function: str, *arguments: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):  # a C library that is not glibc
        getattr(ctypes.CDLL(None), function)(*arguments)
