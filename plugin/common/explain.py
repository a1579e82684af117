"""Where an error becomes the sentence that a user reads, in every host."""

from __future__ import annotations

from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.installation import broken_package


def explain(error: BaseException, again: str = "run the command again") -> str:
    """Returns what a user is told of an error. ``again`` is how to try once more in this host."""
    if isinstance(error, FramevoxError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    if isinstance(error, MemoryError):
        return f"not enough memory: close other programs, or split the timeline, and {again}"
    if isinstance(error, ImportError):
        return broken_package(error)
    if isinstance(error, OSError):
        said = error.strerror or str(error)
        return f"{error.filename}: {said}: check the path and who may use it, and {again}" if error.filename else said
    return f"a fault in framevox itself ({type(error).__name__}: {error})"


def is_fault(error: BaseException) -> bool:
    """Returns whether an error is a fault of Framevox's own, of which its developers need the traceback."""
    return not isinstance(error, (FramevoxError, KeyboardInterrupt, MemoryError, ImportError, OSError))
