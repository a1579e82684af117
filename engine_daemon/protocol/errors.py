"""The errors that cross the wire, each with a code that clients can rely on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping


class FramevoxError(Exception):
    """Something the user can act on: the message says what is wrong and what to do next.

    ``code`` is one of the codes listed in docs/protocol.md and travels on the wire unchanged. A ``message`` may hold
    places for ``fields`` (``{voice}``); they travel apart, so that whoever shows the error can fill in names as the
    user knows them.
    """

    code = "internal"

    def __init__(self, message: str, *, code: str | None = None, **fields: str) -> None:
        super().__init__(filled_in(message, fields))
        self.message = message
        self.fields = fields
        if code is not None:
            self.code = code


class InputError(FramevoxError):
    """The caller's input cannot be used as it is."""

    code = "bad-input"


class OptionError(InputError):
    """An option that cannot work, or one that is missing, whatever becomes of the files: only another command helps."""


@contextlib.contextmanager
def of_options() -> Iterator[None]:
    """Lets every InputError inside the block be an OptionError."""
    try:
        yield
    except OptionError:
        raise
    except InputError as error:
        raise OptionError(str(error), code=error.code) from None


class DaemonError(FramevoxError):
    """The daemon could not be reached, started or kept."""

    code = "daemon"


class EngineLostError(BaseException):
    """The engine cannot speak in this process any more, as after a fault on the GPU: the process has to end.

    Not an Exception, so that nothing on its way takes it for the failure of one line.
    """


def filled_in(message: str, fields: Mapping[str, str]) -> str:
    """A message with its fields in their places; as it is where it has none, whatever braces it holds."""
    for name, value in fields.items():
        message = message.replace(f"{{{name}}}", value)
    return message
