"""How a command ends: its exit code, and the one message of an error."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from framevox.engine_daemon.protocol.errors import InputError, OptionError
from framevox.plugin.common.explain import explain, is_fault

PLACED = 0
FAILED = 1
UNUSABLE = 2
ATTENTION = 3
HOPELESS = 4
"""To a watch alone: the options cannot work, whatever is saved (UNUSABLE to everybody else)."""
_WATCH = "FRAMEVOX_WATCH"
"""In the environment of a fill that ``framevox watch`` runs: its process, which holds the locks of what is written."""


def say(text: str) -> None:
    """A word to the user on standard error: what takes long, or was done without being asked for."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def complain(message: str) -> None:
    """One message to the user on standard error."""
    sys.stderr.write(f"framevox: {message}\n")
    sys.stderr.flush()


def under_watch() -> dict[str, str]:
    """The environment of a fill that this process, a watch, runs."""
    return {**os.environ, _WATCH: str(os.getpid())}


def watch_above() -> int | None:
    """The watch that runs this process, None where none does."""
    written = os.environ.get(_WATCH, "")
    return int(written) if written.isdecimal() else None


class Commands(TyperGroup):
    """The group of all commands. Whatever one of them raises ends as one message and one exit code, never a traceback.

    ``FRAMEVOX_DEBUG=1`` shows the traceback as well.
    """

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        try:
            return super().make_context(*arguments, **more)
        except KeyboardInterrupt as error:
            # Typer would end with 130 and say nothing.
            complain(explain(error))
            raise typer.Exit(FAILED) from None

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of our output is gone, and Python would complain again when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except (Exception, KeyboardInterrupt) as error:
            if type(error).__module__.startswith(("typer", "click")):
                raise
            if os.environ.get("FRAMEVOX_DEBUG") == "1":
                traceback.print_exc()
            advice = (
                ": set FRAMEVOX_DEBUG=1, run the command again, and report what it prints" if is_fault(error) else ""
            )
            complain(explain(error) + advice)
            raise typer.Exit(_code(error)) from None


def _code(error: BaseException) -> int:
    if isinstance(error, OptionError) and watch_above() is not None:
        return HOPELESS
    return UNUSABLE if isinstance(error, InputError) else FAILED
