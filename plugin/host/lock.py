"""One entry at a time."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import IO, Optional

from .errors import HostError
from .state import state_folder


class OneAtATime:
    """A lock that the system releases when its holder dies. Use as a context manager."""

    def __init__(self) -> None:
        self._file: Optional[IO[bytes]] = None

    def __enter__(self) -> OneAtATime:
        path = state_folder() / "lock"
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise HostError(f"cannot write {path} ({error.strerror}): make the folder writable") from None
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise HostError(
                "another Framevox entry is running: wait until it is done, or press Cancel in its window"
            ) from None
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.release()

    def release(self) -> None:
        """Lets the next run begin, as soon as this one changes nothing more. May be called twice."""
        if self._file is not None:
            self._file.close()
