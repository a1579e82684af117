"""Voices that came along with a batch, kept on disk where the engine finds them, within a bound."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from msgspec.structs import replace

from framevox.engine_daemon.protocol.cues import Cue
from framevox.engine_daemon.protocol.errors import DaemonError
from framevox.engine_daemon.protocol.files import remove_file, replace_file
from framevox.engine_daemon.protocol.sent_voices import is_sent, sent_name

SUFFIX = ".bin"
MOST_BYTES = 512 * 2**20
"""Room for what clients sent; those that no open batch uses make way, the least recently sent first."""


class SentVoices:
    """The folder of the user's voices, as far as clients put some there. ``in_use`` names those of open batches."""

    def __init__(self, folder: Path, in_use: Callable[[], Collection[str]], most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._in_use = in_use
        self._most_bytes = most_bytes

    def keep(self, name: str, content: bytes) -> str:
        """Puts a voice where the engine finds it, and returns what the engine calls it. Raises DaemonError."""
        known_as = sent_name(name, content)
        path = self._folder / f"{known_as}{SUFFIX}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            aside = self._folder / f"{known_as}.tmp"
            aside.write_bytes(content)
            replace_file(aside, path)
            os.utime(path)
            self._make_room({known_as, *self._in_use()})
        except OSError as error:
            raise DaemonError(
                f"the voice cannot be kept in {self._folder} ({error.strerror}): free some space there, or set "
                "FRAMEVOX_HOME to a folder that you can write to"
            ) from None
        return known_as

    def _make_room(self, needed: Collection[str]) -> None:
        sent = []
        for path in self._folder.iterdir():
            if path.suffix == SUFFIX and is_sent(path.stem):
                about = path.stat()
                sent.append((about.st_mtime, about.st_size, path))
        size = sum(each for _, each, _ in sent)
        for _, each, path in sorted(sent):
            if size <= self._most_bytes:
                return
            if path.stem not in needed:
                remove_file(path)
                size -= each


def with_sent_voices(cue: Cue, sent: Mapping[str, str]) -> Cue:
    """The cue with voices that came along called as the engine knows them."""
    if not sent:
        return cue
    emotion = cue.emotion
    if emotion is not None:
        emotion = replace(emotion, voice=_voice_spec(emotion.voice, sent))
    return replace(cue, voice=_voice_spec(cue.voice, sent), emotion=emotion)


def _voice_spec(spec: str, sent: Mapping[str, str]) -> str:
    """The spec with the voices that came along called as the engine knows them: ``anna:0.6+jm_kumo:0.4``."""
    parts = []
    for part in spec.split("+"):
        name, colon, weight = part.partition(":")
        parts.append(sent.get(name.strip(), name) + colon + weight)
    return "+".join(parts)
