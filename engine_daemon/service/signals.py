"""How the system, and a person at the keyboard, ask the daemon to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable

from framevox.engine_daemon.protocol.waking import Wake


def stop_on_signals(stop: Callable[[str], None], wake: Wake) -> None:
    """Has Ctrl-C, Ctrl-Break and the system's request to end call ``stop``."""
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):  # Windows alone has the last.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop("a signal"))
    # Python runs a handler between two of its own instructions: a signal that comes just before the loop begins to wait
    # would not be noticed until something else wakes it. On Windows no signal ends that wait by itself.
    signal.set_wakeup_fd(wake.signal_fd, warn_on_full_buffer=False)
