"""The cast of earlier runs: which voice each character of a film was given, so that new characters change nobody's.

It is a small file in the state folder, one for each folder of a film, and the next version of a timeline in that folder
goes on with it. What a project file says goes before it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from filelock import FileLock
from msgspec import Meta

from framevox.engine_daemon.protocol.connection import Home
from framevox.engine_daemon.protocol.errors import FramevoxError
from framevox.engine_daemon.protocol.files import replace_file

MOST_CHARACTERS = 10_000
_MOST_BYTES = 4 * 2**20
_LOCK_SECONDS = 10.0

Name = Annotated[str, Meta(max_length=1000)]


class RecordError(FramevoxError):
    """The cast could not be remembered."""

    code = "disk"


class _Kept(msgspec.Struct, frozen=True):
    folder: str
    voices: dict[Name, Name]


@dataclass(frozen=True)
class CastRecord:
    """The voices that were given to the characters of the film in ``folder``; kept in ``path``."""

    folder: Path
    path: Path

    @classmethod
    def of(cls, folder: Path, home: Home | None = None) -> CastRecord:
        """The record of the film whose timelines lie in ``folder``. Neither need exist yet."""
        folder = folder.resolve()
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:24]
        return cls(folder, (home or Home.find()).casts / f"{name}.json")

    def voices(self) -> dict[str, str]:
        """The voice of each character that has been cast, oldest first; empty for none, and for a damaged record."""
        try:
            if self.path.stat().st_size > _MOST_BYTES:
                return {}
            return dict(msgspec.json.decode(self.path.read_bytes(), type=_Kept).voices)
        except (OSError, ValueError):
            return {}

    def keep(self, voices: Mapping[str, str]) -> None:
        """Adds to the record, over what it says of the same characters. Raises RecordError, which changes nothing."""
        self._change(voices, ())

    def forget(self, characters: Collection[str]) -> None:
        """Drops characters, who are cast again then. Raises RecordError, which changes nothing."""
        self._change({}, characters)

    def _change(self, voices: Mapping[str, str], dropped: Collection[str]) -> None:
        known = self.voices()
        if all(known.get(name) == voice for name, voice in voices.items()) and known.keys().isdisjoint(dropped):
            return
        aside = self.path.with_suffix(f".{os.getpid()}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Two runs in one folder, of two reels perhaps: neither may lose what the other has added.
            with FileLock(self.path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
                before = self.voices()
                after = {name: voice for name, voice in before.items() if name not in dropped} | dict(voices)
                # The oldest go first; a film has fewer characters than that.
                after = dict(list(after.items())[-MOST_CHARACTERS:])
                if after != before:
                    aside.write_bytes(msgspec.json.encode(_Kept(str(self.folder), after)))
                    replace_file(aside, self.path)
        except OSError as error:  # the lock's Timeout is one as well
            raise RecordError(
                f"the cast cannot be remembered in {self.path.parent} ({error.strerror or error}): free some space, or "
                "set FRAMEVOX_HOME to a folder that you can write to"
            ) from None
        finally:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
