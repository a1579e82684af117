"""The one error that an editor sees."""

from __future__ import annotations


class HostError(Exception):
    """One sentence that says what is wrong and what to do next."""


class CancelledError(Exception):
    """The editor pressed Cancel."""
