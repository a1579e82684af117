"""Waking a loop that waits in a ZeroMQ poller, from another thread or a signal handler.

A pair of connected sockets, because it is the one thing that a poller takes on every system, that any thread may write
to, and that Python writes to when a signal comes (signal.set_wakeup_fd), even one that comes just before the wait
begins. ZeroMQ's own inproc sockets belong to one thread each and cannot be written to by a signal.
"""

from __future__ import annotations

import contextlib
import socket

import zmq


class Wake:
    """``wake`` ends the wait of a poller in which this is registered; ``clear`` makes it wait again."""

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)

    def register(self, poller: zmq.Poller) -> None:
        """Adds this to a poller. What the poller returns has ``fileno()`` as a key then."""
        poller.register(self._read.fileno(), zmq.POLLIN)

    def fileno(self) -> int:
        """The descriptor that the poller reports as readable."""
        return self._read.fileno()

    @property
    def signal_fd(self) -> int:
        """What signal.set_wakeup_fd is to be given."""
        return self._write.fileno()

    def wake(self) -> None:
        """Ends the wait. From any thread and any signal handler; does nothing once this is closed."""
        # Full: it wakes the loop as well. Closed: nothing waits any more.
        with contextlib.suppress(OSError):
            self._write.send(b"w")

    def clear(self) -> None:
        """Takes back every ``wake`` so far."""
        with contextlib.suppress(BlockingIOError):
            while self._read.recv(4096):
                pass

    def close(self) -> None:
        """Closes both ends."""
        self._read.close()
        self._write.close()
