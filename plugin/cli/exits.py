"""What the command says and returns when it ends: the exit codes, and the one place where errors become messages."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from engine_daemon.protocol.errors import FramevoxError, InputError

PLACED = 0
FAILED = 1
UNUSABLE = 2
ATTENTION = 3


class CancelledError(FramevoxError):
    """The user pressed Ctrl-C; the message says what was kept and how to go on."""

    code = "cancelled"


def complain(message: str) -> None:
    """One message to the user on standard error."""
    sys.stderr.write(f"framevox: {message}\n")
    sys.stderr.flush()


class Commands(TyperGroup):
    """The group of all commands. Whatever one of them raises ends as one message and one exit code, never a traceback.

    ``FRAMEVOX_DEBUG=1`` lets the traceback through, for whoever wants to mend what is behind it.
    """

    def invoke(self, ctx: Any) -> Any:
        if os.environ.get("FRAMEVOX_DEBUG") == "1":
            return super().invoke(ctx)
        try:
            return super().invoke(ctx)
        except FramevoxError as error:
            complain(str(error))
            raise typer.Exit(UNUSABLE if isinstance(error, InputError) else FAILED) from None
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(FAILED) from None
        except BrokenPipeError:
            # Whoever read our output has gone, and Python would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            complain(f"{where}{error.strerror or error}")
            raise typer.Exit(FAILED) from None
        except MemoryError:
            complain("not enough memory; close other programs, or split the timeline, and run the command again")
            raise typer.Exit(FAILED) from None
        except Exception as error:
            if type(error).__module__.startswith(("typer", "click")):
                raise
            complain(
                f"a fault in framevox itself ({type(error).__name__}: {error}). Run the command again with "
                "FRAMEVOX_DEBUG=1 set and report what it prints"
            )
            raise typer.Exit(FAILED) from None
