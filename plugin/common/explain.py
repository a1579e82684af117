"""Where an error becomes the sentence that a user reads, in every host."""

from __future__ import annotations

from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.installation import broken_package


def explain(error: BaseException) -> str:
    """What a user is told of an error."""
    if isinstance(error, FramevoxError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    if isinstance(error, MemoryError):
        return "not enough memory: close other programs, or split the timeline, and run the command again"
    if isinstance(error, ImportError):
        return broken_package(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return (
        f"a fault in framevox itself ({type(error).__name__}: {error}). Run the command again with FRAMEVOX_DEBUG=1 "
        "set and report what it prints"
    )
