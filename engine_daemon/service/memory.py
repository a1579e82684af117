"""How the daemon's process asks for memory, so that what a long line needed goes back when it is spoken."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGE = 256 * 1024


def return_large_blocks() -> None:
    """Has glibc give blocks of 256 KiB and more back to the system when they are freed; elsewhere nothing is done.

    By default glibc raises that threshold to the largest block it has seen freed (mallopt(3)), up to 32 MB. A model's
    buffers then come from a heap in which they leave holes, and a speaking daemon keeps over 100 MB more.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # a C library that is not glibc
        return
    mallopt(_MMAP_THRESHOLD, _LARGE)
    mallopt(_TRIM_THRESHOLD, 4 * _LARGE)
