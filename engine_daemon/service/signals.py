"""How the system, and a person at the keyboard, ask the daemon to stop."""

from __future__ import annotations

import signal
from typing import Protocol

from framevox.engine_daemon.protocol.waking import Wake


class Stop(Protocol):
    """Asks a daemon to end; ``again``: the next client starts one like it."""

    def __call__(self, reason: str, *, again: bool = False) -> None: ...


def stop_on_signals(stop: Stop, wake: Wake) -> None:
    """Has Ctrl-C, Ctrl-Break and the system's request to end call ``stop``."""
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):  # Windows alone has the last.
        if hasattr(signal, name):
            # SIGTERM is what Linux and macOS end everything with when the machine is shut down. Windows kills.
            again = name == "SIGTERM"
            signal.signal(getattr(signal, name), lambda *_, again=again: stop("a signal", again=again))
    # Python runs a handler between two of its own instructions: a signal that comes just before the loop begins to wait
    # would not be noticed until something else wakes it. On Windows no signal ends that wait by itself.
    signal.set_wakeup_fd(wake.signal_fd, warn_on_full_buffer=False)
