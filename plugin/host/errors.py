"""Errors that an editor sees, each as one sentence."""

from __future__ import annotations


class HostError(Exception):
    """The entry cannot go on: what is wrong, and what to do next."""


class HelperError(HostError):
    """The helper did not start, died, fell silent, or is of another version. The host's own program still answers."""


class CancelledError(Exception):
    """The editor pressed Cancel."""


class CueError(Exception):
    """One cue cannot be placed, and why. The others go on."""
