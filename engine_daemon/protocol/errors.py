"""The errors that cross the wire, each with a code that clients can rely on."""

from __future__ import annotations


class FramevoxError(Exception):
    """Something the user can act on: the message says what is wrong and what to do next.

    ``code`` is one of the codes listed in docs/protocol.md and travels on the wire unchanged.
    """

    code = "internal"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class InputError(FramevoxError):
    """The caller's input cannot be used as it is."""

    code = "bad-input"


class DaemonError(FramevoxError):
    """The daemon could not be reached, started or kept."""

    code = "daemon"
